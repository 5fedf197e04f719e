-- Calls to be rated anew (b2bua/charge/rerate.c): behind a place in the order of their beginning, and before a moment;
-- with what they cost now, after corrections.

-- name: rerate_all
SELECT seq, start_us, cdr_id, account, currency, callee, answer_us, duration_ms, billed_s, src_trunk, dst_trunk,
       cost_currency,
       coalesce((SELECT price_nano FROM cdr_correction WHERE cdr_correction.cdr_id = cdr.cdr_id
                  ORDER BY correction_id DESC LIMIT 1), price_nano)
  FROM cdr
 WHERE (start_us, seq) > (:after_us, :after_seq) AND start_us < :until_us
   AND account IS NOT NULL AND disposition = 'answered'
 ORDER BY start_us, seq LIMIT :count;

-- name: rerate_account
SELECT seq, start_us, cdr_id, account, currency, callee, answer_us, duration_ms, billed_s, src_trunk, dst_trunk,
       cost_currency,
       coalesce((SELECT price_nano FROM cdr_correction WHERE cdr_correction.cdr_id = cdr.cdr_id
                  ORDER BY correction_id DESC LIMIT 1), price_nano)
  FROM cdr
 WHERE account = :account AND (start_us, seq) > (:after_us, :after_seq) AND start_us < :until_us
   AND disposition = 'answered'
 ORDER BY start_us, seq LIMIT :count;

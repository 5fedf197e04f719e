-- Corrections of what calls cost (b2bua/store/correction.c).

-- name: correction_cdr
SELECT account, currency, price_nano, start_us, src_trunk, dst_trunk, cost_currency FROM cdr WHERE cdr_id = :cdr_id;

-- name: correction_find
SELECT correction_id, cdr_id, price_nano, was_nano FROM cdr_correction WHERE idem_key = :idem_key;

-- name: correction_last
SELECT price_nano FROM cdr_correction WHERE cdr_id = :cdr_id ORDER BY correction_id DESC LIMIT 1;

-- name: correction_add
INSERT INTO cdr_correction (correction_id, idem_key, node, at_us, cdr_id, start_us, account, currency, was_nano,
                            price_nano, note)
VALUES (:correction_id, :idem_key, coalesce((SELECT node FROM node ORDER BY alive_us DESC LIMIT 1), ''), :at_us, :cdr_id,
        :start_us, :account, :currency, :was_nano, :price_nano, :note);

-- name: correction_run_add
-- The first part of a run says for ever by which tariff it corrects.
INSERT INTO meta (key, value) VALUES ('rerate:' || :run, :tariff) ON CONFLICT (key) DO NOTHING;

-- name: correction_run_tariff
SELECT value = :tariff FROM meta WHERE key = 'rerate:' || :run;

-- name: correction_traffic
-- What a day's calls come to follows.
UPDATE traffic_day SET price_nano = price_nano + :more_nano
 WHERE day = date(:start_us / 1000000, 'unixepoch') AND account = :account AND src_trunk = coalesce(:src_trunk, '')
   AND dst_trunk = coalesce(:dst_trunk, '') AND currency = :currency AND cost_currency = coalesce(:cost_currency, '');

-- name: correction_event
-- What a part of a run comes to for an account.
INSERT INTO event (at_us, node, kind, detail)
VALUES (:at_us, coalesce((SELECT node FROM node ORDER BY alive_us DESC LIMIT 1), ''), 'BALANCE_RERATE',
        json_object('account', :account, 'amount', :amount, 'currency', :currency, 'balance', :balance, 'run', :run,
                    'calls', :calls, 'note', :note));

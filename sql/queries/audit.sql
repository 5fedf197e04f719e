-- What `ledger verify` asks (b2bua/store/audit.c). A row of the first group is something that is wrong, said in words;
-- each question is answered by one state of the database, whatever is written meanwhile, without holding rows in memory.
-- Sums are taken of units and of what is beyond them: that of all ever reserved may pass int64 of nano.

-- name: audit_balance
SELECT 'account "' || account || '" has a balance of ' || nano || ' nano ' || currency || ', its entries come to '
           || ((gained_units - spent_units) * 1000000000 + gained_rest - spent_rest)
  FROM (SELECT account, currency, nano,
               coalesce((SELECT sum(amount_nano / 1000000000) FROM ledger
                          WHERE credit = account AND ledger.currency = balance.currency), 0) AS gained_units,
               coalesce((SELECT sum(amount_nano % 1000000000) FROM ledger
                          WHERE credit = account AND ledger.currency = balance.currency), 0) AS gained_rest,
               coalesce((SELECT sum(amount_nano / 1000000000) FROM ledger
                          WHERE debit = account AND ledger.currency = balance.currency), 0) AS spent_units,
               coalesce((SELECT sum(amount_nano % 1000000000) FROM ledger
                          WHERE debit = account AND ledger.currency = balance.currency), 0) AS spent_rest
          FROM balance)
 WHERE nano <> (gained_units - spent_units) * 1000000000 + gained_rest - spent_rest;

-- name: audit_balance_missing
SELECT 'account "' || account || '" has entries in ' || currency || ', and no balance'
  FROM (SELECT DISTINCT credit AS account, currency FROM ledger WHERE credit < '@' OR credit >= 'A'
        UNION
        SELECT DISTINCT debit, currency FROM ledger WHERE debit < '@' OR debit >= 'A') AS entry
 WHERE NOT EXISTS (SELECT 1 FROM balance WHERE balance.account = entry.account AND balance.currency = entry.currency);

-- name: audit_charge
-- A charge is of a call that has a record; one alone, for its key is its call's. (With an archive that was deleted for its
-- age went the records of its calls.)
SELECT 'entry ' || entry_id || ' charges call ' || coalesce(cdr_id, '-')
           || iif(idem_key = 'charge:' || cdr_id, ', which has no record', ' by key ' || idem_key)
  FROM ledger
 WHERE kind = 'charge' AND (idem_key IS NOT 'charge:' || cdr_id
                            OR NOT (EXISTS (SELECT 1 FROM cdr WHERE cdr.cdr_id = ledger.cdr_id)
                                    OR EXISTS (SELECT 1 FROM cdr_archive
                                                WHERE removed_us IS NOT NULL
                                                  AND ledger.cdr_id BETWEEN first_id AND last_id)));

-- name: audit_hold_closed
SELECT 'call ' || cdr_id || ' is over and still holds ' || nano || ' nano ' || currency || ' of account "' || account || '"'
  FROM hold
 WHERE NOT EXISTS (SELECT 1 FROM open_call WHERE open_call.cdr_id = hold.cdr_id);

-- name: audit_hold
SELECT 'call ' || cdr_id || ' holds ' || nano || ' nano ' || currency || ', its entries come to ' || booked
  FROM (SELECT cdr_id, nano, currency,
               coalesce((SELECT sum(iif(kind = 'reserve', amount_nano, -amount_nano)) FROM ledger
                          WHERE idem_key >= 'hold:' || hold.cdr_id || ':' AND idem_key < 'hold:' || hold.cdr_id || ';'),
                        0) AS booked
          FROM hold)
 WHERE nano <> booked;

-- name: audit_reserve
WITH money AS (
	SELECT DISTINCT currency FROM ledger WHERE credit = '@reserve'
), booked AS (
	SELECT currency,
	       ((SELECT coalesce(sum(amount_nano / 1000000000), 0) FROM ledger
	          WHERE credit = '@reserve' AND ledger.currency = money.currency)
	      - (SELECT coalesce(sum(amount_nano / 1000000000), 0) FROM ledger
	          WHERE debit = '@reserve' AND ledger.currency = money.currency)) * 1000000000
	      + (SELECT coalesce(sum(amount_nano % 1000000000), 0) FROM ledger
	          WHERE credit = '@reserve' AND ledger.currency = money.currency)
	      - (SELECT coalesce(sum(amount_nano % 1000000000), 0) FROM ledger
	          WHERE debit = '@reserve' AND ledger.currency = money.currency) AS nano,
	       (SELECT coalesce(sum(nano), 0) FROM hold WHERE hold.currency = money.currency) AS held
	  FROM money
)
SELECT 'the reserve has ' || nano || ' nano ' || currency || ', calls under way hold ' || held FROM booked WHERE nano <> held;

-- name: audit_counts
SELECT (SELECT count(*) FROM balance), (SELECT count(*) FROM ledger), (SELECT count(*) FROM hold);

-- name: audit_cdrs
-- Records behind :after, each with its charge.
SELECT cdr.seq, cdr.cdr_id, cdr.account, cdr.currency, cdr.answer_us, cdr.duration_ms, cdr.billed_s, cdr.release_tag,
       cdr.rate, cdr.price_nano, cdr.cost_rate, cdr.cost_nano,
       ledger.amount_nano, ledger.debit, ledger.credit, ledger.currency
  FROM cdr LEFT JOIN ledger ON ledger.idem_key = 'charge:' || cdr.cdr_id
 WHERE cdr.seq > :after ORDER BY cdr.seq LIMIT 20000;

-- name: audit_correction
-- Each has its entry; each begins with what the call cost before it.
SELECT 'correction ' || correction_id || ' of call ' || cdr_id || ' has no entry that fits it'
  FROM cdr_correction
 WHERE NOT EXISTS (SELECT 1 FROM ledger
                    WHERE ledger.idem_key = cdr_correction.idem_key AND ledger.cdr_id = cdr_correction.cdr_id
                      AND ledger.currency = cdr_correction.currency AND amount_nano = abs(price_nano - was_nano)
                      AND iif(price_nano < was_nano, credit, debit) = account
                      AND iif(price_nano < was_nano, debit, credit) = '@revenue')
UNION ALL
SELECT 'correction ' || correction_id || ' of call ' || cdr_id || ' begins at ' || was_nano || ' nano, which it did not cost'
  FROM (SELECT *, lag(price_nano) OVER (PARTITION BY cdr_id ORDER BY correction_id) AS before_nano FROM cdr_correction)
    AS correction
 WHERE was_nano <> coalesce(before_nano, (SELECT cdr.price_nano FROM cdr WHERE cdr.cdr_id = correction.cdr_id), -1)
   AND NOT EXISTS (SELECT 1 FROM cdr_archive
                    WHERE removed_us IS NOT NULL AND correction.cdr_id BETWEEN first_id AND last_id);

-- Pages for the web server. A page continues after its last row, so that a page far back
-- costs what the first one does; the order is that of an index, so that nothing is sorted.

-- name: cdr_page
SELECT *, (SELECT cdr_correction.price_nano FROM cdr_correction WHERE cdr_correction.cdr_id = cdr.cdr_id
            ORDER BY correction_id DESC LIMIT 1) AS corrected_nano
  FROM cdr
 WHERE (start_us, seq) < (:before_us, :before_seq)
 ORDER BY start_us DESC, seq DESC LIMIT :limit;

-- name: cdr_page_account
SELECT *, (SELECT cdr_correction.price_nano FROM cdr_correction WHERE cdr_correction.cdr_id = cdr.cdr_id
            ORDER BY correction_id DESC LIMIT 1) AS corrected_nano
  FROM cdr
 WHERE account = :account AND (start_us, seq) < (:before_us, :before_seq)
 ORDER BY start_us DESC, seq DESC LIMIT :limit;

-- name: cdr_page_callee
SELECT *, (SELECT cdr_correction.price_nano FROM cdr_correction WHERE cdr_correction.cdr_id = cdr.cdr_id
            ORDER BY correction_id DESC LIMIT 1) AS corrected_nano
  FROM cdr
 WHERE callee = :callee AND (start_us, seq) < (:before_us, :before_seq)
 ORDER BY start_us DESC, seq DESC LIMIT :limit;

-- name: cdr_page_account_callee
SELECT *, (SELECT cdr_correction.price_nano FROM cdr_correction WHERE cdr_correction.cdr_id = cdr.cdr_id
            ORDER BY correction_id DESC LIMIT 1) AS corrected_nano
  FROM cdr
 WHERE +account = :account AND callee = :callee AND (start_us, seq) < (:before_us, :before_seq)
 ORDER BY start_us DESC, seq DESC LIMIT :limit;

-- name: cdr_one
SELECT *, (SELECT cdr_correction.price_nano FROM cdr_correction WHERE cdr_correction.cdr_id = cdr.cdr_id
            ORDER BY correction_id DESC LIMIT 1) AS corrected_nano
  FROM cdr
 WHERE cdr_id = :cdr_id;

-- name: cdr_events
SELECT seq, at_us, node, kind, detail FROM event WHERE cdr_id = :cdr_id ORDER BY seq LIMIT :limit;

-- name: cdr_corrections
SELECT at_us, node, was_nano, price_nano, note, idem_key AS key
  FROM cdr_correction WHERE cdr_id = :cdr_id ORDER BY correction_id LIMIT :limit;

-- name: account_page
-- `calls`: those with money set aside.
SELECT account.name, account.kind, account.currency, balance_nano, reserved_nano, available_nano, credit_limit_nano,
       tariff, enabled, (SELECT count(*) FROM hold WHERE hold.account = account.name) AS calls
  FROM v_balance JOIN account ON account.name = v_balance.account
 WHERE v_balance.account > :after AND substr(v_balance.account, 1, length(:begins)) = :begins
 ORDER BY v_balance.account LIMIT :limit;

-- name: account_whole
SELECT account.*, balance_nano, reserved_nano, available_nano,
       (SELECT count(*) FROM hold WHERE hold.account = account.name) AS calls
  FROM account JOIN v_balance ON v_balance.account = account.name WHERE account.name = :account;

-- name: ledger_page
-- An account's entries in its currency, newest first, each with the balance after it. The first page begins with the
-- balance of now, a further one with :balance_nano, that before the last entry of the page before. What is set aside
-- leaves the balance as it is.
WITH has AS (
	SELECT iif(:first,
	           coalesce((SELECT nano FROM balance
	                      WHERE balance.account = account.name AND balance.currency = account.currency), 0)
	         + coalesce((SELECT sum(nano) FROM hold
	                      WHERE hold.account = account.name AND hold.currency = account.currency), 0),
	           :balance_nano) AS nano
	  FROM account WHERE name = :account
), entry AS (
	SELECT * FROM (
		SELECT at_us, entry_id, kind, -amount_nano AS amount_nano, currency, credit AS other, cdr_id, note, idem_key
		  FROM ledger
		 WHERE debit = :account AND currency = (SELECT currency FROM account WHERE name = :account)
		   AND at_us <= :before_us AND (at_us, entry_id) < (:before_us, :before_id) AND kind NOT IN ('reserve', 'release')
		 ORDER BY at_us DESC, entry_id DESC LIMIT :limit)
	UNION ALL
	SELECT * FROM (
		SELECT at_us, entry_id, kind, amount_nano, currency, debit, cdr_id, note, idem_key
		  FROM ledger
		 WHERE credit = :account AND currency = (SELECT currency FROM account WHERE name = :account)
		   AND at_us <= :before_us AND (at_us, entry_id) < (:before_us, :before_id) AND kind NOT IN ('reserve', 'release')
		 ORDER BY at_us DESC, entry_id DESC LIMIT :limit)
)
SELECT at_us, entry_id, kind, amount_nano,
       has.nano - coalesce(sum(amount_nano) OVER (ORDER BY at_us DESC, entry_id DESC
                                                  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS balance_nano,
       currency, other, cdr_id, note, idem_key AS key
  FROM entry, has
 ORDER BY at_us DESC, entry_id DESC LIMIT :limit;

-- name: tariff_page
-- What is said of a tariff's rates is of the first 10,000 of them; `more` is true when there are others.
SELECT name, currency, zone, rounding, decimals, imported,
       (SELECT json_object('count', min(count(*), 10000), 'more', json(iif(count(*) > 10000, 'true', 'false')),
                           'in_force', coalesce(sum(valid_from_us <= :now_us
                                                    AND coalesce(valid_until_us > :now_us, 1)), 0),
                           'since_us', max(iif(valid_from_us <= :now_us, nullif(valid_from_us, 0), NULL)),
                           'next_us', min(iif(valid_from_us > :now_us, valid_from_us, NULL)))
          FROM (SELECT valid_from_us, valid_until_us FROM rate_row WHERE rate_row.list = tariff.list LIMIT 10001)) AS rates
  FROM tariff
 WHERE name > :after
 ORDER BY name LIMIT :limit;

-- name: report
-- What came of the calls of some days by day, account, trunk they went to or trunk they came from. Who has several
-- currencies has a row for each: what counts calls stands in the first of them, so that every column may be added up.
WITH kind AS (
	SELECT CASE :by WHEN 'account' THEN account WHEN 'trunk' THEN dst_trunk WHEN 'source' THEN src_trunk ELSE day END AS name,
	       currency, cost_currency, currency = '' AND cost_currency = '' AS is_free,
	       sum(attempts) AS attempts, sum(answered) AS answered, sum(effective) AS effective, sum(duration_ms) AS duration_ms,
	       sum(billed_s) AS billed_s, sum(price_nano) AS price_nano, sum(cost_nano) AS cost_nano
	  FROM traffic_day
	 WHERE day >= :from AND day <= :to
	 GROUP BY name, currency, cost_currency
), line AS (
	SELECT name, nullif(currency, '') AS currency, nullif(cost_currency, '') AS cost_currency, is_free,
	       billed_s, price_nano, cost_nano, row_number() OVER (PARTITION BY name ORDER BY is_free, currency, cost_currency) AS n,
	       sum(attempts) OVER whole AS attempts, sum(answered) OVER whole AS answered, sum(effective) OVER whole AS effective,
	       sum(duration_ms) OVER whole AS duration_ms
	  FROM kind
	WINDOW whole AS (PARTITION BY name)
)
SELECT name, iif(n = 1, attempts, NULL) AS attempts, iif(n = 1, answered, NULL) AS answered,
       iif(n = 1, round(100.0 * answered / attempts, 1), NULL) AS asr_percent,
       iif(n = 1, round(100.0 * effective / attempts, 1), NULL) AS ner_percent,
       iif(n = 1 AND answered > 0, round(duration_ms / 1000.0 / answered, 1), NULL) AS acd_s,
       iif(n = 1, round(duration_ms / 60000.0, 2), NULL) AS minutes,
       iif(is_free, NULL, round(billed_s / 60.0, 2)) AS billed_minutes,
       iif(currency IS NULL, NULL, price_nano) AS price_nano, currency,
       iif(cost_currency IS NULL, NULL, cost_nano) AS cost_nano, cost_currency,
       iif(currency = cost_currency, price_nano - cost_nano, NULL) AS margin_nano
  FROM line
 WHERE n = 1 OR NOT is_free
 ORDER BY name, n LIMIT :limit;

-- name: webhook_page
SELECT name, url, events, enabled, batch, timeout_s, max_age_s, skipped FROM webhook ORDER BY name LIMIT :limit;

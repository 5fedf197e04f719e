-- What was earned: a row per day, account and currencies; amounts in nano and, exactly, as text. There is a margin
-- where the carrier is paid in the customer's currency.
DROP VIEW IF EXISTS v_revenue_daily;
CREATE VIEW v_revenue_daily AS
WITH daily AS (
	SELECT day, nullif(account, '') AS account, currency,
	       iif(cost_currency = '', currency, cost_currency) AS cost_currency,
	       sum(answered) AS calls,
	       sum(billed_s) AS billed_s,
	       sum(price_nano) AS price_nano,
	       sum(cost_nano) AS cost_nano
	  FROM traffic_day
	 WHERE currency <> ''
	 GROUP BY day, traffic_day.account, 3, 4
), margin AS (
	SELECT *, iif(currency = cost_currency, price_nano - cost_nano, NULL) AS margin_nano
	  FROM daily
)
SELECT day, account, currency, calls,
       round(billed_s / 60.0, 2) AS billed_minutes,
       price_nano, cost_nano, margin_nano,
       iif(price_nano < 0, '-', '')
           || printf('%d.%02d', abs(price_nano) / 1000000000, abs(price_nano) / 10000000 % 100)
           || rtrim(printf('%07d', abs(price_nano) % 10000000), '0') AS price,
       iif(cost_nano < 0, '-', '')
           || printf('%d.%02d', abs(cost_nano) / 1000000000, abs(cost_nano) / 10000000 % 100)
           || rtrim(printf('%07d', abs(cost_nano) % 10000000), '0') AS cost,
       iif(margin_nano IS NULL, NULL,
           iif(margin_nano < 0, '-', '')
               || printf('%d.%02d', abs(margin_nano) / 1000000000, abs(margin_nano) / 10000000 % 100)
               || rtrim(printf('%07d', abs(margin_nano) % 10000000), '0')) AS margin,
       cost_currency
  FROM margin;

-- What each way through the house earns and costs, whether somebody is charged or not: `currency` is NULL where
-- nobody is, `cost_currency` where it is not known what the carrier is paid.
DROP VIEW IF EXISTS v_revenue_trunk;
CREATE VIEW v_revenue_trunk AS
WITH daily AS (
	SELECT day, nullif(src_trunk, '') AS src_trunk, nullif(dst_trunk, '') AS dst_trunk,
	       nullif(currency, '') AS currency, nullif(cost_currency, '') AS cost_currency,
	       sum(attempts) AS attempts, sum(answered) AS answered,
	       sum(duration_ms) AS duration_ms, sum(billed_s) AS billed_s,
	       sum(price_nano) AS price_nano, sum(cost_nano) AS cost_nano
	  FROM traffic_day
	 GROUP BY day, traffic_day.src_trunk, traffic_day.dst_trunk, traffic_day.currency, traffic_day.cost_currency
)
SELECT day, src_trunk, dst_trunk, currency, cost_currency, attempts, answered,
       round(duration_ms / 60000.0, 2) AS minutes,
       round(billed_s / 60.0, 2) AS billed_minutes,
       price_nano, cost_nano,
       iif(currency = cost_currency, price_nano - cost_nano, NULL) AS margin_nano
  FROM daily;

-- What each destination earns and costs, by the number's first four digits (country and network, or area).
DROP VIEW IF EXISTS v_revenue_destination;
CREATE VIEW v_revenue_destination AS
SELECT day, substr(callee, 1, 4) AS destination, currency, cost_currency,
       count(*) AS attempts,
       sum(disposition = 'answered') AS answered,
       round(coalesce(sum(duration_ms), 0) / 60000.0, 2) AS minutes,
       round(coalesce(sum(billed_s), 0) / 60.0, 2) AS billed_minutes,
       coalesce(sum(price_nano), 0) AS price_nano,
       coalesce(sum(cost_nano), 0) AS cost_nano,
       iif(currency = cost_currency, sum(price_nano) - sum(cost_nano), NULL) AS margin_nano
  FROM v_day
 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
 GROUP BY day, destination, currency, cost_currency;

-- The same by the hour in which calls began.
DROP VIEW IF EXISTS v_revenue_hour;
CREATE VIEW v_revenue_hour AS
SELECT day, (start_us - from_us) / 3600000000 AS hour, currency, cost_currency,
       count(*) AS attempts,
       sum(disposition = 'answered') AS answered,
       round(coalesce(sum(duration_ms), 0) / 60000.0, 2) AS minutes,
       round(coalesce(sum(billed_s), 0) / 60.0, 2) AS billed_minutes,
       coalesce(sum(price_nano), 0) AS price_nano,
       coalesce(sum(cost_nano), 0) AS cost_nano,
       iif(currency = cost_currency, sum(price_nano) - sum(cost_nano), NULL) AS margin_nano
  FROM v_day
 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
 GROUP BY day, hour, currency, cost_currency;

-- Answered calls that brought in nothing, one a row, and why.
DROP VIEW IF EXISTS v_unbilled;
CREATE VIEW v_unbilled AS
SELECT day, seq, cdr_id, src_trunk, dst_trunk, account, caller, callee,
       duration_ms / 1000.0 AS duration_s, tariff, cost_nano, cost_currency,
       CASE WHEN account IS NULL THEN 'no account'
            WHEN tariff IS NULL THEN 'no tariff' -- its account had none
            WHEN rate IS NULL THEN 'no rate'
            WHEN billed_s = 0 THEN 'grace'
            ELSE 'free' END AS why_not
  FROM v_day
 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
 WHERE disposition = 'answered' AND coalesce(price_nano, 0) = 0;

-- What each account's balance was after each entry, without what is only set aside for calls under way.
DROP VIEW IF EXISTS v_balance_history;
CREATE VIEW v_balance_history AS
WITH moved AS (
	SELECT debit AS account, currency, at_us, entry_id, kind, -amount_nano AS nano, credit AS other, cdr_id, note
	  FROM ledger
	 WHERE kind NOT IN ('reserve', 'release')
	UNION ALL
	SELECT credit, currency, at_us, entry_id, kind, amount_nano, debit, cdr_id, note
	  FROM ledger
	 WHERE kind NOT IN ('reserve', 'release')
)
SELECT account, currency, at_us,
       strftime('%Y-%m-%d %H:%M:%S', at_us / 1000000, 'unixepoch')
           || printf('.%03d', at_us / 1000 % 1000) AS at,
       entry_id, kind, nano,
       sum(nano) OVER (PARTITION BY account, currency ORDER BY at_us, entry_id) AS balance_nano,
       other, cdr_id, note
  FROM moved;

-- The same at the end of each day on which something was booked.
DROP VIEW IF EXISTS v_balance_daily;
CREATE VIEW v_balance_daily AS
WITH booked AS (
	SELECT account, currency, date(at_us / 1000000, 'unixepoch') AS day,
	       sum(max(nano, 0)) AS credited_nano, sum(max(-nano, 0)) AS debited_nano, count(*) AS entries
	  FROM (SELECT debit AS account, currency, at_us, -amount_nano AS nano
	          FROM ledger WHERE kind NOT IN ('reserve', 'release')
	        UNION ALL
	        SELECT credit, currency, at_us, amount_nano
	          FROM ledger WHERE kind NOT IN ('reserve', 'release'))
	 GROUP BY account, currency, day
)
SELECT account, currency, day, entries, credited_nano, debited_nano,
       sum(credited_nano - debited_nano) OVER (PARTITION BY account, currency ORDER BY day) AS balance_nano
  FROM booked;

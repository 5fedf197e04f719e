-- What each account has: all that was credited less all that was debited.
DROP VIEW IF EXISTS v_balance;
CREATE VIEW v_balance AS
WITH moved AS (
	SELECT credit AS account, currency, amount_nano FROM ledger
	UNION ALL
	SELECT debit, currency, -amount_nano FROM ledger
), summed AS (
	SELECT account, currency, sum(amount_nano) AS balance_nano FROM moved GROUP BY account, currency
)
SELECT account.name AS account, account.kind, account.currency,
       coalesce(balance_nano, 0) AS balance_nano,
       iif(balance_nano < 0, '-', '')
           || printf('%d.%02d', abs(coalesce(balance_nano, 0)) / 1000000000,
                     abs(coalesce(balance_nano, 0)) / 10000000 % 100)
           || rtrim(printf('%07d', abs(coalesce(balance_nano, 0)) % 10000000), '0') AS balance
  FROM account
  LEFT JOIN summed ON summed.account = account.name AND summed.currency = account.currency;

-- What was earned: a row per day, account and currency; amounts in nano and, exactly, as text.
DROP VIEW IF EXISTS v_revenue_daily;
CREATE VIEW v_revenue_daily AS
WITH daily AS (
	SELECT date(start_us / 1000000, 'unixepoch') AS day, account, currency,
	       sum(disposition = 'answered') AS calls,
	       sum(billed_s) AS billed_s,
	       sum(price_nano) AS price_nano,
	       sum(cost_nano) AS cost_nano,
	       sum(price_nano) - sum(cost_nano) AS margin_nano
	  FROM cdr
	 WHERE currency IS NOT NULL
	 GROUP BY day, account, currency
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
       iif(margin_nano < 0, '-', '')
           || printf('%d.%02d', abs(margin_nano) / 1000000000, abs(margin_nano) / 10000000 % 100)
           || rtrim(printf('%07d', abs(margin_nano) % 10000000), '0') AS margin
  FROM daily;

-- What each account has: its balance, what of it is set aside for calls under way, and what is left beside that: NULL where
-- nothing limits it, for a postpaid account without a credit limit.
DROP VIEW IF EXISTS v_balance;
CREATE VIEW v_balance AS
WITH held AS (
	SELECT account, currency, sum(nano) AS reserved_nano FROM hold GROUP BY account, currency
), has AS (
	SELECT account.name AS account, account.kind, account.currency,
	       coalesce(balance.nano, 0) + coalesce(reserved_nano, 0) AS balance_nano,
	       coalesce(reserved_nano, 0) AS reserved_nano,
	       iif(account.kind = 'postpaid' AND credit_limit_nano = 0, NULL, coalesce(balance.nano, 0)) AS available_nano
	  FROM account
	  LEFT JOIN balance ON balance.account = account.name AND balance.currency = account.currency
	  LEFT JOIN held ON held.account = account.name AND held.currency = account.currency
)
SELECT account, kind, currency, balance_nano, reserved_nano, available_nano,
       iif(balance_nano < 0, '-', '')
           || printf('%d.%02d', abs(balance_nano) / 1000000000, abs(balance_nano) / 10000000 % 100)
           || rtrim(printf('%07d', abs(balance_nano) % 10000000), '0') AS balance,
       iif(reserved_nano < 0, '-', '')
           || printf('%d.%02d', abs(reserved_nano) / 1000000000, abs(reserved_nano) / 10000000 % 100)
           || rtrim(printf('%07d', abs(reserved_nano) % 10000000), '0') AS reserved,
       iif(available_nano IS NULL, NULL,
           iif(available_nano < 0, '-', '')
               || printf('%d.%02d', abs(available_nano) / 1000000000, abs(available_nano) / 10000000 % 100)
               || rtrim(printf('%07d', abs(available_nano) % 10000000), '0')) AS available
  FROM has;

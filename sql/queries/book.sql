-- What tandem-b2bua has of accounts in memory, read at its start.

-- name: spent_on
-- What the calls that began on a day cost each account, in its currency.
SELECT traffic_day.account,
       min(sum(price_nano / 1000000000) * 1000000000 + sum(price_nano % 1000000000), 9223372036854775807)
  FROM traffic_day
  JOIN account ON account.name = traffic_day.account AND account.currency = traffic_day.currency
 WHERE day = :day
 GROUP BY 1;

-- name: account_state_list
SELECT account, is_low, blocked_until_us FROM account_state;

-- name: account_country_list
SELECT account, country, since_us FROM account_country;

-- In which hours (UTC) do we earn our money? The last seven days together.
SELECT hour, currency, sum(attempts) AS attempts, sum(answered) AS calls, round(sum(minutes), 1) AS minutes,
       printf('%.2f', sum(price_nano) / 1e9) AS price, iif(sum(margin_nano) IS NULL, NULL, printf('%.2f', sum(margin_nano) / 1e9)) AS margin
  FROM v_revenue_hour
 WHERE day >= date('now', '-7 days') AND currency IS NOT NULL
 GROUP BY hour, currency
 ORDER BY hour, currency;

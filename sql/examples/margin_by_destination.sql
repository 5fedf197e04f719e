-- Which destinations earn and which lose money this week? The worst first.
SELECT destination, currency, cost_currency, sum(answered) AS calls, round(sum(minutes), 1) AS minutes,
       printf('%.2f', sum(price_nano) / 1e9) AS price, printf('%.2f', sum(cost_nano) / 1e9) AS cost,
       iif(sum(margin_nano) IS NULL, NULL, printf('%.2f', sum(margin_nano) / 1e9)) AS margin
  FROM v_revenue_destination
 WHERE day >= date('now', '-7 days') AND currency IS NOT NULL
 GROUP BY destination, currency, cost_currency
 ORDER BY sum(margin_nano) IS NULL, sum(margin_nano);

-- What did each customer bring in this month, and what is left of it after cost? Amounts are exact; there is no margin
-- where the carrier was paid in another currency.
SELECT account, currency, cost_currency, sum(calls) AS calls, round(sum(billed_minutes), 2) AS minutes,
       printf('%d.%09d', sum(price_nano) / 1000000000, sum(price_nano) % 1000000000) AS price,
       iif(sum(margin_nano) IS NULL, NULL,
           iif(sum(margin_nano) < 0, '-', '')
               || printf('%d.%09d', abs(sum(margin_nano)) / 1000000000, abs(sum(margin_nano)) % 1000000000)) AS margin
  FROM v_revenue_daily
 WHERE day >= date('now', 'start of month')
 GROUP BY account, currency, cost_currency
 ORDER BY sum(price_nano) DESC;

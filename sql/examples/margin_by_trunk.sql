-- What does each carrier leave us this month, and what do calls nobody pays for cost?
SELECT dst_trunk, currency, cost_currency, sum(answered) AS calls, round(sum(minutes), 1) AS minutes,
       printf('%.2f', sum(price_nano) / 1e9) AS price, printf('%.2f', sum(cost_nano) / 1e9) AS cost,
       iif(sum(margin_nano) IS NULL, NULL, printf('%.2f', sum(margin_nano) / 1e9)) AS margin
  FROM v_revenue_trunk
 WHERE day >= date('now', 'start of month')
 GROUP BY dst_trunk, currency, cost_currency
HAVING calls > 0
 ORDER BY sum(margin_nano) DESC;

-- Which answered calls of this month brought in nothing, why, and what did the carriers get for them?
SELECT why_not, account, src_trunk, count(*) AS calls, round(sum(duration_s) / 60, 1) AS minutes,
       cost_currency, printf('%.2f', sum(cost_nano) / 1e9) AS cost
  FROM v_unbilled
 WHERE day >= date('now', 'start of month')
 GROUP BY why_not, account, src_trunk, cost_currency
 ORDER BY sum(cost_nano) DESC;

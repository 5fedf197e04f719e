-- Where do our minutes go this week?
SELECT destination, sum(attempts) AS attempts, sum(answered) AS answered, round(sum(minutes), 1) AS minutes
  FROM v_top_destination
 WHERE day >= date('now', '-7 days')
 GROUP BY destination
 ORDER BY sum(minutes) DESC
 LIMIT 20;

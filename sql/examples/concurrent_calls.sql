-- How many calls were up at once? The peak of each hour of yesterday and today.
SELECT day, hour, peak_calls, peak_answered
  FROM v_concurrent
 WHERE day >= date('now', '-1 day')
 ORDER BY day, hour;

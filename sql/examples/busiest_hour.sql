-- When is the system busiest? Attempts and answered minutes per hour of the last day.
SELECT strftime('%Y-%m-%d %H:00', start_us / 1000000, 'unixepoch') AS hour,
       count(*) AS attempts,
       round(sum(iif(disposition = 'answered', duration_ms, 0)) / 60000.0, 1) AS minutes
  FROM cdr
 WHERE start_us >= unixepoch('now', '-1 day') * 1000000
 GROUP BY hour
 ORDER BY attempts DESC;

-- Who makes many answered calls of under six seconds today? (Robot diallers, faults, fraud.)
SELECT account, caller, count(*) AS calls
  FROM cdr
 WHERE start_us >= unixepoch('now', 'start of day') * 1000000 AND disposition = 'answered' AND duration_ms < 6000
 GROUP BY account, caller
HAVING calls >= 20
 ORDER BY calls DESC;

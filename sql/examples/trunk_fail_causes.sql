-- What does each trunk answer instead of taking the call? Today's failed attempts by code and reason.
SELECT trunk, code, reason, count(*) AS attempts
  FROM v_attempt
  JOIN (SELECT seq FROM cdr WHERE start_us >= unixepoch('now', 'start of day') * 1000000) USING (seq)
 WHERE NOT answered
 GROUP BY trunk, code, reason
 ORDER BY attempts DESC;

-- Which calls needed more than one trunk today, and what did each trunk say?
SELECT call.started, call.callee, attempt.position, attempt.trunk, attempt.code, attempt.reason
  FROM v_attempt AS attempt
  JOIN v_call AS call USING (seq)
  JOIN (SELECT seq FROM cdr
         WHERE start_us >= unixepoch('now', 'start of day') * 1000000) USING (seq)
 WHERE seq IN (SELECT seq FROM v_attempt WHERE position = 2)
 ORDER BY seq, attempt.position;

-- Which calls needed more than one trunk today, and what did each trunk say?
SELECT call.started, call.callee, attempt.value ->> '$.trunk' AS trunk, attempt.value ->> '$.code' AS code
  FROM v_call AS call
  JOIN cdr USING (seq), json_each(cdr.attempts) AS attempt
 WHERE cdr.start_us >= unixepoch('now', 'start of day') * 1000000
   AND iif(json_valid(cdr.attempts), json_array_length(cdr.attempts), 0) > 1;

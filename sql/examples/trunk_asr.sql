-- Which carrier fails? The share of answered attempts per trunk of the last seven days, worst first; attempts
-- that failed over to another trunk count here, which v_asr_acd does not see.
SELECT day, trunk, attempts, answered, asr_percent
  FROM v_trunk_asr
 WHERE day >= date('now', '-7 days')
 ORDER BY day DESC, asr_percent, attempts DESC;

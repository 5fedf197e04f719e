-- How well does each trunk complete calls? Answer-seizure ratio and average call duration of the last
-- seven days, the busiest trunk first.
SELECT day, dst_trunk, attempts, answered, asr_percent, ner_percent, acd_s, pdd_s
  FROM v_asr_acd
 WHERE day >= date('now', '-7 days')
 ORDER BY day DESC, attempts DESC;

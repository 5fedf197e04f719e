-- How long do callers wait for the first ring? Half, 95 and 99 of 100 calls of each day and trunk of the last week.
SELECT day, dst_trunk, calls, p50_ms, p95_ms, p99_ms, max_ms
  FROM v_pdd
 WHERE day >= date('now', '-7 days')
 ORDER BY day DESC, p95_ms DESC;

-- Which calls were cut off by a crash or a power failure, and closed from their last mark of life?
SELECT started, ended, caller, callee, dst_trunk, duration_s, disposition
  FROM v_call
 WHERE recovered = 1
 ORDER BY seq DESC;

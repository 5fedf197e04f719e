-- What happened just now? The 20 newest call attempts.
SELECT started, caller, callee, src_trunk, dst_trunk, duration_s, disposition, sip_code, released_by
  FROM v_call
 ORDER BY seq DESC
 LIMIT 20;

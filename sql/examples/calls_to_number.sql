-- "What became of my calls to this number?" The last 50, newest first.
SELECT started, caller, src_trunk, dst_trunk, duration_s, disposition, sip_code, reason, released_by
  FROM v_call
 WHERE callee = '8613800007919'
 ORDER BY started DESC
 LIMIT 50;

-- A carrier quotes the Call-ID of its side and the hour: the hour narrows the search, since b_call_id has
-- no index of its own.
SELECT started, caller, callee, dst_trunk, disposition, sip_code, reason
  FROM v_call
  JOIN (SELECT seq FROM cdr
         WHERE start_us BETWEEN unixepoch('now', '-1 hour') * 1000000 AND unixepoch('now', '+1 hour') * 1000000
           AND b_call_id LIKE 'b-leg-%') USING (seq);

-- A customer quotes the Call-ID of his side: which call was it, and what happened in it?
SELECT c.cdr_id, e.at, e.kind, c.caller, c.callee, c.disposition, c.sip_code, c.reason
  FROM v_call AS c
  JOIN v_event AS e ON e.cdr_id = c.cdr_id
 WHERE c.a_call_id = '3f1c8a90-1@192.0.2.10'
 ORDER BY e.seq;

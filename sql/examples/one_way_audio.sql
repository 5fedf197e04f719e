-- In which calls of today did one party not hear the other, who, and why?
SELECT event.at, call.caller, call.callee, call.dst_trunk, call.duration_s,
       iif(event.detail ->> '$.from' = 'a', 'caller', 'callee') AS not_heard,
       event.detail ->> '$.state' AS state,
       event.detail ->> '$.cause' AS cause
  FROM v_event AS event
  LEFT JOIN v_call AS call USING (cdr_id)
 WHERE event.kind = 'ONE_WAY_AUDIO' AND event.at >= date('now')
 ORDER BY event.seq;

-- One call a row, for people: times in UTC, durations in seconds, money as decimal text.
DROP VIEW IF EXISTS v_call;
CREATE VIEW v_call AS
SELECT seq, cdr_id, node,
       strftime('%Y-%m-%d %H:%M:%S', start_us / 1000000, 'unixepoch')
           || printf('.%03d', start_us / 1000 % 1000) AS started,
       strftime('%Y-%m-%d %H:%M:%S', answer_us / 1000000, 'unixepoch')
           || printf('.%03d', answer_us / 1000 % 1000) AS answered,
       strftime('%Y-%m-%d %H:%M:%S', end_us / 1000000, 'unixepoch')
           || printf('.%03d', end_us / 1000 % 1000) AS ended,
       caller, callee, src_trunk, dst_trunk, account,
       pdd_ms / 1000.0 AS pdd_s,
       ring_ms / 1000.0 AS ring_s,
       duration_ms / 1000.0 AS duration_s,
       billed_s, disposition, sip_code, q850_cause, reason, released_by, release_tag,
       CASE WHEN currency IS NOT NULL THEN
           iif(price_nano < 0, '-', '')
               || printf('%d.%02d', abs(price_nano) / 1000000000, abs(price_nano) / 10000000 % 100)
               || rtrim(printf('%07d', abs(price_nano) % 10000000), '0') END AS price,
       CASE WHEN currency IS NOT NULL THEN
           iif(cost_nano < 0, '-', '')
               || printf('%d.%02d', abs(cost_nano) / 1000000000, abs(cost_nano) / 10000000 % 100)
               || rtrim(printf('%07d', abs(cost_nano) % 10000000), '0') END AS cost,
       currency, a_codec, b_codec,
       a_mos_x100 / 100.0 AS a_mos, b_mos_x100 / 100.0 AS b_mos,
       a_call_id, b_call_id, recovered
  FROM cdr;

-- One attempt a row: every trunk that was tried for a call, in order. (A view may not use JSON functions
-- other than json_each: the schema is not trusted.)
DROP VIEW IF EXISTS v_attempt;
CREATE VIEW v_attempt AS
SELECT cdr.seq, cdr.cdr_id, day,
       attempt.key + 1 AS position,
       trunk.value AS trunk,
       code.value AS code,
       code.value BETWEEN 200 AND 299 AS answered,
       took.value AS took_ms,
       reason.value AS reason
  FROM v_day
 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
  JOIN json_each(cdr.attempts) AS attempt
  JOIN json_each(attempt.value, '$.trunk') AS trunk
  JOIN json_each(attempt.value, '$.code') AS code
  LEFT JOIN json_each(attempt.value, '$.ms') AS took
  LEFT JOIN json_each(attempt.value, '$.reason') AS reason;

-- What happened, with readable times.
DROP VIEW IF EXISTS v_event;
CREATE VIEW v_event AS
SELECT seq,
       strftime('%Y-%m-%d %H:%M:%S', at_us / 1000000, 'unixepoch')
           || printf('.%03d', at_us / 1000 % 1000) AS at,
       node, kind, cdr_id, detail
  FROM event;

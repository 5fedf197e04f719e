-- One call a row, for people: times in UTC, durations in seconds, money as decimal text.
DROP VIEW IF EXISTS v_call;
CREATE VIEW v_call AS
SELECT seq, cdr_id, node,
       strftime('%Y-%m-%d %H:%M:%S', start_us / 1000000, 'unixepoch')
           || printf('.%03d', start_us / 1000 % 1000) AS started,
       strftime('%Y-%m-%d %H:%M:%S', answer_us / 1000000, 'unixepoch') AS answered,
       strftime('%Y-%m-%d %H:%M:%S', end_us / 1000000, 'unixepoch') AS ended,
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

-- What happened, with readable times.
DROP VIEW IF EXISTS v_event;
CREATE VIEW v_event AS
SELECT seq,
       strftime('%Y-%m-%d %H:%M:%S', at_us / 1000000, 'unixepoch')
           || printf('.%03d', at_us / 1000 % 1000) AS at,
       node, kind, cdr_id, detail
  FROM event;

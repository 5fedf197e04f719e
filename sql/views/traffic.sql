-- Answer-seizure ratio and average call duration, a row per day and the last trunk tried. NER (network
-- effectiveness, ITU-T E.425) also counts as effective what the callee's side decided: busy, no
-- answer, rejected and calls the caller gave up.
DROP VIEW IF EXISTS v_asr_acd;
CREATE VIEW v_asr_acd AS
SELECT date(start_us / 1000000, 'unixepoch') AS day,
       dst_trunk,
       count(*) AS attempts,
       sum(disposition = 'answered') AS answered,
       round(100.0 * sum(disposition = 'answered') / count(*), 2) AS asr_percent,
       round(100.0 * sum(disposition <> 'failed') / count(*), 2) AS ner_percent,
       round(avg(CASE WHEN disposition = 'answered' THEN duration_ms END) / 1000.0, 1) AS acd_s,
       round(sum(CASE WHEN disposition = 'answered' THEN duration_ms ELSE 0 END) / 60000.0, 2) AS minutes,
       round(avg(pdd_ms) / 1000.0, 2) AS pdd_s
  FROM cdr
 GROUP BY day, dst_trunk;

-- How each trunk did in all that was tried on it, also where the call then failed over to another.
DROP VIEW IF EXISTS v_trunk_asr;
CREATE VIEW v_trunk_asr AS
SELECT day, trunk,
       count(*) AS attempts,
       sum(answered) AS answered,
       round(100.0 * sum(answered) / count(*), 2) AS asr_percent
  FROM v_attempt
 GROUP BY day, trunk;

-- Where calls go: by the number's first four digits (country and network, or country and area).
DROP VIEW IF EXISTS v_top_destination;
CREATE VIEW v_top_destination AS
SELECT date(start_us / 1000000, 'unixepoch') AS day,
       substr(callee, 1, 4) AS destination,
       count(*) AS attempts,
       sum(disposition = 'answered') AS answered,
       round(sum(CASE WHEN disposition = 'answered' THEN duration_ms ELSE 0 END) / 60000.0, 2) AS minutes
  FROM cdr
 GROUP BY day, destination;

-- Why calls were not answered.
DROP VIEW IF EXISTS v_fail_cause;
CREATE VIEW v_fail_cause AS
SELECT date(start_us / 1000000, 'unixepoch') AS day,
       dst_trunk, disposition, sip_code, q850_cause, reason, release_tag,
       count(*) AS calls
  FROM cdr
 WHERE disposition <> 'answered'
 GROUP BY day, dst_trunk, disposition, sip_code, q850_cause, reason, release_tag;

-- What the listener got, per day and trunk: `b` is what came from the callee's side.
DROP VIEW IF EXISTS v_quality;
CREATE VIEW v_quality AS
SELECT date(start_us / 1000000, 'unixepoch') AS day,
       dst_trunk,
       count(*) AS calls,
       round(100.0 * sum(b_lost) / nullif(sum(b_rx_packets) + sum(b_lost), 0), 3) AS lost_percent,
       round(avg(iif(b_rx_packets > 0, b_jitter_us, NULL)) / 1000.0, 1) AS jitter_ms,
       round(avg(b_mos_x100) / 100.0, 2) AS mos,
       min(b_mos_min_x100) / 100.0 AS mos_min,
       sum(b_rx_packets = 0) AS silent_calls
  FROM cdr
 WHERE disposition = 'answered'
 GROUP BY day, dst_trunk;

-- Each codec on each trunk, both ways; a leg without a packet says nothing of a codec.
DROP VIEW IF EXISTS v_quality_codec;
CREATE VIEW v_quality_codec AS
WITH leg AS (
	SELECT start_us, src_trunk AS trunk, 'caller' AS side, a_codec AS codec,
	       a_rx_packets AS rx_packets, a_lost AS lost, a_jitter_us AS jitter_us,
	       a_round_trip_us AS round_trip_us, a_mos_x100 AS mos_x100, a_mos_min_x100 AS mos_min_x100
	  FROM cdr
	 WHERE disposition = 'answered' AND a_rx_packets > 0
	UNION ALL
	SELECT start_us, dst_trunk, 'callee', b_codec, b_rx_packets, b_lost, b_jitter_us,
	       b_round_trip_us, b_mos_x100, b_mos_min_x100
	  FROM cdr
	 WHERE disposition = 'answered' AND b_rx_packets > 0
)
SELECT date(start_us / 1000000, 'unixepoch') AS day,
       trunk, side, codec,
       count(*) AS calls,
       round(100.0 * sum(lost) / nullif(sum(rx_packets) + sum(lost), 0), 3) AS lost_percent,
       round(avg(jitter_us) / 1000.0, 1) AS jitter_ms,
       round(avg(round_trip_us) / 1000.0, 1) AS round_trip_ms,
       round(avg(mos_x100) / 100.0, 2) AS mos,
       min(mos_min_x100) / 100.0 AS mos_min,
       sum(mos_x100 < 350) AS poor_calls
  FROM leg
 GROUP BY day, trunk, side, codec;

-- Calls in which one party was not heard, or badly. (json_each is the one JSON function a view may use.)
DROP VIEW IF EXISTS v_quality_event;
CREATE VIEW v_quality_event AS
SELECT date(cdr.start_us / 1000000, 'unixepoch') AS day,
       cdr.dst_trunk,
       count(DISTINCT iif(event.kind = 'ONE_WAY_AUDIO' AND party.value = 'a', cdr.seq, NULL)) AS one_way_caller,
       count(DISTINCT iif(event.kind = 'ONE_WAY_AUDIO' AND party.value <> 'a', cdr.seq, NULL)) AS one_way_callee,
       count(DISTINCT iif(event.kind = 'BAD_QUALITY' AND party.value = 'a', cdr.seq, NULL)) AS bad_caller,
       count(DISTINCT iif(event.kind = 'BAD_QUALITY' AND party.value <> 'a', cdr.seq, NULL)) AS bad_callee
  FROM event
  JOIN cdr ON cdr.cdr_id = event.cdr_id
  JOIN json_each(event.detail, '$.from') AS party
 WHERE event.kind IN ('ONE_WAY_AUDIO', 'BAD_QUALITY')
 GROUP BY day, cdr.dst_trunk;

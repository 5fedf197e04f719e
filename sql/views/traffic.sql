-- The days the records are of, and their bounds: who joins it reads the days that are asked for, by cdr_start, and not
-- the whole table. (CROSS JOIN has the days first; without the likelihoods SQLite would rather index the whole table by
-- whatever is compared with a constant.)
DROP VIEW IF EXISTS v_day;
CREATE VIEW v_day AS
WITH RECURSIVE each (from_us) AS (
	SELECT min(start_us) / 86400000000 * 86400000000 FROM cdr
	UNION ALL
	SELECT from_us + 86400000000 FROM each
	 WHERE from_us + 86400000000 <= (SELECT max(start_us) FROM cdr)
)
SELECT date(from_us / 1000000, 'unixepoch') AS day, from_us, from_us + 86400000000 AS until_us
  FROM each
 WHERE from_us IS NOT NULL;

-- Answer-seizure ratio and average call duration, a row per day and the last trunk tried. NER (network
-- effectiveness, ITU-T E.425) also counts as effective what the callee's side decided: busy, no
-- answer, rejected and calls the caller gave up.
DROP VIEW IF EXISTS v_asr_acd;
CREATE VIEW v_asr_acd AS
SELECT day,
       nullif(dst_trunk, '') AS dst_trunk,
       sum(attempts) AS attempts,
       sum(answered) AS answered,
       round(100.0 * sum(answered) / sum(attempts), 2) AS asr_percent,
       round(100.0 * sum(effective) / sum(attempts), 2) AS ner_percent,
       round(sum(duration_ms) / 1000.0 / nullif(sum(answered), 0), 1) AS acd_s,
       round(sum(duration_ms) / 60000.0, 2) AS minutes,
       round(sum(pdd_ms) / 1000.0 / nullif(sum(rung), 0), 2) AS pdd_s
  FROM traffic_day
 GROUP BY day, traffic_day.dst_trunk;

-- Post-dial delay: so many per cent of a day's calls rang no later than this.
DROP VIEW IF EXISTS v_pdd;
CREATE VIEW v_pdd AS
WITH ranked AS (
	SELECT day, dst_trunk, pdd_ms,
	       row_number() OVER (PARTITION BY day, dst_trunk ORDER BY pdd_ms) AS place,
	       count(*) OVER (PARTITION BY day, dst_trunk) AS calls
	  FROM v_day
	 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
	 WHERE pdd_ms IS NOT NULL
)
SELECT DISTINCT day, dst_trunk, calls,
       max(iif(place = (calls * 50 + 99) / 100, pdd_ms, NULL)) OVER one AS p50_ms,
       max(iif(place = (calls * 90 + 99) / 100, pdd_ms, NULL)) OVER one AS p90_ms,
       max(iif(place = (calls * 95 + 99) / 100, pdd_ms, NULL)) OVER one AS p95_ms,
       max(iif(place = (calls * 99 + 99) / 100, pdd_ms, NULL)) OVER one AS p99_ms,
       max(pdd_ms) OVER one AS max_ms
  FROM ranked
WINDOW one AS (PARTITION BY day, dst_trunk);

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
SELECT day,
       substr(callee, 1, 4) AS destination,
       count(*) AS attempts,
       sum(disposition = 'answered') AS answered,
       round(sum(CASE WHEN disposition = 'answered' THEN duration_ms ELSE 0 END) / 60000.0, 2) AS minutes
  FROM v_day
 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
 GROUP BY day, destination;

-- Why calls were not answered.
DROP VIEW IF EXISTS v_fail_cause;
CREATE VIEW v_fail_cause AS
SELECT day,
       dst_trunk, disposition, sip_code, q850_cause, reason, release_tag,
       count(*) AS calls
  FROM v_day
 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
 WHERE disposition <> 'answered'
 GROUP BY day, dst_trunk, disposition, sip_code, q850_cause, reason, release_tag;

-- Destinations (first four digits) and what became of the calls there, by each cause: `share_percent` of the
-- destination's attempts that day.
DROP VIEW IF EXISTS v_fail_destination;
CREATE VIEW v_fail_destination AS
WITH cause AS (
	SELECT day, substr(callee, 1, 4) AS destination, disposition, sip_code, q850_cause, count(*) AS calls
	  FROM v_day
	 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
	 GROUP BY day, destination, disposition, sip_code, q850_cause
), shared AS (
	SELECT *,
	       sum(calls) OVER (PARTITION BY day, destination) AS attempts,
	       sum(calls * (disposition = 'answered')) OVER (PARTITION BY day, destination) AS answered
	  FROM cause
)
SELECT day, destination, attempts,
       round(100.0 * answered / attempts, 2) AS asr_percent,
       disposition, sip_code, q850_cause, calls,
       round(100.0 * calls / attempts, 2) AS share_percent
  FROM shared
 WHERE disposition <> 'answered';

-- The most calls that were up at once in each hour: `peak_calls` from their INVITE to their end, `peak_answered` of
-- those answered. Calls that began up to a day before the day count, longer ones do not.
DROP VIEW IF EXISTS v_concurrent;
CREATE VIEW v_concurrent AS
WITH RECURSIVE hour (n) AS (
	SELECT 0 UNION ALL SELECT n + 1 FROM hour WHERE n < 23
), step (day, from_us, at_us, calls, answered) AS (
	SELECT day, from_us,
	       CASE edge WHEN 'start' THEN max(start_us, from_us) WHEN 'answer' THEN max(answer_us, from_us) ELSE end_us END,
	       CASE edge WHEN 'start' THEN 1 WHEN 'answer' THEN 0 ELSE -1 END,
	       CASE edge WHEN 'start' THEN 0 WHEN 'answer' THEN 1 ELSE -(answer_us IS NOT NULL) END
	  FROM v_day
	 CROSS JOIN cdr ON likelihood(start_us >= from_us - 86400000000, 0.0001) AND likelihood(start_us < until_us, 0.0001)
	 CROSS JOIN (SELECT 'start' AS edge UNION ALL SELECT 'answer' UNION ALL SELECT 'end')
	 WHERE end_us > from_us
	   AND CASE edge WHEN 'start' THEN 1 WHEN 'answer' THEN answer_us < until_us ELSE end_us < until_us END
	UNION ALL
	SELECT day, from_us, from_us + n * 3600000000, 0, 0 FROM v_day, hour
), up AS (
	SELECT day, (at_us - from_us) / 3600000000 AS hour,
	       sum(calls) OVER seen AS calls, sum(answered) OVER seen AS answered
	  FROM step
	WINDOW seen AS (PARTITION BY day ORDER BY at_us RANGE UNBOUNDED PRECEDING)
)
SELECT DISTINCT day, hour, max(calls) OVER one AS peak_calls, max(answered) OVER one AS peak_answered
  FROM up
WINDOW one AS (PARTITION BY day, hour);

-- What the listener got, per day and trunk: `b` is what came from the callee's side.
DROP VIEW IF EXISTS v_quality;
CREATE VIEW v_quality AS
SELECT day,
       dst_trunk,
       count(*) AS calls,
       round(100.0 * sum(b_lost) / nullif(sum(b_rx_packets) + sum(b_lost), 0), 3) AS lost_percent,
       round(avg(iif(b_rx_packets > 0, b_jitter_us, NULL)) / 1000.0, 1) AS jitter_ms,
       round(avg(b_mos_x100) / 100.0, 2) AS mos,
       min(b_mos_min_x100) / 100.0 AS mos_min,
       sum(b_rx_packets = 0) AS silent_calls
  FROM v_day
 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
 WHERE disposition = 'answered'
 GROUP BY day, dst_trunk;

-- Each codec on each trunk, both ways; a leg without a packet says nothing of a codec.
DROP VIEW IF EXISTS v_quality_codec;
CREATE VIEW v_quality_codec AS
SELECT day,
       iif(side = 'caller', src_trunk, dst_trunk) AS trunk,
       side,
       iif(side = 'caller', a_codec, b_codec) AS codec,
       count(*) AS calls,
       round(100.0 * sum(iif(side = 'caller', a_lost, b_lost))
           / sum(iif(side = 'caller', a_rx_packets + a_lost, b_rx_packets + b_lost)), 3) AS lost_percent,
       round(avg(iif(side = 'caller', a_jitter_us, b_jitter_us)) / 1000.0, 1) AS jitter_ms,
       round(avg(iif(side = 'caller', a_round_trip_us, b_round_trip_us)) / 1000.0, 1) AS round_trip_ms,
       round(avg(iif(side = 'caller', a_mos_x100, b_mos_x100)) / 100.0, 2) AS mos,
       min(iif(side = 'caller', a_mos_min_x100, b_mos_min_x100)) / 100.0 AS mos_min,
       sum(iif(side = 'caller', a_mos_x100, b_mos_x100) < 350) AS poor_calls
  FROM v_day
 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
 CROSS JOIN (SELECT 'caller' AS side UNION ALL SELECT 'callee')
 WHERE disposition = 'answered' AND iif(side = 'caller', a_rx_packets, b_rx_packets) > 0
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

-- How far a day of an account is from what it was in the 28 days before, of those on which it answered any call.
DROP VIEW IF EXISTS v_account_pattern;
CREATE VIEW v_account_pattern AS
WITH daily AS (
	SELECT day, account, max(currency) AS currency,
	       sum(answered) AS calls, sum(duration_ms) AS duration_ms, sum(price_nano) AS price_nano
	  FROM traffic_day
	 WHERE account <> '' AND answered > 0
	 GROUP BY day, account
), beside AS (
	SELECT *,
	       avg(calls) OVER before AS usual_calls,
	       avg(duration_ms) OVER before AS usual_ms,
	       avg(price_nano) OVER before AS usual_nano
	  FROM daily
	WINDOW before AS (PARTITION BY account ORDER BY unixepoch(day)
	                  RANGE BETWEEN 2419200 PRECEDING AND 1 PRECEDING)
)
SELECT day, account, currency, calls,
       round(duration_ms / 60000.0, 2) AS minutes,
       price_nano,
       round(usual_calls, 1) AS usual_calls,
       round(usual_ms / 60000.0, 2) AS usual_minutes,
       CAST(round(usual_nano) AS INTEGER) AS usual_price_nano,
       round(duration_ms / nullif(usual_ms, 0), 2) AS minutes_ratio,
       round(price_nano / nullif(usual_nano, 0), 2) AS price_ratio
  FROM beside;

-- An account's answered calls of a day by country (E.164 country code), with what fraud looks like: many short calls,
-- calls at night (22 to 6 UTC), and a country it has not called in the 28 days before.
DROP VIEW IF EXISTS v_account_country;
CREATE VIEW v_account_country AS
WITH call AS (
	SELECT day, from_us, account, duration_ms, price_nano,
	       (start_us - from_us) / 3600000000 NOT BETWEEN 6 AND 21 AS night,
	       substr(callee, 1, CASE
	           WHEN substr(callee, 1, 1) IN ('1', '7') THEN 1
	           WHEN substr(callee, 1, 2) IN ('20', '27', '30', '31', '32', '33', '34', '36', '39', '40', '41', '43',
	                                         '44', '45', '46', '47', '48', '49', '51', '52', '53', '54', '55', '56',
	                                         '57', '58', '60', '61', '62', '63', '64', '65', '66', '81', '82', '84',
	                                         '86', '90', '91', '92', '93', '94', '95', '98') THEN 2
	           ELSE 3 END) AS country
	  FROM v_day
	 CROSS JOIN cdr ON likelihood(start_us >= from_us, 0.0001) AND likelihood(start_us < until_us, 0.0001)
	 WHERE disposition = 'answered' AND account IS NOT NULL
), daily AS (
	SELECT day, from_us, account, country,
	       count(*) AS calls,
	       sum(duration_ms) AS duration_ms,
	       coalesce(sum(price_nano), 0) AS price_nano,
	       sum(duration_ms < 6000) AS short_calls,
	       sum(night) AS night_calls,
	       sum(night * duration_ms) AS night_ms
	  FROM call
	 GROUP BY day, account, country
)
SELECT day, account, country, calls,
       round(duration_ms / 60000.0, 2) AS minutes,
       price_nano, short_calls, night_calls,
       round(night_ms / 60000.0, 2) AS night_minutes,
       NOT EXISTS (SELECT 1 FROM cdr
                    WHERE cdr.account = daily.account
                      AND start_us >= from_us - 2419200000000 AND start_us < from_us
                      AND disposition = 'answered'
                      AND callee >= country AND callee < country || ':') AS is_new
  FROM daily;

-- How many calls were up at once, now an hour ago? (Calls still up are not in cdr yet.)
WITH moment (us) AS (VALUES (unixepoch('now', '-1 hour') * 1000000))
SELECT dst_trunk, count(*) AS calls
  FROM cdr, moment
 WHERE start_us BETWEEN us - 4 * 3600000000 AND us AND answer_us <= us AND end_us > us
 GROUP BY dst_trunk;

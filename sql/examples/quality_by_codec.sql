-- On which trunk does which codec sound bad? The last seven days, worst first.
SELECT trunk, side, codec, sum(calls) AS calls, sum(poor_calls) AS poor_calls,
       round(sum(mos * calls) / sum(iif(mos IS NULL, 0, calls)), 2) AS mos, min(mos_min) AS worst,
       round(sum(lost_percent * calls) / sum(calls), 3) AS lost_percent
  FROM v_quality_codec
 WHERE day >= date('now', '-7 days')
 GROUP BY trunk, side, codec
 ORDER BY mos IS NULL, mos;

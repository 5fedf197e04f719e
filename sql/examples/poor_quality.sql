-- Which answered calls of today sounded bad (loss over 1 % or MOS under 3.5 in either direction)?
SELECT cdr_id, caller, callee, dst_trunk, a_codec, b_codec,
       round(100.0 * a_lost / nullif(a_rx_packets + a_lost, 0), 2) AS a_lost_percent,
       round(100.0 * b_lost / nullif(b_rx_packets + b_lost, 0), 2) AS b_lost_percent,
       a_mos_x100 / 100.0 AS a_mos, b_mos_x100 / 100.0 AS b_mos
  FROM cdr
 WHERE start_us >= unixepoch('now', 'start of day') * 1000000 AND disposition = 'answered'
   AND (a_mos_x100 < 350 OR b_mos_x100 < 350
        OR a_lost * 99 > a_rx_packets OR b_lost * 99 > b_rx_packets);

-- One customer's calls of today, as on an itemised bill.
SELECT started, callee, duration_s, billed_s, price, currency
  FROM v_call
  JOIN (SELECT seq FROM cdr
         WHERE account = 'acme' AND start_us >= unixepoch('now', 'start of day') * 1000000
           AND disposition = 'answered') USING (seq)
 ORDER BY seq;

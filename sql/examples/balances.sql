-- Which prepaid customers are running low (under 10 units of their currency)?
SELECT account, balance, currency
  FROM v_balance
 WHERE kind = 'prepaid' AND balance_nano < 10 * 1000000000
 ORDER BY balance_nano;

-- Who spends or talks far more than he uses to? Accounts at three times their usual day or more, in the last week.
SELECT day, account, calls, usual_calls, minutes, usual_minutes, minutes_ratio, price_ratio,
       printf('%.2f', price_nano / 1e9) AS price, currency
  FROM v_account_pattern
 WHERE day >= date('now', '-7 days') AND (minutes_ratio >= 3 OR price_ratio >= 3)
 ORDER BY price_ratio DESC;

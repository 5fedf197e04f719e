-- How did the customers' balances go, day by day of this month?
SELECT day, account, currency, entries, printf('%.2f', credited_nano / 1e9) AS credited,
       printf('%.2f', debited_nano / 1e9) AS debited, printf('%.2f', balance_nano / 1e9) AS balance
  FROM v_balance_daily
 WHERE day >= date('now', 'start of month') AND account NOT LIKE '@%'
 ORDER BY account, currency, day;

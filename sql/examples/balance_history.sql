-- A customer asks where his money went: each entry of the last two days and the balance after it.
SELECT at, kind, printf('%.9f', nano / 1e9) AS amount, printf('%.9f', balance_nano / 1e9) AS balance, cdr_id, note
  FROM v_balance_history
 WHERE account = 'acme' AND at >= date('now', '-2 days')
 ORDER BY at_us, entry_id;

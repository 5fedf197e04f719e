-- Who called a country he never calls (28 days), mostly at night, or mostly in calls of seconds? The last week.
SELECT day, account, country, calls, minutes, short_calls, night_calls, is_new,
       printf('%.2f', price_nano / 1e9) AS price
  FROM v_account_country
 WHERE day >= date('now', '-7 days') AND calls >= 10
   AND (is_new OR night_calls * 2 > calls OR short_calls * 2 > calls)
 ORDER BY price_nano DESC;

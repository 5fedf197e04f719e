-- What tandemctl asks.

-- name: cdr_last
-- The newest :count records, oldest of them first.
SELECT * FROM (SELECT * FROM cdr ORDER BY seq DESC LIMIT :count) ORDER BY seq;

-- name: cdr_find
-- The newest record with this cdr_id or Call-ID, by what has an index first. b_call_id has none: only the newest :count
-- records are looked through for that.
SELECT * FROM (SELECT cdr_id FROM cdr WHERE cdr_id = :id)
UNION ALL
SELECT * FROM (SELECT cdr_id FROM cdr WHERE a_call_id = :id ORDER BY seq DESC)
UNION ALL
SELECT * FROM (SELECT cdr_id FROM cdr WHERE b_call_id = :id AND seq > (SELECT max(seq) FROM cdr) - :count
                ORDER BY seq DESC)
 LIMIT 1;

-- name: cdr_row
SELECT * FROM cdr WHERE cdr_id = :id;

-- name: table_functions
-- The table-valued functions a question may use.
SELECT 1
  FROM json_each('[]'), json_tree('[]'),
       pragma_table_info('cdr'), pragma_table_xinfo('cdr'), pragma_table_list,
       pragma_index_list('cdr'), pragma_index_info(''), pragma_index_xinfo(''), pragma_foreign_key_list('cdr');

-- name: table_names
-- What a question may name.
SELECT DISTINCT name
  FROM pragma_table_list
 WHERE type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite%'
 ORDER BY name;

-- name: table_columns
SELECT group_concat(name, ', ') FROM pragma_table_info(:table);

-- name: account_table
SELECT v_balance.account, v_balance.kind, balance, reserved, available, v_balance.currency, enabled,
       (SELECT count(*) FROM hold WHERE hold.account = v_balance.account) AS calls
  FROM v_balance JOIN account ON account.name = v_balance.account ORDER BY account.rowid;

-- name: account_row
-- `calls`: those with money set aside.
SELECT account.name AS account, balance, reserved, available, account.*,
       (SELECT count(*) FROM hold WHERE hold.account = account.name) AS calls,
       (SELECT blocked_until_us FROM account_state WHERE account_state.account = account.name) AS blocked_until_us,
       (SELECT group_concat(country, ' ') FROM account_country WHERE account_country.account = account.name) AS called
  FROM account JOIN v_balance ON v_balance.account = account.name WHERE account.name = :name;

-- name: ledger_known
-- Whether there are accounts of this name, or entries of one that is gone.
SELECT EXISTS (SELECT 1 FROM account WHERE name = :account)
    OR EXISTS (SELECT 1 FROM ledger WHERE debit = :account)
    OR EXISTS (SELECT 1 FROM ledger WHERE credit = :account);

-- name: ledger_last
-- An account's newest :count entries before :to_us, oldest of them first, each with the balance after it. What is set
-- aside (kinds reserve and release) leaves that as it is.
WITH entry AS (
	SELECT at_us, entry_id, kind, -amount_nano AS amount_nano, currency, credit AS other, cdr_id, note, idem_key
	  FROM ledger WHERE debit = :account
	UNION ALL
	SELECT at_us, entry_id, kind, amount_nano, currency, debit, cdr_id, note, idem_key
	  FROM ledger WHERE credit = :account
), has AS (
	SELECT currency, nano + coalesce((SELECT sum(hold.nano) FROM hold
	                                   WHERE hold.account = :account AND hold.currency = balance.currency), 0)
	     - coalesce((SELECT sum(amount_nano) FROM entry
	                  WHERE entry.currency = balance.currency AND at_us >= :to_us
	                    AND kind NOT IN ('reserve', 'release')), 0) AS nano
	  FROM balance WHERE account = :account
), newest AS (
	SELECT * FROM entry
	 WHERE at_us >= :from_us AND at_us < :to_us AND (:all OR kind NOT IN ('reserve', 'release'))
	 ORDER BY at_us DESC, entry_id DESC LIMIT :count
)
SELECT at_us, kind, amount_nano,
       has.nano - coalesce(sum(iif(kind IN ('reserve', 'release'), 0, amount_nano))
                           OVER (PARTITION BY newest.currency ORDER BY at_us DESC, entry_id DESC
                                 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS balance_nano,
       newest.currency, other, cdr_id, note, idem_key AS key, entry_id
  FROM newest LEFT JOIN has ON has.currency = newest.currency
 ORDER BY at_us, entry_id;

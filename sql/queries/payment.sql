-- Money that operators move (b2bua/store/payment.c).

-- name: payment_account
-- What an account has, and what of it is set aside.
SELECT currency,
       coalesce((SELECT nano FROM balance
                  WHERE balance.account = account.name AND balance.currency = account.currency), 0),
       coalesce((SELECT sum(nano) FROM hold
                  WHERE hold.account = account.name AND hold.currency = account.currency), 0)
  FROM account WHERE name = :account;

-- name: payment_find
SELECT entry_id, kind, debit, credit, amount_nano, currency, cdr_id FROM ledger WHERE idem_key = :idem_key;

-- name: payment_add
INSERT INTO ledger (entry_id, idem_key, node, at_us, kind, debit, credit, amount_nano, currency, cdr_id, note)
VALUES (:entry_id, :idem_key, coalesce((SELECT node FROM node ORDER BY alive_us DESC LIMIT 1), ''), :at_us, :kind,
        :debit, :credit, :amount_nano, :currency, :cdr_id, :note);

-- name: payment_event
-- Told with the entry, so that none is missing and none is double.
INSERT INTO event (at_us, node, kind, cdr_id, detail)
SELECT at_us, node, 'BALANCE_' || upper(kind), cdr_id,
       json_object('account', :account, 'amount', :amount, 'currency', currency, 'balance', :balance,
                   'key', :key, 'note', note)
  FROM ledger WHERE entry_id = :entry_id;

-- What each account's entries come to, kept as they are booked; `tandemctl ledger verify` proves that it is their
-- sum. The house's own accounts ('@revenue' …) are summed up where somebody asks.
CREATE TABLE balance (
	account  TEXT    NOT NULL,
	currency TEXT    NOT NULL,
	nano     INTEGER NOT NULL,
	PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

INSERT INTO balance (account, currency, nano)
SELECT account, currency, sum(nano)
  FROM (SELECT credit AS account, currency, amount_nano AS nano FROM ledger
        UNION ALL
        SELECT debit, currency, -amount_nano FROM ledger)
 WHERE substr(account, 1, 1) <> '@'
 GROUP BY account, currency;

CREATE TRIGGER ledger_debits AFTER INSERT ON ledger WHEN substr(new.debit, 1, 1) <> '@'
BEGIN
	INSERT INTO balance (account, currency, nano) VALUES (new.debit, new.currency, -new.amount_nano)
	    ON CONFLICT (account, currency) DO UPDATE SET nano = nano + excluded.nano;
END;
CREATE TRIGGER ledger_credits AFTER INSERT ON ledger WHEN substr(new.credit, 1, 1) <> '@'
BEGIN
	INSERT INTO balance (account, currency, nano) VALUES (new.credit, new.currency, new.amount_nano)
	    ON CONFLICT (account, currency) DO UPDATE SET nano = nano + excluded.nano;
END;

-- What is set aside for calls under way (that outlived one group commit): moved from the account to '@reserve'.
CREATE TABLE hold (
	cdr_id   TEXT    PRIMARY KEY,
	node     TEXT    NOT NULL,
	account  TEXT    NOT NULL,
	currency TEXT    NOT NULL,
	nano     INTEGER NOT NULL CHECK (nano >= 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX hold_account ON hold (account, currency, nano);

-- The cost side of a call, and how its route and price came about.
ALTER TABLE cdr ADD COLUMN cost_tariff   TEXT;
ALTER TABLE cdr ADD COLUMN cost_rate     TEXT;
ALTER TABLE cdr ADD COLUMN cost_currency TEXT;
ALTER TABLE cdr ADD COLUMN why           TEXT;

-- Where events are told to programs of others, and how far each of them has been told.
CREATE TABLE webhook (
	name      TEXT    PRIMARY KEY,
	url       TEXT    NOT NULL,
	events    TEXT    NOT NULL, -- ["CALL_END", "BALANCE_*", …]
	secret    TEXT    NOT NULL,
	enabled   INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
	batch     INTEGER NOT NULL DEFAULT 1,
	timeout_s INTEGER NOT NULL DEFAULT 10,
	max_age_s INTEGER NOT NULL DEFAULT 259200,
	tls_ca    TEXT,
	delivered_seq INTEGER NOT NULL DEFAULT 0, -- event.seq up to which nothing is left to tell
	skipped       INTEGER NOT NULL DEFAULT 0  -- events that were too old to be told
) STRICT;

-- Which records are of which day's file, fixed when the day is over: a file made again has the same bytes. Every
-- record is of one day alone, days follow each other without a gap, and `number` counts them.
CREATE TABLE cdr_day (
	day         TEXT    PRIMARY KEY,     -- UTC
	number      INTEGER NOT NULL UNIQUE, -- of the file: 1, 2, …
	first_seq   INTEGER NOT NULL,
	last_seq    INTEGER NOT NULL, -- first_seq - 1: no records
	hash        TEXT    NOT NULL, -- of the record last_seq: the chain up to there
	columns     INTEGER NOT NULL, -- so many had table `cdr` then
	closed_us   INTEGER NOT NULL,
	exported_us INTEGER           -- by the daily export; NULL: not yet
) STRICT, WITHOUT ROWID;

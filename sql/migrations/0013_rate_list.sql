-- The rates of a tariff are a list, and the tariff says which list is in force: a new one is written beside the
-- old one while calls go on, and takes its place in one short transaction. Lists that no tariff points to are
-- swept. `rate` is a view of the lists in force.
CREATE TABLE rate_list (
	list     INTEGER PRIMARY KEY,
	tariff   TEXT    NOT NULL,
	building INTEGER NOT NULL DEFAULT 0 CHECK (building IN (0, 1)) -- not to be swept; none at start
) STRICT;

CREATE TABLE rate_row (
	list             INTEGER NOT NULL,
	prefix           TEXT    NOT NULL,
	valid_from_us    INTEGER NOT NULL DEFAULT 0,
	valid_until_us   INTEGER,
	per_minute_nano  INTEGER NOT NULL,
	connect_fee_nano INTEGER NOT NULL DEFAULT 0,
	min_charge_nano  INTEGER NOT NULL DEFAULT 0,
	max_charge_nano  INTEGER NOT NULL DEFAULT 0, -- 0 = none
	grace_s          INTEGER NOT NULL DEFAULT 0,
	first_s          INTEGER NOT NULL DEFAULT 1 CHECK (first_s >= 0),
	next_s           INTEGER NOT NULL DEFAULT 1 CHECK (next_s > 0),
	blocked          INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1)),
	bands            TEXT,                       -- ["mon-fri 18:00-08:00 0.10", …]
	PRIMARY KEY (list, prefix, valid_from_us)
) STRICT, WITHOUT ROWID;

ALTER TABLE tariff ADD COLUMN zone     TEXT    NOT NULL DEFAULT 'UTC';
ALTER TABLE tariff ADD COLUMN rounding TEXT    NOT NULL DEFAULT 'nearest' CHECK (rounding IN ('nearest', 'up', 'down'));
ALTER TABLE tariff ADD COLUMN decimals INTEGER NOT NULL DEFAULT 9 CHECK (decimals BETWEEN 0 AND 9);
ALTER TABLE tariff ADD COLUMN list     INTEGER; -- in force; NULL: no rates
ALTER TABLE tariff ADD COLUMN imported INTEGER NOT NULL DEFAULT 0 CHECK (imported IN (0, 1)); -- not by `apply`

INSERT INTO rate_list (list, tariff) SELECT rowid, name FROM tariff;
UPDATE tariff SET list = rowid;

INSERT INTO rate_row (list, prefix, valid_from_us, valid_until_us, per_minute_nano, connect_fee_nano, grace_s,
                      first_s, next_s, bands)
SELECT tariff.list, prefix, valid_from_us, valid_until_us, per_minute_nano, connect_fee_nano, grace_s, first_s,
       next_s, bands
  FROM rate JOIN tariff ON tariff.name = rate.tariff
 ORDER BY 1, 2, 3;

DROP TABLE rate;

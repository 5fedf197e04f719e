-- What calls cost after operators corrected it: a row each time, for the record itself is never changed. `was_nano` is
-- the price before, so that what corrections come to is their sum.
CREATE TABLE cdr_correction (
	correction_id TEXT    PRIMARY KEY,
	idem_key      TEXT    NOT NULL UNIQUE,
	node          TEXT    NOT NULL,
	at_us         INTEGER NOT NULL,
	cdr_id        TEXT    NOT NULL,
	start_us      INTEGER NOT NULL,
	account       TEXT    NOT NULL,
	currency      TEXT    NOT NULL,
	was_nano      INTEGER NOT NULL CHECK (was_nano >= 0),
	price_nano    INTEGER NOT NULL CHECK (price_nano >= 0),
	note          TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX cdr_correction_cdr ON cdr_correction (cdr_id, correction_id);
CREATE INDEX cdr_correction_start ON cdr_correction (start_us);

CREATE TRIGGER cdr_correction_is_append_only_update BEFORE UPDATE ON cdr_correction
BEGIN
	SELECT raise(ABORT, 'corrections are append-only: correct once more');
END;
CREATE TRIGGER cdr_correction_is_append_only_delete BEFORE DELETE ON cdr_correction
BEGIN
	SELECT raise(ABORT, 'corrections are append-only: correct once more');
END;

-- Months whose records stand in archive/cdr-YYYY-MM.db, all of them and nothing else; what `cdr` still has up to the last
-- last_seq here is to be deleted and does not count any more.
CREATE TABLE cdr_archive (
	month          TEXT    PRIMARY KEY, -- UTC
	first_seq      INTEGER NOT NULL,
	last_seq       INTEGER NOT NULL,
	hash           TEXT    NOT NULL, -- of the record last_seq
	first_id       TEXT    NOT NULL, -- the least and the greatest cdr_id, and start_us
	last_id        TEXT    NOT NULL,
	first_start_us INTEGER NOT NULL,
	last_start_us  INTEGER NOT NULL,
	archived_us    INTEGER NOT NULL,
	removed_us     INTEGER           -- when cdr_archive_keep_months was over; its file is deleted
) STRICT, WITHOUT ROWID;

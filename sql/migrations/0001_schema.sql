-- The first schema. docs/sql.md says what every column means.
--
-- Rules of the house: times are UTC microseconds (_us), durations milliseconds (_ms) or seconds (_s),
-- money is nano units (_nano). A list of plain values is JSON text; a list somebody looks things up in,
-- or that names other objects, is a child table. References between provisioned objects are deferred, so
-- that one transaction may write them in any order; a record (cdr, event, ledger) holds names as they
-- were and references nothing, so that deleting a trunk never touches history.
--
-- The schema calls no JSON functions: connections run with trusted_schema off, and SQLite before 3.41
-- counts those as unsafe there. Who writes JSON has checked it.

-- ---------------------------------------------------------------- records

-- Written once, at the end of a call attempt, never changed. `seq` is the order of commit: rows are
-- appended at the end of the table and the hash chain is walked by it. Each index costs every call, so
-- there is one for each way a record is looked for and no more. (b_call_id has none: each index on random
-- text costs a call some 10 us, and a carrier that quotes our Call-ID also says the number and the time.)
CREATE TABLE cdr (
	seq           INTEGER PRIMARY KEY,
	cdr_id        TEXT    NOT NULL,
	node          TEXT    NOT NULL,
	a_call_id     TEXT,
	b_call_id     TEXT,
	src_trunk     TEXT,
	dst_trunk     TEXT,
	account       TEXT,
	caller        TEXT,
	callee        TEXT,
	caller_in     TEXT,
	callee_in     TEXT,
	start_us      INTEGER NOT NULL,
	ring_us       INTEGER,
	answer_us     INTEGER,
	end_us        INTEGER,
	pdd_ms        INTEGER,
	ring_ms       INTEGER,
	duration_ms   INTEGER,
	billed_s      INTEGER,
	disposition   TEXT    NOT NULL,
	sip_code      INTEGER,
	q850_cause    INTEGER,
	reason        TEXT,
	released_by   TEXT    NOT NULL,
	release_tag   TEXT,
	attempts      TEXT,
	tariff        TEXT,
	rate          TEXT,
	price_nano    INTEGER,
	cost_nano     INTEGER,
	currency      TEXT,
	a_codec       TEXT,
	b_codec       TEXT,
	a_rx_packets  INTEGER,
	a_rx_bytes    INTEGER,
	a_lost        INTEGER,
	a_jitter_us   INTEGER,
	a_mos_x100    INTEGER,
	b_rx_packets  INTEGER,
	b_rx_bytes    INTEGER,
	b_lost        INTEGER,
	b_jitter_us   INTEGER,
	b_mos_x100    INTEGER,
	a_user_agent  TEXT,
	a_src         TEXT,
	b_dst         TEXT,
	icid          TEXT,
	recovered     INTEGER NOT NULL,
	prev_hash     TEXT    NOT NULL,
	hash          TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX cdr_id ON cdr (cdr_id);            -- a link from an event; never two rows for one call
CREATE INDEX cdr_start ON cdr (start_us);              -- reports over a day, the newest N
CREATE INDEX cdr_account ON cdr (account, start_us) WHERE account IS NOT NULL; -- a customer's bill
CREATE INDEX cdr_callee ON cdr (callee, start_us);     -- "what became of my call to this number"
CREATE INDEX cdr_a_call_id ON cdr (a_call_id);         -- a trouble ticket quotes a Call-ID

-- What happened, in the order it was recorded.
CREATE TABLE event (
	seq     INTEGER PRIMARY KEY,
	at_us   INTEGER NOT NULL,
	node    TEXT    NOT NULL,
	kind    TEXT    NOT NULL,
	cdr_id  TEXT,
	detail  TEXT
) STRICT;

CREATE INDEX event_at ON event (at_us);
CREATE INDEX event_cdr ON event (cdr_id) WHERE cdr_id IS NOT NULL;

-- Double entry: one row moves an amount from one account to another, so the books balance by
-- construction. Names that begin with '@' are the house's own (@topup, @revenue, @reserve).
-- The balance of X is what was credited to X less what was debited from X.
CREATE TABLE ledger (
	entry_id    TEXT    PRIMARY KEY,
	idem_key    TEXT    NOT NULL UNIQUE,
	node        TEXT    NOT NULL,
	at_us       INTEGER NOT NULL,
	kind        TEXT    NOT NULL CHECK (kind IN ('topup', 'reserve', 'release', 'charge', 'refund', 'adjust')),
	debit       TEXT    NOT NULL,
	credit      TEXT    NOT NULL,
	amount_nano INTEGER NOT NULL CHECK (amount_nano >= 0),
	currency    TEXT    NOT NULL,
	cdr_id      TEXT,
	note        TEXT,
	CHECK (debit <> credit)
) STRICT, WITHOUT ROWID;

CREATE INDEX ledger_debit ON ledger (debit, currency, at_us, amount_nano);
CREATE INDEX ledger_credit ON ledger (credit, currency, at_us, amount_nano);

CREATE TRIGGER ledger_is_append_only_update BEFORE UPDATE ON ledger
BEGIN
	SELECT raise(ABORT, 'the ledger is append-only: book a correcting entry');
END;
CREATE TRIGGER ledger_is_append_only_delete BEFORE DELETE ON ledger
BEGIN
	SELECT raise(ABORT, 'the ledger is append-only: book a correcting entry');
END;

-- ---------------------------------------------------------------- what the operator provisions
-- Objects keep the order they were created in (the rowid), which an export shows.

CREATE TABLE setting (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE interface (
	name   TEXT PRIMARY KEY,
	listen TEXT NOT NULL,               -- ["udp:127.0.0.1:5060", …]
	media  TEXT NOT NULL DEFAULT '[]'    -- ["127.0.0.1", "::1"]
) STRICT;

CREATE TABLE tariff (
	name     TEXT PRIMARY KEY,
	currency TEXT NOT NULL
) STRICT;

CREATE TABLE rate (
	tariff           TEXT    NOT NULL REFERENCES tariff (name) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	prefix           TEXT    NOT NULL,
	valid_from_us    INTEGER NOT NULL DEFAULT 0,
	valid_until_us   INTEGER,
	per_minute_nano  INTEGER NOT NULL,
	connect_fee_nano INTEGER NOT NULL DEFAULT 0,
	grace_s          INTEGER NOT NULL DEFAULT 0,
	first_s          INTEGER NOT NULL DEFAULT 1 CHECK (first_s >= 0),
	next_s           INTEGER NOT NULL DEFAULT 1 CHECK (next_s > 0),
	bands            TEXT,
	PRIMARY KEY (tariff, prefix, valid_from_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
	name               TEXT    PRIMARY KEY,
	kind               TEXT    NOT NULL DEFAULT 'postpaid' CHECK (kind IN ('prepaid', 'postpaid')),
	currency           TEXT    NOT NULL,
	tariff             TEXT,   -- may be named before it is there, as cost_tariff below
	credit_limit_nano  INTEGER NOT NULL DEFAULT 0,
	enabled            INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
	max_calls          INTEGER NOT NULL DEFAULT 0, -- 0 = no limit, here and below
	max_cps            INTEGER NOT NULL DEFAULT 0,
	max_spend_day_nano INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE trunk (
	name            TEXT    PRIMARY KEY,
	interface       TEXT    NOT NULL REFERENCES interface (name) DEFERRABLE INITIALLY DEFERRED,
	account         TEXT    REFERENCES account (name) DEFERRABLE INITIALLY DEFERRED,
	target          TEXT,
	cost_tariff     TEXT,
	enabled         INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
	anchor          TEXT    NOT NULL DEFAULT 'required' CHECK (anchor IN ('required', 'when_possible', 'off')),
	timeout_ms      INTEGER NOT NULL DEFAULT 4000,
	ring_timeout_ms INTEGER NOT NULL DEFAULT 60000,
	max_duration_ms INTEGER NOT NULL DEFAULT 0,
	max_calls       INTEGER NOT NULL DEFAULT 0,
	failover        TEXT    NOT NULL DEFAULT '["408","5xx","timeout"]'
) STRICT;

-- Where a trunk's calls come from: "ADDR", "ADDR:PORT", "ADDR/BITS".
CREATE TABLE trunk_match (
	trunk    TEXT    NOT NULL REFERENCES trunk (name) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	position INTEGER NOT NULL,
	source   TEXT    NOT NULL,
	PRIMARY KEY (trunk, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE route (
	prefix   TEXT PRIMARY KEY,
	strategy TEXT NOT NULL DEFAULT 'priority'
) STRICT;

-- A route's trunks in the order they are tried.
CREATE TABLE route_trunk (
	prefix   TEXT    NOT NULL REFERENCES route (prefix) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	position INTEGER NOT NULL,
	trunk    TEXT    NOT NULL REFERENCES trunk (name) DEFERRABLE INITIALLY DEFERRED,
	PRIMARY KEY (prefix, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscriber (
	username     TEXT    NOT NULL,
	domain       TEXT    NOT NULL,
	account      TEXT    REFERENCES account (name) DEFERRABLE INITIALLY DEFERRED,
	ha1_md5      TEXT,
	ha1_sha256   TEXT,
	display_name TEXT,
	enabled      INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
	max_contacts INTEGER NOT NULL DEFAULT 5,
	PRIMARY KEY (username, domain)
) STRICT, WITHOUT ROWID;

CREATE TABLE registration (
	aor        TEXT    NOT NULL,
	contact    TEXT    NOT NULL,
	node       TEXT    NOT NULL,
	interface  TEXT    NOT NULL,
	received   TEXT,
	path       TEXT,
	instance   TEXT,
	call_id    TEXT    NOT NULL,
	cseq       INTEGER NOT NULL,
	user_agent TEXT,
	since_us   INTEGER NOT NULL,
	expires_us INTEGER NOT NULL,
	PRIMARY KEY (aor, contact)
) STRICT, WITHOUT ROWID;

CREATE INDEX registration_expires ON registration (expires_us);

-- ---------------------------------------------------------------- what the engine keeps for itself

-- Calls that are up (and outlived one group commit): what a crash must close. `record` is cdr_pack().
CREATE TABLE open_call (
	cdr_id TEXT PRIMARY KEY,
	node   TEXT NOT NULL,
	record BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per node that writes here, changed in the transaction that writes its records.
CREATE TABLE node (
	node        TEXT    PRIMARY KEY,
	last_record INTEGER NOT NULL DEFAULT 0, -- number of the last spool record taken
	alive_us    INTEGER NOT NULL DEFAULT 0, -- last mark of life
	chain_seq   INTEGER NOT NULL DEFAULT 0, -- cdr.seq of the newest row of this node's hash chain
	chain_hash  TEXT    NOT NULL DEFAULT '' -- and its hash
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (key, value) VALUES ('db_id', lower(hex(randomblob(16))));

/**
 * @file recorder.c  Turns records of the spool into rows, one transaction a batch
 *
 * Most calls are refused or short: their opening, answer and closing meet in one batch, and then only
 * the CDR and its events are written. A call that outlives its batch is kept in open_call until the
 * batch that closes it.
 */
#include <string.h>
#include "chain.h"
#include "event.h"
#include "log.h"
#include "recorder.h"

enum {
	ID_LEN = UUID_STRSIZE - 1,
	ID_OFFSET = 3, /* in a packed CDR: behind version, number of fields and the id's length */
	TABLE_SIZE = 4 * RECORDER_BATCH_MAX, /* a power of two, mostly empty */
	NONE = -1,
};

/* Where one call stands in the batch; indices of records, or NONE. */
struct batch_call {
	int first; /* any record: gives the id */
	int open;
	int newest; /* of its opening and answers */
	int close;
};

struct recorder {
	struct db *db;
	struct chain *chain;
	char *node;
	uint64_t last_record;
	int64_t alive_us;

	struct spool_record recordv[RECORDER_BATCH_MAX];
	struct batch_call *callv[RECORDER_BATCH_MAX]; /* of each record; NULL for events */
	size_t recordc;

	struct batch_call poolv[RECORDER_BATCH_MAX];
	size_t poolc;
	int16_t tablev[TABLE_SIZE]; /* indices into poolv by hash of the id, or NONE */

	size_t start_us, answer_us, end_us, disposition; /* indices of columns */
};

static void recorder_destructor(void *arg)
{
	struct recorder *r = arg;

	mem_deref(r->db);
	mem_deref(r->chain);
	mem_deref(r->node);
}

static size_t column_index(const char *column)
{
	size_t i;

	for (i = 0; i < CDR_FIELDC; i++)
		if (!strcmp(cdr_fields[i].column, column))
			return i;

	return 0;
}

/* The statement's parameters are bound by position: they must stand as the columns do. */
static int check_columns(struct db *db)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_CDR_INSERT);
	size_t i;

	for (i = 0; stmt && i < CDR_FIELDC; i++) {

		const char *name = sqlite3_bind_parameter_name(stmt, (int)i + 2);

		if (!name || str_cmp(name + 1, cdr_fields[i].column)) {
			log_error("recorder: sql/queries/record.sql: parameter %zu of cdr_insert must be :%s",
				  i + 2, cdr_fields[i].column);
			return EINVAL;
		}
	}

	return stmt ? 0 : EINVAL;
}

static int load_state(struct recorder *r)
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_NODE_ADD);
	int rc, err;

	if (!stmt)
		return ENOMEM;

	(void)db_bind_str(stmt, 1, r->node);
	err = db_run(stmt);
	if (err)
		return err;

	stmt = db_stmt(r->db, SQL_NODE_STATE);
	if (!stmt)
		return ENOMEM;

	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		r->last_record = (uint64_t)sqlite3_column_int64(stmt, 0);
		r->alive_us = sqlite3_column_int64(stmt, 1);
		err = chain_alloc(&r->chain, sqlite3_column_int64(stmt, 2),
				  (const char *)sqlite3_column_text(stmt, 3));
	}
	(void)sqlite3_reset(stmt);

	return err ? err : db_errno(rc);
}

int recorder_alloc(struct recorder **rp, struct db *db, const char *node)
{
	struct recorder *r;
	int err;

	if (!rp || !db || !node)
		return EINVAL;

	r = mem_zalloc(sizeof(*r), recorder_destructor);
	if (!r)
		return ENOMEM;

	r->db = mem_ref(db);
	r->start_us = column_index("start_us");
	r->answer_us = column_index("answer_us");
	r->end_us = column_index("end_us");
	r->disposition = column_index("disposition");

	err = str_dup(&r->node, node);
	err = err ? err : check_columns(db);
	err = err ? err : load_state(r);
	if (err)
		mem_deref(r);
	else
		*rp = r;

	return err;
}

uint64_t recorder_last(const struct recorder *r)
{
	return r->last_record;
}

int64_t recorder_alive(const struct recorder *r)
{
	return r->alive_us;
}

/* ---------------------------------------------------------------- which records belong to one call */

static bool is_call(const struct spool_record *rec)
{
	return rec->kind >= RECORD_OPEN && rec->kind <= RECORD_CLOSE && rec->len >= ID_OFFSET + ID_LEN;
}

static const uint8_t *record_id(const struct spool_record *rec)
{
	return rec->data + ID_OFFSET;
}

static struct batch_call *call_get(struct recorder *r, int index)
{
	const uint8_t *id = record_id(&r->recordv[index]);
	uint32_t slot = hash_joaat(id, ID_LEN) % TABLE_SIZE;
	struct batch_call *call;

	for (; r->tablev[slot] != NONE; slot = (slot + 1) % TABLE_SIZE) {

		call = &r->poolv[r->tablev[slot]];
		if (!memcmp(record_id(&r->recordv[call->first]), id, ID_LEN))
			return call;
	}

	r->tablev[slot] = (int16_t)r->poolc;
	call = &r->poolv[r->poolc++];
	*call = (struct batch_call){.first = index, .open = NONE, .newest = NONE, .close = NONE};

	return call;
}

static void call_note(struct batch_call *call, enum record_kind kind, int index)
{
	if (kind == RECORD_CLOSE) {
		call->close = index;
		return;
	}

	if (kind == RECORD_OPEN)
		call->open = index;
	call->newest = index;
}

/* Read as many records as a batch takes; the offset behind them. */
static uint64_t batch_gather(struct recorder *r, const struct spool *s)
{
	uint64_t cursor = spool_tail(s);
	struct spool_record *rec;

	r->recordc = r->poolc = 0;
	memset(r->tablev, 0xff, sizeof(r->tablev));

	while (r->recordc < RECORDER_BATCH_MAX) {

		rec = &r->recordv[r->recordc];
		if (!spool_next(s, &cursor, rec))
			break;

		r->callv[r->recordc] = NULL;
		if (is_call(rec)) {
			r->callv[r->recordc] = call_get(r, (int)r->recordc);
			call_note(r->callv[r->recordc], (enum record_kind)rec->kind, (int)r->recordc);
		}
		++r->recordc;
	}

	return cursor;
}

/* ---------------------------------------------------------------- rows */

static int bind_pl(struct sqlite3_stmt *stmt, int index, const struct pl *pl)
{
	return sqlite3_bind_text(stmt, index, pl->p, (int)pl->l, SQLITE_STATIC);
}

static int event_insert(struct recorder *r, const struct event *ev)
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_EVENT_INSERT);

	if (!stmt)
		return ENOMEM;

	(void)sqlite3_bind_int64(stmt, 1, ev->at_us);
	(void)db_bind_str(stmt, 2, r->node);
	(void)bind_pl(stmt, 3, &ev->kind);
	(void)bind_pl(stmt, 4, &ev->cdr_id);
	(void)bind_pl(stmt, 5, &ev->detail);

	return db_run(stmt);
}

static int64_t value_time(const struct cdr_value *value)
{
	return value->type == CDR_VALUE_NUMBER ? value->number : 0;
}

static int call_event(struct recorder *r, const struct cdr_value valuev[], const char *kind,
		      size_t time_index)
{
	struct event ev = {.at_us = value_time(&valuev[time_index]), .cdr_id = valuev[0].text};

	if (!ev.at_us)
		ev.at_us = value_time(&valuev[r->start_us]);
	pl_set_str(&ev.kind, kind);

	return event_insert(r, &ev);
}

static const char *end_kind(const struct cdr_value *disposition)
{
	if (!pl_strcmp(&disposition->text, cdr_disposition_name(CDR_ANSWERED)))
		return "CALL_END";
	if (!pl_strcmp(&disposition->text, cdr_disposition_name(CDR_CANCELLED)))
		return "CALL_CANCEL";

	return "CALL_FAIL";
}

static int open_call_put(struct recorder *r, const struct cdr_value valuev[], const struct spool_record *rec)
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_OPEN_CALL_PUT);

	if (!stmt)
		return ENOMEM;

	(void)bind_pl(stmt, 1, &valuev[0].text);
	(void)db_bind_str(stmt, 2, r->node);
	(void)sqlite3_bind_blob(stmt, 3, rec->data, (int)rec->len, SQLITE_STATIC);

	return db_run(stmt);
}

static int open_call_delete(struct recorder *r, const struct cdr_value valuev[])
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_OPEN_CALL_DELETE);

	if (!stmt)
		return ENOMEM;

	(void)bind_pl(stmt, 1, &valuev[0].text);

	return db_run(stmt);
}

static int cdr_insert(struct recorder *r, const struct cdr_value valuev[])
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_CDR_INSERT);
	char before[CHAIN_HASH_SIZE];
	int err;

	if (!stmt)
		return ENOMEM;

	str_ncpy(before, chain_hash(r->chain), sizeof(before));
	err = chain_append(r->chain, stmt, valuev);
	err = err ? err : db_run(stmt);

	if (err == EEXIST) {
		log_error("recorder: call %r has a row already and is passed over", &valuev[0].text);
		chain_reset(r->chain, chain_seq(r->chain) - 1, before);
		err = 0;
	}

	return err;
}

static int take_open(struct recorder *r, const struct cdr_value valuev[], size_t index)
{
	const struct batch_call *call = r->callv[index];
	const struct spool_record *rec = &r->recordv[index];
	int err;

	if (rec->kind == RECORD_OPEN)
		err = call_event(r, valuev, "CALL_START", r->start_us);
	else
		err = call_event(r, valuev, "CALL_ANSWER", r->answer_us);

	if (!err && call->close == NONE && call->newest == (int)index)
		err = open_call_put(r, valuev, rec);

	return err;
}

static int take_close(struct recorder *r, const struct cdr_value valuev[], bool opened_here)
{
	int err;

	err = cdr_insert(r, valuev);
	err = err ? err : call_event(r, valuev, end_kind(&valuev[r->disposition]), r->end_us);
	if (!err && !opened_here)
		err = open_call_delete(r, valuev);

	return err;
}

static int take_event(struct recorder *r, size_t index, struct mbuf *mb, bool *readable)
{
	struct event ev;

	*readable = !event_unpack(&ev, mb);

	return *readable ? event_insert(r, &ev) : 0;
}

static int take_call(struct recorder *r, size_t index, struct mbuf *mb, bool *readable)
{
	const struct batch_call *call = r->callv[index];
	struct cdr_value valuev[CDR_FIELDC];

	*readable = call && !cdr_values(valuev, mb);
	if (!*readable)
		return 0;

	if (r->recordv[index].kind == RECORD_CLOSE)
		return take_close(r, valuev, call->open != NONE);

	return take_open(r, valuev, index);
}

static int take_record(struct recorder *r, size_t index)
{
	const struct spool_record *rec = &r->recordv[index];
	struct mbuf mb = {.buf = (uint8_t *)rec->data, .size = rec->len, .end = rec->len};
	bool readable;
	int err;

	if (rec->kind == RECORD_EVENT)
		err = take_event(r, index, &mb, &readable);
	else
		err = take_call(r, index, &mb, &readable);

	/* its CRC was right, so no retry will read it */
	if (!readable)
		log_error("recorder: record %llu (kind %u, %zu bytes) cannot be read and is passed over; "
			  "report this",
			  (unsigned long long)rec->number, rec->kind, rec->len);

	return err;
}

static int node_set(struct recorder *r, uint64_t last_record, int64_t alive_us)
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_NODE_SET);

	if (!stmt)
		return ENOMEM;

	(void)sqlite3_bind_int64(stmt, 1, (int64_t)last_record);
	(void)sqlite3_bind_int64(stmt, 2, alive_us);
	(void)sqlite3_bind_int64(stmt, 3, chain_seq(r->chain));
	(void)db_bind_str(stmt, 4, chain_hash(r->chain));
	(void)db_bind_str(stmt, 5, r->node);

	return db_run(stmt);
}

/* ---------------------------------------------------------------- transactions */

typedef int(rows_h)(struct recorder *r, void *arg);

/* Run `rowsh` and the new state of the node as one transaction; on an error all is as before. */
static int transact(struct recorder *r, rows_h *rowsh, void *arg, uint64_t last_record, int64_t alive_us)
{
	const int64_t seq = chain_seq(r->chain);
	char hash[CHAIN_HASH_SIZE];
	int err;

	str_ncpy(hash, chain_hash(r->chain), sizeof(hash));

	err = db_exec(r->db, "BEGIN IMMEDIATE;");
	if (err)
		return err;

	err = rowsh ? rowsh(r, arg) : 0;
	err = err ? err : node_set(r, last_record, alive_us);
	err = err ? err : db_exec(r->db, "COMMIT;");
	if (err) {
		(void)db_exec(r->db, "ROLLBACK;");
		chain_reset(r->chain, seq, hash);
		return err;
	}

	r->last_record = last_record;
	r->alive_us = alive_us;

	return 0;
}

static int batch_rows(struct recorder *r, void *arg)
{
	size_t i;
	int err = 0;

	for (i = 0; i < r->recordc && !err; i++)
		err = take_record(r, i);

	return err;
}

int recorder_take(struct recorder *r, struct spool *s, int64_t alive_us, size_t *taken)
{
	uint64_t cursor;
	int err;

	*taken = 0;

	cursor = batch_gather(r, s);
	if (!r->recordc) {
		spool_release(s, cursor);
		return 0;
	}

	err = transact(r, batch_rows, NULL, r->recordv[r->recordc - 1].number, alive_us);
	if (err)
		return err;

	spool_release(s, cursor);
	*taken = r->recordc;

	return 0;
}

int recorder_mark(struct recorder *r, int64_t alive_us)
{
	return transact(r, NULL, NULL, r->last_record, alive_us);
}

/* ---------------------------------------------------------------- calls that a crash left open */

struct recovery {
	int64_t alive_us;
	size_t closed;
};

/* The time a UUIDv7 was made (RFC 9562 section 5.7): its first 48 bits are UTC milliseconds. */
static int64_t uuid_time_us(const char *id)
{
	uint64_t ms = 0;
	size_t i;

	for (i = 0; i < 13; i++)
		if (id[i] != '-')
			ms = ms << 4 | ch_hex(id[i]);

	return (int64_t)ms * 1000;
}

static int cdr_close_crashed(struct cdr *cdr, int64_t alive_us)
{
	const int64_t since_us = cdr->answer_us ? cdr->answer_us : cdr->start_us;

	cdr->end_us = alive_us > since_us ? alive_us : since_us;
	if (cdr->answer_us)
		cdr->duration_ms = (cdr->end_us - cdr->answer_us) / 1000;

	cdr->disposition = cdr->answer_us ? CDR_ANSWERED : CDR_FAILED;
	cdr->released_by = CDR_TANDEM;
	cdr->recovered = 1;

	return cdr_set_str(&cdr->release_tag, "crash");
}

/* What is left of a call whose record cannot be read: that it was. */
static int cdr_from_id(struct cdr **cdrp, const char *id, const char *node)
{
	struct cdr *cdr;
	int err;

	log_error("recorder: the record of open call %s cannot be read; its CDR tells its start alone", id);

	err = cdr_alloc(&cdr, node);
	if (err)
		return err;

	str_ncpy(cdr->cdr_id, id, sizeof(cdr->cdr_id));
	cdr->start_us = uuid_time_us(id);
	*cdrp = cdr;

	return 0;
}

static int open_call_read(struct cdr **cdrp, struct sqlite3_stmt *row)
{
	const char *id = (const char *)sqlite3_column_text(row, 0);
	const size_t len = (size_t)sqlite3_column_bytes(row, 2);
	struct mbuf mb = {.buf = (uint8_t *)sqlite3_column_blob(row, 2), .size = len, .end = len};
	int err;

	err = cdr_unpack(cdrp, &mb);
	if (err == EBADMSG)
		err = cdr_from_id(cdrp, id, (const char *)sqlite3_column_text(row, 1));

	return err;
}

static int close_one(struct recorder *r, struct sqlite3_stmt *row, int64_t alive_us)
{
	struct cdr_value valuev[CDR_FIELDC];
	struct mbuf *mb = mbuf_alloc(4096);
	struct cdr *cdr = NULL;
	int err;

	if (!mb)
		return ENOMEM;

	err = open_call_read(&cdr, row);
	err = err ? err : cdr_close_crashed(cdr, alive_us);
	err = err ? err : cdr_pack(mb, cdr);
	if (!err) {
		mb->pos = 0;
		err = cdr_values(valuev, mb);
	}
	err = err ? err : take_close(r, valuev, true);

	mem_deref(cdr);
	mem_deref(mb);

	return err;
}

static int recovery_rows(struct recorder *r, void *arg)
{
	struct recovery *rv = arg;
	struct sqlite3_stmt *list = db_stmt(r->db, SQL_OPEN_CALL_LIST);
	int rc = SQLITE_NOMEM, err = 0;

	while (list && !err && (rc = sqlite3_step(list)) == SQLITE_ROW) {
		err = close_one(r, list, rv->alive_us);
		++rv->closed;
	}
	(void)sqlite3_reset(list);

	err = err ? err : db_errno(rc);

	return err ? err : db_run(db_stmt(r->db, SQL_OPEN_CALL_CLEAR));
}

int recorder_close_open(struct recorder *r, int64_t alive_us, size_t *closed)
{
	struct recovery rv = {.alive_us = alive_us};
	int err;

	err = transact(r, recovery_rows, &rv, r->last_record, alive_us);
	*closed = err ? 0 : rv.closed;

	return err;
}

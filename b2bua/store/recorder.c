/**
 * @file recorder.c  Takes the spool's records into the database, one transaction a batch
 */
#include "batch.h"
#include "log.h"
#include "recorder.h"
#include "recovery.h"
#include "rows.h"
#include "uuid.h"

struct recorder {
	struct db *db;
	struct chain *chain;
	struct rows *rows;
	struct batch *batch;
	char *node;
	uint64_t last_record;
	struct mark mark;
};

static void recorder_destructor(void *arg)
{
	struct recorder *r = arg;

	mem_deref(r->batch);
	mem_deref(r->rows);
	mem_deref(r->chain);
	mem_deref(r->db);
	mem_deref(r->node);
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
		r->mark.at_us = sqlite3_column_int64(stmt, 1);
		r->mark.run_us = sqlite3_column_int64(stmt, 4);
		r->mark.lived_ms = sqlite3_column_int64(stmt, 5);
		err = chain_alloc(&r->chain, sqlite3_column_int64(stmt, 2),
				  (const char *)sqlite3_column_text(stmt, 3));
	}
	(void)sqlite3_reset(stmt);

	return err ? err : db_errno(rc);
}

/* Entries and corrections are read in the order of their ids: it must not begin anew where the clock was set back. */
static int ids_follow(struct recorder *r)
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_ID_LAST);
	int rc;

	if (!stmt)
		return ENOMEM;

	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		(void)uuid7_follow((const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_reset(stmt);

	return db_errno(rc);
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
	err = str_dup(&r->node, node);
	err = err ? err : load_state(r);
	err = err ? err : ids_follow(r);
	err = err ? err : batch_alloc(&r->batch);
	err = err ? err : rows_alloc(&r->rows, db, r->chain, node);
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

const struct mark *recorder_marked(const struct recorder *r)
{
	return &r->mark;
}

static int node_set(struct recorder *r, uint64_t last_record, const struct mark *mark)
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_NODE_SET);

	if (!stmt)
		return ENOMEM;

	(void)sqlite3_bind_int64(stmt, 1, (int64_t)last_record);
	(void)sqlite3_bind_int64(stmt, 2, mark->at_us);
	(void)sqlite3_bind_int64(stmt, 3, mark->run_us);
	(void)sqlite3_bind_int64(stmt, 4, mark->lived_ms);
	(void)sqlite3_bind_int64(stmt, 5, chain_seq(r->chain));
	(void)db_bind_str(stmt, 6, chain_hash(r->chain));
	(void)db_bind_str(stmt, 7, r->node);

	return db_run(stmt);
}

/* The days' sums are of the same transaction as their records. */
static int traffic_add(struct recorder *r, int64_t seq)
{
	struct sqlite3_stmt *stmt;

	if (seq == chain_seq(r->chain))
		return 0;

	stmt = db_stmt(r->db, SQL_TRAFFIC_ADD);
	if (!stmt)
		return ENOMEM;

	(void)sqlite3_bind_int64(stmt, 1, seq);

	return db_run(stmt);
}

typedef int(rows_h)(struct recorder *r, void *arg);

/* Run `rowsh` and the new state of the node as one transaction; on an error all is as before. */
static int transact(struct recorder *r, rows_h *rowsh, void *arg, uint64_t last_record,
		    const struct mark *mark)
{
	const int64_t seq = chain_seq(r->chain);
	char hash[CHAIN_HASH_SIZE];
	int err;

	str_ncpy(hash, chain_hash(r->chain), sizeof(hash));

	err = db_exec(r->db, "BEGIN IMMEDIATE;");
	err = err || !rowsh ? err : rowsh(r, arg);
	err = err ? err : traffic_add(r, seq);
	err = err ? err : node_set(r, last_record, mark);
	err = err ? err : db_exec(r->db, "COMMIT;");
	if (err) {
		db_rollback(r->db);
		chain_reset(r->chain, seq, hash);
		return err;
	}

	r->last_record = last_record;
	r->mark = *mark;

	return 0;
}

static int take_event(struct recorder *r, struct mbuf *mb, bool *readable)
{
	struct event ev;

	*readable = !event_unpack(&ev, mb);

	return *readable ? rows_event(r->rows, &ev) : 0;
}

/* Of a call that ends here, or that is told of again, it is not worth a row. */
static int take_hold(struct recorder *r, size_t index, struct mbuf *mb, bool *readable)
{
	struct held held;

	*readable = !held_unpack(&held, mb);
	if (!*readable || !batch_leaves_held(r->batch, index))
		return 0;

	return rows_hold(r->rows, &held, batch_record(r->batch, index)->number);
}

static int take_call(struct recorder *r, size_t index, struct mbuf *mb, bool *readable)
{
	const struct spool_record *rec = batch_record(r->batch, index);
	const struct pl packed = {(const char *)rec->data, rec->len};
	struct cdr_value valuev[CDR_FIELDC];

	*readable = rec->kind >= RECORD_OPEN && rec->kind <= RECORD_CLOSE && !cdr_values(valuev, mb);
	if (!*readable)
		return 0;

	/* what was opened in this batch is not in open_call, and need not go there if it ends here */
	if (rec->kind == RECORD_CLOSE)
		return rows_call_close(r->rows, valuev,
				       batch_opened_here(r->batch, index) ? 0 : ROWS_OPEN_CALL | ROWS_HOLD);

	return rows_call_open(r->rows, valuev, rec->kind == RECORD_ANSWER,
			      batch_leaves_open(r->batch, index) ? &packed : NULL);
}

static int take_record(struct recorder *r, size_t index)
{
	const struct spool_record *rec = batch_record(r->batch, index);
	struct mbuf mb = {.buf = (uint8_t *)rec->data, .size = rec->len, .end = rec->len};
	bool readable;
	int err;

	if (rec->kind == RECORD_EVENT)
		err = take_event(r, &mb, &readable);
	else if (rec->kind == RECORD_HOLD)
		err = take_hold(r, index, &mb, &readable);
	else
		err = take_call(r, index, &mb, &readable);

	/* its CRC was right, so no retry will read it */
	if (!readable)
		log_error("writer: record %llu (kind %u, %zu bytes) cannot be read and is passed over; "
			  "report this",
			  (unsigned long long)rec->number, rec->kind, rec->len);

	return err;
}

static int batch_rows(struct recorder *r, void *arg)
{
	const size_t recordc = batch_count(r->batch);
	size_t i;
	int err = 0;

	for (i = 0; i < recordc && !err; i++)
		err = take_record(r, i);

	return err;
}

int recorder_take(struct recorder *r, struct spool *s, const struct mark *mark, size_t *taken)
{
	const uint64_t cursor = batch_gather(r->batch, s);
	const size_t recordc = batch_count(r->batch);
	int err = 0;

	*taken = 0;

	if (recordc)
		err = transact(r, batch_rows, NULL, batch_record(r->batch, recordc - 1)->number, mark);
	if (err)
		return err;

	spool_release(s, cursor);
	*taken = recordc;

	return 0;
}

int recorder_mark(struct recorder *r, const struct mark *mark)
{
	return transact(r, NULL, NULL, r->last_record, mark);
}

struct recovery {
	struct last_life life;
	struct mbuf *mb;
	size_t closed;
};

static int close_one(struct recorder *r, struct sqlite3_stmt *row, struct recovery *rv)
{
	const struct pl packed = {sqlite3_column_blob(row, 2), (size_t)sqlite3_column_bytes(row, 2)};
	struct cdr_value valuev[CDR_FIELDC];
	int err;

	err = recovery_close(rv->mb, (const char *)sqlite3_column_text(row, 0),
			     (const char *)sqlite3_column_text(row, 1), &packed, &rv->life);
	err = err ? err : cdr_values(valuev, rv->mb);
	err = err ? err : rows_call_close(r->rows, valuev, ROWS_HOLD);
	++rv->closed;

	return err;
}

static int recovery_rows(struct recorder *r, void *arg)
{
	struct sqlite3_stmt *list = db_stmt(r->db, SQL_OPEN_CALL_LIST);
	int rc = SQLITE_NOMEM, err = 0;

	while (list && !err && (rc = sqlite3_step(list)) == SQLITE_ROW)
		err = close_one(r, list, arg);
	(void)sqlite3_reset(list);

	err = err ? err : db_errno(rc);

	return err ? err : db_run(db_stmt(r->db, SQL_OPEN_CALL_CLEAR));
}

int recorder_close_open(struct recorder *r, const struct mark *mark, int64_t now_us, size_t *closed)
{
	struct recovery rv = {.life = {{r->mark, *mark}, now_us}, .mb = mbuf_alloc(4096)};
	int err;

	if (!rv.mb)
		return ENOMEM;

	err = transact(r, recovery_rows, &rv, r->last_record, &r->mark);
	*closed = err ? 0 : rv.closed;
	mem_deref(rv.mb);

	return err;
}

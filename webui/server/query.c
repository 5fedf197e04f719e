/**
 * @file query.c  What the web server reads from tandem.db
 */
#include <string.h>
#include <sys/stat.h>
#include <re.h>
#include "clock.h"
#include "db.h"
#include "migrate.h"
#include "param.h"
#include "query.h"
#include "row.h"

enum {
	BUSY_TIMEOUT_MS = 50,
	STEPS_A_LOOK = 2000, /* SQLite's virtual machine steps between two looks at the clock */
};

struct query {
	char *path;
	struct db *db;      /* NULL: not open */
	struct stat opened; /* the file that `db` is */
	uint64_t until_ms;
};

static void destructor(void *arg)
{
	struct query *q = arg;

	mem_deref(q->db);
	mem_deref(q->path);
}

int query_alloc(struct query **qp, const char *data_dir)
{
	struct query *q;
	int err;

	q = mem_zalloc(sizeof(*q), destructor);
	if (!q)
		return ENOMEM;

	err = re_sdprintf(&q->path, "%s/tandem.db", data_dir);
	if (err)
		mem_deref(q);
	else
		*qp = q;

	return err;
}

/* ---------------------------------------------------------------- the connection */

/* Called by SQLite while a statement runs; anything but 0 ends it. */
static int time_is_up(void *arg)
{
	const struct query *q = arg;

	return clock_mono_ms() >= q->until_ms;
}

static bool replaced(const struct query *q)
{
	struct stat st;

	return stat(q->path, &st) || st.st_ino != q->opened.st_ino || st.st_dev != q->opened.st_dev;
}

static int open_anew(struct query *q, char *errstr, size_t errsize)
{
	struct db *db = NULL;
	int err;

	err = db_open(&db, q->path, DB_READ, errstr, errsize);
	if (err)
		return err;

	(void)sqlite3_busy_timeout(db_handle(db), BUSY_TIMEOUT_MS);
	sqlite3_progress_handler(db_handle(db), STEPS_A_LOOK, time_is_up, q);

	err = migrate_check(db, errstr, errsize);
	if (!err && stat(q->path, &q->opened))
		err = errno;

	if (err)
		mem_deref(db);
	else
		q->db = db;

	return err;
}

int query_check(struct query *q, char *errstr, size_t errsize)
{
	q->until_ms = clock_mono_ms() + QUERY_TIME_MAX_MS;

	if (q->db && replaced(q))
		q->db = mem_deref(q->db);

	return q->db ? 0 : open_anew(q, errstr, errsize);
}

struct db *query_db(struct query *q)
{
	return q->db;
}

/* ---------------------------------------------------------------- CDRs */

static struct sqlite3_stmt *cdr_stmt(struct query *q, const struct query_cdr *want)
{
	if (want->callee)
		return db_stmt(q->db, want->account ? SQL_CDR_PAGE_ACCOUNT_CALLEE : SQL_CDR_PAGE_CALLEE);

	return db_stmt(q->db, want->account ? SQL_CDR_PAGE_ACCOUNT : SQL_CDR_PAGE);
}

static int text_bind(struct sqlite3_stmt *stmt, const char *name, const char *text)
{
	const int index = sqlite3_bind_parameter_index(stmt, name);

	return index && text ? db_bind_str(stmt, index, text) : 0;
}

static int int_bind(struct sqlite3_stmt *stmt, const char *name, int64_t value)
{
	return db_errno(sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, name), value));
}

/* One row more than asked for shows whether there are more. */
static int cdr_bind(struct sqlite3_stmt *stmt, const struct query_cdr *want)
{
	int err;

	err = text_bind(stmt, ":account", want->account);
	err = err ? err : text_bind(stmt, ":callee", want->callee);
	err = err ? err : int_bind(stmt, ":before_us", want->before_us);
	err = err ? err : int_bind(stmt, ":before_seq", want->before_seq);

	return err ? err : int_bind(stmt, ":limit", (int64_t)want->limit + 1);
}

static int rows_read(struct odict *array, struct sqlite3_stmt *stmt, uint32_t limit, bool *more)
{
	struct odict *row = NULL;
	uint32_t count = 0;
	int rc, err = 0;

	*more = false;

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {

		if (count++ == limit) {
			*more = true;
			return 0;
		}

		err = row_read(&row, stmt);
		err = err ? err : odict_entry_add(array, "", ODICT_OBJECT, row);
		row = mem_deref(row);
	}

	return err ? err : db_errno(rc);
}

/* The cursor that follows the last row. */
static int next_add(struct odict *o, const struct odict *array, bool more)
{
	const struct odict_entry *last = more && array->lst.tail ? array->lst.tail->data : NULL;
	uint64_t us = 0, seq = 0;
	char cursor[48];

	if (!last || !odict_get_number(last->u.odict, &us, "start_us") ||
	    !odict_get_number(last->u.odict, &seq, "seq"))
		return odict_entry_add(o, "next", ODICT_NULL);

	(void)re_snprintf(cursor, sizeof(cursor), "%llu-%llu", us, seq);

	return odict_entry_add(o, "next", ODICT_STRING, cursor);
}

static int page_make(struct odict **op, struct sqlite3_stmt *stmt, uint32_t limit)
{
	struct odict *o = NULL, *array = NULL;
	bool more;
	int err;

	err = odict_alloc(&o, 2);
	err = err ? err : odict_alloc(&array, 2);
	err = err ? err : rows_read(array, stmt, limit, &more);
	err = err ? err : odict_entry_add(o, "cdrs", ODICT_ARRAY, array);
	err = err ? err : next_add(o, array, more);
	mem_deref(array);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

int query_cdrs(struct query *q, struct odict **op, const struct query_cdr *want, char *errstr, size_t errsize)
{
	struct sqlite3_stmt *stmt;
	int err;

	err = query_check(q, errstr, errsize);
	if (err)
		return err;

	stmt = cdr_stmt(q, want);
	err = stmt ? cdr_bind(stmt, want) : EINVAL;
	err = err ? err : page_make(op, stmt, want->limit);
	(void)sqlite3_reset(stmt);

	if (err == ECANCELED) {
		err = ETIMEDOUT;
		(void)re_snprintf(errstr, errsize, "the query took longer than %u ms; ask for fewer rows",
				  QUERY_TIME_MAX_MS);
	}
	else if (err) {
		(void)re_snprintf(errstr, errsize, "%s: %s", q->path, sqlite3_errmsg(db_handle(q->db)));
	}

	return err;
}

int query_cursor(struct query_cdr *want, const char *cursor)
{
	const char *dash = strchr(cursor, '-');
	struct pl us, seq;
	uint64_t value;

	if (!dash)
		return EINVAL;

	us = (struct pl){cursor, (size_t)(dash - cursor)};
	pl_set_str(&seq, dash + 1);

	if (!param_digits(&value, &us) || value > INT64_MAX)
		return EINVAL;
	want->before_us = (int64_t)value;

	if (!param_digits(&value, &seq) || value > INT64_MAX)
		return EINVAL;
	want->before_seq = (int64_t)value;

	return 0;
}

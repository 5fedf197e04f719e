/**
 * @file query.c  What the web server reads from tandem.db
 */
#include <string.h>
#include <sys/stat.h>
#include <re.h>
#include "archive.h"
#include "clock.h"
#include "db.h"
#include "migrate.h"
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

	if (q->db && (replaced(q) || archive_missed(db_handle(q->db))))
		q->db = mem_deref(q->db);

	return q->db ? 0 : open_anew(q, errstr, errsize);
}

struct db *query_db(struct query *q)
{
	return q->db;
}

/* ---------------------------------------------------------------- rows */

static int value_bind(struct sqlite3_stmt *stmt, const struct query_value *v)
{
	const int index = sqlite3_bind_parameter_index(stmt, v->name);

	if (!index)
		return EINVAL;

	return v->text ? db_bind_str(stmt, index, v->text)
		       : db_errno(sqlite3_bind_int64(stmt, index, v->number));
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

/* One row more than asked for shows whether there are more. */
static int statement_run(struct odict *array, bool *more, struct sqlite3_stmt *stmt,
			 const struct query_value *valuev, uint32_t limit)
{
	const struct query_value limit_value = {":limit", NULL, (int64_t)limit + 1};
	int err = 0;

	for (; valuev->name && !err; valuev++)
		err = value_bind(stmt, valuev);
	if (sqlite3_bind_parameter_index(stmt, limit_value.name) && !err)
		err = value_bind(stmt, &limit_value);

	err = err ? err : rows_read(array, stmt, limit, more);
	(void)sqlite3_reset(stmt);

	return err;
}

int query_rows(struct query *q, struct odict *array, bool *more, const struct query_question *question,
	       char *errstr, size_t errsize)
{
	const uint32_t time_ms = question->time_ms ? question->time_ms : QUERY_TIME_MAX_MS;
	struct sqlite3_stmt *stmt;
	int err;

	err = query_check(q, errstr, errsize);
	if (err)
		return err;

	q->until_ms = clock_mono_ms() + time_ms;
	stmt = db_stmt(q->db, question->sql);
	err = stmt ? statement_run(array, more, stmt, question->valuev, question->limit) : EINVAL;

	if (err == ECANCELED) {
		err = ETIMEDOUT;
		(void)re_snprintf(errstr, errsize, "the query took longer than %u ms; ask for less", time_ms);
	}
	else if (err) {
		(void)re_snprintf(errstr, errsize, "%s: %s", q->path, sqlite3_errmsg(db_handle(q->db)));
	}

	return err;
}

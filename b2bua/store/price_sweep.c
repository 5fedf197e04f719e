/**
 * @file price_sweep.c  Lists of rates that no tariff has any more
 */
#include "db.h"
#include "price_statement.h"
#include "price_sweep.h"

struct price_sweep {
	struct writer *writer;
	struct list partl; /* under way */
};

struct part {
	struct le le;
	struct price_sweep *sweep; /* NULL: gone */
	int64_t done;              /* a list that is no longer being written; 0: none */
	bool begin;                /* the first: nobody is writing any */
	bool more;
};

/* ---------------------------------------------------------------- on the writer's thread */

static int orphan_find(int64_t *list, struct sqlite3 *db)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	*list = 0;
	err = price_statement_open(&stmt, db, SQL_RATE_LIST_ORPHAN, &(struct price_statement){0});
	if (err)
		return err;

	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*list = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);

	return db_errno(rc);
}

static int whole_delete(struct sqlite3 *db, const struct price_statement *about)
{
	const int err = price_statement_run(db, SQL_RATE_ROW_DELETE_ALL, about);

	return err ? err : price_statement_run(db, SQL_RATE_LIST_DELETE, about);
}

static int part_delete(struct sqlite3 *db, int64_t list)
{
	struct price_statement about = {.list = list};
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	err = price_statement_open(&stmt, db, SQL_RATE_LIST_PART, &about);
	if (err)
		return err;

	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		about.prefix = (const char *)sqlite3_column_text(stmt, 0);
		err = price_statement_run(db, SQL_RATE_ROW_DELETE, &about);
	}
	else
		err = rc == SQLITE_DONE ? whole_delete(db, &about) : db_errno(rc);
	(void)sqlite3_finalize(stmt);

	return err;
}

static int sweep_job(struct sqlite3 *db, void *arg)
{
	struct part *s = arg;
	int64_t list = 0;
	int err = 0;

	if (s->begin)
		err = price_statement_run(db, SQL_RATE_LIST_LEFT, &(struct price_statement){0});
	if (!err && s->done)
		err = price_statement_run(db, SQL_RATE_LIST_DONE, &(struct price_statement){.list = s->done});
	err = err ? err : orphan_find(&list, db);
	s->more = !err && list;

	return s->more ? part_delete(db, list) : err;
}

/* ---------------------------------------------------------------- on the loop */

static void sweep_done(int err, void *arg)
{
	struct part *s = arg;
	struct price_sweep *sweep = s->sweep;

	list_unlink(&s->le);
	if (sweep && !err && s->more)
		price_sweep_run(sweep);

	mem_deref(s);
}

static int sweep_submit(struct price_sweep *sweep, int64_t done, bool begin)
{
	struct part *s = mem_zalloc(sizeof(*s), NULL);
	int err;

	if (!s)
		return ENOMEM;

	s->sweep = sweep;
	s->done = done;
	s->begin = begin;
	err = writer_submit(sweep->writer, sweep_job, sweep_done, s);
	if (err)
		mem_deref(s);
	else
		list_append(&sweep->partl, &s->le, s);

	return err;
}

void price_sweep_run(struct price_sweep *s)
{
	if (list_isempty(&s->partl))
		(void)sweep_submit(s, 0, false);
}

void price_sweep_list(struct price_sweep *s, int64_t list)
{
	(void)sweep_submit(s, list, false);
}

static void sweep_destructor(void *arg)
{
	struct price_sweep *s = arg;
	struct le *le;

	while ((le = list_head(&s->partl))) {
		struct part *part = le->data;

		list_unlink(le);
		part->sweep = NULL;
	}
}

int price_sweep_alloc(struct price_sweep **sp, struct writer *w)
{
	struct price_sweep *s;
	int err;

	s = mem_zalloc(sizeof(*s), sweep_destructor);
	if (!s)
		return ENOMEM;

	s->writer = w;
	err = sweep_submit(s, 0, true);
	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}

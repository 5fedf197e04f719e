/**
 * @file database.c  tandem.db as commands read it: read-only, bounded in time and memory
 *
 * The connection is opened read-only and query_only, one statement at a time without a transaction of its own, so a
 * question can neither change anything nor hold the writer up.
 */
#include <string.h>
#include <re.h>
#include "clock.h"
#include "database.h"

enum {
	TIMEOUT_S = 30,
	PROGRESS_STEPS = 10000,
	TEXT_MAX = 64 * 1024 * 1024,
	HEAP_MAX = 512 * 1024 * 1024,
};

static int progress(void *arg)
{
	const uint64_t *deadline_ms = arg;

	return clock_mono_ms() > *deadline_ms;
}

int database_open(struct database *d, const struct ctl *ctl)
{
	char errstr[512] = "";
	struct sqlite3 *handle;
	int err;

	memset(d, 0, sizeof(*d));

	if (!ctl->db_path) {
		(void)ctl_error("name the database with --data or --config; --socket alone does not tell "
				"where it is");
		return CTL_USAGE;
	}

	(void)sqlite3_hard_heap_limit64(HEAP_MAX);

	err = db_open(&d->db, ctl->db_path, DB_READ, errstr, sizeof(errstr));
	if (err)
		return ctl_error("%s", errstr[0] ? errstr : "out of memory");

	handle = db_handle(d->db);
	d->deadline_ms = clock_mono_ms() + (uint64_t)(ctl->timeout_s ? ctl->timeout_s : TIMEOUT_S) * 1000;
	sqlite3_progress_handler(handle, PROGRESS_STEPS, progress, &d->deadline_ms);
	(void)sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, TEXT_MAX);
	(void)sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);

	return CTL_OK;
}

void database_patient(struct database *d, const struct ctl *ctl)
{
	if (!ctl->timeout_s)
		d->deadline_ms = UINT64_MAX;
}

void database_close(struct database *d)
{
	d->db = mem_deref(d->db);
}

int database_error(const struct database *d, int rc)
{
	switch (rc & 0xff) {

	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return ctl_error("only questions (SELECT) are answered here: %s; change things with "
				 "tandemctl apply",
				 sqlite3_errmsg(db_handle(d->db)));
	case SQLITE_INTERRUPT:
		return ctl_error("the question took too long; narrow it, or wait longer with --timeout");
	case SQLITE_NOMEM:
		return ctl_error("the answer needs too much memory; narrow the question");
	default:
		return ctl_error("%s", sqlite3_errmsg(db_handle(d->db)));
	}
}

int database_account_check(const struct database *d, const char *account)
{
	struct sqlite3_stmt *stmt = db_stmt(d->db, SQL_LEDGER_KNOWN);
	bool known;
	int rc;

	if (!stmt)
		return database_error(d, SQLITE_ERROR);

	(void)db_bind_str(stmt, 1, account);
	rc = sqlite3_step(stmt);
	known = rc == SQLITE_ROW && sqlite3_column_int(stmt, 0);
	(void)sqlite3_reset(stmt);
	if (rc != SQLITE_ROW)
		return database_error(d, rc);

	return known ? CTL_OK : ctl_error("there is no such account; tandemctl account list shows them");
}

/**
 * @file cdr_find.c  One record, by its own id or a Call-ID
 */
#include <re.h>
#include "cdr_find.h"
#include "rows.h"

/** Of the records that are looked through for a callee's Call-ID where the answer is only a hint. */
enum { HINT_RECORDS = 100000 };

static int found(char id[CDR_ID_SIZE], const struct database *d, const char *text, int64_t count)
{
	struct sqlite3_stmt *stmt = db_stmt(d->db, SQL_CDR_FIND);
	int rc;

	if (!stmt)
		return sqlite3_errcode(db_handle(d->db));

	(void)db_bind_str(stmt, sqlite3_bind_parameter_index(stmt, ":id"), text);
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":count"), count);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		str_ncpy(id, (const char *)sqlite3_column_text(stmt, 0), CDR_ID_SIZE);
	(void)sqlite3_reset(stmt);

	return rc;
}

int cdr_show(const struct ctl *ctl, const char *text)
{
	static const char none[] = "there is no record of this call; tandemctl cdr shows the newest, "
				   "tandemctl calls those under way";
	struct sqlite3_stmt *stmt;
	char id[CDR_ID_SIZE];
	struct database d;
	int code, rc;

	code = database_open(&d, ctl);
	if (code)
		goto out;

	rc = found(id, &d, text, INT64_MAX);
	if (rc != SQLITE_ROW) {
		code = rc == SQLITE_DONE ? ctl_error("%s", none) : database_error(&d, rc);
		goto out;
	}

	stmt = db_stmt(d.db, SQL_CDR_ROW);
	if (stmt)
		(void)db_bind_str(stmt, 1, id);
	code = stmt ? row_print(&d, stmt, ctl->json, none) : database_error(&d, SQLITE_ERROR);

out:
	database_close(&d);

	return code;
}

void cdr_hint(const struct ctl *ctl, const char *text)
{
	char id[CDR_ID_SIZE];
	struct database d;

	/* an error in JSON is one object, and --socket does not tell where the records are */
	if (ctl->json || !ctl->db_path)
		return;

	if (!database_open(&d, ctl) && found(id, &d, text, HINT_RECORDS) == SQLITE_ROW)
		(void)ctl_error("it is over: tandemctl cdr %s", id);
	database_close(&d);
}

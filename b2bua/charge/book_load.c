/**
 * @file book_load.c  What accounts have spent today, from the ledger
 */
#include <errno.h>
#include <re.h>
#include "../store/model.h"
#include "book.h"
#include "db.h"

enum { PATH_SIZE = 4096 };

static const int64_t day_us = INT64_C(86400) * 1000000;

static int account_load(struct book *b, struct db *db, const struct account *a, int64_t now_us)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_CHARGED_SINCE);
	int rc;

	if (!stmt)
		return ENOMEM;

	(void)db_bind_str(stmt, 1, a->name);
	(void)db_bind_str(stmt, 2, a->currency);
	(void)sqlite3_bind_int64(stmt, 3, now_us - now_us % day_us);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		book_spent_set(b, a->name, sqlite3_column_int64(stmt, 0), now_us);
	(void)sqlite3_reset(stmt);

	return rc == SQLITE_ROW ? 0 : db_errno(rc);
}

int book_load(struct book *b, const struct model *m, const char *data_dir, int64_t now_us, char *errstr,
	      size_t errsize)
{
	char path[PATH_SIZE];
	struct db *db = NULL;
	const struct le *le;
	int err;

	if (re_snprintf(path, sizeof(path), "%s/tandem.db", data_dir) < 0)
		return ENAMETOOLONG;

	err = db_open(&db, path, DB_READ, errstr, errsize);
	for (le = m->accountl.head; le && !err; le = le->next) {

		const struct account *a = le->data;

		if (a->max_spend_day_nano)
			err = account_load(b, db, a, now_us);
		if (err)
			(void)re_snprintf(errstr, errsize, "what account %s spent today cannot be read: %m",
					  a->name, err);
	}
	mem_deref(db);

	return err;
}

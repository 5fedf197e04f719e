/**
 * @file book_load.c  What the database knows of accounts beside their balances
 */
#include <errno.h>
#include <re.h>
#include "book.h"
#include "clock.h"
#include "country.h"
#include "db.h"
#include "habit.h"
#include "time_text.h"

enum { PATH_SIZE = 4096, DAY_LEN = 10 };

typedef void(row_h)(struct book *b, struct sqlite3_stmt *row, int64_t now_us);

static const char *text(struct sqlite3_stmt *row, int column)
{
	return (const char *)sqlite3_column_text(row, column);
}

static void spent_row(struct book *b, struct sqlite3_stmt *row, int64_t now_us)
{
	book_spent_set(b, text(row, 0), sqlite3_column_int64(row, 1), now_us);
}

static void state_row(struct book *b, struct sqlite3_stmt *row, int64_t now_us)
{
	const struct book_account *ba = book_account(b, text(row, 0));
	const int64_t blocked_us = sqlite3_column_int64(row, 2) - now_us;

	if (sqlite3_column_int(row, 1))
		book_low_set(b, text(row, 0));
	if (ba && blocked_us > 0)
		habit_block(book_habit(ba), clock_mono_ms() + (uint64_t)blocked_us / 1000);
}

static void country_row(struct book *b, struct sqlite3_stmt *row, int64_t now_us)
{
	const struct book_account *ba = book_account(b, text(row, 0));
	struct pl country;

	(void)now_us;
	pl_set_str(&country, text(row, 1));
	if (ba && country_is_code(text(row, 1)))
		(void)habit_learn(book_habit(ba), &country, sqlite3_column_int64(row, 2));
}

static int rows_read(struct book *b, struct sqlite3_stmt *stmt, row_h *h, int64_t now_us)
{
	int rc;

	if (!stmt)
		return ENOMEM;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		h(b, stmt, now_us);
	(void)sqlite3_reset(stmt);

	return rc == SQLITE_DONE ? 0 : db_errno(rc);
}

static int spent_read(struct book *b, struct db *db, int64_t now_us)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_SPENT_ON);
	char day[TIME_TEXT_SIZE];

	time_text_encode(day, now_us);
	day[DAY_LEN] = '\0';
	if (stmt)
		(void)db_bind_str(stmt, 1, day);

	return rows_read(b, stmt, spent_row, now_us);
}

int book_load(struct book *b, const char *data_dir, int64_t now_us, char *errstr, size_t errsize)
{
	char path[PATH_SIZE];
	struct db *db = NULL;
	int err;

	if (re_snprintf(path, sizeof(path), "%s/tandem.db", data_dir) < 0)
		return ENAMETOOLONG;

	err = db_open(&db, path, DB_READ, errstr, errsize);
	if (err)
		return err;

	err = spent_read(b, db, now_us);
	err = err ? err : rows_read(b, db_stmt(db, SQL_ACCOUNT_STATE_LIST), state_row, now_us);
	err = err ? err : rows_read(b, db_stmt(db, SQL_ACCOUNT_COUNTRY_LIST), country_row, now_us);
	if (err)
		(void)re_snprintf(errstr, errsize,
				  "what accounts spent today cannot be read from %s: %m; is the disk well?",
				  path, err);
	mem_deref(db);

	return err;
}

/**
 * @file archive_catalog.c  Which archives there are: table cdr_archive, and what follows from it
 */
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "archive_catalog.h"

static int prepare(struct sqlite3_stmt **stmtp, struct sqlite3 *db, enum sql_query query)
{
	return db_errno(sqlite3_prepare_v2(db, sql_queryv[query].text, -1, stmtp, NULL));
}

static void number_bind(struct sqlite3_stmt *stmt, const char *parameter, int64_t number)
{
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, parameter), number);
}

static void text_bind(struct sqlite3_stmt *stmt, const char *parameter, const char *text)
{
	(void)db_bind_str(stmt, sqlite3_bind_parameter_index(stmt, parameter), text);
}

/** "2026-08": so many months before the current one. */
static void month_before(char month[ARCHIVE_MONTH_SIZE], int64_t now_us, uint32_t months)
{
	const time_t now = (time_t)(now_us / 1000000);
	int64_t number;
	struct tm tm;

	(void)gmtime_r(&now, &tm);
	number = ((int64_t)tm.tm_year + 1900) * 12 + tm.tm_mon - (int64_t)months;
	number = MAX(number, 0);
	(void)re_snprintf(month, ARCHIVE_MONTH_SIZE, "%04d-%02d", (int)(number / 12), (int)(number % 12) + 1);
}

/* ---------------------------------------------------------------- months come */

int archive_next(struct archive_month *m, struct db *db, int64_t now_us, uint32_t keep)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_ARCHIVE_NEXT);
	char before[ARCHIVE_MONTH_SIZE];
	int rc;

	if (!stmt)
		return EINVAL;

	memset(m, 0, sizeof(*m));
	month_before(before, now_us, keep);
	(void)db_bind_str(stmt, 1, before);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		str_ncpy(m->month, (const char *)sqlite3_column_text(stmt, 0), sizeof(m->month));
		m->first_seq = sqlite3_column_int64(stmt, 1);
		m->last_seq = sqlite3_column_int64(stmt, 2);
		str_ncpy(m->hash, (const char *)sqlite3_column_text(stmt, 3), sizeof(m->hash));
	}
	(void)sqlite3_reset(stmt);

	return rc == SQLITE_DONE ? ENOENT : db_errno(rc);
}

int archive_add(struct sqlite3 *db, const struct archive_month *m, int64_t now_us)
{
	struct sqlite3_stmt *stmt = NULL;
	int err;

	err = prepare(&stmt, db, SQL_ARCHIVE_ADD);
	if (err)
		return err;

	text_bind(stmt, ":month", m->month);
	number_bind(stmt, ":first_seq", m->first_seq);
	number_bind(stmt, ":last_seq", m->last_seq);
	text_bind(stmt, ":hash", m->hash);
	text_bind(stmt, ":first_id", m->first_id);
	text_bind(stmt, ":last_id", m->last_id);
	number_bind(stmt, ":first_start_us", m->first_start_us);
	number_bind(stmt, ":last_start_us", m->last_start_us);
	number_bind(stmt, ":archived_us", now_us);
	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}

int archive_clear(struct sqlite3 *db, unsigned count)
{
	struct sqlite3_stmt *stmt = NULL;
	int err;

	err = prepare(&stmt, db, SQL_ARCHIVE_CLEAR);
	if (err)
		return err;

	number_bind(stmt, ":count", count);
	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err || sqlite3_changes(db) ? err : ENOENT;
}

/* ---------------------------------------------------------------- months go */

static int old_find(char month[ARCHIVE_MONTH_SIZE], struct sqlite3 *db, const char *before)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	err = prepare(&stmt, db, SQL_ARCHIVE_OLD);
	if (err)
		return err;

	text_bind(stmt, ":before", before);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		str_ncpy(month, (const char *)sqlite3_column_text(stmt, 0), ARCHIVE_MONTH_SIZE);
	(void)sqlite3_finalize(stmt);

	return rc == SQLITE_DONE ? ENOENT : db_errno(rc);
}

int archive_remove(struct sqlite3 *db, int64_t now_us, uint32_t keep)
{
	char before[ARCHIVE_MONTH_SIZE], month[ARCHIVE_MONTH_SIZE];
	struct sqlite3_stmt *stmt = NULL;
	int err;

	month_before(before, now_us, keep);
	err = old_find(month, db, before);
	err = err ? err : prepare(&stmt, db, SQL_ARCHIVE_REMOVE);
	if (err)
		return err;

	number_bind(stmt, ":at_us", now_us);
	text_bind(stmt, ":month", month);
	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}

int archive_unlink(struct db *db, const char *folder)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_ARCHIVE_REMOVED);
	char path[ARCHIVE_PATH_SIZE];
	int rc = SQLITE_DONE, err = stmt ? 0 : EINVAL;

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		err = archive_path(path, sizeof(path), folder, (const char *)sqlite3_column_text(stmt, 0));
		if (!err && unlink(path) && errno != ENOENT)
			err = errno;
	}
	(void)sqlite3_reset(stmt);

	return err ? err : db_errno(rc);
}

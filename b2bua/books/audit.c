/**
 * @file audit.c  Proves that the books are right
 */
#include <string.h>
#include "audit.h"

void audit_wrong(struct audit_report *report, const char *fmt, ...)
{
	va_list ap;

	if (report->wrong++)
		return;

	va_start(ap, fmt);
	(void)re_vsnprintf(report->first, sizeof(report->first), fmt, ap);
	va_end(ap);
}

/** Each row says what is wrong. */
static int question_ask(struct db *db, enum sql_query query, struct audit_report *report)
{
	struct sqlite3_stmt *stmt = db_stmt(db, query);
	int rc;

	if (!stmt)
		return EINVAL;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		audit_wrong(report, "%s", (const char *)sqlite3_column_text(stmt, 0));

	(void)sqlite3_reset(stmt);

	return db_errno(rc);
}

static int count(struct db *db, struct audit_report *report)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_AUDIT_COUNTS);
	int rc;

	if (!stmt)
		return EINVAL;

	rc = sqlite3_step(stmt);
	report->balances = (uint64_t)sqlite3_column_int64(stmt, 0);
	report->entries = (uint64_t)sqlite3_column_int64(stmt, 1);
	report->holds = (uint64_t)sqlite3_column_int64(stmt, 2);
	(void)sqlite3_reset(stmt);

	return db_errno(rc);
}

int audit_books(struct db *db, struct audit_report *report)
{
	static const enum sql_query questionv[] = {
		SQL_AUDIT_BALANCE, SQL_AUDIT_BALANCE_MISSING, SQL_AUDIT_CHARGE,     SQL_AUDIT_HOLD_CLOSED,
		SQL_AUDIT_HOLD,    SQL_AUDIT_RESERVE,         SQL_AUDIT_CORRECTION,
	};
	size_t i;
	int err;

	if (!db || !report)
		return EINVAL;

	memset(report, 0, sizeof(*report));

	err = count(db, report);
	for (i = 0; i < ARRAY_SIZE(questionv) && !err; i++)
		err = question_ask(db, questionv[i], report);

	return err ? err : audit_cdrs(db, report);
}

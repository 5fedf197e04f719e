/**
 * @file rate_reach.c  For which other numbers, and until when, what was found for one holds, too
 *
 * In the order of prefixes the list's neighbours of the number say how many of its digits decide: where no prefix
 * but the one found begins with them, no other number that does can have a longer one. Shorter ones than these
 * digits that are to come into force, the found one's successor too, say until when.
 */
#include <errno.h>
#include <re.h>
#include "rate_reach.h"

static size_t common_len(const struct pl *a, const char *b, size_t len)
{
	const size_t most = MIN(a->l, len);
	size_t n = 0;

	while (n < most && a->p[n] == b[n])
		++n;

	return n;
}

/* What a neighbour has in common with the number; -1: there is none, or it is the prefix itself. */
static int neighbour_common(int *common, struct sqlite3_stmt *stmt, int64_t list, const struct pl *number,
			    const struct pl *prefix)
{
	const char *text;
	size_t len;
	int rc;

	if (!stmt)
		return ENOMEM;

	*common = -1;
	(void)sqlite3_bind_int64(stmt, 1, list);
	(void)sqlite3_bind_text(stmt, 2, number->p, (int)number->l, SQLITE_STATIC);
	rc = sqlite3_step(stmt);
	text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	len = text ? (size_t)sqlite3_column_bytes(stmt, 0) : 0;
	if (text && (len != prefix->l || common_len(prefix, text, len) < len))
		*common = (int)common_len(number, text, len);
	(void)sqlite3_reset(stmt);

	return rc == SQLITE_ROW && !text ? ENOMEM : db_errno(rc);
}

/* The next moment after `at_us` at which a rate of this very prefix begins, where that is before *until_us. */
static int next_begin(int64_t *until_us, struct db *db, int64_t list, const struct pl *prefix, int64_t at_us)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_RATE_NEXT_BEGIN);
	int rc;

	if (!stmt)
		return ENOMEM;

	(void)sqlite3_bind_int64(stmt, 1, list);
	(void)sqlite3_bind_text(stmt, 2, prefix->p, (int)prefix->l, SQLITE_STATIC);
	(void)sqlite3_bind_int64(stmt, 3, at_us);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		*until_us = MIN(*until_us, sqlite3_column_int64(stmt, 0));
	(void)sqlite3_reset(stmt);

	return db_errno(rc);
}

int rate_reach_find(struct rate_reach *reach, struct db *db, int64_t list, const struct pl *number,
		    const struct pl *prefix, int64_t at_us, int64_t until_us)
{
	struct pl known = {number->p, prefix->l};
	int below, above, digits, err;

	reach->digits = -1;
	reach->from_us = at_us;
	reach->until_us = until_us;

	err = neighbour_common(&below, db_stmt(db, SQL_RATE_NEIGHBOUR_BELOW), list, number, prefix);
	err = err ? err
		  : neighbour_common(&above, db_stmt(db, SQL_RATE_NEIGHBOUR_ABOVE), list, number, prefix);
	if (err)
		return err;

	digits = MAX((int)prefix->l, MAX(below, above) + 1);
	if (digits > (int)number->l)
		return 0;

	do
		err = next_begin(&reach->until_us, db, list, &known, at_us);
	while (!err && (int)++known.l < digits);

	if (!err)
		reach->digits = digits;

	return err;
}

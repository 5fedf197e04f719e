/**
 * @file ledger.c  `ledger`: an account's entries
 */
#include <string.h>
#include <re.h>
#include "rows.h"
#include "when.h"

enum { LAST = 20 };

/** One that is not given leaves `us` as it is. */
static int time_get(int64_t *us, const char *option, const char *text)
{
	if (!text || !when_decode(us, text))
		return CTL_OK;

	(void)ctl_error("--%s %s: give a day or a time in UTC, such as 2026-08-31 or 2026-08-31T14:05",
			option, text);

	return CTL_USAGE;
}

static void number_bind(struct sqlite3_stmt *stmt, const char *parameter, int64_t number)
{
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, parameter), number);
}

static int history(const struct ctl *ctl, int64_t from_us, int64_t to_us)
{
	static const char *const columnv[] = {"at_us",        "kind",     "amount_nano",
					      "balance_nano", "currency", "other",
					      "cdr_id",       "note",     NULL};
	const struct view v = {ctl->json, 0, ctl->json ? NULL : columnv, !ctl->json};
	struct sqlite3_stmt *stmt = NULL;
	struct database d;
	int code;

	code = database_open(&d, ctl);
	if (code)
		goto out;

	stmt = db_stmt(d.db, SQL_LEDGER_LAST);
	if (!stmt) {
		code = database_error(&d, SQLITE_ERROR);
		goto out;
	}

	(void)db_bind_str(stmt, sqlite3_bind_parameter_index(stmt, ":account"), ctl->argv[0]);
	number_bind(stmt, ":from_us", from_us);
	number_bind(stmt, ":to_us", to_us);
	number_bind(stmt, ":all", ctl->given & CTL_ALL);
	number_bind(stmt, ":count", ctl->given & CTL_LAST ? ctl->last : LAST);
	code = rows_print(&d, stmt, &v);

out:
	database_close(&d);

	return code;
}

int ctl_ledger(const struct ctl *ctl)
{
	int64_t from_us = INT64_MIN, to_us = INT64_MAX;
	int code;

	code = time_get(&from_us, "from", ctl->from);
	code = code ? code : time_get(&to_us, "to", ctl->to);

	return code ? code : history(ctl, from_us, to_us);
}

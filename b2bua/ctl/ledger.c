/**
 * @file ledger.c  `ledger`: an account's entries, and the proof of all books
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "../books/audit.h"
#include "human.h"
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
	const struct view v = {ctl->json, 0, ctl->json ? NULL : columnv, !ctl->json,
			       "nothing was booked for it in this time"};
	struct sqlite3_stmt *stmt = NULL;
	struct database d;
	int code;

	code = database_open(&d, ctl);
	code = code ? code : database_account_check(&d, ctl->argv[0]);
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

static void audit_show(const struct ctl *ctl, const struct audit_report *r)
{
	if (ctl->json)
		(void)printf("{\"entries\": %llu, \"balances\": %llu, \"holds\": %llu, \"cdrs\": %llu, "
			     "\"wrong\": %llu}\n",
			     (unsigned long long)r->entries, (unsigned long long)r->balances,
			     (unsigned long long)r->holds, (unsigned long long)r->cdrs,
			     (unsigned long long)r->wrong);
	else
		(void)re_printf("%H, %H, %H with money set aside, %H: %s\n", human_count_print,
				&(struct human_count){r->entries, "entry", "entries"}, human_count_print,
				&(struct human_count){r->balances, "balance", "balances"}, human_count_print,
				&(struct human_count){r->holds, "call", "calls"}, human_count_print,
				&(struct human_count){r->cdrs, "record", "records"},
				r->wrong ? "the books are WRONG" : "the books are right");
}

static int verify(const struct ctl *ctl)
{
	struct audit_report report;
	struct database d;
	int code, err;

	code = database_open(&d, ctl);
	if (!code) {
		database_patient(&d, ctl);
		err = audit_books(d.db, &report);
		if (err)
			code = database_error(&d, sqlite3_errcode(db_handle(d.db)));
		else
			audit_show(ctl, &report);
		if (!err && report.wrong)
			code = ctl_error("%llu wrong; the first: %s", report.wrong, report.first);
	}
	database_close(&d);

	return code;
}

int ctl_ledger(const struct ctl *ctl)
{
	int64_t from_us = INT64_MIN, to_us = INT64_MAX;
	int code;

	if (!strcmp(ctl->argv[0], "verify"))
		return verify(ctl);

	code = time_get(&from_us, "from", ctl->from);
	code = code ? code : time_get(&to_us, "to", ctl->to);

	return code ? code : history(ctl, from_us, to_us);
}

/**
 * @file cdr.c  `cdr`: the newest call records, or what else is done with them
 */
#include <string.h>
#include <re.h>
#include "rows.h"

enum { LAST = 20 };

static int cdr_last(const struct ctl *ctl)
{
	static const char *const columnv[] = {"start_us",    "src_trunk",   "dst_trunk", "caller",
					      "callee",      "disposition", "sip_code",  "duration_ms",
					      "released_by", "release_tag", "a_codec",   "b_codec",
					      NULL};
	const struct view v = {ctl->json, 0, ctl->json ? NULL : columnv, true};
	struct sqlite3_stmt *stmt;
	struct database d;
	int code;

	code = database_open(&d, ctl);
	if (code)
		goto out;

	stmt = db_stmt(d.db, SQL_CDR_LAST);
	if (stmt) {
		(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":count"),
					 ctl->given & CTL_LAST ? ctl->last : LAST);
		code = rows_print(&d, stmt, &v);
	}
	else {
		code = database_error(&d, sqlite3_errcode(db_handle(d.db)));
	}

out:
	database_close(&d);

	return code;
}

int ctl_cdr(const struct ctl *ctl)
{
	if (!ctl->argc && ctl->given & (CTL_DIGEST | CTL_AGAINST)) {
		(void)ctl_error("--digest and --against are options of cdr verify");
		return CTL_USAGE;
	}

	if (!ctl->argc)
		return cdr_last(ctl);
	if (!strcmp(ctl->argv[0], "verify"))
		return ctl_cdr_verify(ctl);

	(void)ctl_error("usage: tandemctl cdr [verify]");

	return CTL_USAGE;
}

/**
 * @file cdr.c  `cdr`: the newest call records, or what else is done with them
 */
#include <string.h>
#include <re.h>
#include "cdr_find.h"
#include "rows.h"

enum { LAST = 20 };

static int cdr_last(const struct ctl *ctl)
{
	static const char *const columnv[] = {"start_us",   "src_trunk",   "dst_trunk",   "caller",
					      "callee",     "disposition", "duration_ms", "release_tag",
					      "price_nano", "cdr_id",      NULL};
	const struct view v = {ctl->json, 0, ctl->json ? NULL : columnv, true,
			       "there is no record yet; tandemctl calls shows calls under way"};
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

/** What is done with records, and the options of its own; "": alone. */
static const struct {
	const char *name;
	uint64_t options;
	ctl_command_h *h;
} partv[] = {
	{"", CTL_LAST, cdr_last},
	{"verify", CTL_DIGEST | CTL_AGAINST, ctl_cdr_verify},
	{"export", CTL_DAY | CTL_FORMAT | CTL_TO, ctl_cdr_export},
	{"correct", CTL_PRICE | CTL_KEY | CTL_NOTE, ctl_cdr_correct},
};

int ctl_cdr(const struct ctl *ctl)
{
	const uint64_t given = ctl->given & ~CTL_TIMEOUT;
	const char *what = ctl->argc ? ctl->argv[0] : "";
	size_t i;

	for (i = 0; i < ARRAY_SIZE(partv); i++) {

		if (strcmp(partv[i].name, what) != 0)
			continue;

		if (!(given & ~partv[i].options))
			return partv[i].h(ctl);

		(void)ctl_error("cdr %s does not take these options; see tandemctl help cdr",
				*what ? what : "alone");
		return CTL_USAGE;
	}

	if (ctl->argc == 1 && !given)
		return cdr_show(ctl, what);

	(void)ctl_error(ctl->argc == 1
				? "cdr ID takes no other options; see tandemctl help cdr"
				: "cdr takes verify, correct, export or the ID of one call, or nothing");

	return CTL_USAGE;
}

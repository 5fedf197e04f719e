/**
 * @file cdr_export.c  `cdr export`: a day's records as a file
 */
#include <stdio.h>
#include <re.h>
#include "../books/export.h"
#include "clock.h"
#include "database.h"
#include "rpc.h"
#include "when.h"

#define DAY_US INT64_C(86400000000)

/** Every day of records that is over has a file once the daemon was asked; `now_us` is when it was. */
static int day_missing(const struct ctl *ctl, int64_t now_us)
{
	int64_t begin_us;

	if (!when_decode(&begin_us, ctl->day) && now_us < begin_us + DAY_US)
		return ctl_error("there is no file of %s yet: it is not over (days are UTC)", ctl->day);

	return ctl_error("there is no file of %s: it was before the first record", ctl->day);
}

/** The day from the database; where it is not closed, the daemon is asked to close what is over. */
static int closed_day(const struct ctl *ctl, struct database *d, struct cdr_day *day)
{
	const int64_t now_us = clock_wall_us();
	struct odict *result = NULL;
	int err, code;

	err = day_find(day, d->db, ctl->day);
	if (err == ENOENT) {

		code = rpc_call(&result, ctl, "day_close", NULL, RPC_TIMEOUT_S);
		mem_deref(result);
		if (code)
			return code;

		err = day_find(day, d->db, ctl->day);
	}

	if (err == ENOENT)
		return day_missing(ctl, now_us);

	return err ? database_error(d, sqlite3_errcode(db_handle(d->db))) : CTL_OK;
}

static int export(const struct ctl *ctl, enum export_format format)
{
	const char *dir = ctl->to ? ctl->to : ".";
	struct export_report report;
	struct cdr_day day;
	char errstr[512] = "";
	struct database d;
	int code;

	code = database_open(&d, ctl);
	if (!code) {
		database_patient(&d, ctl);
		code = closed_day(ctl, &d, &day);
	}
	if (!code && export_day(&report, d.db, &day, format, dir, NULL, errstr, sizeof(errstr)))
		code = ctl_error("%s", errstr);
	database_close(&d);

	if (code)
		return code;

	if (ctl->json)
		(void)re_printf("{\"file\": \"%s\", %H}\n", report.name, cdr_digest_fields_print,
				&report.digest);
	else
		(void)re_printf("%s/%s: %llu record%s\n", dir, report.name, report.digest.rows,
				report.digest.rows == 1 ? "" : "s");

	return CTL_OK;
}

int ctl_cdr_export(const struct ctl *ctl)
{
	enum export_format format = EXPORT_CSV;
	int64_t us;

	if (ctl->argc != 1 || !ctl->day || (ctl->format && !export_format_decode(&format, ctl->format))) {
		(void)ctl_error(
			"usage: tandemctl cdr export --day YYYY-MM-DD [--format csv|jsonl] [--to DIR]");
		return CTL_USAGE;
	}

	if (str_len(ctl->day) != DAY_SIZE - 1 || when_decode(&us, ctl->day)) {
		(void)ctl_error("--day %s: give a day, such as 2026-08-31", ctl->day);
		return CTL_USAGE;
	}

	return export(ctl, format);
}

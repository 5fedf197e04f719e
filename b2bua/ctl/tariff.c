/**
 * @file tariff.c  `tariff`: what destinations cost, and price lists in and out
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "price_list.h"
#include "rows.h"
#include "tariff.h"

enum { BUFFER_SIZE = 64 * 1024, ROWS = 10000 };

/* ---------------------------------------------------------------- shown */

static int tariff_list(const struct ctl *ctl)
{
	return rows_all_print(ctl, SQL_TARIFF_TABLE,
			      "there is no tariff yet; create one with tandemctl apply");
}

static int rates_print(const struct database *d, const struct ctl *ctl)
{
	const struct view v = {ctl->json, ctl->given & CTL_ROWS ? ctl->rows : ROWS, NULL, !ctl->json,
			       "it has no rate for this"};
	struct sqlite3_stmt *stmt = db_stmt(d->db, SQL_TARIFF_RATES);

	if (!stmt)
		return database_error(d, SQLITE_ERROR);

	(void)db_bind_str(stmt, 1, ctl->argv[1]);
	(void)db_bind_str(stmt, 2, ctl->argc > 2 ? ctl->argv[2] : "");

	return rows_print(d, stmt, &v);
}

static int tariff_show(const struct ctl *ctl)
{
	struct price_list list = {0};
	struct database d;
	int code;

	code = database_open(&d, ctl);
	code = code ? code : price_list_find(&list, &d, ctl->argv[1]);
	code = code ? code : rates_print(&d, ctl);
	database_close(&d);

	return code;
}

/* ---------------------------------------------------------------- as a file */

static int names_write(struct mbuf *mb)
{
	int err = 0, i;

	for (i = 0; i < PRICE_COLUMNC; i++)
		err |= mbuf_printf(mb, "%s%s", i ? "," : "", price_column_name((enum price_column)i));

	return err | mbuf_write_u8(mb, '\n');
}

static int tariff_export(const struct ctl *ctl)
{
	struct mbuf *mb = mbuf_alloc(BUFFER_SIZE);
	struct price_list list;
	int code, err;
	size_t i;

	code = price_list_read(&list, ctl, ctl->argv[1]);
	if (code)
		goto out;

	err = mb ? names_write(mb) : ENOMEM;
	for (i = 0; i < list.rowc && !err; i++)
		err = price_row_write(mb, &list.rowv[i]);
	if (!err && fwrite(mb->buf, 1, mb->end, stdout) != mb->end)
		err = errno;
	code = err ? ctl_error("%m", err) : CTL_OK;

out:
	price_list_close(&list);
	mem_deref(mb);

	return code;
}

/* ---------------------------------------------------------------- which of these */

static const struct part {
	const char *name, *usage;
	int argmin, argmax;
	unsigned options;
	ctl_command_h *h;
} partv[] = {
	{"list", "list", 1, 1, 0, tariff_list},
	{"show", "show NAME [PREFIX]", 2, 3, CTL_ROWS, tariff_show},
	{"export", "export NAME", 2, 2, 0, tariff_export},
	{"import", "import NAME FILE.csv", 3, 3, CTL_MAP | CTL_CSV | CTL_FROM | CTL_REPLACE | CTL_DRY_RUN,
	 ctl_tariff_import},
};

int ctl_tariff(const struct ctl *ctl)
{
	const unsigned given = ctl->given & ~(unsigned)CTL_TIMEOUT;
	const struct part *part = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(partv) && !part; i++)
		if (!strcmp(partv[i].name, ctl->argv[0]))
			part = &partv[i];

	if (!part)
		(void)ctl_error("tariff takes list, show, import or export; see tandemctl help tariff");
	else if (ctl->argc < part->argmin || ctl->argc > part->argmax)
		(void)ctl_error("usage: tandemctl tariff %s", part->usage);
	else if (given & ~part->options)
		(void)ctl_error("tariff %s does not take these options; see tandemctl help tariff",
				part->name);
	else
		return part->h(ctl);

	return CTL_USAGE;
}

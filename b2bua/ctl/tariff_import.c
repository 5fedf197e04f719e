/**
 * @file tariff_import.c  `tariff import`: price lists of carriers
 *
 * The file is read here, with the operator's own rights; the daemon gets rows that are checked, and checks them again.
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "clock.h"
#include "escape.h"
#include "money.h"
#include "time_text.h"
#include "../charge/price_merge.h"
#include "human.h"
#include "input.h"
#include "price_list.h"
#include "show.h"
#include "tariff.h"

enum { FILE_MIB = 1024, BUFFER_SIZE = 64 * 1024, FAULTS_SHOWN = 20, HASH_SIZE = 16, TEXT_SHOWN = 40 };

/** A file being imported. */
struct import {
	const struct ctl *ctl;
	const char *tariff, *path;
	struct price_file_form form;
	struct mbuf *text;
	struct price_file *file;
	struct price_list old;
	struct price_difference diff;
	size_t faults;
};

static int usage(const char *text)
{
	(void)ctl_error("%s", text);

	return CTL_USAGE;
}

/* ---------------------------------------------------------------- the file */

static void fault_handler(size_t row, const struct pl *column, const struct pl *text, const char *complaint,
			  void *arg)
{
	struct import *im = arg;
	char where[64] = "", which[128] = "", what[128] = "";

	if (++im->faults > FAULTS_SHOWN)
		return;

	if (row)
		(void)re_snprintf(where, sizeof(where), " row %zu", row);
	if (column)
		(void)re_snprintf(which, sizeof(which), ", column \"%b\"", column->p,
				  MIN(column->l, (size_t)TEXT_SHOWN));
	if (text)
		(void)re_snprintf(what, sizeof(what), "\"%b%s\" ", text->p, MIN(text->l, (size_t)TEXT_SHOWN),
				  text->l > TEXT_SHOWN ? "..." : "");

	(void)ctl_error("%s:%s%s: %s%s", im->path, where, which, what, complaint);
}

static int file_read(struct import *im)
{
	int code, err;

	im->text = mbuf_alloc(BUFFER_SIZE);
	if (!im->text)
		return ctl_error("out of memory");

	code = input_read_large(im->text, im->path, FILE_MIB);
	if (code)
		return code;

	err = price_file_read(&im->file, (char *)im->text->buf, im->text->end, &im->form, fault_handler, im);
	if (im->faults > FAULTS_SHOWN)
		(void)ctl_error("%s: and %zu more", im->path, im->faults - FAULTS_SHOWN);
	if (err == EBADMSG)
		return ctl_error("nothing was changed");

	return err ? ctl_error("%m", err) : CTL_OK;
}

static int delimiter_take(char *delimiter, const char *text)
{
	if (!text)
		return CTL_OK;
	if (!str_casecmp(text, "tab"))
		text = "\t";
	if (strlen(text) != 1 || strchr("\"\r\n", *text))
		return usage("--delimiter: give one character, or tab");

	*delimiter = *text;

	return CTL_OK;
}

static int form_read(struct import *im)
{
	const struct ctl *ctl = im->ctl;
	struct pl pl;

	im->form = (struct price_file_form){.decimal = '.', .map = ctl->map};

	if (ctl->decimal && strcmp(ctl->decimal, ".") && strcmp(ctl->decimal, ","))
		return usage("--decimal: give . or ,");
	if (ctl->decimal)
		im->form.decimal = *ctl->decimal;

	if (ctl->from) {
		pl_set_str(&pl, ctl->from);
		if (time_text_decode(&im->form.from_us, &pl))
			return usage(
				"--from: give a time such as 2026-07-01 (UTC) or 2026-07-01T00:00+08:00");
	}

	return delimiter_take(&im->form.delimiter, ctl->delimiter);
}

/* ---------------------------------------------------------------- the difference */

static int amount_print(struct re_printf *pf, const struct price_row *row)
{
	char text[MONEY_STRSIZE];

	if (!row)
		return re_hprintf(pf, "-");

	money_encode(text, row->per_minute_nano);

	return re_hprintf(pf, "%s", text);
}

/* Steps change what a call costs though a minute costs the same. */
static void steps_show(const struct price_row *was, const struct price_row *now)
{
	if (was && now && (was->first_s != now->first_s || was->next_s != now->next_s))
		(void)re_printf(", steps %u/%u -> %u/%u", was->first_s, was->next_s, now->first_s,
				now->next_s);
}

static void difference_show(const struct import *im)
{
	int i;

	for (i = 0; i < PRICE_CHANGEC; i++) {

		const struct price_row *was = im->diff.v[i].was, *now = im->diff.v[i].now;
		const char *prefix = now ? now->prefix : was ? was->prefix : "";

		(void)re_printf("%-8s %8zu", price_change_name((enum price_change)i), im->diff.v[i].count);
		if (im->diff.v[i].count && i != PRICE_SAME)
			(void)re_printf("   such as %s: %H -> %H", *prefix ? prefix : "any", amount_print,
					was, amount_print, now);
		if (i != PRICE_SAME)
			steps_show(was, now);
		(void)re_printf("\n");
	}
}

static int difference_json(const struct import *im, size_t rows)
{
	struct odict *o = NULL;
	int err, code, i;

	err = odict_alloc(&o, HASH_SIZE);
	for (i = 0; i < PRICE_CHANGEC && !err; i++)
		err = odict_entry_add(o, price_change_name((enum price_change)i), ODICT_INT,
				      (int64_t)im->diff.v[i].count);
	err = err ? err : odict_entry_add(o, "rates", ODICT_INT, (int64_t)rows);
	err = err ? err : odict_entry_add(o, "applied", ODICT_BOOL, !(im->ctl->given & CTL_DRY_RUN));
	code = err ? ctl_error("%m", err) : show_json(o, ODICT_OBJECT, 0);
	mem_deref(o);

	return code;
}

static int result_show(const struct import *im, size_t rows)
{
	const struct human_count count = {rows, "rate", "rates"};

	if (im->ctl->json)
		return difference_json(im, rows);

	if (im->ctl->given & CTL_DRY_RUN)
		(void)re_printf("dry run: %H, nothing was changed\n", human_count_print, &count);
	else
		(void)re_printf("imported: tariff %s has %H\n", im->tariff, human_count_print, &count);

	return CTL_OK;
}

/* ---------------------------------------------------------------- the import */

static int count_handler(const struct price_row *row, void *arg)
{
	size_t *count = arg;

	++*count;

	return 0;
}

static int upload(const struct import *im, const struct price_merge *m)
{
	struct price_difference diff;
	struct price_upload u;
	int code;

	code = price_upload_begin(&u, im->ctl, im->tariff, im->old.list);
	if (!code) {
		(void)price_merge(&diff, m, price_upload_row, &u);
		code = u.code ? u.code : price_upload_end(&u);
	}
	price_upload_close(&u);

	return code;
}

static int merge(struct import *im)
{
	struct price_merge m = {
		.oldv = im->old.rowv,
		.oldc = im->old.rowc,
		.replace = im->ctl->given & CTL_REPLACE,
		.from_us = im->form.from_us,
		.now_us = clock_wall_us(),
	};
	size_t rows = 0;
	int code = CTL_OK;

	m.newv = price_file_lines(im->file, &m.newc);
	(void)price_merge(&im->diff, &m, count_handler, &rows);

	if (!im->ctl->json)
		difference_show(im);
	if (!(im->ctl->given & CTL_DRY_RUN))
		code = upload(im, &m);

	return code ? code : result_show(im, rows);
}

int ctl_tariff_import(const struct ctl *ctl)
{
	struct import im = {.ctl = ctl, .tariff = ctl->argv[1], .path = ctl->argv[2]};
	int code;

	code = form_read(&im);
	code = code ? code : file_read(&im);
	if (!code) {
		code = price_list_read(&im.old, ctl, im.tariff);
		code = code ? code : merge(&im);
		price_list_close(&im.old);
	}

	mem_deref(im.file);
	mem_deref(im.text);

	return code;
}

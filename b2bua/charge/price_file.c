/**
 * @file price_file.c  A price list as carriers send it
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "csv.h"
#include "price_file.h"
#include "utf8.h"

enum { LINES_MIN = 1024, LINES_MAX = 10000000, NAMES_MAX = 7, COMPLAINT_SIZE = 128 };

/* How columns are called, beside our own name; small letters, a space for anything that is no letter. */
static const char *const usualv[PRICE_COLUMNC][NAMES_MAX] = {
	[PRICE_PREFIX] = {"code", "dial code", "dialcode", "destination code", "dial prefix", "area code"},
	[PRICE_PER_MINUTE] = {"rate", "price", "price per minute", "rate per minute", "price min",
			      "rate min"},
	[PRICE_CONNECT_FEE] = {"setup fee", "connection fee", "connect charge", "setup", "setup charge"},
	[PRICE_FIRST] = {"first interval", "initial increment", "minimum duration", "min duration"},
	[PRICE_NEXT] = {"next interval", "increment", "interval", "subsequent increment"},
	[PRICE_MIN_CHARGE] = {"minimum charge"},
	[PRICE_MAX_CHARGE] = {"maximum charge"},
	[PRICE_GRACE] = {"grace period"},
	[PRICE_BLOCKED] = {"block", "barred"},
	[PRICE_BANDS] = {"time bands"},
	[PRICE_VALID_FROM] = {"effective date", "effective", "effective from", "start date", "begin"},
	[PRICE_VALID_UNTIL] = {"expiry date", "effective until", "end date", "expires", "end"},
};

struct price_file {
	struct price_line *linev;
	size_t linec, size;
	struct pl headv[CSV_FIELDS_MAX]; /* the row of names */
	size_t headc;
	int columnv[PRICE_COLUMNC]; /* index in the file; -1: there is none */
};

/** One reading. */
struct reading {
	struct price_file *f;
	const struct price_file_form *form;
	struct csv csv;
	price_fault_h *h;
	void *arg;
	bool bad;
};

static void fault(struct reading *rd, size_t row, const struct pl *column, const struct pl *text,
		  const char *complaint)
{
	rd->bad = true;
	rd->h(row, column, text, complaint, rd->arg);
}

/* ---------------------------------------------------------------- the row of names */

static char name_char(char c)
{
	return isalnum((unsigned char)c) ? (char)tolower((unsigned char)c) : ' ';
}

static bool name_is(const struct pl *head, const char *name)
{
	struct pl pl = *head;
	size_t i;

	while (pl.l && name_char(pl.p[0]) == ' ')
		pl_advance(&pl, 1);
	while (pl.l && name_char(pl.p[pl.l - 1]) == ' ')
		--pl.l;

	for (i = 0; i < pl.l; i++)
		if (!name[i] || name_char(pl.p[i]) != name_char(name[i]))
			return false;

	return pl.l && !name[i];
}

static bool is_called(const struct pl *head, enum price_column column)
{
	size_t i;

	if (name_is(head, price_column_name(column)))
		return true;

	for (i = 0; i < NAMES_MAX && usualv[column][i]; i++)
		if (name_is(head, usualv[column][i]))
			return true;

	return false;
}

static void column_find(struct reading *rd, enum price_column column)
{
	struct price_file *f = rd->f;
	size_t i;

	for (i = 0; i < f->headc; i++) {

		if (!is_called(&f->headv[i], column))
			continue;

		if (f->columnv[column] >= 0) {
			fault(rd, rd->csv.row, &f->headv[i], NULL,
			      "is the second of its kind; say with --map which one counts");
			return;
		}
		f->columnv[column] = (int)i;
	}
}

static enum price_column column_named(const struct pl *name)
{
	int i;

	for (i = 0; i < PRICE_COLUMNC; i++)
		if (!pl_strcmp(name, price_column_name((enum price_column)i)))
			break;

	return (enum price_column)i;
}

/* By its name, exactly, or by its number, from 1. */
static int head_find(const struct price_file *f, const struct pl *name)
{
	size_t i;

	for (i = 0; i < f->headc; i++)
		if (!pl_cmp(&f->headv[i], name))
			return (int)i;

	for (i = 0; i < name->l; i++)
		if (!isdigit((unsigned char)name->p[i]))
			return -1;

	return name->l && name->l < 4 && pl_u32(name) && pl_u32(name) <= f->headc ? (int)pl_u32(name) - 1
										  : -1;
}

/* "per_minute=Price" */
static void map_take(struct reading *rd, const struct pl *item)
{
	const char *equal = pl_strchr(item, '=');
	struct pl ours = *item, theirs = {NULL, 0};
	enum price_column column;

	if (equal) {
		ours.l = (size_t)(equal - item->p);
		theirs.p = equal + 1;
		theirs.l = item->l - ours.l - 1;
	}

	column = column_named(&ours);
	if (!equal || column == PRICE_COLUMNC) {
		fault(rd, 0, NULL, item,
		      "is no mapping; write prefix=COLUMN,per_minute=COLUMN with the names docs/config.md "
		      "has for rates");
		return;
	}

	rd->f->columnv[column] = head_find(rd->f, &theirs);
	if (rd->f->columnv[column] < 0)
		fault(rd, 0, NULL, &theirs,
		      "is no column of this file; give a name of its first row, or a number");
}

static void map_read(struct reading *rd)
{
	struct pl rest;

	if (!rd->form->map)
		return;

	pl_set_str(&rest, rd->form->map);
	while (rest.l) {
		const char *comma = pl_strchr(&rest, ',');
		const struct pl item = {rest.p, comma ? (size_t)(comma - rest.p) : rest.l};

		map_take(rd, &item);
		pl_advance(&rest, (ssize_t)(comma ? item.l + 1 : item.l));
	}
}

static void column_need(struct reading *rd, enum price_column column, const char *complaint)
{
	if (rd->f->columnv[column] < 0 && !rd->bad)
		fault(rd, rd->csv.row, NULL, NULL, complaint);
}

static int head_read(struct reading *rd)
{
	struct price_file *f = rd->f;
	const char *complaint = "has nothing in it";
	int err, i;

	err = csv_next(&rd->csv, f->headv, &f->headc, &complaint);
	if (err) {
		fault(rd, rd->csv.row, NULL, NULL, complaint);
		return EBADMSG;
	}

	for (i = 0; i < PRICE_COLUMNC; i++)
		f->columnv[i] = -1;
	map_read(rd);
	for (i = 0; i < PRICE_COLUMNC; i++)
		if (f->columnv[i] < 0)
			column_find(rd, (enum price_column)i);
	column_need(rd, PRICE_PREFIX,
		    "names no column of prefixes; say with --map prefix=COLUMN which one it is");
	column_need(rd, PRICE_PER_MINUTE,
		    "names no column of prices; say with --map per_minute=COLUMN which one it is");

	return rd->bad ? EBADMSG : 0;
}

/* ---------------------------------------------------------------- rows */

static bool is_utf8(const struct pl *text)
{
	size_t i = 0, n;
	uint32_t cp;

	while (i < text->l) {
		n = (uint8_t)text->p[i] < 0x80 ? 1 : utf8_char(text->p + i, text->l - i, &cp);
		if (!n || !text->p[i])
			return false;
		i += n;
	}

	return true;
}

static void fields_check(struct reading *rd, const struct pl fieldv[], size_t fieldc)
{
	size_t i;

	for (i = 0; i < fieldc; i++)
		if (!is_utf8(&fieldv[i])) {
			fault(rd, rd->csv.row, i < rd->f->headc ? &rd->f->headv[i] : NULL, NULL,
			      "is not UTF-8; convert the file first, for example with iconv -f GB18030 -t "
			      "UTF-8");
			return;
		}

	if (fieldc != rd->f->headc)
		fault(rd, rd->csv.row, NULL, NULL,
		      fieldc < rd->f->headc ? "has fewer columns than the row of names"
					    : "has more columns than the row of names");
}

static void row_read(struct reading *rd, struct price_row *row, const struct pl fieldv[], size_t fieldc)
{
	const char *complaint;
	int i;

	price_row_init(row);
	row->from_us = rd->form->from_us;

	for (i = 0; i < PRICE_COLUMNC; i++) {

		const int index = rd->f->columnv[i];

		if (index < 0 || (size_t)index >= fieldc)
			continue;
		if (price_row_set(row, (enum price_column)i, &fieldv[index], rd->form->decimal, &complaint))
			fault(rd, rd->csv.row, &rd->f->headv[index], &fieldv[index], complaint);
	}

	complaint = price_row_check(row);
	if (complaint)
		fault(rd, rd->csv.row, NULL, NULL, complaint);
}

static int line_add(struct price_file *f, struct price_line **linep)
{
	if (f->linec == f->size) {
		const size_t size = MAX(2 * f->size, (size_t)LINES_MIN);
		struct price_line *linev = mem_reallocarray(f->linev, size, sizeof(*linev), NULL);

		if (!linev)
			return ENOMEM;
		f->linev = linev;
		f->size = size;
	}
	*linep = &f->linev[f->linec++];

	return 0;
}

static int rows_read(struct reading *rd)
{
	struct pl fieldv[CSV_FIELDS_MAX];
	const char *complaint = NULL;
	struct price_line *line;
	size_t fieldc;
	int err;

	while (!(err = csv_next(&rd->csv, fieldv, &fieldc, &complaint))) {

		fields_check(rd, fieldv, fieldc);
		if (rd->f->linec == LINES_MAX) {
			fault(rd, rd->csv.row, NULL, NULL,
			      "is one too many; a list has 10,000,000 rows at most");
			break;
		}

		err = line_add(rd->f, &line);
		if (err)
			return err;
		line->number = (uint32_t)rd->csv.row;
		row_read(rd, &line->row, fieldv, fieldc);
	}

	if (err == EBADMSG)
		fault(rd, rd->csv.row, NULL, NULL, complaint);
	else if (!rd->f->linec)
		fault(rd, 0, NULL, NULL, "has names of columns, but no row");

	return 0;
}

/* ---------------------------------------------------------------- the whole */

static int line_compare(const void *a, const void *b)
{
	const struct price_line *la = a, *lb = b;
	const int order = price_row_compare(&la->row, &lb->row);

	return order ? order : (la->number > lb->number) - (la->number < lb->number);
}

static void overlaps_find(struct reading *rd)
{
	const struct price_file *f = rd->f;
	char complaint[COMPLAINT_SIZE];
	size_t i;

	for (i = 1; i < f->linec; i++) {

		const struct price_line *a = &f->linev[i - 1], *b = &f->linev[i];
		struct pl prefix;

		if (!price_row_overlaps(&a->row, &b->row))
			continue;
		(void)re_snprintf(complaint, sizeof(complaint),
				  "has its prefix and time from row %u, too; keep one",
				  MIN(a->number, b->number));
		pl_set_str(&prefix, b->row.prefix);
		fault(rd, MAX(a->number, b->number), &f->headv[f->columnv[PRICE_PREFIX]], &prefix, complaint);
	}
}

/* What separates the names best. */
static char delimiter_guess(const char *text, size_t len)
{
	static const char candidatev[] = ",;\t|";
	size_t i, k, best = 0, countv[sizeof(candidatev)] = {0};

	for (i = 0; i < len && text[i] != '\n'; i++)
		for (k = 0; candidatev[k]; k++)
			countv[k] += text[i] == candidatev[k];
	for (k = 1; candidatev[k]; k++)
		if (countv[k] > countv[best])
			best = k;

	return candidatev[best];
}

static void file_destructor(void *arg)
{
	struct price_file *f = arg;

	mem_deref(f->linev);
}

int price_file_read(struct price_file **fp, char *text, size_t len, const struct price_file_form *form,
		    price_fault_h *h, void *arg)
{
	struct reading rd = {.form = form, .h = h, .arg = arg};
	int err;

	if (!fp || !text || !form || !h)
		return EINVAL;

	rd.f = mem_zalloc(sizeof(*rd.f), file_destructor);
	if (!rd.f)
		return ENOMEM;

	csv_init(&rd.csv, text, len, form->delimiter ? form->delimiter : delimiter_guess(text, len));
	err = head_read(&rd);
	err = err ? err : rows_read(&rd);
	if (!err) {
		qsort(rd.f->linev, rd.f->linec, sizeof(*rd.f->linev), line_compare);
		if (!rd.bad)
			overlaps_find(&rd);
	}
	err = err ? err : rd.bad ? EBADMSG : 0;
	if (err)
		mem_deref(rd.f);
	else
		*fp = rd.f;

	return err;
}

const struct price_line *price_file_lines(const struct price_file *f, size_t *count)
{
	*count = f->linec;

	return f->linev;
}

const struct pl *price_file_column(const struct price_file *f, enum price_column column)
{
	return f->columnv[column] < 0 ? NULL : &f->headv[f->columnv[column]];
}

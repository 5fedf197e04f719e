/**
 * @file price_file.c  A price list as carriers send it
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "price_file.h"

enum { LINES_MIN = 1024, LINES_MAX = 10000000, COMPLAINT_SIZE = 128 };

struct price_file {
	struct price_line *linev;
	size_t linec, size;
	struct price_head head;
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

/* ---------------------------------------------------------------- rows */

static void fields_check(struct reading *rd, const struct pl fieldv[], size_t fieldc)
{
	const struct price_head *head = &rd->f->head;
	const char *complaint = NULL;
	size_t i;

	for (i = 0; i < fieldc && !complaint; i++) {
		complaint = price_text_check(&fieldv[i]);
		if (complaint)
			fault(rd, rd->csv.row, i < head->namec ? &head->namev[i] : NULL, NULL, complaint);
	}

	if (fieldc != head->namec && !complaint)
		fault(rd, rd->csv.row, NULL, NULL,
		      fieldc < head->namec ? "has fewer columns than the row of names"
					   : "has more columns than the row of names");
}

/* Carriers who name one step mean it from the first second on. */
static int field_set(const struct reading *rd, struct price_row *row, enum price_column column,
		     const struct pl *field, const char **complaint)
{
	if (column == PRICE_NEXT && rd->f->head.columnv[PRICE_FIRST] < 0)
		return price_row_steps_set(row, field, complaint);

	return price_row_set(row, column, field, rd->form->decimal, complaint);
}

static void row_read(struct reading *rd, struct price_row *row, const struct pl fieldv[], size_t fieldc)
{
	const char *complaint;
	int i;

	price_row_init(row);
	row->from_us = rd->form->from_us;

	for (i = 0; i < PRICE_COLUMNC; i++) {

		const int index = rd->f->head.columnv[i];

		if (index < 0 || (size_t)index >= fieldc)
			continue;
		if (field_set(rd, row, (enum price_column)i, &fieldv[index], &complaint))
			fault(rd, rd->csv.row, &rd->f->head.namev[index], &fieldv[index], complaint);
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
		fault(rd, MAX(a->number, b->number), &f->head.namev[f->head.columnv[PRICE_PREFIX]], &prefix,
		      complaint);
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
	err = price_head_read(&rd.f->head, &rd.csv, form->map, h, arg);
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

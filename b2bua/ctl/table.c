/**
 * @file table.c  Rows in aligned columns, safe to print on a terminal
 */
#include <string.h>
#include <wchar.h>
#include "escape.h"
#include "utf8.h"
#include "table.h"

enum { GAP = 2, CELLS_MIN = 64 };

struct column {
	char *title;
	size_t width;
	bool numeric; /* so far every cell is a number or "-" */
};

struct table {
	struct column *columnv;
	size_t columnc;
	char **cellv;
	size_t cellc, size;
};

static void table_destructor(void *arg)
{
	struct table *t = arg;
	size_t i;

	for (i = 0; i < t->columnc; i++)
		mem_deref(t->columnv[i].title);
	for (i = 0; i < t->cellc; i++)
		mem_deref(t->cellv[i]);

	mem_deref(t->columnv);
	mem_deref(t->cellv);
}

size_t text_width(const char *text)
{
	const size_t len = str_len(text);
	size_t width = 0, i, n;

	for (i = 0; i < len; i += n) {

		uint32_t cp = 0;
		int columns;

		n = utf8_char(&text[i], len - i, &cp);
		n = n ? n : 1;
		columns = wcwidth((wchar_t)cp);
		width += columns > 0 ? (size_t)columns : 0;
	}

	return width;
}

static bool text_is_number(const char *text)
{
	if (!strcmp(text, "-"))
		return true;

	if (*text == '-')
		++text;

	return *text && strspn(text, "0123456789.") == strlen(text);
}

/** Escaped copy: each byte may become four. */
static char *text_escape(const char *text, size_t len)
{
	char *copy = mem_alloc(4 * len + 1, NULL);

	if (copy)
		(void)escape_text(copy, 4 * len + 1, text, len);

	return copy;
}

void text_print(const char *text, FILE *f)
{
	char *safe = text_escape(text, str_len(text));

	(void)fputs(safe ? safe : "?", f);
	mem_deref(safe);
}

int table_alloc(struct table **tp, const char *const *titlev, size_t columnc)
{
	struct table *t;
	size_t i;

	t = mem_zalloc(sizeof(*t), table_destructor);
	if (!t)
		return ENOMEM;

	t->columnv = mem_zalloc((columnc + 1) * sizeof(*t->columnv), NULL);
	if (!t->columnv)
		goto out;

	for (i = 0; i < columnc; i++) {

		struct column *c = &t->columnv[i];

		c->title = text_escape(titlev[i], str_len(titlev[i]));
		if (!c->title)
			goto out;

		c->width = text_width(c->title);
		c->numeric = true;
		++t->columnc;
	}

	*tp = t;

	return 0;

out:
	mem_deref(t);

	return ENOMEM;
}

int table_add(struct table *t, const char *text, size_t len)
{
	struct column *c = &t->columnv[t->cellc % t->columnc];
	char *cell;

	if (t->cellc == t->size) {

		const size_t size = MAX(2 * t->size, (size_t)CELLS_MIN);
		char **cellv = mem_reallocarray(t->cellv, size, sizeof(*cellv), NULL);

		if (!cellv)
			return ENOMEM;

		t->cellv = cellv;
		t->size = size;
	}

	cell = text ? text_escape(text, len) : text_escape("-", 1);
	if (!cell)
		return ENOMEM;

	t->cellv[t->cellc++] = cell;
	c->width = MAX(c->width, text_width(cell));
	c->numeric = c->numeric && text_is_number(cell);

	return 0;
}

static void cell_print(const struct column *c, const char *text, bool last, FILE *f)
{
	const size_t pad = c->width - text_width(text);

	if (c->numeric)
		(void)fprintf(f, "%*s%s", (int)pad, "", text);
	else
		(void)fprintf(f, "%s%*s", text, last ? 0 : (int)pad, "");

	if (!last)
		(void)fprintf(f, "%*s", GAP, "");
}

void table_print(const struct table *t, FILE *f)
{
	size_t i, n;

	for (i = 0; i < t->columnc; i++)
		cell_print(&t->columnv[i], t->columnv[i].title, i + 1 == t->columnc, f);
	(void)fputc('\n', f);

	for (i = 0; i < t->columnc; i++) {
		for (n = 0; n < t->columnv[i].width; n++)
			(void)fputc('-', f);
		(void)fprintf(f, "%*s", i + 1 == t->columnc ? 0 : GAP, "");
	}
	(void)fputc('\n', f);

	for (n = 0; n + t->columnc <= t->cellc; n += t->columnc) {
		for (i = 0; i < t->columnc; i++)
			cell_print(&t->columnv[i], t->cellv[n + i], i + 1 == t->columnc, f);
		(void)fputc('\n', f);
	}
}

/**
 * @file price_head.c  A price list's row of names: which column is what
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "price_head.h"
#include "utf8.h"

enum { NAMES_MAX = 7 };

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

/** One reading. */
struct head_reading {
	struct price_head *head;
	size_t row;
	const char *map;
	price_fault_h *h;
	void *arg;
	bool bad;
};

static void fault(struct head_reading *r, size_t row, const struct pl *column, const struct pl *text,
		  const char *complaint)
{
	r->bad = true;
	r->h(row, column, text, complaint, r->arg);
}

static char name_char(char c)
{
	return isalnum((unsigned char)c) ? (char)tolower((unsigned char)c) : ' ';
}

static bool name_is(const struct pl *text, const char *name)
{
	struct pl pl = *text;
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

static bool is_called(const struct pl *text, enum price_column column)
{
	size_t i;

	if (name_is(text, price_column_name(column)))
		return true;

	for (i = 0; i < NAMES_MAX && usualv[column][i]; i++)
		if (name_is(text, usualv[column][i]))
			return true;

	return false;
}

static void column_find(struct head_reading *r, enum price_column column)
{
	struct price_head *head = r->head;
	size_t i;

	for (i = 0; i < head->namec; i++) {

		if (!is_called(&head->namev[i], column))
			continue;

		if (head->columnv[column] >= 0) {
			fault(r, r->row, &head->namev[i], NULL,
			      "is the second of its kind; say with --map which one counts");
			return;
		}
		head->columnv[column] = (int)i;
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
static int name_find(const struct price_head *head, const struct pl *name)
{
	size_t i;

	for (i = 0; i < head->namec; i++)
		if (!pl_cmp(&head->namev[i], name))
			return (int)i;

	for (i = 0; i < name->l; i++)
		if (!isdigit((unsigned char)name->p[i]))
			return -1;

	return name->l && name->l < 4 && pl_u32(name) && pl_u32(name) <= head->namec ? (int)pl_u32(name) - 1
										     : -1;
}

/* "per_minute=Price" */
static void map_take(struct head_reading *r, const struct pl *item)
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
		fault(r, 0, NULL, item,
		      "is no mapping; write prefix=COLUMN,per_minute=COLUMN with the names docs/config.md "
		      "has for rates");
		return;
	}

	r->head->columnv[column] = name_find(r->head, &theirs);
	if (r->head->columnv[column] < 0)
		fault(r, 0, NULL, &theirs,
		      "is no column of this file; give a name of its first row, or a number");
}

static void map_read(struct head_reading *r)
{
	struct pl rest;

	if (!r->map)
		return;

	pl_set_str(&rest, r->map);
	while (rest.l) {
		const char *comma = pl_strchr(&rest, ',');
		const struct pl item = {rest.p, comma ? (size_t)(comma - rest.p) : rest.l};

		map_take(r, &item);
		pl_advance(&rest, (ssize_t)(comma ? item.l + 1 : item.l));
	}
}

static void column_need(struct head_reading *r, enum price_column column, const char *complaint)
{
	if (r->head->columnv[column] < 0 && !r->bad)
		fault(r, r->row, NULL, NULL, complaint);
}

static void columns_find(struct head_reading *r)
{
	int i;

	for (i = 0; i < PRICE_COLUMNC; i++)
		r->head->columnv[i] = -1;
	map_read(r);
	for (i = 0; i < PRICE_COLUMNC; i++)
		if (r->head->columnv[i] < 0)
			column_find(r, (enum price_column)i);

	column_need(r, PRICE_PREFIX,
		    "names no column of prefixes; say with --map prefix=COLUMN which one it is");
	column_need(r, PRICE_PER_MINUTE,
		    "names no column of prices; say with --map per_minute=COLUMN which one it is");
}

/* Columns of a file in another encoding may have any name. */
static void encoding_check(struct head_reading *r)
{
	char number[16];
	struct pl column;
	size_t i;

	for (i = 0; i < r->head->namec && !r->bad; i++) {

		const char *complaint = price_text_check(&r->head->namev[i]);

		(void)re_snprintf(number, sizeof(number), "%zu", i + 1);
		pl_set_str(&column, number);
		if (complaint)
			fault(r, r->row, &column, NULL, complaint);
	}
}

int price_head_read(struct price_head *head, struct csv *csv, const char *map, price_fault_h *h, void *arg)
{
	struct head_reading r = {.head = head, .map = map, .h = h, .arg = arg};
	const char *complaint = "has nothing in it";
	int err;

	err = csv_next(csv, head->namev, &head->namec, &complaint);
	r.row = csv->row;
	if (err)
		fault(&r, r.row, NULL, NULL, complaint);
	else
		encoding_check(&r);
	if (!r.bad)
		columns_find(&r);

	return r.bad ? EBADMSG : 0;
}

static const char *encoding_complaint(const struct pl *text)
{
	const bool wide = memchr(text->p, '\0', text->l) || (uint8_t)text->p[0] >= 0xfe;

	return wide ? "is not UTF-8; convert the file first, with iconv -f UTF-16 -t UTF-8"
		    : "is not UTF-8; convert the file first, for example with iconv -f GB18030 -t UTF-8";
}

const char *price_text_check(const struct pl *text)
{
	size_t i = 0, n;

	while (i < text->l) {
		n = (uint8_t)text->p[i] < 0x80 ? 1 : utf8_char(text->p + i, text->l - i, NULL);
		if (!n || !text->p[i])
			return encoding_complaint(text);
		i += n;
	}

	return NULL;
}

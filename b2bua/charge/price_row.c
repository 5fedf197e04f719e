/**
 * @file price_row.c  A row of a price list
 */
#include <errno.h>
#include <string.h>
#include "csv.h"
#include "money.h"
#include "price_row.h"
#include "rate_band.h"
#include "time_text.h"

enum { DAY_S = 86400, AMOUNT_SIZE = 32 };

/* The same as apply takes. */
static const int64_t nano_max = INT64_C(1000000) * 1000000000;

static const char *const namev[PRICE_COLUMNC] = {
	[PRICE_PREFIX] = "prefix",
	[PRICE_PER_MINUTE] = "per_minute",
	[PRICE_CONNECT_FEE] = "connect_fee",
	[PRICE_FIRST] = "first",
	[PRICE_NEXT] = "next",
	[PRICE_MIN_CHARGE] = "min_charge",
	[PRICE_MAX_CHARGE] = "max_charge",
	[PRICE_GRACE] = "grace",
	[PRICE_BLOCKED] = "blocked",
	[PRICE_BANDS] = "bands",
	[PRICE_VALID_FROM] = "valid_from",
	[PRICE_VALID_UNTIL] = "valid_until",
};

const char *price_column_name(enum price_column column)
{
	return namev[column];
}

void price_row_init(struct price_row *row)
{
	*row = (struct price_row){.until_us = INT64_MAX, .first_s = 1, .next_s = 1};
}

/* ---------------------------------------------------------------- columns */

static const char *prefix_set(struct price_row *row, struct pl text)
{
	size_t i;

	if (!pl_strcasecmp(&text, "any")) {
		row->prefix[0] = '\0';
		return NULL;
	}
	if (text.l > 1 && text.p[0] == '+')
		pl_advance(&text, 1);
	if (!text.l)
		return "is empty; give a prefix, or \"any\" for every number";

	for (i = 0; i < text.l; i++)
		if (!strchr("0123456789*#", text.p[i]) || !text.p[i])
			break;
	if (i < text.l || text.l >= sizeof(row->prefix))
		return "is not a prefix; write up to 32 digits with nothing between them, such as 336 for "
		       "+33 6";

	(void)pl_strcpy(&text, row->prefix, sizeof(row->prefix));

	return NULL;
}

/** "1.234,50", "1,234.50", "1 234,50", "1'234.50": read as they are meant, or not at all. */
static bool has_thousands(const struct pl *text)
{
	size_t i, seps = 0;

	for (i = 0; i < text->l; i++) {
		if (text->p[i] >= '0' && text->p[i] <= '9')
			continue;
		if (!i || i + 1 == text->l || !strchr(".,' ", text->p[i]) || !text->p[i])
			return false;
		++seps;
	}

	return seps > 1 || pl_strchr(text, ' ') || pl_strchr(text, '\'');
}

static const char *amount_set(int64_t *nano, const struct pl *text, char decimal)
{
	static const char wrong[] =
		"is not an amount; write up to 9 decimals and no signs, up to 1000000 (--decimal , "
		"where a comma stands before decimals)";
	static const char thousands[] =
		"has thousands set apart; write nothing between them, such as 1234.50 (or 1234,50 with "
		"--decimal ,)";
	char copy[AMOUNT_SIZE];
	struct pl pl = {copy, text->l};
	size_t i;

	if (has_thousands(text))
		return thousands;
	if (text->l >= sizeof(copy))
		return wrong;
	for (i = 0; i < text->l; i++) {
		if (decimal != '.' && text->p[i] == '.')
			return wrong;
		copy[i] = text->p[i] == decimal ? '.' : text->p[i];
	}

	return money_decode(nano, &pl) || *nano < 0 || *nano > nano_max ? wrong : NULL;
}

static const char *seconds_set(uint32_t *s, const struct pl *text, uint32_t least)
{
	size_t i;

	for (i = 0; i < text->l; i++)
		if (text->p[i] < '0' || text->p[i] > '9')
			break;
	if (i < text->l || text->l > 5 || pl_u32(text) > DAY_S || pl_u32(text) < least)
		return least ? "is not a number of seconds; give 1 to 86400"
			     : "is not a number of seconds; give 0 to 86400";

	*s = pl_u32(text);

	return NULL;
}

static const char *blocked_set(bool *blocked, const struct pl *text)
{
	static const char *const yesv[] = {"1", "yes", "true"}, *const nov[] = {"0", "no", "false"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(yesv); i++) {
		*blocked = !pl_strcasecmp(text, yesv[i]);
		if (*blocked || !pl_strcasecmp(text, nov[i]))
			return NULL;
	}

	return "is not yes or no; write 1 or 0";
}

static const char *time_set(int64_t *us, const struct pl *text)
{
	return time_text_decode(us, text)
		       ? "is not a time; write 2026-07-01 or 2026-07-01T08:00:00+08:00 (without offset: UTC)"
		       : NULL;
}

static struct pl trimmed(struct pl pl)
{
	while (pl.l && strchr(" \t", pl.p[0]) && pl.p[0])
		pl_advance(&pl, 1);
	while (pl.l && strchr(" \t", pl.p[pl.l - 1]) && pl.p[pl.l - 1])
		--pl.l;

	return pl;
}

/* The next of several, and what is behind it. */
static struct pl band_take(struct pl *rest)
{
	const char *end = pl_strchr(rest, ';');
	const struct pl band = {rest->p, end ? (size_t)(end - rest->p) : rest->l};

	pl_advance(rest, (ssize_t)(end ? band.l + 1 : band.l));

	return trimmed(band);
}

static const char *bands_set(struct price_row *row, const struct pl *text)
{
	struct pl rest = *text;
	size_t n;

	for (n = 0; rest.l; n++) {
		const struct pl band = band_take(&rest);
		struct rate_band decoded;

		if (n == RATE_BAND_MAX || rate_band_decode(&decoded, &band) ||
		    decoded.per_minute_nano > nano_max)
			return "is not prices at times of the week; write \"mon-fri 18:00-08:00 0.10\", "
			       "several with "
			       "\";\" between them";
	}
	row->bands = *text;

	return NULL;
}

static const char *column_set(struct price_row *row, enum price_column column, const struct pl *text,
			      char decimal)
{
	switch (column) {

	case PRICE_PREFIX:
		return prefix_set(row, *text);
	case PRICE_PER_MINUTE:
		return amount_set(&row->per_minute_nano, text, decimal);
	case PRICE_CONNECT_FEE:
		return amount_set(&row->connect_fee_nano, text, decimal);
	case PRICE_FIRST:
		return seconds_set(&row->first_s, text, 0);
	case PRICE_NEXT:
		return seconds_set(&row->next_s, text, 1);
	case PRICE_MIN_CHARGE:
		return amount_set(&row->min_charge_nano, text, decimal);
	case PRICE_MAX_CHARGE:
		return amount_set(&row->max_charge_nano, text, decimal);
	case PRICE_GRACE:
		return seconds_set(&row->grace_s, text, 0);
	case PRICE_BLOCKED:
		return blocked_set(&row->blocked, text);
	case PRICE_BANDS:
		return bands_set(row, text);
	case PRICE_VALID_FROM:
		return time_set(&row->from_us, text);
	case PRICE_VALID_UNTIL:
		return time_set(&row->until_us, text);
	default:
		return "is of no column";
	}
}

int price_row_set(struct price_row *row, enum price_column column, const struct pl *text, char decimal,
		  const char **complaint)
{
	const struct pl pl = trimmed(*text);

	*complaint = NULL;
	if (pl.l || column == PRICE_PREFIX || column == PRICE_PER_MINUTE)
		*complaint = column_set(row, column, &pl, decimal);

	return *complaint ? EINVAL : 0;
}

int price_row_steps_set(struct price_row *row, const struct pl *text, const char **complaint)
{
	const struct pl steps = trimmed(*text);
	const char *slash = pl_strchr(&steps, '/');
	struct pl first = steps, next = steps;

	if (slash) {
		first.l = (size_t)(slash - steps.p);
		pl_advance(&next, (ssize_t)first.l + 1);
	}

	*complaint = NULL;
	if (!steps.l)
		return 0;

	/* an empty number is none */
	if (!first.l || !next.l || seconds_set(&row->first_s, &first, 0) ||
	    seconds_set(&row->next_s, &next, 1))
		*complaint = "is not a number of seconds, or two; give 1 to 86400, or first and next as 60/6";

	return *complaint ? EINVAL : 0;
}

/* ---------------------------------------------------------------- rows */

const char *price_row_check(const struct price_row *row)
{
	if (row->until_us <= row->from_us)
		return "ends before it begins; let valid_until be after valid_from";
	if (row->max_charge_nano && row->max_charge_nano < row->min_charge_nano)
		return "costs at least more than at most; let max_charge be no less than min_charge, or 0";

	return NULL;
}

int price_row_compare(const struct price_row *a, const struct price_row *b)
{
	const int order = strcmp(a->prefix, b->prefix);

	return order ? order : (a->from_us > b->from_us) - (a->from_us < b->from_us);
}

bool price_row_overlaps(const struct price_row *before, const struct price_row *row)
{
	return !strcmp(before->prefix, row->prefix) && before->until_us > row->from_us;
}

bool price_row_bands_equal(const struct price_row *a, const struct price_row *b)
{
	struct pl ra = a->bands, rb = b->bands;

	while (ra.l && rb.l) {
		const struct pl band = band_take(&ra), other = band_take(&rb);

		if (pl_cmp(&band, &other))
			return false;
	}

	return !ra.l && !rb.l;
}

/* ---------------------------------------------------------------- text */

static int money_write(struct mbuf *mb, int64_t nano)
{
	char text[MONEY_STRSIZE];

	if (!nano)
		return mbuf_write_u8(mb, ',');

	money_encode(text, nano);

	return mbuf_printf(mb, ",%s", text);
}

static int time_write(struct mbuf *mb, int64_t us)
{
	char text[TIME_TEXT_SIZE] = "";

	if (us && us != INT64_MAX)
		time_text_encode(text, us);

	return mbuf_printf(mb, ",%s", text);
}

int price_row_write(struct mbuf *mb, const struct price_row *row)
{
	char amount[MONEY_STRSIZE];
	int err;

	money_encode(amount, row->per_minute_nano);
	err = mbuf_printf(mb, "%s,%s", row->prefix[0] ? row->prefix : "any", amount);
	err |= money_write(mb, row->connect_fee_nano);
	err |= mbuf_printf(mb, ",%u,%u", row->first_s, row->next_s);
	err |= money_write(mb, row->min_charge_nano);
	err |= money_write(mb, row->max_charge_nano);
	err |= mbuf_printf(mb, ",%u,%u,", row->grace_s, row->blocked);
	err |= csv_write(mb, &row->bands, ',');
	err |= time_write(mb, row->from_us);
	err |= time_write(mb, row->until_us);

	return err | mbuf_write_u8(mb, '\n');
}

int price_row_bands_write(struct mbuf *mb, const struct price_row *row)
{
	struct pl rest = row->bands;
	const char *before = "[";
	int err = 0;

	if (!rest.l)
		return 0;

	while (rest.l && !err) {
		const struct pl band = band_take(&rest);

		err = mbuf_printf(mb, "%s\"%r\"", before, &band);
		before = ",";
	}

	return err ? err : mbuf_write_u8(mb, ']');
}

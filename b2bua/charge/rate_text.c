/**
 * @file rate_text.c  Rates as text
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "json.h"
#include "money.h"
#include "rate_text.h"
#include "zone.h"

enum { DAYS = 7, HOUR_MIN = 60, DAY_MIN = 1440, SECONDS_MAX = 86400, DECIMALS = 9 };

static const char *const dayv[DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
static const char *const roundingv[] = {[RATE_NEAREST] = "nearest", [RATE_UP] = "up", [RATE_DOWN] = "down"};

/* ---------------------------------------------------------------- times of the week */

static int day_find(const struct pl *text)
{
	int i;

	for (i = 0; i < DAYS; i++)
		if (!pl_strcasecmp(text, dayv[i]))
			return i;

	return -1;
}

/* "mon", "mon-fri", "sat-mon" */
static int span_decode(uint8_t *days, const struct pl *text)
{
	struct pl from = {text->p, 3}, to = from;
	int day, last;

	if (text->l == 7 && text->p[3] == '-')
		to.p = text->p + 4;
	else if (text->l != 3)
		return EINVAL;

	day = day_find(&from);
	last = day_find(&to);
	if (day < 0 || last < 0)
		return EINVAL;

	for (; day != last; day = (day + 1) % DAYS)
		*days |= (uint8_t)(1U << day);
	*days |= (uint8_t)(1U << last);

	return 0;
}

static int days_decode(uint8_t *days, struct pl text)
{
	*days = 0;

	for (;;) {
		const char *comma = pl_strchr(&text, ',');
		struct pl span = {text.p, comma ? (size_t)(comma - text.p) : text.l};

		if (span_decode(days, &span))
			return EINVAL;
		if (!comma)
			return 0;
		pl_advance(&text, (ssize_t)span.l + 1);
	}
}

/* "00:00" to "24:00" */
static int minute_decode(uint32_t *minute, const char *p)
{
	uint32_t hours, minutes;
	size_t i;

	for (i = 0; i < 5; i++)
		if (i == 2 ? p[i] != ':' : p[i] < '0' || p[i] > '9')
			return EINVAL;

	hours = (uint32_t)(p[0] - '0') * 10 + (uint32_t)(p[1] - '0');
	minutes = (uint32_t)(p[3] - '0') * 10 + (uint32_t)(p[4] - '0');
	*minute = hours * HOUR_MIN + minutes;

	return minutes < HOUR_MIN && *minute <= DAY_MIN ? 0 : EINVAL;
}

static int hours_decode(struct rate_band *band, const struct pl *text)
{
	uint32_t from, to;

	if (text->l != 11 || text->p[5] != '-' || minute_decode(&from, text->p) ||
	    minute_decode(&to, text->p + 6) || from == DAY_MIN)
		return EINVAL;

	band->from_min = (uint16_t)from;
	band->length_min = (uint16_t)(to > from ? to - from : to + DAY_MIN - from);

	return 0;
}

/* The next word, words being one space apart. */
static struct pl word(struct pl *text)
{
	const char *space = pl_strchr(text, ' ');
	struct pl pl = {text->p, space ? (size_t)(space - text->p) : text->l};

	pl_advance(text, (ssize_t)(space ? pl.l + 1 : pl.l));

	return pl;
}

int rate_band_decode(struct rate_band *band, const struct pl *text)
{
	struct pl rest = *text, days = word(&rest), hours = word(&rest);

	if (days_decode(&band->days, days) || hours_decode(band, &hours) ||
	    money_decode(&band->per_minute_nano, &rest) || band->per_minute_nano < 0)
		return EINVAL;

	return 0;
}

static int days_print(struct re_printf *pf, uint8_t days)
{
	const char *comma = "";
	int err = 0, day;

	for (day = 0; day < DAYS; day++)
		if (days & 1U << day) {
			err |= re_hprintf(pf, "%s%s", comma, dayv[day]);
			comma = ",";
		}

	return err;
}

int rate_band_encode(struct re_printf *pf, const struct rate_band *band)
{
	const unsigned end = band->from_min + band->length_min;
	const unsigned to = end > DAY_MIN ? end - DAY_MIN : end;
	char amount[MONEY_STRSIZE];
	int err;

	money_encode(amount, band->per_minute_nano);
	err = days_print(pf, band->days);
	err |= re_hprintf(pf, " %02u:%02u-%02u:%02u %s", band->from_min / HOUR_MIN, band->from_min % HOUR_MIN,
			  to / HOUR_MIN, to % HOUR_MIN, amount);

	return err;
}

/* ---------------------------------------------------------------- rounding */

const char *rate_rounding_name(enum rate_rounding rounding)
{
	return roundingv[rounding];
}

int rate_rounding_decode(enum rate_rounding *rounding, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(roundingv); i++)
		if (!str_cmp(roundingv[i], name)) {
			*rounding = (enum rate_rounding)i;
			return 0;
		}

	return EINVAL;
}

/* ---------------------------------------------------------------- snapshot: writing */

static int money_print(struct mbuf *mb, const char *name, int64_t nano)
{
	char amount[MONEY_STRSIZE];

	money_encode(amount, nano);

	return mbuf_printf(mb, ",\"%s\":\"%s\"", name, amount);
}

static int bands_print(struct mbuf *mb, const struct rate *r)
{
	int err = mbuf_write_str(mb, ",\"bands\":[");
	uint32_t i;

	for (i = 0; i < r->bandc; i++)
		err |= mbuf_printf(mb, "%s\"%H\"", i ? "," : "", rate_band_encode, &r->bandv[i]);

	return err | mbuf_write_u8(mb, ']');
}

int rate_snapshot_encode(struct mbuf *mb, const struct rate *r, const struct rate_terms *terms,
			 const char *zone)
{
	int err;

	err = mbuf_printf(mb, "{\"prefix\":\"%s\"", r->prefix);
	err |= money_print(mb, "per_minute", r->per_minute_nano);
	err |= mbuf_printf(mb, ",\"first\":%u,\"next\":%u", r->first_s, r->next_s);
	if (r->connect_fee_nano)
		err |= money_print(mb, "connect_fee", r->connect_fee_nano);
	if (r->min_charge_nano)
		err |= money_print(mb, "min_charge", r->min_charge_nano);
	if (r->max_charge_nano)
		err |= money_print(mb, "max_charge", r->max_charge_nano);
	if (r->grace_s)
		err |= mbuf_printf(mb, ",\"grace\":%u", r->grace_s);
	if (r->bandc)
		err |= bands_print(mb, r);
	if (r->bandc && zone)
		err |= mbuf_printf(mb, ",\"zone\":\"%s\"", zone);
	if (terms->rounding != RATE_NEAREST)
		err |= mbuf_printf(mb, ",\"rounding\":\"%s\"", rate_rounding_name(terms->rounding));
	if (terms->decimals != DECIMALS)
		err |= mbuf_printf(mb, ",\"decimals\":%u", terms->decimals);

	return err | mbuf_write_u8(mb, '}');
}

/* ---------------------------------------------------------------- snapshot: reading */

/** What is read of one, and whether it was well. */
struct reader {
	const struct odict *o;
	bool bad;
};

static int64_t money_take(struct reader *rd, const char *name)
{
	const char *text = odict_string(rd->o, name);
	int64_t nano = 0;
	struct pl pl;

	if (!odict_lookup(rd->o, name))
		return 0;

	pl_set_str(&pl, text ? text : "");
	rd->bad |= money_decode(&nano, &pl) || nano < 0;

	return nano;
}

static uint32_t number_take(struct reader *rd, const char *name, uint32_t def, uint32_t max)
{
	uint64_t n = def;

	if (odict_lookup(rd->o, name))
		rd->bad |= !odict_get_number(rd->o, &n, name) || n > max;

	return (uint32_t)n;
}

static void bands_take(struct reader *rd, struct rate *r)
{
	const struct odict_entry *e = odict_lookup(rd->o, "bands");
	struct le *le;

	if (!e)
		return;
	if (e->type != ODICT_ARRAY) {
		rd->bad = true;
		return;
	}

	for (le = list_head(&e->u.odict->lst); le && !rd->bad; le = le->next) {
		const struct odict_entry *item = le->data;
		struct pl text;

		rd->bad = item->type != ODICT_STRING || r->bandc == RATE_BAND_MAX;
		if (rd->bad)
			return;
		pl_set_str(&text, item->u.str);
		rd->bad = rate_band_decode(&r->bandv[r->bandc++], &text) != 0;
	}
}

static void rate_take(struct reader *rd, struct rate *r)
{
	const char *prefix = odict_string(rd->o, "prefix");

	rd->bad |= !prefix || str_len(prefix) >= sizeof(r->prefix) || !odict_lookup(rd->o, "per_minute");
	if (rd->bad)
		return;

	str_ncpy(r->prefix, prefix, sizeof(r->prefix));
	r->per_minute_nano = money_take(rd, "per_minute");
	r->connect_fee_nano = money_take(rd, "connect_fee");
	r->min_charge_nano = money_take(rd, "min_charge");
	r->max_charge_nano = money_take(rd, "max_charge");
	r->grace_s = number_take(rd, "grace", 0, SECONDS_MAX);
	r->first_s = number_take(rd, "first", 1, SECONDS_MAX);
	r->next_s = number_take(rd, "next", 1, SECONDS_MAX);
	rd->bad |= !r->next_s;
	bands_take(rd, r);
}

static int terms_take(struct reader *rd, struct rate_terms *terms)
{
	const char *rounding = odict_string(rd->o, "rounding"), *name = odict_string(rd->o, "zone");
	struct zone *zone = NULL;
	int err = 0;

	terms->decimals = number_take(rd, "decimals", DECIMALS, DECIMALS);
	terms->rounding = RATE_NEAREST;
	if (rounding)
		rd->bad |= rate_rounding_decode(&terms->rounding, rounding) != 0;
	if (name && !rd->bad)
		err = zone_load(&zone, name);
	terms->zone = zone;

	return err == EINVAL ? EBADMSG : err;
}

int rate_snapshot_decode(struct rate *r, struct rate_terms *terms, const char *text, size_t len)
{
	struct odict *o = NULL;
	struct json_fault fault;
	struct reader rd = {0};
	int err;

	memset(r, 0, sizeof(*r));
	memset(terms, 0, sizeof(*terms));

	err = json_read(&o, ODICT_OBJECT, text, len, &fault);
	if (err)
		return err == ENOMEM ? err : EBADMSG;

	rd.o = o;
	rate_take(&rd, r);
	err = terms_take(&rd, terms);
	mem_deref(o);

	return rd.bad ? EBADMSG : err;
}

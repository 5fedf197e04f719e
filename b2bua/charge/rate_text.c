/**
 * @file rate_text.c  Rates as text
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "json.h"
#include "money.h"
#include "rate_band.h"
#include "rate_text.h"
#include "zone.h"

enum { SECONDS_MAX = 86400, DECIMALS = 9 };

static const char *const roundingv[] = {[RATE_NEAREST] = "nearest", [RATE_UP] = "up", [RATE_DOWN] = "down"};

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

	if (e)
		rd->bad |= e->type != ODICT_ARRAY || rate_bands_decode(r, e->u.odict);
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

/**
 * @file rate_explain.c  How a price comes about, in words
 */
#include <string.h>
#include <re.h>
#include "money.h"
#include "rate_explain.h"
#include "rate_text.h"
#include "time_text.h"
#include "zone.h"

enum { LINE_SIZE = 512, MOMENT_SIZE = 2 * TIME_TEXT_SIZE };

static const int64_t second_us = 1000000;

/** One explanation under way. */
struct telling {
	const struct rating *r;
	rate_explain_h *h;
	void *arg;
};

static int say(const struct telling *t, const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);

	return t->h(line, t->arg);
}

static int money_print(struct re_printf *pf, const int64_t *nano)
{
	char text[MONEY_STRSIZE];

	money_encode(text, *nano);

	return re_hprintf(pf, "%s", text);
}

struct moment {
	const struct telling *t;
	int64_t at_us;
};

/* Local time of the tariff: what its times of the week are compared with. */
static int moment_print(struct re_printf *pf, const struct moment *m)
{
	const struct zone *zone = m->t->r->terms.zone;
	const int32_t offset_s = zone ? zone_offset(zone, m->at_us / second_us, NULL) : 0;
	const unsigned minutes = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60;
	char text[TIME_TEXT_SIZE];

	time_text_encode(text, m->at_us + offset_s * second_us);
	if (!offset_s)
		return re_hprintf(pf, "%s", text);

	return re_hprintf(pf, "%b%c%02u:%02u", text, strcspn(text, "Z"), offset_s < 0 ? '-' : '+',
			  minutes / 60, minutes % 60);
}

static int rate_tell(const struct telling *t, int64_t at_us)
{
	const struct rating *r = t->r;
	const struct moment at = {t, at_us}, from = {t, r->valid_from_us}, until = {t, r->valid_until_us};
	char since[MOMENT_SIZE] = "", end[MOMENT_SIZE] = "";

	if (r->valid_from_us)
		(void)re_snprintf(since, sizeof(since), ", since %H", moment_print, &from);
	if (r->valid_until_us != INT64_MAX)
		(void)re_snprintf(end, sizeof(end), ", until %H", moment_print, &until);

	return say(t, "the longest prefix in tariff %s at %H is \"%s\"%s%s", r->tariff, moment_print, &at,
		   r->rate.prefix, since, end);
}

static int intervals_tell(const struct telling *t, int64_t duration_ms, int64_t billed_s)
{
	const struct rate *rate = &t->r->rate;
	const int64_t further = billed_s - rate->first_s;

	if (further <= 0)
		return say(t, "%lld.%03lld s are charged as the first %lld s",
			   (long long)(duration_ms / 1000), (long long)(duration_ms % 1000),
			   (long long)billed_s);

	return say(t, "%lld.%03lld s are charged as %lld s: %u s at first, then %lld times %u s",
		   (long long)(duration_ms / 1000), (long long)(duration_ms % 1000), (long long)billed_s,
		   rate->first_s, (long long)(further / MAX(rate->next_s, 1U)), MAX(rate->next_s, 1U));
}

/* Each stretch of the time that is charged at one price. */
static int usage_tell(const struct telling *t, int64_t at_us, int64_t billed_s)
{
	const int64_t end_us = at_us + billed_s * second_us;
	int err = 0;

	while (at_us < end_us && !err) {

		const struct moment from = {t, at_us};
		int64_t until_us, nano;

		nano = rate_per_minute(&t->r->rate, &t->r->terms, at_us, &until_us);
		until_us = MIN(until_us, end_us);
		err = say(t, "from %H on %lld.%06lld s at %H a minute", moment_print, &from,
			  (long long)((until_us - at_us) / second_us),
			  (long long)((until_us - at_us) % second_us), money_print, &nano);
		at_us = until_us;
	}

	return err;
}

static int limits_tell(const struct telling *t)
{
	const struct rate *rate = &t->r->rate;
	int err = 0;

	if (rate->connect_fee_nano)
		err = say(t, "and %H for being answered", money_print, &rate->connect_fee_nano);
	if (rate->min_charge_nano && !err)
		err = say(t, "no less than %H", money_print, &rate->min_charge_nano);
	if (rate->max_charge_nano && !err)
		err = say(t, "no more than %H", money_print, &rate->max_charge_nano);

	return err;
}

static int rounding_tell(const struct telling *t)
{
	const struct rate_terms *terms = &t->r->terms;

	if (terms->rounding == RATE_NEAREST)
		return say(t, "the sum is rounded to the nearest, to %u decimals", terms->decimals);

	return say(t, "the sum is rounded %s, to %u decimals", rate_rounding_name(terms->rounding),
		   terms->decimals);
}

static int charge_tell(const struct telling *t, int64_t at_us, int64_t duration_ms, int64_t billed_s)
{
	int err;

	err = intervals_tell(t, duration_ms, billed_s);
	err = err ? err : usage_tell(t, at_us, billed_s);
	err = err ? err : limits_tell(t);

	return err ? err : rounding_tell(t);
}

int rate_explain(struct rate_price *price, const struct rating *r, int64_t at_us, int64_t duration_ms,
		 rate_explain_h *h, void *arg)
{
	const struct telling t = {r, h, arg};
	int err;

	err = rate_price(price, &r->rate, &r->terms, at_us, duration_ms);
	err = err ? err : rate_tell(&t, at_us);
	if (err)
		return err;

	if (r->rate.blocked)
		return say(&t, "it is blocked: no call goes there");
	if (duration_ms <= (int64_t)r->rate.grace_s * 1000)
		return say(&t, "calls of up to %u s cost nothing", r->rate.grace_s);

	return charge_tell(&t, at_us, duration_ms, price->billed_s);
}

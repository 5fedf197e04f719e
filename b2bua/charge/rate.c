/**
 * @file rate.c  The price of a call
 */
#include <errno.h>
#include <re.h>
#include "rate.h"
#include "zone.h"

enum {
	MINUTE_S = 60,
	DAY_MIN = 1440,
	WEEK_DAYS = 7,
	WEEK_MIN = WEEK_DAYS * DAY_MIN,
	THURSDAY_MIN = 3 * DAY_MIN, /* 1 January 1970, of a week that begins on Monday */
	DECIMALS = 9,
};

static const int64_t second_us = 1000000, minute_us = 60 * second_us;

/* Sums of int64 products; exact. */
__extension__ typedef __int128 wide_t;

/* ---------------------------------------------------------------- the time of day */

/* How far `minute` of the week lies behind `from`, going round. */
static uint32_t behind(uint32_t minute, uint32_t from)
{
	return (minute + WEEK_MIN - from) % WEEK_MIN;
}

/* Is this minute of the week in the band; and in how many minutes does the band's part in it change. */
static bool band_holds(const struct rate_band *band, uint32_t minute, uint32_t *change_min)
{
	bool holds = false;
	uint32_t day;

	for (day = 0; day < WEEK_DAYS; day++) {

		const uint32_t from = day * DAY_MIN + band->from_min;
		const uint32_t since = behind(minute, from);

		if (!(band->days & 1U << day))
			continue;

		if (since < band->length_min) {
			holds = true;
			*change_min = MIN(*change_min, band->length_min - since);
		}
		*change_min = MIN(*change_min, WEEK_MIN - since);
	}

	return holds;
}

static int64_t week_price(const struct rate *r, uint32_t minute, uint32_t *change_min)
{
	int64_t price = r->per_minute_nano;
	bool found = false;
	uint32_t i;

	*change_min = WEEK_MIN;
	for (i = 0; i < r->bandc; i++)
		if (band_holds(&r->bandv[i], minute, change_min) && !found) {
			price = r->bandv[i].per_minute_nano;
			found = true;
		}

	return price;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t rate_per_minute(const struct rate *r, const struct rate_terms *terms, int64_t at_us,
			int64_t *until_us)
{
	const int64_t at_s = floor_div(at_us, second_us);
	int64_t zone_until_s = INT64_MAX, local_s, local_min, until_s, price;
	uint32_t change_min;

	if (!r->bandc) {
		*until_us = INT64_MAX;
		return r->per_minute_nano;
	}

	local_s = at_s + (terms->zone ? zone_offset(terms->zone, at_s, &zone_until_s) : 0);
	local_min = floor_div(local_s, MINUTE_S);
	price = week_price(r, (uint32_t)((local_min % WEEK_MIN + WEEK_MIN + THURSDAY_MIN) % WEEK_MIN),
			   &change_min);

	/* the local clock runs evenly until the zone changes; what comes then is looked at anew */
	until_s = (local_min + change_min) * MINUTE_S - (local_s - at_s);
	*until_us = MIN(until_s, zone_until_s) * second_us;

	return price;
}

/* ---------------------------------------------------------------- the sum */

static int64_t billed_s(const struct rate *r, int64_t duration_ms)
{
	const int64_t s = (duration_ms + 999) / 1000;
	const int64_t first = r->first_s, next = MAX(r->next_s, 1U);

	return s <= first ? first : first + (s - first + next - 1) / next * next;
}

/* What so many seconds cost, in nano units times microseconds of a minute. */
static wide_t usage(const struct rate *r, const struct rate_terms *terms, int64_t answer_us, int64_t seconds)
{
	const int64_t end_us = answer_us + seconds * second_us;
	int64_t at_us = answer_us;
	wide_t sum = 0;

	while (at_us < end_us) {
		int64_t until_us;
		const int64_t price = rate_per_minute(r, terms, at_us, &until_us);

		until_us = MIN(until_us, end_us);
		sum += (wide_t)price * (until_us - at_us);
		at_us = until_us;
	}

	return sum;
}

static wide_t round_to(wide_t sum, wide_t unit, enum rate_rounding rounding)
{
	switch (rounding) {

	case RATE_UP:
		return (sum + unit - 1) / unit;
	case RATE_DOWN:
		return sum / unit;
	default:
		return (sum + unit / 2) / unit;
	}
}

static int total(int64_t *amount, const struct rate *r, const struct rate_terms *terms, wide_t used)
{
	int64_t step_nano = 1;
	unsigned i;
	wide_t sum;

	for (i = terms->decimals; i < DECIMALS; i++)
		step_nano *= 10;

	sum = used + (wide_t)r->connect_fee_nano * minute_us;
	sum = MAX(sum, (wide_t)r->min_charge_nano * minute_us);
	if (r->max_charge_nano)
		sum = MIN(sum, (wide_t)r->max_charge_nano * minute_us);
	sum = round_to(sum, (wide_t)step_nano * minute_us, terms->rounding) * step_nano;

	if (sum > INT64_MAX)
		return ERANGE;
	*amount = (int64_t)sum;

	return 0;
}

int rate_price(struct rate_price *price, const struct rate *r, const struct rate_terms *terms,
	       int64_t answer_us, int64_t duration_ms)
{
	if (duration_ms < 0 || answer_us < 0)
		return EINVAL;

	*price = (struct rate_price){0};
	duration_ms = MIN(duration_ms, (int64_t)RATE_HORIZON_S * 1000);
	if (duration_ms <= (int64_t)r->grace_s * 1000)
		return 0;

	price->billed_s = billed_s(r, duration_ms);

	return total(&price->amount_nano, r, terms, usage(r, terms, answer_us, price->billed_s));
}

/* ---------------------------------------------------------------- the other way round */

int64_t rate_interval_end_ms(const struct rate *r, int64_t at_ms)
{
	const int64_t grace_ms = (int64_t)r->grace_s * 1000;

	return at_ms < grace_ms ? grace_ms : MAX(billed_s(r, at_ms) * 1000, grace_ms);
}

/* Its prices per minute, whatever the time: a sum that fits at the highest need not be worked out. */
struct extremes {
	int64_t least_nano, most_nano;
};

static struct extremes extremes_of(const struct rate *r)
{
	struct extremes x = {r->per_minute_nano, r->per_minute_nano};
	uint32_t i;

	for (i = 0; i < r->bandc; i++) {
		x.least_nano = MIN(x.least_nano, r->bandv[i].per_minute_nano);
		x.most_nano = MAX(x.most_nano, r->bandv[i].per_minute_nano);
	}

	return x;
}

/** What is asked: until when does the amount last. */
struct affording {
	const struct rate *r;
	const struct rate_terms *terms;
	struct extremes per_minute;
	int64_t answer_us;
	int64_t amount_nano;
};

static bool fits(const struct affording *a, wide_t used)
{
	int64_t price;

	return !total(&price, a->r, a->terms, used) && price <= a->amount_nano;
}

static bool is_affordable(const struct affording *a, int64_t steps)
{
	const int64_t s = a->r->first_s + steps * MAX(a->r->next_s, 1U);
	const wide_t us = (wide_t)s * second_us;

	if (fits(a, us * a->per_minute.most_nano))
		return true;

	return fits(a, us * a->per_minute.least_nano) && fits(a, usage(a->r, a->terms, a->answer_us, s));
}

/* The last affordable step from `low` on, which is; `high` when it is, too. Prices only grow with time: it is looked
 * for in double steps, for to work out a long time takes long, and then by halving. */
static int64_t last_affordable(const struct affording *a, int64_t low, int64_t high)
{
	int64_t step = 1;

	while (low < high && is_affordable(a, MIN(low + step, high))) {
		low = MIN(low + step, high);
		step *= 2;
	}
	high = MIN(low + step, high);

	while (high - low > 1) {
		const int64_t middle = low + (high - low) / 2;

		if (is_affordable(a, middle))
			low = middle;
		else
			high = middle;
	}

	return low;
}

int64_t rate_affords_ms(const struct rate *r, const struct rate_terms *terms, int64_t answer_us,
			int64_t amount_nano)
{
	const struct affording a = {r, terms, extremes_of(r), answer_us, amount_nano};
	const int64_t next = MAX(r->next_s, 1U), low = r->first_s ? 0 : 1;
	const int64_t high = MAX((RATE_HORIZON_S - (int64_t)r->first_s) / next + 1, low);
	int64_t last;

	if (!is_affordable(&a, low))
		return 0;

	last = last_affordable(&a, low, high);

	return last == high ? INT64_MAX : rate_interval_end_ms(r, (r->first_s + last * next) * 1000);
}

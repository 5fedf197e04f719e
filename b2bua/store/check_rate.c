/**
 * @file check_rate.c  The texts of tariffs and rates
 */
#include <errno.h>
#include <string.h>
#include "../charge/rate_band.h"
#include "check_rate.h"
#include "money.h"
#include "zone.h"

const char *check_zone(const char *text)
{
	struct zone *zone = NULL;
	const int err = zone_load(&zone, text);

	mem_deref(zone);

	if (err == EINVAL || err == ENOENT)
		return "is not a time zone of this system; write its name, for example \"Asia/Shanghai\" "
		       "(package "
		       "tzdata)";

	return err ? "is a time zone whose file cannot be read; install package tzdata again" : NULL;
}

const char *check_band(const char *text)
{
	struct rate_band band;
	struct pl pl;

	pl_set_str(&pl, text);
	if (!rate_band_decode(&band, &pl) && band.per_minute_nano <= RATE_NANO_MAX)
		return NULL;

	return "is no price at a time of the week; write days, hours and an amount up to 1000000.00, for "
	       "example "
	       "\"mon-fri 18:00-08:00 0.10\"";
}

static int64_t amount(const struct odict *rate, const char *field)
{
	int64_t nano = 0;
	struct pl pl;

	pl_set_str(&pl, odict_string(rate, field));
	(void)money_decode(&nano, &pl);

	return nano;
}

/* Times in normal form are in the order of their text. */
static bool is_before(const char *a, const char *b)
{
	return a && (!b || strcmp(a, b) < 0);
}

static const char *follow_check(const struct odict *rate, const struct odict *before)
{
	const char *until = odict_string(before, "valid_until"), *from = odict_string(rate, "valid_from");

	if (strcmp(odict_string(before, "prefix"), odict_string(rate, "prefix")) != 0 ||
	    (until && from && strcmp(until, from) <= 0))
		return NULL;

	return "overlaps in time with another rate of its prefix; let that one's `valid_until` be this one's "
	       "`valid_from`";
}

const char *check_rate(const struct odict *rate, const struct odict *before)
{
	const char *from = odict_string(rate, "valid_from"), *until = odict_string(rate, "valid_until");
	const int64_t most = amount(rate, "max_charge");

	if (until && from && !is_before(from, until))
		return "ends before it begins; let `valid_until` be after `valid_from`";

	if (most && most < amount(rate, "min_charge"))
		return "costs at least more than at most; let `max_charge` be no less than `min_charge`, or "
		       "0.00";

	return before ? follow_check(rate, before) : NULL;
}

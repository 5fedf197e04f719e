/**
 * @file check_rate.h  The texts of tariffs and rates: let pass, or refused with a reason, as in check.h
 */
#ifndef TANDEM_CHECK_RATE_H
#define TANDEM_CHECK_RATE_H

#include <re.h>
#include "../charge/rate.h"

/** Most rates that `apply` takes for a tariff; a price list may have more. */
enum { RATES_MAX = 20000 };

/** A million units: more is a mistake in writing, and could not be summed up over a month's call. */
#define RATE_NANO_MAX (INT64_C(1000000) * 1000000000)

const char *check_zone(const char *text);
const char *check_band(const char *text);

/** A rate in normal form, after another. */
const char *check_rate(const struct odict *rate, const struct odict *before);

#endif

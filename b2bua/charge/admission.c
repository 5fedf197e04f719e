/**
 * @file admission.c  What an account may call
 */
#include <string.h>
#include <re.h>
#include "../store/model.h"
#include "admission.h"

/* Length of the longest prefix of the number in a list; -1: none. */
static int longest(char *const *prefixv, size_t prefixc, const char *number)
{
	int found = -1;
	size_t i;

	for (i = 0; i < prefixc; i++) {
		const int len = (int)str_len(prefixv[i]);

		if (len > found && !strncmp(prefixv[i], number, (size_t)len))
			found = len;
	}

	return found;
}

/* Where both have the same prefix, it is denied. */
static bool is_denied(const struct account *account, const char *number)
{
	const int allowed = longest(account->allowv, account->allowc, number);
	const int denied = longest(account->denyv, account->denyc, number);

	return denied >= 0 ? denied >= allowed : account->allowc && allowed < 0;
}

static bool is_too_dear(const struct account *account, const struct rating *price, int64_t now_us)
{
	int64_t until_us;

	return account->max_per_minute_nano &&
	       rate_per_minute(&price->rate, &price->terms, now_us, &until_us) > account->max_per_minute_nano;
}

bool admission_is_dear(const struct account *account, const struct rating *price, int64_t now_us)
{
	int64_t minute_nano, until_us, nano;

	if (!price)
		return !account->burst_price_nano;

	minute_nano = rate_per_minute(&price->rate, &price->terms, now_us, &until_us);

	return __builtin_add_overflow(minute_nano, price->rate.connect_fee_nano, &nano) ||
	       nano >= account->burst_price_nano;
}

struct admission admission_number(const struct account *account, const char *number)
{
	if (account->prepaid && !account->tariff)
		return (struct admission){403, "No Tariff", "no_rate"};

	if (is_denied(account, number))
		return (struct admission){403, "Destination Not Allowed", "denied_destination"};

	return (struct admission){0};
}

struct admission admission_price(const struct account *account, const struct rating *price, int64_t now_us)
{
	if (!price->found)
		return (struct admission){403, "No Rate For This Number", "no_rate"};

	if (price->rate.blocked)
		return (struct admission){403, "Destination Blocked", "blocked_destination"};

	if (str_cmp(price->currency, account->currency))
		return (struct admission){503, "Service Unavailable", "currency"};

	if (is_too_dear(account, price, now_us))
		return (struct admission){403, "Price Limit", "price_limit"};

	return (struct admission){0};
}

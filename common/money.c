/**
 * @file money.c  Amounts in nano units
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include "money.h"

enum { MONEY_DECIMALS = 9, MONEY_DECIMALS_SHOWN = 2 };

static const uint64_t nano_per_unit = 1000000000;

/* Append one digit to an amount; ERANGE once it passes `max`. */
static int digit_append(uint64_t *amount, uint64_t digit, uint64_t max)
{
	if (*amount > (max - digit) / 10)
		return ERANGE;

	*amount = *amount * 10 + digit;

	return 0;
}

/* "digits" or "digits.digits", 1 to 9 after the point. */
static bool decimal_valid(const struct pl *pl)
{
	size_t digits = 0, decimals = 0, i;
	bool point = false;

	for (i = 0; i < pl->l; i++) {

		if (pl->p[i] >= '0' && pl->p[i] <= '9')
			++*(point ? &decimals : &digits);
		else if (pl->p[i] == '.' && !point)
			point = true;
		else
			return false;
	}

	return digits && decimals <= MONEY_DECIMALS && point == (decimals > 0);
}

static int magnitude_decode(uint64_t *nano, const struct pl *pl, uint64_t max)
{
	size_t decimals = 0, i;
	bool point = false;
	int err = 0;

	*nano = 0;

	for (i = 0; i < pl->l && !err; i++) {
		if (pl->p[i] == '.') {
			point = true;
			continue;
		}
		decimals += point;
		err = digit_append(nano, (uint64_t)(pl->p[i] - '0'), max);
	}

	for (; decimals < MONEY_DECIMALS && !err; decimals++)
		err = digit_append(nano, 0, max);

	return err;
}

int money_decode(int64_t *nano, const struct pl *pl)
{
	struct pl digits;
	uint64_t amount;
	bool negative;
	int err;

	if (!nano || !pl_isset(pl))
		return EINVAL;

	negative = pl->p[0] == '-';
	digits.p = pl->p + negative;
	digits.l = pl->l - negative;

	if (!decimal_valid(&digits))
		return EINVAL;

	err = magnitude_decode(&amount, &digits, (uint64_t)INT64_MAX + negative);
	if (err)
		return err;

	*nano = negative ? (int64_t)(0 - amount) : (int64_t)amount;

	return 0;
}

void money_encode(char str[MONEY_STRSIZE], int64_t nano)
{
	const uint64_t amount = nano < 0 ? 0 - (uint64_t)nano : (uint64_t)nano;
	int len = snprintf(str, MONEY_STRSIZE, "%s%llu.%09llu", nano < 0 ? "-" : "",
			   (unsigned long long)(amount / nano_per_unit),
			   (unsigned long long)(amount % nano_per_unit));
	int decimals = MONEY_DECIMALS;

	while (decimals > MONEY_DECIMALS_SHOWN && str[len - 1] == '0') {
		str[--len] = '\0';
		--decimals;
	}
}

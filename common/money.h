/**
 * @file money.h  Amounts: int64 in nano units of a currency; no floating point touches them
 */
#ifndef TANDEM_MONEY_H
#define TANDEM_MONEY_H

#include <stdint.h>
#include <re.h>

enum { MONEY_STRSIZE = 24 };

/** Decimal string ("12.30", "-0.000000001") to nano. EINVAL: not a number or over 9 decimals; ERANGE. */
int money_decode(int64_t *nano, const struct pl *pl);

/** Nano to the shortest exact decimal string with at least two decimals ("0.30", "1.000000001"). */
void money_encode(char str[MONEY_STRSIZE], int64_t nano);

#endif

/**
 * @file admission.h  May an account make this call at this price
 */
#ifndef TANDEM_ADMISSION_H
#define TANDEM_ADMISSION_H

#include "rate_table.h"

struct account;

/** Why a call is refused; scode 0: it is not. */
struct admission {
	uint16_t scode;
	const char *reason; /* phrase of the response */
	const char *tag;    /* release_tag */
};

/**
 * By the account's limits on destinations and prices.
 *
 * @param number digits, as it was rated
 */
struct admission admission_check(const struct account *account, const struct rating *price,
				 const char *number, int64_t now_us);

#endif

/**
 * @file admission.h  May an account make this call, and at this price
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
 * By the account's limits on destinations, also of one that is not charged.
 *
 * @param number digits, as it is rated
 */
struct admission admission_number(const struct account *account, const char *number);

/** A first minute costs at least the account's `burst_price`; a call that is not charged (NULL) costs nothing. */
bool admission_is_dear(const struct account *account, const struct rating *price, int64_t now_us);

/** By its limits on prices. */
struct admission admission_price(const struct account *account, const struct rating *price, int64_t now_us);

#endif

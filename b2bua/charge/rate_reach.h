/**
 * @file rate_reach.h  For which other numbers, and until when, what was found for one holds, too
 */
#ifndef TANDEM_RATE_REACH_H
#define TANDEM_RATE_REACH_H

#include "db.h"

/** Every number that begins with the same `digits` digits, at any moment from `from_us` until before `until_us`. */
struct rate_reach {
	int digits; /* -1: not even this number again */
	int64_t from_us, until_us;
};

/**
 * How far the rate of a prefix reaches that was found in a list for a number, at a moment; of the same state of the
 * database.
 *
 * @param until_us of that rate itself
 */
int rate_reach_find(struct rate_reach *reach, struct db *db, int64_t list, const struct pl *number,
		    const struct pl *prefix, int64_t at_us, int64_t until_us);

#endif

/**
 * @file rerate.h  What calls would have cost under another tariff, by the engine's own lookup and arithmetic
 */
#ifndef TANDEM_RERATE_H
#define TANDEM_RERATE_H

#include "db.h"

enum rerate_fate {
	RERATE_PRICED,
	RERATE_NO_RATE,  /* none for its number then, or a blocked one: it would not have been put through */
	RERATE_CURRENCY, /* it was charged in another currency */
	RERATE_BEYOND,   /* its price is beyond all money, or it is longer than calls are */
};

/** Which calls: answered ones that began in a period and have an account. */
struct rerate_period {
	const char *tariff;
	const char *account; /* NULL: all */
	int64_t from_us, until_us;
};

/** One of them; its texts are valid until the handler returns. */
struct rerate_call {
	const char *cdr_id, *account;
	const char *currency;                              /* the tariff's when nothing was charged */
	const char *src_trunk, *dst_trunk, *cost_currency; /* NULL: none */
	int64_t start_us;
	bool charged;
	enum rerate_fate fate;
	int64_t was_nano;
	int64_t billed_s, price_nano; /* by the tariff; 0 unless it is priced */
};

/** Where a walk is, in the order of calls' beginning: behind this one. A period's from_us and 0 to begin. */
struct rerate_place {
	int64_t us, seq;
};

/** Anything but 0 ends the walk with that. */
typedef int(rerate_call_h)(const struct rerate_call *call, void *arg);

/**
 * Tell of each call, in order of their beginning, some thousands from one state of the database at a time, so that
 * the writer's log stays short.
 *
 * ENOENT: there is no such tariff; what rate_table_find() says; or db_errno()
 */
int rerate_walk(struct db *db, const struct rerate_period *period, rerate_call_h *callh, void *arg);

/**
 * The same for `count` calls at most behind a place, which moves on.
 *
 * @param told how many there were; fewer than `count`: the period is over
 */
int rerate_some(struct db *db, const struct rerate_period *period, struct rerate_place *place, size_t count,
		rerate_call_h *callh, void *arg, size_t *told);

#endif

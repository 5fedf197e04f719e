/**
 * @file rate_table.h  What the database says a number costs by a tariff, at a moment
 */
#ifndef TANDEM_RATE_TABLE_H
#define TANDEM_RATE_TABLE_H

#include "db.h"
#include "rate.h"
#include "rate_reach.h"

/** One tariff's word on a number: plain data that nobody changes, shared by mem_ref. */
struct rating {
	char *tariff;
	char currency[4]; /* "": there is no such tariff */
	bool found;       /* it has a rate for the number; it may be a blocked one */
	struct rate rate; /* of the longest prefix that has one in force at the moment */
	struct rate_terms terms;
	char *zone_name;         /* NULL: UTC */
	struct zone *zone;       /* that of `terms`, once it is held */
	int64_t valid_from_us;   /* 0: ever */
	int64_t valid_until_us;  /* INT64_MAX: for ever */
	int64_t list;            /* its tariff's rates; 0: none */
	struct rate_reach reach; /* of rate_table_find_all() */
};

struct rate_table;

/** Rates as one connection sees them: of one thread. Zones of time stay in memory for its life. */
int rate_table_alloc(struct rate_table **tp, struct db *db);

/**
 * The rate of the longest prefix of a number that is in force at a moment; `currency` and `terms` in any case.
 * What is of no tariff is no error: `found` is false.
 *
 * @param number digits; of anything else the part before it may match, "" always does
 *
 * ENOENT: its time zone is not on this system; EBADMSG: the database holds what is no rate; or db_errno()
 */
int rate_table_find(struct rating **rp, struct rate_table *t, const char *tariff, const char *number,
		    int64_t at_us);

/** Several at once, of one state of the database, and how far each reaches; none on an error. */
int rate_table_find_all(struct rating *ratingv[], struct rate_table *t, const char *const tariffv[],
			size_t tariffc, const char *number, int64_t at_us);

/** Keep its zone beyond the table's life; on the thread that will let it go, for references are not atomic. */
void rating_hold(struct rating *r);

#endif

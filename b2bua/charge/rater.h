/**
 * @file rater.h  What a number costs, asked by the loop, looked up beside it
 */
#ifndef TANDEM_RATER_H
#define TANDEM_RATER_H

#include "../store/writer.h"
#include "rate_table.h"

struct rater;
struct rater_query;

/**
 * A thread with a connection of its own to the database that a writer has opened in `data_dir`. mem_deref ends it;
 * every query must be gone before.
 *
 * @param writer outlives it: what was looked up is kept until a job of its may have changed it. NULL: the database
 *               never changes
 * @param errstr says what is wrong and the remedy when the return is not 0
 */
int rater_alloc(struct rater **rp, const char *data_dir, const struct writer *writer, char *errstr,
		size_t errsize);

/**
 * What each tariff says, in their order and borrowed, where that is known already of numbers that begin like this one.
 * Costs no more than a few hashes; false: rater_ask().
 */
bool rater_knows(struct rater *r, struct rating *ratingv[], const char *number, const char *const tariffv[],
		 size_t tariffc, int64_t at_us);

/**
 * What each tariff says, in their order: called once, later, on the loop's thread; never after the query is gone.
 * The ratings are its own until it returns; mem_ref those that stay.
 *
 * @param err as rate_table_find(); then there are no ratings
 */
typedef void(rater_h)(int err, struct rating *const ratingv[], size_t ratingc, void *arg);

enum { RATER_TARIFFS_MAX = 64 };

/**
 * Ask what a number costs at a moment by up to RATER_TARIFFS_MAX tariffs. mem_deref of the query cancels it; after
 * its answer it is to be freed all the same.
 */
int rater_ask(struct rater_query **qp, struct rater *r, const char *number, const char *const tariffv[],
	      size_t tariffc, int64_t at_us, rater_h *h, void *arg);

#endif

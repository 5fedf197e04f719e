/**
 * @file rating_cache.h  What tariffs said of numbers, for the next ones that begin alike
 */
#ifndef TANDEM_RATING_CACHE_H
#define TANDEM_RATING_CACHE_H

#include "rate_table.h"

struct rating_cache;

/** Of one thread, and of one state of the prices: who changes them must have it forgotten. */
int rating_cache_alloc(struct rating_cache **cp);

/** Keep what was found for a number, where it holds for others. */
void rating_cache_learn(struct rating_cache *c, const char *number, struct rating *r);

/** What is known of a number; borrowed. NULL: ask. */
struct rating *rating_cache_find(const struct rating_cache *c, const char *tariff, const char *number,
				 int64_t at_us);

void rating_cache_forget(struct rating_cache *c);

#endif

/**
 * @file rate_cache.h  Snapshots of rates, read once: many records were priced by the same
 */
#ifndef TANDEM_RATE_CACHE_H
#define TANDEM_RATE_CACHE_H

#include "rate.h"

struct rate_cache;

int rate_cache_alloc(struct rate_cache **cp);

/** The price by a snapshot, as rate_price(); also EBADMSG, ENOENT: the snapshot cannot be read. */
int rate_cache_price(struct rate_cache *c, const struct pl *snapshot, int64_t answer_us, int64_t duration_ms,
		     struct rate_price *price);

#endif

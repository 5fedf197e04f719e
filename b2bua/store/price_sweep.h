/**
 * @file price_sweep.h  Lists of rates that no tariff has any more are deleted, a part at a time
 */
#ifndef TANDEM_PRICE_SWEEP_H
#define TANDEM_PRICE_SWEEP_H

#include "writer.h"

struct price_sweep;

/** What a program that was cut off left is swept, too. `w` outlives it. */
int price_sweep_alloc(struct price_sweep **sp, struct writer *w);

/** Look for what is to be swept, unless that is being done. */
void price_sweep_run(struct price_sweep *s);

/** A list that was being written is done with: it is in a tariff, or to be swept. */
void price_sweep_list(struct price_sweep *s, int64_t list);

#endif

/**
 * @file rerating.h  A period's calls get the prices of another tariff, some hundreds at a time
 *
 * Each part is read and priced beside the loop, then booked by the writer's thread in one transaction. Who asks goes on
 * from where the part ended. A run has a name, and a call is corrected by it once: after a crash it is begun anew.
 */
#ifndef TANDEM_RERATING_H
#define TANDEM_RERATING_H

#include "../charge/rerate.h"
#include "../store/correction_list.h"

struct background; /* background.h */

struct rerating {
	struct rerate_period period; /* its texts are copied */
	struct rerate_place after;
	const char *run;
	const char *note; /* NULL: none */
};

struct rerating_report {
	struct correction_counts counts;
	uint64_t calls;     /* looked at */
	uint64_t unrated;   /* the tariff has no price for them, or another currency */
	uint64_t uncharged; /* nobody paid for them, so there is nothing to correct */
	struct rerate_place place;
	bool finished; /* the period is over */
};

/**
 * Do the next part. `doneh` runs once, later, unless the return is not 0; its err as rerate_walk()'s and
 * correction_list_book()'s: then nothing of the part is booked.
 *
 * @param background where calls are read, in the database of `data_dir`
 */
typedef void(rerating_done_h)(int err, const struct rerating_report *report, void *arg);
int rerating_step(struct payments *p, struct background *background, const char *data_dir,
		  const struct rerating *rerating, rerating_done_h *doneh, void *arg);

#endif

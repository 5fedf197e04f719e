/**
 * @file purse_part.h  A purse and its holds, from within: shared by purse.c and purse_share.c alone
 */
#ifndef TANDEM_PURSE_PART_H
#define TANDEM_PURSE_PART_H

#include <re.h>
#include "purse.h"

struct purse {
	struct list holdl; /* struct hold, the oldest first */
	int64_t spendable_nano;
	int64_t held_nano;
	struct list lessl; /* holds whose owners are to be told that they have less than they know of, */
	struct list morel; /* and that they do not */
	bool is_short;     /* some hold has less than a slice ahead */
};

struct hold {
	struct le le;
	struct le untold;    /* it changed, and its owner was not told yet: in a list of its purse */
	struct purse *purse; /* NULL: given back */
	struct hold_terms terms;
	int64_t answer_us;
	uint64_t answer_ms; /* 0: not answered yet */
	int64_t nano;
	int64_t paid_ms;
	int64_t told_nano; /* what its owner knows of */

	/* while it is shared out */
	int64_t owed_nano, want_nano, share_nano;
};

bool purse_is_unlimited(const struct purse *p);

/** What a hold must have, and what it should: with a slice ahead; as of now, INT64_MAX: beyond all money. */
int64_t hold_owed(const struct hold *h, uint64_t now_ms);
int64_t hold_wanted(const struct hold *h, uint64_t now_ms);

/** Of an amount what the call may cost at most. */
int64_t hold_capped(const struct hold *h, int64_t nano);

/** From now on so much is set aside; who it is for is to be told. */
void hold_set(struct hold *h, int64_t nano);

/** What each owes and wants is noted; the sum of what is owed, INT64_MAX when that is beyond all money. */
int64_t purse_claims(struct purse *p, uint64_t now_ms);

/** All there is is shared out anew. */
void purse_share(struct purse *p, uint64_t now_ms);

#endif

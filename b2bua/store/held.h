/**
 * @file held.h  What is set aside for a call, on its way through the spool
 */
#ifndef TANDEM_HELD_H
#define TANDEM_HELD_H

#include <re.h>
#include "uuid.h"

enum { HELD_NAME_MAX = 255 };

struct held {
	int64_t at_us;
	struct pl cdr_id;
	struct pl account;
	struct pl currency;
	int64_t nano; /* in all, not more than before */
};

/** EINVAL: an id that is none, or a text longer than HELD_NAME_MAX. */
int held_pack(struct mbuf *mb, const struct held *held);

/** Texts point into `mb`. EBADMSG: damaged. */
int held_unpack(struct held *held, struct mbuf *mb);

#endif

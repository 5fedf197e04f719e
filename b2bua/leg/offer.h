/**
 * @file offer.h  Offer/answer of one leg (RFC 3264, RFC 6337) as a table
 *
 *            offer sent ──► LOCAL ──answer received / refused──┐
 *   IDLE ─┤                                                    ├──► STABLE ──► (again)
 *            offer received ──► REMOTE ──answer sent / refused─┘
 *
 * IDLE is a leg on which no exchange has ended yet; a refused first offer goes back there.
 */
#ifndef TANDEM_OFFER_H
#define TANDEM_OFFER_H

#include <stdint.h>
#include "statetable.h"

enum offer_state {
	OFFER_IDLE,
	OFFER_LOCAL,
	OFFER_REMOTE,
	OFFER_STABLE,
	OFFER_LOCAL_AGAIN,
	OFFER_REMOTE_AGAIN,
	OFFER_STATEC
};

enum offer_event {
	OFFER_SENT,
	OFFER_RECEIVED,
	OFFER_ANSWER_SENT,
	OFFER_ANSWER_RECEIVED,
	OFFER_REFUSED,
	OFFER_EVENTC
};

extern const struct statetable offer_table;

/** Move by an event: 0, or EPROTO when it has no place (an answer to nothing, an offer over an offer). */
int offer_step(uint8_t *state, enum offer_event ev, const char *who);

#endif

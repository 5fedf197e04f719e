/**
 * @file offer.h  Offer/answer of one leg (RFC 3264, RFC 6337) as a table
 *
 *            offer sent ──► LOCAL ──answer received / refused──┐
 *   IDLE ─┤                                                    ├──► STABLE ──► (again)
 *            offer received ──► REMOTE ──answer sent / refused─┘
 *
 * IDLE is a leg on which no exchange has ended yet; a refused first offer goes back there.
 * What was agreed last is kept: our SDP to say it again, the peer's to know it again.
 */
#ifndef TANDEM_OFFER_H
#define TANDEM_OFFER_H

#include <re.h>
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

/** Offer/answer with one peer, and what was said in it. */
struct exchange {
	uint8_t state;          /* enum offer_state, moved by offer_table alone */
	char *ours;             /* our SDP as agreed last; NULL: none */
	char *said;             /* ours in the exchange under way */
	uint64_t theirs, heard; /* the peer's, likewise, as a hash; 0: none */
};

/** Move by an event that carries this SDP, which may be unset: 0, EPROTO (see offer_step) or ENOMEM. */
int exchange_step(struct exchange *x, enum offer_event ev, const struct pl *sdp, const char *who);

/** True if the peer says again what was agreed on, and we know what we said to it. */
bool exchange_repeats(const struct exchange *x, const struct pl *sdp);

/** A hash that tells one SDP from another; never 0. */
uint64_t exchange_hash(const struct pl *sdp);

void exchange_reset(struct exchange *x);

#endif

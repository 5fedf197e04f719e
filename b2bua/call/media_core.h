/**
 * @file media_core.h  struct media and its exchanges with the relay, shared by media.c, media_lost.c, media_count.c
 */
#ifndef TANDEM_CALL_MEDIA_CORE_H
#define TANDEM_CALL_MEDIA_CORE_H

#include <re.h>
#include "media_request.h"
#include "media_said.h"

enum { MEDIA_ENDS = 2 };

struct media {
	struct relay_farm *farm; /* NULL: SDP passes as it is */
	struct relay_client *rc; /* that has the session; NULL: none yet */
	uint32_t generation;     /* of `rc`, when it took the last offer */
	uint32_t tried;          /* relays that would not have it: bit by index */
	char call_id[UUID_STRSIZE];
	bool answered;                      /* both sides have ports: the session stays where it is */
	bool lost;                          /* … and its relay does not know it any more */
	struct said saidv[MEDIA_ENDS];      /* the caller's, and the callee's as of the last attempt */
	unsigned offerer;                   /* whose offer was answered last: index of saidv */
	struct cdr_media seenv[MEDIA_ENDS]; /* what the relay counted when it was last asked */
	struct cdr_media pastv[MEDIA_ENDS]; /* what was counted in sessions that were lost */
	struct list stepl;                  /* struct media_step: what is under way */
	media_end_h *endh;
	void *end_arg;
};

/** One exchange with the relay under way; it ends with its handler, or with the session. */
struct media_step {
	struct le le;
	struct relay_op *op;
	struct media *m;
	struct media_exchange x;
	struct mbuf *sdp;    /* an answer that waits for its offer to be repeated */
	struct mbuf *result; /* renewal: the SDP of the offer, for the side that answers */
	media_h *h;
	media_renew_h *renewh;
	relay_reply_h *queryh;
	void *arg;
};

/** @param from, to  NULL: it is about no side */
struct media_step *media_step_alloc(struct media *m, const struct media_side *from,
				    const struct media_side *to, void *arg);
/** Send what `from` offers; where `sdp` waits its answer follows. The handler may run at once. */
void media_step_offer(struct media_step *step);

/** The session is with this relay from now on; NULL: with none. */
void media_relay_set(struct media *m, struct relay_client *rc);
/** What `side` has said; NULL: it is the side of a candidate that was given up. */
struct said *media_said_of(struct media *m, const struct media_side *side);

/** Go to another relay where this one cannot. False if it stays: the offer has failed with `err`. */
bool media_move(struct media *m, int err);
/** The relay took an offer: who was promised ports of a run of it that is over does not have them. */
void media_offer_taken(struct media *m);
/** True if it refused an answer because it does not know the offer. */
bool media_forgotten(const struct media *m, int err);

/** The session at the relay is over: what was counted of it stays. */
void media_count_keep(struct media *m);

#endif

/**
 * @file media.h  The media session of one call: SDP through a relay, or past it
 *
 * A session stays with the relay that took its first offer. While nobody has been answered yet, an offer that
 * finds no room there goes to the next relay of the farm; afterwards only when the relay is dead. What each
 * side last said is kept, so that a session that was lost can be made anew (media_renew).
 */
#ifndef TANDEM_CALL_MEDIA_H
#define TANDEM_CALL_MEDIA_H

#include <re.h>
#include "cdr.h"
#include "../store/model.h"
#include "relay_farm.h"

struct media;

enum { MEDIA_TAG_SIZE = 8 };

/** What a side hears of preconditions (RFC 3312). */
enum media_preconditions {
	MEDIA_PRECONDITIONS_NONE,
	MEDIA_PRECONDITIONS_PASSED, /* those that the other side has */
	MEDIA_PRECONDITIONS_SERVED, /* that the other side has met all of them; it need not know any */
};

/** One end as the relay knows it. */
struct media_side {
	char tag[MEDIA_TAG_SIZE];
	const char *interface;
	struct sa laddr;       /* where the relay listens for this side … */
	struct sa laddr_other; /* … and for who speaks the other IP version; unset: the interface has none */
	enum srtp_policy srtp;
	enum media_preconditions preconditions;
};

/**
 * The SDP for the other side (valid during the call of the handler), or why there is none: ENOTCONN or
 * ETIMEDOUT (no relay), ENOSPC (all are full), EREMOTEIO (the SDP was refused), EACCES (it is against a trunk's
 * SRTP policy).
 */
typedef void(media_h)(int err, const struct pl *sdp, void *arg);

/** Counters of both ends; zero where the relay knows nothing. `a` is the side tagged "a". */
typedef void(media_end_h)(const struct cdr_media *a, const struct cdr_media *b, void *arg);

/** @param farm the relays, or NULL: the SDP passes as it is */
int media_alloc(struct media **mp, struct relay_farm *farm, const char *call_id);
bool media_anchored(const struct media *m);

/** The relay that has the session; NULL: none yet. */
struct relay_client *media_relay(const struct media *m);

/** Pass an offer; `again` when the dialog with `to` already exists. The handler may run at once. */
void media_offer(struct media *m, const struct media_side *from, const struct media_side *to, bool again,
		 const struct pl *sdp, media_h *h, void *arg);
/** Pass the answer `to` gave to an offer of `from`. */
void media_answer(struct media *m, const struct media_side *from, const struct media_side *to,
		  const struct pl *sdp, media_h *h, void *arg);

/** What a side last said that was agreed on; not set: nothing, or the session is not anchored. */
struct pl media_agreed(struct media *m, const struct media_side *side);
/** Both sides' SDP as if they had agreed on it: media_renew makes the session of it. */
int media_prime(struct media *m, const struct media_side *a, const struct mbuf *sdpa,
		const struct media_side *b, const struct mbuf *sdpb);

/** True if both sides send to a session that its relay does not know any more. */
bool media_lost(const struct media *m);
/** Note that the relay does not know it. */
void media_lose(struct media *m);

/**
 * Make the session anew, at a relay that lives, from what each side last said.
 *
 * @param sdpa, sdpb  of the handler: what each side is to be offered
 */
typedef void(media_renew_h)(int err, const struct pl *sdpa, const struct pl *sdpb, void *arg);
void media_renew(struct media *m, const struct media_side *a, const struct media_side *b, media_renew_h *h,
		 void *arg);

/** Note what a side says now. True if it is something else than before: renew once more. */
bool media_said(struct media *m, const struct media_side *side, const struct pl *sdp);

/** True if a side has stopped its media, so that silence means nothing. */
bool media_held(const struct media *m);

/** Ask the relay of the session (NG `query`); ENOENT: it does not know it. Not told of after media_end. */
void media_query(struct media *m, relay_reply_h *h, void *arg);

/** Packets of both sides as of the last answer to media_query, lost sessions included; never falls. */
int64_t media_packets(const struct media *m);

/** End the session and bring its counters; the handler runs exactly once, also when the relay is down. */
void media_end(struct media *m, media_end_h *h, void *arg);

#endif

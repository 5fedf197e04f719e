/**
 * @file media_said.h  What one side of a call says of its media, and what it was given
 */
#ifndef TANDEM_CALL_MEDIA_SAID_H
#define TANDEM_CALL_MEDIA_SAID_H

#include <re.h>
#include "media.h"
#include "origin.h"

struct said {
	char tag[MEDIA_TAG_SIZE];
	struct mbuf *agreed;   /* its last SDP that was agreed on */
	struct mbuf *proposed; /* its offer or answer, not agreed on yet */
	struct origin origin;  /* of what it was given */
};

/** Free the texts. */
void said_reset(struct said *said);

/** From now on `side` is meant: if it was another one, what that said is forgotten. */
void said_enter(struct said *said, const struct media_side *side);

/** It offers or answers; keys of a side that is to have none are left out (RFC 8643: they were only offered). */
int said_propose(struct said *said, const struct media_side *side, const struct pl *sdp);

/** The other side took it. False if nothing was proposed. */
bool said_agree(struct said *said);

/** It answered for itself: true if that is something else than what was agreed on, and noted. */
bool said_change(struct said *said, const struct media_side *side, const struct pl *sdp);

/** The IP version of the media address that it said last; AF_UNSPEC: it said none. */
int said_family(const struct said *said);

/** Copy a text over what `mbp` holds. */
int said_copy(struct mbuf **mbp, const struct pl *sdp);

/** A text that was kept; not set where there is none. */
struct pl said_text(const struct mbuf *mb);

#endif

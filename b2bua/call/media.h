/**
 * @file media.h  The media session of one call: SDP through the relay, or past it
 */
#ifndef TANDEM_CALL_MEDIA_H
#define TANDEM_CALL_MEDIA_H

#include <re.h>
#include "../charge/cdr.h"
#include "../store/model.h"
#include "relay.h"

struct media;

enum { MEDIA_TAG_SIZE = 8 };

/** One end as the relay knows it. */
struct media_side {
	char tag[MEDIA_TAG_SIZE];
	const char *interface;
	struct sa laddr; /* where the relay listens for this side */
};

/**
 * The SDP for the other side (valid during the call of the handler), or why there is none: ENOTCONN or
 * ETIMEDOUT (no relay), ENOSPC (it is full), EREMOTEIO (it refused the SDP).
 */
typedef void(media_h)(int err, const struct pl *sdp, void *arg);

/** Counters of both ends; zero where the relay knows nothing. `a` is the side tagged "a". */
typedef void(media_end_h)(const struct cdr_media *a, const struct cdr_media *b, void *arg);

/** @param rc the relay, or NULL: the SDP passes as it is */
int media_alloc(struct media **mp, struct relay_client *rc, const char *call_id);
bool media_anchored(const struct media *m);

/** Pass an offer; `again` when the dialog with `to` already exists. The handler may run at once. */
void media_offer(struct media *m, const struct media_side *from, const struct media_side *to, bool again,
		 const struct pl *sdp, media_h *h, void *arg);
/** Pass the answer `to` gave to an offer of `from`. */
void media_answer(struct media *m, const struct media_side *from, const struct media_side *to,
		  const struct pl *sdp, media_h *h, void *arg);

/** End the session and bring its counters; the handler runs exactly once, also when the relay is down. */
void media_end(struct media *m, media_end_h *h, void *arg);

#endif

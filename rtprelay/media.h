/**
 * @file media.h  One m-line of a session: its ports on both sides and the stream that relays it
 *
 * Control thread only; what the packets meet is stream.h.
 */
#ifndef TANDEM_MEDIA_H
#define TANDEM_MEDIA_H

#include <stdbool.h>
#include <re.h>
#include "ports.h"
#include "sdp.h"
#include "stream.h"
#include "worker.h"

/** One side: our sockets towards its party, and what that party last said. */
struct media_side {
	struct sa local;                 /* with the RTP port; no family: no sockets yet */
	struct stream_announce announce; /* as last given to the stream */
	bool announced;
	bool offers_mux; /* its last offer had a=rtcp-mux */
	bool sends;      /* direction it last asked for */
	bool receives;
	bool settled; /* an answer made the above final: a new offer waits for its own answer */
	struct {
		bool waiting;
		bool sends, receives;
		struct sa addrv[STREAM_PARTS];
	} offer;
};

struct media {
	struct lane *lane; /* NULL: rejected, or not ours to relay */
	bool offered;      /* the last offer did not reject it */
	char type[16];
	char proto[32];
	struct media_side sidev[SIDES];
};

/** A new m-line, without sockets. mem_deref closes and frees all of it. */
int media_alloc(struct media **mp, struct worker *worker);

/** Bind `side` on the given address, unless it is bound there already. Errors as ports_bind. */
int media_bind(struct media *m, struct ports *ports, unsigned side, const struct sa *local);

/**
 * Take over what an offer or an answer says of the side it came from. Where an answer settled things
 * before, an offer moves nothing yet: it may be refused, and then all stays as it was (RFC 3264 8).
 */
int media_announce(struct media *m, unsigned side, const struct rsdp_media *sdp, bool answer, bool anew);

/** The offer of `side` was answered: what it asked for takes effect. */
int media_settle(struct media *m, unsigned side);

/** Say that both sides agreed to put RTCP on the RTP port of `side`, or that they did not. */
int media_mux(struct media *m, unsigned side, bool mux);

/** Forget the party of a side: another will answer. */
int media_forget(struct media *m, unsigned side);

/** True if packets must be flowing: both sides have spoken, and neither has put the other on hold. */
bool media_flows(const struct media *m);

#endif

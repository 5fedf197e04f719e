/**
 * @file media.h  One m-line of one party: our sockets towards it, and what it last said
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

struct media {
	struct lane *lane;
	struct sa local;                 /* with the RTP port; no family: no sockets yet */
	struct stream_announce announce; /* as last given to the stream */
	bool offered;                    /* the last offer did not reject it */
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
	char type[16];
	char proto[32];
};

/** A new m-line, without sockets. mem_deref closes and frees all of it. */
int media_alloc(struct media **mp, struct worker *worker);

/** Bind on the given address, unless it is bound there already. Errors as ports_bind. */
int media_bind(struct media *m, struct ports *ports, const struct sa *local);

/** What its party sends goes to the party of `to`; NULL: to nobody. */
int media_link(struct media *m, const struct media *to);

/**
 * Take over what its party offers or answers. Where an answer settled things before, an offer moves
 * nothing yet: it may be refused, and then all stays as it was (RFC 3264 8).
 */
int media_announce(struct media *m, const struct rsdp_media *sdp, bool answer, bool anew);

/** Its party's offer was answered: what it asked for takes effect. */
int media_settle(struct media *m);

/** Say that both sides agreed to put RTCP on the RTP port, or that they did not. */
int media_mux(struct media *m, bool mux);

/** Forget the party: another will answer. */
int media_forget(struct media *m);

/** True if its party has spoken, and neither holds nor is held. */
bool media_flows(const struct media *m);

#endif

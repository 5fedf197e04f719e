/**
 * @file latch.h  Whom a socket listens to and where it sends: symmetric RTP, learnt once, then guarded
 *
 *             announce (SDP)              LATCH_WINDOW packets from one source
 *   closed ------------------> open ---------------------------------------> locked
 *                               ^  a better source may take over               |
 *                               +------------- announce, changed SDP ----------+
 *
 * A source is ranked by how well it fits what the SDP announced. While the latch is open a source of
 * higher rank takes it over, never one of equal or lower rank; once it is locked only the very
 * address of the SDP may. So a stranger must be faster than the peer's first packet, and even then
 * loses the stream to the peer. A NAT that rebinds in mid-call is not followed without a new SDP.
 */
#ifndef TANDEM_LATCH_H
#define TANDEM_LATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>

enum {
	LATCH_WINDOW = 5,    /* packets from the best source, then it is locked */
	LATCH_LEAVING = 100, /* packets after which the source of before the new SDP is taken to stay */
};

enum latch_rank {
	LATCH_RANK_NONE,
	LATCH_RANK_ANY,   /* an address the SDP did not name: a NAT stands between */
	LATCH_RANK_HOST,  /* the announced host, another port */
	LATCH_RANK_EXACT, /* the announced address and port */
};

struct latch {
	struct sa announced; /* from SDP; unset when it named no usable address */
	struct sa peer;      /* the latched source; valid when rank > LATCH_RANK_NONE */
	struct sa leaving;   /* the source of before the last change: heard, but does not latch */
	uint8_t rank;        /* of peer */
	uint8_t passed;      /* packets from peer since the window opened, up to LATCH_WINDOW */
	uint8_t left;        /* packets from leaving since then */
	bool mute;           /* on hold by the null address: listen, send nothing */
};

enum latch_verdict {
	LATCH_PASS,     /* from the peer */
	LATCH_MOVED,    /* from the peer, who was learnt by this packet */
	LATCH_STRANGER, /* drop it */
};

/** What latch_judge may know of a packet beside where it came from. */
struct latch_hint {
	const struct sa *kin; /* the peer of the other socket of this side: its host fits as the SDP's does */
	bool plausible;       /* the packet is what the SDP promised: without this no unknown host latches */
};

/** Forget everything and wait for packets to or from `announced` (NULL or unset: any). */
void latch_open(struct latch *l, const struct sa *announced);

/** A new SDP for the same peer: nothing happens when the address is the same. */
void latch_announce(struct latch *l, const struct sa *announced);

/** True if a packet comes from the latched peer: the common case, to be asked first. */
bool latch_hears(struct latch *l, const struct sa *src);

/** Judge a source that is not the latched peer. */
enum latch_verdict latch_judge(struct latch *l, const struct sa *src, const struct latch_hint *hint);

/** Where to send; NULL while nothing is known or the peer is on hold by the null address. */
const struct sa *latch_target(const struct latch *l);

/** True for an address that media may be sent to: not the null address, multicast, broadcast, port 0. */
bool latch_usable(const struct sa *sa);

#endif

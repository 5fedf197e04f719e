/**
 * @file latch.h  Whom a socket listens to and where it sends: symmetric RTP, learnt once, then guarded
 *
 *           a packet that fits             LATCH_WINDOW packets of one SSRC in order
 *   open ------------------------> held --------------------------------------------> locked
 *    ^                             |  ^                                                 |
 *    |                             +--+ a source that fits better                       |
 *    +------------- latch_announce with another address, latch_open -------------------+
 *
 * What a packet does, by who sent it and where the latch stands:
 *
 *   source                                  open           held            locked
 *   the peer it holds                       -              passes          passes
 *   authentic: SRTP tag or ICE check        takes it       takes it        takes it
 *   the SDP's address and port              takes it       if better       if better
 *   the SDP's host, or the other socket's   takes it       if better       stranger
 *   an unknown host, an SDP payload type    unproven,      stranger        stranger
 *                                           then takes it
 *   the same with the peer's SSRC, where    as above       takes it        takes it
 *     handover is allowed
 *   the same with the peer's SSRC, after    -              takes it        stranger
 *     the same SDP came again
 *   the peer of before the last SDP         passes         stranger        stranger
 *   anybody else                            stranger       stranger        stranger
 *
 * The same SDP again, as a session timer's re-INVITE has it, opens the window for a peer behind a NAT: its NAT may have
 * given it another address, of which the SDP knows nothing. Who follows must know its SSRC, and be there before it.
 *
 * "If better": where the peer fits less well than this source. An unknown host must show two packets of
 * one SSRC in order (RFC 3550 A.1: probation) before anything of it passes or anything is sent to it, so
 * that tools which spray one packet over all ports neither hear nor say a thing; where there is no RTP (fax, DTLS) two
 * that differ. Once there is an
 * authentic peer none that is less may take it.
 *
 * What this cannot do: without SRTP, an attacker who knows the port, sends well-formed RTP, and is faster
 * than a peer behind a NAT, is taken for that peer until the peer's SDP address speaks.
 */
#ifndef TANDEM_LATCH_H
#define TANDEM_LATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>
#include "packet.h"

enum {
	LATCH_WINDOW = 5,    /* packets from the best source, then it is locked */
	LATCH_LEAVING = 100, /* packets after which the source of before the new SDP is taken to stay */
	LATCH_PROBES = 4,    /* unknown sources on probation at a time; the oldest makes room */
};

enum latch_rank {
	LATCH_RANK_NONE,
	LATCH_RANK_ANY,       /* an address the SDP did not name: a NAT stands between */
	LATCH_RANK_HOST,      /* the announced host, another port */
	LATCH_RANK_EXACT,     /* the announced address and port */
	LATCH_RANK_AUTHENTIC, /* proved by a key that only signalling has told */
};

/** What a client may ask for, of one party; all off: symmetric RTP. */
struct latch_rules {
	bool asymmetric; /* send to the SDP's address, wherever packets come from */
	bool strict;     /* with asymmetric: hear the SDP's address and port only */
	bool handover;   /* follow an address change in mid-call by its SSRC */
};

/** An unknown source's first packet. */
struct latch_probe {
	uint32_t id;  /* of source and SSRC */
	uint16_t seq; /* … or digest */
	bool used;
};

struct latch {
	struct latch_rules rules;
	struct sa announced; /* from SDP; unset when it named no usable address */
	struct sa guess;   /* where it more likely is, as the SDP's address is behind a NAT; unset: no idea */
	struct sa peer;    /* the latched source; valid when rank > LATCH_RANK_NONE */
	struct sa leaving; /* the source of before the last change: heard, but does not latch */
	uint8_t rank;      /* of peer */
	uint8_t passed;    /* packets from peer since the window opened, up to LATCH_WINDOW */
	uint8_t left;      /* packets from leaving since then */
	bool mute;         /* on hold by the null address: listen, send nothing */
	bool again;        /* the same SDP came anew: in the window its SSRC is followed, once */
	uint32_t ssrc;     /* of peer's packets in the window … */
	uint16_t seq;      /* … and the last of them; both 0 where it is not RTP */
	uint8_t probe_next;
	struct latch_probe probev[LATCH_PROBES];
	uint32_t nominated; /* priority of the candidate that an ICE check nominated, 0: none */
};

enum latch_verdict {
	LATCH_PASS,     /* from the peer */
	LATCH_MOVED,    /* from the peer, who was learnt by this packet */
	LATCH_UNPROVEN, /* drop it: its next packet will tell */
	LATCH_STRANGER, /* drop it */
};

/** What latch_judge may know of a packet beside where it came from. */
struct latch_hint {
	const struct sa
		*kin; /* the peer of the other socket of this party: its host fits as the SDP's does */
	const struct packet_rtp *rtp; /* its header; NULL: not RTP, and nothing to prove order by */
	uint16_t digest;              /* of a datagram that is no RTP */
	bool plausible;               /* it is what the SDP promised: without this no unknown host latches */
	bool familiar;                /* it has the SSRC that the peer used last */
	bool authentic;               /* its SRTP tag is valid */
};

/** Forget everything but the rules, and wait for packets to or from `announced` (NULL or unset: any). */
void latch_open(struct latch *l, const struct sa *announced);

/** A new SDP for the same peer; with the same address it opens the window only for a peer that is elsewhere. */
void latch_announce(struct latch *l, const struct sa *announced);

/** Until a packet tells better: send to this address rather than to the announced one. */
void latch_guess(struct latch *l, const struct sa *guess);

/** True if a packet comes from the locked peer: the common case, to be asked first. */
bool latch_hears(const struct latch *l, const struct sa *src);

/** Judge a packet that latch_hears did not know. */
enum latch_verdict latch_judge(struct latch *l, const struct sa *src, const struct latch_hint *hint);

/**
 * An ICE check with a valid MESSAGE-INTEGRITY nominated this source (RFC 8445 section 7.3.1.5).
 *
 * @param priority  of the peer's candidate, 0 if not told: of several nominated the highest counts
 *
 * @return true if it is the peer's address from now on and was not before
 */
bool latch_nominate(struct latch *l, const struct sa *src, uint32_t priority);

/** The peer was given new ICE credentials: what it nominates under them counts, whatever it did before. */
void latch_ice_restart(struct latch *l);

/** Where to send; NULL while nothing is known or the peer is on hold by the null address. */
const struct sa *latch_target(const struct latch *l);

/** True for an address that media may be sent to: not the null address, multicast, broadcast, port 0. */
bool latch_usable(const struct sa *sa);

#endif

/**
 * @file media.h  One m-line of one party: our sockets towards it, and what it last said
 *
 * Control thread only; what the packets meet is stream.h.
 */
#ifndef TANDEM_MEDIA_H
#define TANDEM_MEDIA_H

#include <stdbool.h>
#include <re.h>
#include "ice.h"
#include "keying.h"
#include "ports.h"
#include "sdp.h"
#include "stream.h"
#include "watch.h"
#include "worker.h"

/** How an m-line is encrypted between its party and us. */
enum media_srtp {
	MEDIA_PLAIN,
	MEDIA_SDES,       /* we hold the keys */
	MEDIA_SDES_MAYBE, /* offered to a party that may as well answer without (RFC 8643) */
	MEDIA_END_TO_END, /* the parties hold them, as with DTLS: packets pass as they are */
};

/** Whether RTCP comes on the RTP port. */
enum media_mux {
	MEDIA_MUX_NO,
	MEDIA_MUX_FOLLOW, /* offered: if the other party does, too */
	MEDIA_MUX_YES,
};

/** What of an m-line is settled by offer and answer, beside addresses. */
struct media_terms {
	enum rsdp_transport transport;
	enum media_srtp srtp;
	enum media_mux mux;
	bool ice;          /* connectivity checks are answered */
	uint32_t ice_peer; /* hash of the party's ICE user name; 0: it told none */
};

struct media {
	struct lane *lane;
	struct sa local;                 /* with the RTP port; no family: no sockets yet */
	struct port_pair *next;          /* on the address that an offer asks for: used from its answer on */
	int fdv[STREAM_PARTS];           /* the sockets, which the stream owns */
	int tos;                         /* of what goes out on them */
	struct stream_announce announce; /* as last given to the stream */
	struct keying *keying;           /* NULL: never spoke SDES, or no longer */
	struct ice_credentials ice;      /* ours, while we speak ICE to it */
	uint32_t ice_peer;               /* … who has this user name: another one is a restart */
	bool secured;                    /* the stream takes SRTP only */
	bool offered;                    /* the last offer did not reject it; else its answer ends it */
	bool announced;
	bool sends; /* direction it last asked for */
	bool receives;
	unsigned ptime_ms; /* it last asked for; 0: never did */
	bool settled;      /* an answer made the above final: a new offer waits for its own answer */
	struct {
		bool waiting;
		bool sends, receives;
		struct sa addrv[STREAM_PARTS];
		bool rtp, secure, hairpin; /* as in stream_announce */
		struct latch_rules rules;
		struct rsdp_payloads payloads;
		enum rsdp_transport transport;
		char type[16];
		char proto[32];
		struct media_terms terms;
	} offer;                 /* what its party last offered */
	struct media_terms told; /* what was last offered to it */
	struct watch watch;
	char type[16];
	char proto[32];
	enum rsdp_transport transport; /* … in which its party last spoke */
};

/** What a party says of itself in an offer or answer. */
struct media_said {
	const struct rsdp_media *sdp;
	struct sa addrv[STREAM_PARTS]; /* where it receives: the SDP's, or as the client knows better */
	bool answer;
	bool anew; /* it is another party than before */
	bool end_to_end;
	struct latch_rules rules;
	bool hairpin; /* its address is a port of ours, and may be */
};

/** A new m-line, without sockets. mem_deref closes and frees all of it. */
int media_alloc(struct media **mp, struct worker *worker);

/**
 * Bind on the given address, unless it is bound there already. Once settled, the old sockets go on until
 * media_move. Errors as ports_bind.
 */
int media_bind(struct media *m, struct ports *ports, const struct sa *local);

/** The offer was answered: from now on use the sockets that it asked for. */
int media_move(struct media *m);

/** What to show as its address and RTP port: those that an offer asks for, else those in use. */
const struct sa *media_local(const struct media *m);

/** Set the TOS of what goes out, IPv6's traffic class likewise. */
void media_mark(struct media *m, int tos);

/** What an operator asked to be done to what its party sends. */
int media_control(struct media *m, const struct stream_control *control);

/** What its party sends goes to the party of `to`; NULL: to nobody. */
int media_link(struct media *m, const struct media *to);

/**
 * Take over what its party offers or answers. Where an answer settled things before, an offer moves
 * nothing yet: it may be refused, and then all stays as it was (RFC 3264 8).
 */
int media_announce(struct media *m, const struct media_said *said);

/** Its party's offer was answered: what it asked for takes effect. */
int media_settle(struct media *m);

/** Say that both sides agreed to put RTCP on the RTP port, or that they did not. */
int media_mux(struct media *m, bool mux);

/** Its keys, made if there are none. */
int media_keying(struct media *m);

/** Until keys are agreed upon, nothing passes. */
int media_secure_await(struct media *m);

/** Offer and answer are through: encrypt between the party and us as they say, or no longer. */
int media_secure(struct media *m, enum media_srtp srtp);

/**
 * Answer its connectivity checks, or no longer. When its offer restarts ICE, so do we (RFC 8839 section 4.4.1.1).
 *
 * @param peer  its user name in an offer of its own; 0 where it was told our credentials and answered them
 */
int media_ice(struct media *m, bool on, uint32_t peer);

/** Forget the party: another will answer. */
int media_forget(struct media *m);

/** True if its party has spoken, and neither holds nor is held. */
bool media_flows(const struct media *m);

#endif

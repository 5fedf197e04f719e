/**
 * @file leg_fixture.h  Both ends of a leg on loopback sockets: a party is our stack, a wire a peer by hand
 *
 * Ladders are what a test asserts: each message a word, "INVITE" or "180/INVITE", in the order sent.
 */
#ifndef TANDEM_TEST_LEG_FIXTURE_H
#define TANDEM_TEST_LEG_FIXTURE_H

#include <re.h>
#include "leg/leg.h"

enum { LADDER_SIZE = 2048, WIRE_MAX = 128 };

/** How often each handler ran. */
struct told {
	unsigned progress, answer, fail, cancel, ack, prack, modify, modify_cancel, modified, changed,
		request, close;
};

/** A stack with at most one leg, and what it was told. */
struct party {
	struct sip *sip;
	struct sip_lsnr *lsnr;
	struct stack *stack;
	struct sa addr;
	struct leg *leg;
	const struct leg_credentials *credentials; /* for party_dial; NULL: none */
	enum leg_prack prack;                      /* policy, before the first INVITE */
	struct session_policy session;             /* likewise */
	bool offered;            /* our INVITE carried the offer: a 2xx is acknowledged at once */
	struct leg_request *req; /* INVITE, UPDATE or other of the peer, not answered yet */
	struct told told;
	int err;         /* of the last fail, modified or close */
	uint16_t scode;  /* of the last response told */
	unsigned strays; /* requests that no dialog took */
	char sent[LADDER_SIZE];
};

/** A peer of which every byte is the test's. */
struct wire {
	struct udp_sock *us;
	struct sa addr;
	struct sa peer; /* where the last message came from */
	struct sip_msg *msgv[WIRE_MAX];
	size_t msgc;
	char heard[LADDER_SIZE];
};

void party_open(struct party *p);
void party_close(struct party *p);

/** Call `addr`; `sdp` NULL: without an offer. */
int party_dial(struct party *p, const struct sa *addr, const char *sdp);

/** An SDP as content. */
struct content party_sdp(const char *sdp);

void wire_open(struct wire *w);
void wire_close(struct wire *w);
/** Forget what was heard. */
void wire_forget(struct wire *w);
void wire_send(struct wire *w, const struct sa *dst, const char *fmt, ...);

/** The last message heard with that word; the test fails when there is none. */
const struct sip_msg *wire_last(const struct wire *w, const char *word);
/** Answer a request; `more` are header lines, an empty one and a body. */
void wire_reply(struct wire *w, const struct sip_msg *req, const char *status, const char *tag,
		const char *more);
/** An INVITE that asks `p`; and a request in the dialog that its responses made. */
void wire_invite(struct wire *w, const struct party *p, const char *more);
void wire_request(struct wire *w, const struct party *p, const char *met, unsigned cseq, const char *more);
/** A request of the called side, in the dialog of our INVITE and the tag it answered with. */
void wire_request_back(struct wire *w, const struct party *p, const char *met, unsigned cseq, const char *tag,
		       const char *more);

/** How often a word stands in a ladder. */
unsigned ladder_count(const char *ladder, const char *word);

#define FIXTURE_SDP "v=0\r\nm=audio 4000 RTP/AVP 8\r\n"
#define FIXTURE_BODY "Content-Type: application/sdp\nContent-Length: 29\n\nv=0\nm=audio 4000 RTP/AVP 8\n"
/* and one that changes the session */
#define FIXTURE_SDP_NEW "v=0\r\nm=audio 4002 RTP/AVP 8\r\n"
#define FIXTURE_BODY_NEW "Content-Type: application/sdp\nContent-Length: 29\n\nv=0\nm=audio 4002 RTP/AVP 8\n"

#endif

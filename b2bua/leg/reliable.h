/**
 * @file reliable.h  Reliable provisional responses (RFC 3262), as plain data of a leg
 *
 * UAS (reliable.c): one is unacknowledged at a time, repeated until its PRACK; those after it wait in a queue.
 * UAC (prack.c): of each early dialog the last RSeq is known; what comes twice or out of order is not told.
 */
#ifndef TANDEM_LEG_RELIABLE_H
#define TANDEM_LEG_RELIABLE_H

#include <re.h>

struct leg;
struct leg_event_arg;

/** The RAck of a PRACK. */
struct rack {
	uint32_t rseq, cseq;
	struct pl met;
};

/** UAS. */
struct reliable {
	uint32_t rseq;   /* of the last one sent; 0: none yet */
	uint32_t cseq;   /* of the INVITE */
	struct mbuf *mb; /* the unacknowledged one; NULL */
	struct sa dst;
	bool sdp; /* it carries an offer or an answer */
	struct tmr tmr;
	uint32_t wait_ms;    /* T1, doubling */
	uint32_t elapsed_ms; /* gives up at 64 * T1 */
	struct list waitl;   /* struct provisional */
};

/** UAC: an offer in a reliable provisional response awaits the answer that goes into its PRACK. */
struct prack_owed {
	bool owed;
	uint32_t rseq, cseq;
	char *rtag; /* of its early dialog */
};

/** Read an RAck or an RSeq header: 0, ENOENT when there is none, EBADMSG. */
int reliable_rack_decode(struct rack *rack, const struct sip_msg *msg);
int reliable_rseq_decode(uint32_t *rseq, const struct sip_msg *msg);

/* reliable.c */
int reliable_progress(struct leg *leg, const struct leg_event_arg *ev);
void reliable_receive(struct leg *leg, const struct sip_msg *msg);
/** Nothing more is repeated or sent; what waited is dropped. */
void reliable_stop(struct leg *leg);

/* prack.c */
/** False: a reliable response that was heard before or comes too early. */
bool prack_in_order(struct leg *leg, const struct sip_msg *msg);
/** Acknowledge a reliable response, or owe it until leg_prack where it carries an offer. */
void prack_progress(struct leg *leg, const struct sip_msg *msg);
void prack_reset(struct leg *leg);

#endif

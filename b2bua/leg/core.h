/**
 * @file core.h  struct leg, shared by the files of this folder alone
 */
#ifndef TANDEM_LEG_CORE_H
#define TANDEM_LEG_CORE_H

#include <re.h>
#include "statetable.h"
#include "alive.h"
#include "auth.h"
#include "cancel.h"
#include "dialog.h"
#include "early.h"
#include "leg.h"
#include "offer.h"
#include "reliable.h"
#include "secure.h"
#include "session_timer.h"

enum leg_event {
	/* told by the owner */
	LEG_EV_INCOMING,
	LEG_EV_PROGRESS,
	LEG_EV_ANSWER,
	LEG_EV_DIAL,
	LEG_EV_HANGUP,
	LEG_EV_SUBSCRIBE,
	/* from the peer */
	LEG_EV_RX_1XX,
	LEG_EV_RX_2XX,
	LEG_EV_RX_FAIL,
	LEG_EV_RX_CANCEL,
	LEG_EV_RX_ACK,
	LEG_EV_RX_BYE,
	/* from the clock */
	LEG_EV_LOST, /* a response of ours stays unacknowledged, or 408/481 came to a request of ours */
	LEG_EV_BYE_DONE,
	LEG_EVENTC,
};

extern const struct statetable leg_table;

/** What an event carries into the table's actions; unused members are NULL. */
struct leg_event_arg {
	const struct sip_msg *msg;
	int err;
	uint16_t scode;
	const char *reason;
	const struct content *content;
	uint32_t max_forwards;
};

/** A 2xx to an INVITE that awaits its ACK. */
struct pending_2xx {
	struct mbuf *mb;
	struct sip_msg *msg; /* the INVITE: where the 2xx goes */
	struct sa dst;
	struct tmr tmr;
	uint32_t cseq;
	uint32_t wait_ms;    /* T1 doubling to T2 */
	uint32_t elapsed_ms; /* gives up at 64 * T1 */
};

/** An ACK we sent or owe. */
struct ack {
	uint32_t cseq;
	bool owed;  /* a 2xx came; leg_ack acknowledges it */
	char *body; /* answer in it, for when the 2xx comes again; NULL */
};

struct out;

struct leg {
	struct le he; /* stack->ht_leg, by local tag */
	struct stack *stack;
	struct dialog dlg;
	uint8_t state; /* enum leg_state, moved by leg_table alone */
	struct exchange exchange;
	bool uac;
	bool sips;           /* our Contact is a SIPS URI, for the peer's is or it was called by one */
	bool offered;        /* UAC: the first INVITE carried SDP */
	bool preconditions;  /* the peer may require them */
	bool modify_offered; /* our INVITE or UPDATE under way in the dialog carries SDP */
	struct sa peer;
	uint8_t peer_tp;      /* enum sip_transp of its last message */
	uint32_t timeout_ms;  /* UAC: how long the owner waits to hear anything; 0: not said */
	uint32_t allow;       /* the peer's Allow: bits by out_method_bit(); 0: not said */
	char *user;           /* user part of our Contact */
	char *allow_ours;     /* our Allow; NULL: stack_allow */
	struct auth *auth;    /* UAC: credentials for the dialled target; NULL: none */
	struct tls_peer *tls; /* of connections that our requests open; NULL: no TLS ones */
	struct leg *self;     /* a reference to itself while CANCELLING, PARTING or LEAVING */

	struct out *invite;        /* UAC: first INVITE */
	struct sip_strans *strans; /* UAS: first INVITE */
	struct sip_msg *msg;       /* UAS: first INVITE, until its final response */
	struct pending_2xx ok;     /* UAS: 2xx unacknowledged */
	struct ack ack;            /* UAC */

	uint8_t prack;                /* enum leg_prack: what the peer and its trunk's policy make possible */
	struct reliable reliable;     /* UAS */
	struct alive alive;           /* UAS */
	struct early early;           /* UAC */
	struct forks forks;           /* UAC */
	struct prack_owed prack_owed; /* UAC */

	struct session_timer session;

	struct list forkl; /* UAC: legs of 2xx from branches we did not choose, until their BYE is answered */
	struct le fork_le;

	struct leg_request *modify_in; /* re-INVITE or UPDATE received, not answered; not referenced */
	struct out *modify_out;
	struct out *bye;
	char *bye_hdrs; /* header lines kept for the BYE that waits for an ACK */

	const struct leg_handlers *h; /* NULL: nobody listens any more */
	void *arg;
};

/** A request in the dialog that awaits our reply. */
struct leg_request {
	struct leg *leg; /* referenced */
	struct sip_msg *msg;
	struct sip_strans *strans;
	bool invite, offered;
	bool replied;
};

struct stack {
	struct sip *sip;
	struct secure *secure;     /* NULL: no TLS */
	struct resolver *resolver; /* NULL: names lead nowhere */
	struct sip_lsnr *lsnr;
	struct hash *ht_leg;
	uint32_t legc;
	uint64_t strays;
	bool closing; /* the process ends, outside any handler of libre's */
};

const char *leg_allow(const struct leg *leg);
int leg_alloc(struct leg **legp, struct stack *stack, const struct leg_handlers *h, void *arg);
void leg_enlist(struct leg *leg);
int leg_step(struct leg *leg, enum leg_event ev, struct leg_event_arg *arg);
void leg_peer_learn(struct leg *leg, const struct sip_msg *msg);
struct leg *leg_lookup(const struct stack *stack, const struct pl *ltag, const struct pl *callid);

/** A response with our Contact; mbp as in sip_treplyf. */
int leg_respond(struct leg *leg, struct sip_strans **stp, struct mbuf **mbp, const struct sip_msg *msg,
		uint16_t scode, const char *reason, const struct content *c);

/** 100 Trying, with the Timestamp of its request (RFC 3261 8.2.6.1). */
int leg_trying(const struct leg *leg, struct sip_strans **stp, const struct sip_msg *msg);

/**
 * out.c: a request of ours under way. Where it may go to several addresses (way.h) it is sent to the next where
 * one refuses it, is silent, or answers with 503.
 *
 * @param outp NULL, or where a pointer is kept until the final response; mem_deref of it gives up
 */
int out_send(struct out **outp, struct leg *leg, const char *met, uint32_t cseq, uint32_t max_forwards,
	     const struct content *c, sip_resp_h *resph, void *arg);
/** The headers that every request of the leg has, up to its content. */
int out_head_print(struct mbuf *mb, const struct leg *leg, const char *met, uint32_t cseq,
		   uint32_t max_forwards);
/** Requests of ours may open a connection, on which the peer is expected from now on. */
void out_connection_expect(const struct leg *leg, enum sip_transp tp);
/** ack.c: send the ACK of the 2xx that leg->ack is about; the same message each time (RFC 3261 13.2.2.4). */
int ack_send(struct leg *leg, const struct content *c);
/** Cancel an INVITE with `c`'s headers: the CANCEL leaves when a provisional response has been heard. */
void out_cancel(struct out *out, const struct content *c);
/** A response to that CANCEL came. */
void out_cancel_answered(struct out *out);
/** True if a method's requests and 2xx carry a Contact (RFC 3261 table 2, RFC 3311, RFC 3515, RFC 6665). */
bool out_has_contact(const struct pl *met);
/** Bits for the methods of an Allow header. */
uint32_t out_method_bit(const struct pl *met);

/* uas.c */
/** A leg that a request makes. EBADMSG: no usable Contact (400 sent). */
int uas_alloc(struct leg **legp, struct stack *stack, const struct sip_msg *msg, const struct leg_handlers *h,
	      void *arg);
int uas_act_progress(void *obj, void *arg);
int uas_act_answer(void *obj, void *arg);
int uas_act_reject(void *obj, void *arg);
int uas_act_cancelled(void *obj, void *arg);
int uas_act_acked(void *obj, void *arg);
int uas_act_bye_after_ack(void *obj, void *arg);
int uas_act_keep_bye(void *obj, void *arg);
int uas_act_part(void *obj, void *arg);
int uas_act_unacknowledged(void *obj, void *arg);
int uas_act_lost(void *obj, void *arg);
void uas_ok_start(struct leg *leg, const struct sip_msg *msg, struct mbuf *mb);
void uas_ok_stop(struct leg *leg);

/* uac.c */
int uac_alloc(struct leg **legp, struct stack *stack, const struct leg_dial *dial,
	      const struct leg_handlers *h, void *arg);
int uac_act_dial(void *obj, void *arg);
int uac_act_progress(void *obj, void *arg);
int uac_act_answered(void *obj, void *arg);
int uac_act_failed(void *obj, void *arg);
int uac_act_cancel(void *obj, void *arg);
int uac_act_answered_late(void *obj, void *arg);
int uac_ack_first(struct leg *leg, uint32_t cseq, bool now);
int uac_ack_again(struct leg *leg, const struct sip_msg *msg);
void uac_end_fork(struct stack *stack, struct leg *leg, const struct sip_msg *msg);

/* request.c */
int request_act_bye(void *obj, void *arg);
int request_act_byed(void *obj, void *arg);
int request_act_over(void *obj, void *arg);
int request_send(struct leg *leg, const char *met, uint32_t max_forwards, const struct content *c,
		 leg_response_h *resph, void *arg);
int request_bye_send(struct leg *leg, const struct content *c);
void request_receive(struct leg *leg, const struct sip_msg *msg);

int request_take(struct leg_request **reqp, struct leg *leg, const struct sip_msg *msg);
void request_refuse(struct leg *leg, const struct sip_msg *msg, uint16_t scode, const char *reason,
		    const char *hdrs);
void request_outcome(struct leg *leg, int err, const struct sip_msg *msg);

/* subscribe.c */
/** A request of the peer's in a subscription's dialog, before anybody is told of it: what it says of the dialog.
 *  EBADMSG: no usable Contact. */
int subscribe_request(struct leg *leg, const struct sip_msg *msg);
/** The same of a 2xx. */
void subscribe_response(struct leg *leg, const struct sip_msg *msg);

/* modify.c */
void modify_receive(struct leg *leg, const struct sip_msg *msg);

#endif

/**
 * @file leg.h  One SIP leg: a dialog with one peer, its offer/answer and the transactions in it
 *
 * A leg knows libre's transactions and nothing of calls, routes, money or media. What arrives is told
 * through leg_handlers; whoever owns the leg tells it what to say by the functions below. Every handler may
 * drop the owner's reference to the leg.
 */
#ifndef TANDEM_LEG_H
#define TANDEM_LEG_H

#include <re.h>
#include "content.h"
#include "session_policy.h"
#include "tls_peer.h"
#include "stack.h"

enum leg_state {
	LEG_IDLE,
	LEG_INCOMING,     /* UAS: INVITE received, no response above 100 sent */
	LEG_RINGING,      /* UAS: a provisional response made an early dialog */
	LEG_ANSWERED,     /* UAS: 2xx sent, retransmitted until its ACK */
	LEG_DIALING,      /* UAC: INVITE sent, nothing heard */
	LEG_EARLY,        /* UAC: a provisional response heard */
	LEG_CANCELLING,   /* UAC: given up before a final response, which is awaited */
	LEG_UP,           /* confirmed both ways */
	LEG_PARTING,      /* UAS: given up before the ACK; BYE follows it (RFC 3261 15) */
	LEG_LEAVING,      /* BYE sent */
	LEG_SUBSCRIPTION, /* no call's: a dialog that a SUBSCRIBE makes (RFC 6665) */
	LEG_OVER,
	LEG_STATEC,
};

/** Reliable provisional responses (RFC 3262) with a peer. */
enum leg_prack {
	LEG_PRACK_OFF,       /* never */
	LEG_PRACK_SUPPORTED, /* with who knows them; as UAS for responses with SDP, or where it demands them */
	LEG_PRACK_REQUIRED,  /* always */
};

struct leg;

/** An in-dialog request that awaits our reply; reply exactly once, then mem_deref. */
struct leg_request;

struct leg_handlers {
	/** UAC: a provisional response above 100, or 100 itself. */
	void (*progressh)(struct leg *leg, const struct sip_msg *msg, void *arg);
	/** UAC: 2xx. The ACK waits for leg_ack, so that nothing the callee sends next overtakes the answer. */
	void (*answerh)(struct leg *leg, const struct sip_msg *msg, void *arg);
	/** UAC: final failure (msg), or none came (err: ETIMEDOUT, ECONNREFUSED, …). The leg is over. */
	void (*failh)(struct leg *leg, int err, const struct sip_msg *msg, void *arg);
	/** UAS: CANCEL; 487 has been sent. The leg is over. `msg` is the INVITE. */
	void (*cancelh)(struct leg *leg, void *arg);
	/** UAS: the ACK of our 2xx to the first or to a later INVITE. */
	void (*ackh)(struct leg *leg, const struct sip_msg *msg, void *arg);
	/** UAS: the PRACK of a reliable provisional response, already answered; it carries the answer where that
	 *  carried an offer. May be NULL. */
	void (*prackh)(struct leg *leg, const struct sip_msg *msg, void *arg);
	/** INVITE or UPDATE in the dialog, or a PRACK with an offer; answer with leg_reply. */
	void (*modifyh)(struct leg *leg, struct leg_request *req, const struct sip_msg *msg, void *arg);
	/** CANCEL of an INVITE told by modifyh: answer it soon, with 487 where nothing came of it. May be NULL. */
	void (*modify_cancelh)(struct leg *leg, struct leg_request *req, void *arg);
	/** Our own INVITE or UPDATE got a response, or err. Provisionals are not told. A 2xx to an INVITE that
	 *  carried no offer waits for leg_ack, others are acknowledged. */
	void (*modifiedh)(struct leg *leg, int err, const struct sip_msg *msg, void *arg);
	/** The answer to a session refresh of ours says something else than before. May be NULL. */
	void (*changedh)(struct leg *leg, const struct sip_msg *msg, void *arg);
	/** Any other request in the dialog, known or not (INFO, REFER, …); answer with leg_reply or leg_refuse. */
	void (*requesth)(struct leg *leg, struct leg_request *req, const struct sip_msg *msg, void *arg);
	/** BYE (msg), already answered, or the dialog was lost: 2xx never acknowledged (err ETIMEDOUT),
	 *  408/481 to a request of ours (ECONNRESET), no session refresh in time (ETIME). The leg is over or leaving. */
	void (*closeh)(struct leg *leg, int err, const struct sip_msg *msg, void *arg);
};

/** What to log on with when the dialled target asks for it. */
struct leg_credentials {
	const char *user, *password;
	const char *realm; /* the only one it is meant for; NULL: the first that asks */
};

struct leg_dial {
	const char *uri;      /* request URI */
	const char *next_hop; /* where to send it when not to `uri`; NULL */
	struct pl from, to;   /* name-addr values without tag */
	struct pl user;       /* user part of our Contact */
	uint32_t max_forwards;
	uint32_t timeout_ms; /* to hear anything, shared by the addresses that a name has */
	enum leg_prack prack;
	struct session_policy session;
	bool preconditions; /* see leg_preconditions_set */
	struct content content;
	const struct leg_credentials *credentials; /* NULL: challenges fail the call */
	struct tls_peer *tls; /* what the far end of a TLS connection must prove; NULL: none can be opened */
	char *allow;          /* value of our Allow header, a mem string; NULL: stack_allow */
};

/**
 * UAS: take an INVITE outside any dialog; 100 Trying is sent. EBADMSG: no usable Contact (400 sent).
 *
 * @param prack  what its trunk's policy allows; used as far as the INVITE asks for it
 */
int leg_incoming(struct leg **legp, struct stack *stack, const struct sip_msg *msg, enum leg_prack prack,
		 const struct leg_handlers *h, void *arg);

/** UAS: what the far end must prove when a request of ours opens a TLS connection to it; referenced. */
void leg_tls_set(struct leg *leg, struct tls_peer *tls);

/** Value of our Allow header; referenced. */
void leg_allow_set(struct leg *leg, char *allow);

/** UAS: session timers with the peer, from the answer on. */
void leg_session_set(struct leg *leg, const struct session_policy *policy);
/** Another owner: it is told from now on. The leg must be up. */
void leg_owner_set(struct leg *leg, const struct leg_handlers *h, void *arg);
/** Whoever owns it by these handlers; NULL: another or nobody. */
void *leg_owner(const struct leg *leg, const struct leg_handlers *h);
/** The peer as From or To name it, tag included. */
const char *leg_remote(const struct leg *leg);

/** UAS: whether requests in the dialog may require preconditions (RFC 3312); else they get 420. */
void leg_preconditions_set(struct leg *leg, bool on);

/** UAS: a provisional response; with a body it carries offer or answer. A reliable one waits for the PRACK of
 *  the one before it. */
int leg_progress(struct leg *leg, uint16_t scode, const char *reason, const struct content *c);
/** True if the peer takes provisional responses reliably, so that an offer may go in one. */
bool leg_is_reliable(const struct leg *leg);
/** UAS: true while SDP in a reliable provisional response awaits its PRACK, or an offer of the peer its answer:
 *  leg_answer has to wait for prackh or leg_reply (RFC 3262 3, 5). */
bool leg_answer_waits(const struct leg *leg);
/** UAS: 200, retransmitted until acknowledged (RFC 3261 13.3.1.4). SDP after an answer that went reliably is
 *  left out. */
int leg_answer(struct leg *leg, const struct content *c);

/** True if no offer has gone either way. */
bool leg_is_unasked(const struct leg *leg);
/** Our SDP as agreed last; not set: none, or another exchange is under way. */
struct pl leg_agreed(const struct leg *leg);

/** UAC: send an INVITE. */
int leg_dial(struct leg **legp, struct stack *stack, const struct leg_dial *dial,
	     const struct leg_handlers *h, void *arg);
/** UAC: true if a proxy on the way forked our INVITE, so that there are or were several early dialogs. */
bool leg_is_forked(const struct leg *leg);
/** UAC: the last provisional response with SDP of the dialog that we heard of last; inside answerh of the one that
 *  answered. NULL: none. */
const struct sip_msg *leg_early_said(const struct leg *leg);
/** UAC: true if a reliable provisional response brought an offer that leg_prack has to answer. */
bool leg_prack_owed(const struct leg *leg);
/** UAC: PRACK with the answer to that offer. EALREADY. */
int leg_prack(struct leg *leg, const struct content *c);
/** UAC: acknowledge the 2xx; the body is the answer where the INVITE carried no offer. EALREADY. */
int leg_ack(struct leg *leg, const struct content *c);

/**
 * End a leg whatever its state: final response `scode`, CANCEL, or BYE, with `c`'s headers. The owner
 * may drop it at once; the leg lives until its last transaction ends. Handlers are not called again.
 */
void leg_hangup(struct leg *leg, uint16_t scode, const char *reason, const struct content *c);

/** INVITE ("re-INVITE") or UPDATE in the dialog. EINPROGRESS: one is under way, either direction. */
int leg_modify(struct leg *leg, const char *met, const struct content *c);

/** Cancel our INVITE in the dialog; modifiedh tells what came of it. ENOENT: none is under way. */
int leg_modify_cancel(struct leg *leg);
/** True if an offer can go in a request of this method now: before the answer only in an UPDATE, and only after
 *  the INVITE's own exchange is over (RFC 3311 5.1). */
bool leg_may_offer(const struct leg *leg, const char *met);

/** Any other request in the dialog. `resph` (NULL: nobody asks) is called once with the final response or an
 *  error. */
typedef void(leg_response_h)(int err, const struct sip_msg *msg, void *arg);
int leg_send(struct leg *leg, const char *met, const struct content *c, leg_response_h *resph, void *arg);

/** UAC: any request outside a dialog that makes none; `dial` says to whom. As leg_send. */
int leg_send_outside(struct stack *stack, const char *met, const struct leg_dial *dial, leg_response_h *resph,
		     void *arg);

/**
 * UAS: take a SUBSCRIBE outside any dialog. The dialog lasts until leg_hangup, which sends nothing; only requesth is
 * told what comes in it.
 *
 * @param reqp  the SUBSCRIBE, to be answered with leg_reply
 *
 * @return EBADMSG: no usable Contact (400 sent)
 */
int leg_subscribed(struct leg **legp, struct leg_request **reqp, struct stack *stack,
		   const struct sip_msg *msg, const struct leg_handlers *h, void *arg);

/** UAC: send a SUBSCRIBE. Its 2xx makes the dialog, or a NOTIFY that comes first (RFC 6665 4.4.1); what comes of
 *  other branches of it gets 481. As leg_subscribed, and as leg_send. */
int leg_subscribe(struct leg **legp, struct stack *stack, const struct leg_dial *dial,
		  const struct leg_handlers *h, leg_response_h *resph, void *arg);

/** Reply to a request of modifyh or requesth. A 2xx to an INVITE is retransmitted until its ACK. */
int leg_reply(struct leg_request *req, uint16_t scode, const char *reason, const struct content *c);
/** Its method is not taken: 405, with what is (RFC 3261 8.2.1). */
void leg_refuse(struct leg_request *req);
const struct sip_msg *leg_request_msg(const struct leg_request *req);

enum leg_state leg_state(const struct leg *leg);
const char *leg_state_name(const struct leg *leg);
const char *leg_callid(const struct leg *leg);
/** True if we called the peer, so that the Call-ID is ours. */
bool leg_was_called(const struct leg *leg);
/** The peer's address as of the last message, and what it calls itself; "" when unknown. */
const struct sa *leg_peer(const struct leg *leg);
/** True if the peer said it takes this method (Allow); false when it did not say. */
bool leg_peer_allows(const struct leg *leg, const char *met);
bool leg_peer_said_allow(const struct leg *leg);
/** True if the dialog can carry a request now. */
bool leg_in_dialog(const struct leg *leg);
/** True while a re-INVITE or UPDATE of either direction is under way. */
bool leg_modifying(const struct leg *leg);

#endif

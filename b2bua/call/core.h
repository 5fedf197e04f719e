/**
 * @file core.h  struct call and struct calls, shared by the files of this folder alone
 */
#ifndef TANDEM_CALL_CORE_H
#define TANDEM_CALL_CORE_H

#include <re.h>
#include "statetable.h"
#include "cdr.h"
#include "../door/door.h"
#include "../leg/leg.h"
#include "call.h"
#include "charge.h"
#include "load.h"
#include "media.h"
#include "redirect.h"

enum call_state {
	CALL_NEW,
	CALL_RATING,     /* what it costs is looked up, and set aside */
	CALL_OFFERING,   /* a candidate is chosen; the caller's offer to it is at the relay */
	CALL_HUNTING,    /* the candidate is dialled */
	CALL_CONNECTING, /* a candidate answered; its SDP is at the relay */
	CALL_UP,
	CALL_LEFT,   /* who asked for a transfer hung up; the other party waits for the target */
	CALL_HANDED, /* the remaining party is in another call; this one lasts as long */
	CALL_ENDING, /* both legs were told; the relay's counters are awaited */
	CALL_OVER,
	CALL_STATEC,
};

enum call_event {
	CALL_EV_START,
	CALL_EV_RATED,
	CALL_EV_OFFERED,
	CALL_EV_PROGRESS,
	CALL_EV_ANSWER,
	CALL_EV_CONNECTED,
	CALL_EV_ATTEMPT_OVER, /* the candidate failed, stayed silent or could not be dialled */
	CALL_EV_REFUSE,       /* we give up before an answer: the caller gets a final response */
	CALL_EV_A_GONE,       /* CANCEL or BYE from the caller, or its dialog was lost */
	CALL_EV_B_GONE,
	CALL_EV_RELEASE, /* operator, media time-out, maximum duration, shutdown */
	CALL_EV_LEFT,
	CALL_EV_HANDED,
	CALL_EV_ONWARD_OVER,
	CALL_EV_PICKED, /* somebody takes it in the place of the candidate that rings */
	CALL_EV_JOINED, /* a leg of another call came into this one, which is answered by it */
	CALL_EV_COUNTED,
	CALL_EVENTC,
};

extern const struct statetable call_table;

/** What events carry; unused members are zero. */
struct call_event_arg {
	const struct sip_msg *msg; /* response or request that caused it */
	struct pl sdp;             /* for the other side, as the relay rewrote it */
	int err;
	uint16_t scode; /* for the caller */
	const char *reason;
	const char *tag; /* release_tag */
	enum cdr_disposition disposition;
	enum cdr_party released_by;
};

/** One of the candidates being dialled. */
struct attempt {
	const struct route *route;
	size_t next;    /* index of the candidate to come */
	uint32_t count; /* dialled so far: b1, b2, … */
	uint64_t start_ms;
	bool open;      /* dialled and not yet noted */
	bool heard;     /* a response came: from now on the ring time-out counts */
	uint16_t scode; /* of the last one that failed; whose doing it was, and what the CDR says of it */
	enum cdr_party party;
	const char *tag;
	struct mbuf *reasons;    /* Reason headers of the last failure */
	struct sip_msg *refusal; /* that failure, if it is the callee's */
	struct mbuf *contacts;   /* of a 3xx that passes to the caller */
	struct redirect redirect;
	char phrase[64];
	unsigned q850;
	struct tmr tmr;
};

/** A re-INVITE or UPDATE that crosses the call. */
struct modification {
	struct leg_request *req; /* NULL: none under way */
	struct sip_msg *said;    /* the response to it, while the relay is told of it; NULL */
	struct leg *from, *to;
	bool waiting;            /* it came before the caller acknowledged our 200 */
	bool offered;            /* it came with SDP */
	bool answered;           /* `to` accepted it, or refused: a CANCEL comes too late */
	int err;                 /* why `to` gave no response */
	struct relay_client *rc; /* that is told what was agreed on, in this run of it */
	uint32_t generation;
	bool counter; /* `to` made the offer (it came without); the answer is in from's ACK */
};

/** renew.c: the media session is made anew after its relay forgot it or died. */
enum renew_state {
	RENEW_IDLE,
	RENEW_QUEUED,
	RENEW_LATER,
	RENEW_RELAY,
	RENEW_ASKING,
	RENEW_LEGS,
	RENEW_AGREEING,
};

enum renew_reason {
	RENEW_LOST,  /* its relay forgot the session, or died */
	RENEW_JOINS, /* with a party that has come into the call */
	RENEW_TELLS, /* a side has heard an answer that is not the last word */
};

enum renew_leg_state { RENEW_LEG_TODO, RENEW_LEG_ASKED, RENEW_LEG_AGAIN, RENEW_LEG_REFUSED, RENEW_LEG_DONE };

struct renewal {
	struct le le; /* calls->renewl while QUEUED */
	struct tmr tmr;
	enum renew_state state;
	enum renew_reason reason;
	struct renewal_leg {
		enum renew_leg_state state;
		uint16_t scode;
	} legv[2];    /* the caller's and the callee's */
	bool changed; /* a side answered something else than it said before */
	bool doubt;   /* ask the relay first whether it knows the call */
	unsigned tries;
	uint64_t since_ms;
};

/** watch.c: the relay is asked for the media of an answered call. */
struct watch {
	struct tmr tmr;
	int64_t packets;     /* of both sides, at the last answer */
	uint64_t changed_ms; /* when they last were others than before */
};

struct call {
	struct le le; /* calls->calll */
	struct le he; /* calls->ht_call, by CDR id */
	struct calls *calls;
	struct model *model;
	struct iface *iface_a, *iface_b;
	const struct trunk *src, *dst;
	const struct trunk *trunk_a; /* whose peer leg a is: `src`, unless a transfer made the call */
	struct load *load_src, *load_dst, *load_account;
	uint8_t state; /* enum call_state, moved by call_table alone */
	struct leg *a, *b;
	struct sip_msg *invite; /* the caller's, until it has a final response */
	struct media *media;
	struct media_side side_a, side_b;
	bool offered; /* the caller's INVITE came with SDP */
	uint16_t
		early; /* the candidate's last provisional response with SDP; 0: none, or it no longer counts */
	char *answer;     /* SDP for the caller from an early answer, until 200 */
	char *correction; /* the callee's answer where the caller has taken another for it; until its ACK */
	bool ready;       /* the callee answered; the caller's 200 waits for its PRACK, with `answer` */
	struct sip_msg *said; /* the callee's response that the caller is to get; NULL */
	bool met;             /* the caller has met its preconditions, of what it has said */
	bool ringing;         /* the callee rings; the caller hears it when that is so */
	struct attempt attempt;
	struct modification mod;
	struct renewal renewal;
	struct watch watch;
	struct charging charging;
	struct tmr tmr; /* maximum duration */
	struct cdr *cdr;
	struct mbuf *attempts;                         /* JSON array under construction */
	uint64_t start_ms, ring_ms, answer_ms, end_ms; /* monotonic */
	struct transfer *transfer;                     /* who asked for this call by REFER; NULL: nobody */
	struct call *onward; /* where a transfer leads the remaining party; NULL: nowhere */
	struct list formerl; /* struct call: those whose `onward` this is */
	struct le former_le;
	struct leg *replaced;      /* whose place the caller takes (Replaces); NULL */
	unsigned transfers;        /* that led here, one after the other */
	unsigned refers;           /* received */
	struct leg_request *refer; /* the callee's, that came before the caller acknowledged our 200; NULL */
	bool handed;               /* its remaining party is in `onward` */
	bool handed_a, onward_a;   /* it was the caller, and is the caller there */
	struct call_event_arg end; /* how it ended: tag, disposition, released_by, scode */
};

struct calls {
	struct engine *e;
	struct list calll;
	struct hash *ht_call;
	struct hash *ht_load;
	struct list subscriptionl; /* struct subscription, referenced */
	struct list renewl;        /* struct call: their media is to be made anew */
	struct tmr tmr_renew, tmr_scan;
	struct call_stats stats;
};

/** A call to be begun; without `former` a caller's INVITE. */
struct call_opening {
	struct calls *cs;
	struct iface *iface;     /* of leg a */
	const struct trunk *src; /* who pays */
	const struct trunk *trunk_a;
	struct model *model;
	const struct sip_msg *msg;
	const struct call *former;
	bool joined; /* of parties whose calls are paid for already */
};

/** Make it known and recorded. ENOSPC, EIO: it could not be recorded. */
int call_open(struct call **callp, const struct call_opening *o);

int call_step(struct call *call, enum call_event ev, struct call_event_arg *arg);

/** Header of a refusal because of EACCES from media.h (RFC 3261 20.43). */
#define CALL_SRTP_WARNING "Warning: 302 tandem \"Incompatible transport protocol\"\r\n"

/** The media session failed with this errno before the call was answered. */
void call_media_refuse(struct call *call, int err);
/** A trunk's policy as the leg takes it. */
enum leg_prack call_prack(enum prack_policy policy);
void call_refuse(struct call *call, uint16_t scode, const char *reason, const char *tag);

/** The leg beside this one. */
struct leg *call_other(const struct call *call, const struct leg *leg);
struct media_side *call_side(struct call *call, const struct leg *leg);
void call_side_set(struct media_side *side, const char *tag, const struct trunk *trunk, int af);

extern const struct leg_handlers call_a_handlers, call_b_handlers;

/* check.c */
/** Why a call is refused. */
struct check {
	uint16_t scode; /* 0: it is not */
	const char *reason;
	const char *tag;
};

struct check check_message(const struct call *call);
/** The places that it takes in its trunk's and its account's limits are the call's from then on. */
struct check check_limits(struct call *call);

/* setup.c */
/** What its INVITE may require, as bits of enum header_option. */
unsigned setup_options(const struct trunk *trunk);
int setup_act_start(void *obj, void *arg);
int setup_act_progress(void *obj, void *arg);
int setup_act_connect(void *obj, void *arg);
int setup_act_answer(void *obj, void *arg);
int setup_act_joined(void *obj, void *arg);
/** The callee's answer, or its offer where the caller made none, goes through the relay to the caller, who is
 *  answered with it. */
void setup_connect(struct call *call, const struct pl *sdp);
/** True while the relay has the callee's first early description in hand: the caller has not got it yet. */
bool setup_answering(const struct call *call);
void setup_acked(struct call *call, const struct sip_msg *msg);
/** The caller acknowledged a provisional response of ours, or an offer of its PRACK is answered. */
void setup_pracked(struct call *call, const struct sip_msg *msg);
/** Tell the caller that the callee rings, if that waited for its preconditions and they are met. */
void setup_ring(struct call *call);

/* hunt.c */
int hunt_act_next(void *obj, void *arg);
int hunt_act_dial(void *obj, void *arg);
void hunt_heard(struct call *call);
void hunt_failed(struct call *call, int err, const struct sip_msg *msg);
/** Note how the candidate under way ended, for the CDR; `code` 0: none is under way. */
void hunt_note(struct call *call, uint16_t code, const struct pl *reason);

/** Who picks it up is in the candidate's place; the leg of that one has been told. */
void hunt_picked(struct call *call, const struct call *picker);

/* dial.c */
int dial_candidate(struct call *call, const struct pl *sdp);
/** What is dialled: the trunk's target, or where it redirected the call to. */
const char *dial_target(const struct call *call);
int dial_target_af(const struct call *call);
/** Send the request `call->invite`, which is none and belongs to no call, to `call->dst`; as leg_send_outside. */
int dial_ask(const struct call *call, leg_response_h *resph, void *arg);
/** Send the SUBSCRIBE `call->invite` to `call->dst`, in a dialog that `call->b` is; as leg_subscribe. */
int dial_subscribe(struct call *call, const struct leg_handlers *h, leg_response_h *resph, void *arg);
/** The request URI at the trunk's own target. */
int dial_home_uri(char **urip, const struct call *call);

/* record.c */
int record_open(struct call *call, const struct sip_msg *msg);
/** A moment of the monotonic clock as a time in its CDR: as the wall clock stood at its start, so that the times of a
 * call are as far apart as they were, wherever that clock is set meanwhile. */
int64_t record_time_us(const struct call *call, uint64_t at_ms);
/** Note the callee's address, which goes with its leg. */
void record_peer(struct call *call);
void record_close(struct call *call, const struct cdr_media *a, const struct cdr_media *b);

/* trace.c */
/** What is traced of these legs is the call's from now on. */
void trace_caller(const struct call *call, const struct pl *callid);
void trace_callee(const struct call *call);

/* modify.c */
void modify_begin(struct call *call, struct leg *from, struct leg_request *req, const struct sip_msg *msg);
/** Its sender cancels it. */
void modify_cancel(struct call *call, struct leg_request *req);
void modify_resume(struct call *call);
void modify_drop(struct call *call);
void modify_end(struct call *call, struct leg *to, int err, const struct sip_msg *msg);
bool modify_acked(struct call *call, struct leg *from, const struct sip_msg *msg);

/* pass.c */
enum { PASS_PHRASE_SIZE = 64 };
/** Any request but those that make up a call: it crosses, or is refused by the trunks' policy. */
void pass_request(struct call *call, struct leg *from, struct leg_request *req, const struct sip_msg *msg);
/** Send it on; the other side's response is the answer. */
void pass_on(struct call *call, struct leg *from, struct leg_request *req);
/** A response's code for the side that asked, with the phrase that goes with it. 488 leaves the dialog alone, 480
 *  would end it (RFC 5057 5.1). */
uint16_t pass_outcome(char phrase[PASS_PHRASE_SIZE], int err, const struct sip_msg *msg);

/** The same with header lines of ours. */
void pass_with(struct call *call, struct leg *from, struct leg_request *req, const struct mbuf *more);

/* transfer.c */
/** A REFER: answered, and done as the trunk's policy says. */
void transfer_request(struct call *call, struct leg *from, struct leg_request *req,
		      const struct sip_msg *msg);
/** The caller acknowledged our 200: what waited for that is done. */
void transfer_resume(struct call *call);
/** True if the call goes on without `gone`, which has asked for a transfer that is under way. */
bool transfer_keeps(const struct call *call, const struct leg *gone);
/** The target has said this, or answered: now the remaining party comes in. */
void transfer_progress(struct call *call, uint16_t scode);
int transfer_answered(struct call *call);
/** The call is over: who asked for it hears so, if it has heard of no success. */
void transfer_end(struct call *call);
/** True if a leg of a call is this trunk's, or of its account. */
bool transfer_owns(const struct trunk *trunk, const struct call *call, const struct leg *leg);

/* replace.c */
bool replace_wanted(const struct call *call);
void replace_start(struct call *call);

/* pickup.c */
/** Why a call that rings cannot be picked up by the call of who asks for it; 0: it can. */
uint16_t pickup_refusal(const struct call *picker, struct call *waiting, const struct leg *ringing);
int pickup_start(struct call *picker, struct call *waiting);
/** The call that picks this one up; NULL: none does. */
struct call *pickup_of(const struct call *waiting);
int pickup_act_picked(void *obj, void *arg);
/** The caller has its answer, and so has who picked up; or its answer came in its ACK. False: nobody did. */
bool pickup_answered(struct call *waiting);
bool pickup_acked(struct call *waiting, const struct pl *sdp);
/** The call that was to be picked up, or who picks it up, is gone before that. */
void pickup_lost(struct call *picker);
void pickup_abandoned(struct call *waiting);

/* handover.c */
const struct trunk *handover_trunk(const struct call *call, const struct leg *leg);
/** The call that owns a leg; NULL: none. */
struct call *handover_call(const struct leg *leg);
/** True if the party beside `gone` could go into another call now. */
bool handover_may(const struct call *call, const struct leg *gone);
/** What a party last said of its media, without any hold. */
int handover_sdp(struct mbuf **mbp, struct call *call, const struct leg *leg);
/** From now on the calls end together. */
void handover_link(struct call *former, struct call *onward);
/** Move a leg, which is up, into a call that has none there. */
void handover_take(struct call *from, struct leg *leg, struct call *to, bool as_a);
/** The call is over: so are those it came of, and the one it led to. */
void handover_end(struct call *call);
int handover_act_handed(void *obj, void *arg);
int handover_act_a_left(void *obj, void *arg);
int handover_act_b_left(void *obj, void *arg);

/* renew.c */
/** Parties have come into the call from others: they are offered its media. */
void renew_join(struct call *call, bool a, bool b);
/** The caller hears by re-INVITE what the callee says; it took another for the answer. */
void renew_tell(struct call *call, const struct pl *sdp);
/** See to a call's media in its turn, if it is lost; `doubt`: ask the relay whether it is. */
void renew_queue(struct call *call, bool doubt);
void renew_drop(struct call *call);
/** True if a response to an INVITE of ours was to one of these. */
bool renew_answered(struct call *call, struct leg *leg, int err, const struct sip_msg *msg);
/** A side answered a session refresh with something else than before: its relay is told. */
void renew_changed(struct call *call, const struct leg *leg, const struct sip_msg *msg);
bool renew_active(const struct call *call);
void renew_news(struct calls *cs, struct relay_client *rc, enum relay_news news);

/* watch.c */
void watch_start(struct call *call);
void watch_stop(struct call *call);

/* close.c */
/** CANCEL or BYE a leg, with a Reason. */
void close_leg(struct leg *leg, unsigned q850);
int close_act_refuse(void *obj, void *arg);
int close_act_a_gone(void *obj, void *arg);
int close_act_b_gone(void *obj, void *arg);
int close_act_release(void *obj, void *arg);
int close_act_counted(void *obj, void *arg);
int close_act_onward_over(void *obj, void *arg);
/** Its counters are there: the CDR is written. */
void close_count(struct call *call);

#endif

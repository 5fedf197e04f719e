/**
 * @file modify.c  re-INVITE and UPDATE cross from one leg to the other
 */
#include <string.h>
#include <re.h>
#include "log.h"
#include "../leg/header.h"
#include "core.h"
#include "cross.h"
#include "precondition.h"

static void reply(struct call *call, uint16_t scode, const char *reason, const struct content *c)
{
	struct leg_request *req = call->mod.req;

	call->mod.req = NULL;
	(void)leg_reply(req, scode, reason, c);
	call->mod.said = mem_deref(call->mod.said);
	mem_deref(req);

	if (media_lost(call->media))
		renew_queue(call, false);
	setup_ring(call);
	if (call->ready)
		setup_pracked(call, NULL);
}

/* Who has preconditions has UPDATE, also where it does not say so (RFC 3312 11). */
static bool takes_update(const struct call *call, const struct leg *to)
{
	return leg_peer_allows(to, "UPDATE") ||
	       (call->side_b.preconditions == MEDIA_PRECONDITIONS_PASSED && !leg_peer_said_allow(to));
}

/* UPDATE, or an offer in a PRACK, goes as UPDATE where the other side takes it, else as a re-INVITE. */
static const char *method(const struct call *call)
{
	const struct sip_msg *msg = leg_request_msg(call->mod.req);

	if (pl_strcmp(&msg->met, "INVITE") && takes_update(call, call->mod.to))
		return "UPDATE";

	return "INVITE";
}

static void send_on(struct call *call, const struct pl *sdp)
{
	const struct sip_msg *msg = leg_request_msg(call->mod.req);
	struct content c = pl_isset(sdp) ? content_around(sdp, msg) : content_of(msg);
	struct mbuf *hdrs = cross_message(call, msg, call->mod.to, &c);
	int err;

	err = leg_modify(call->mod.to, method(call), &c);
	mem_deref(hdrs);

	if (err == EINPROGRESS)
		reply(call, 491, "Request Pending", NULL);
	else if (err)
		reply(call, 500, "Server Internal Error", NULL);
}

/* 488 where it is the SDP of either side that cannot be had. */
static void media_refused(struct call *call, int err)
{
	struct content c = content_sdp(&pl_null);

	if (err == EACCES)
		pl_set_str(&c.hdrs, CALL_SRTP_WARNING);

	if (err == EREMOTEIO || err == EACCES)
		reply(call, 488, "Not Acceptable Here", &c);
	else
		reply(call, 500, "No Media Relay", NULL);
}

static void offered_handler(int err, const struct pl *sdp, void *arg)
{
	struct call *call = arg;

	if (!call->mod.req)
		return;

	if (err)
		media_refused(call, err);
	else
		send_on(call, sdp);
}

static void answered_handler(int err, const struct pl *sdp, void *arg)
{
	struct call *call = arg;
	struct content c = content_around(err ? &pl_null : sdp, call->mod.said);

	if (!call->mod.req)
		return;

	if (!err) {
		call->correction = mem_deref(call->correction);
		precondition_heard(call, call->mod.from, leg_request_msg(call->mod.req));
		reply(call, 200, "OK", &c);
		return;
	}

	/* nobody will answer the offer in it, but the 2xx wants its ACK */
	if (call->mod.counter)
		(void)leg_ack(call->mod.to, NULL);
	call->mod.counter = false;
	media_refused(call, err);
}

/* The other side is not asked: it has said what it says. */
static void served_handler(int err, const struct pl *sdp, void *arg)
{
	struct call *call = arg;
	struct pl answer;

	(void)sdp;
	if (!call->mod.req)
		return;

	if (err) {
		media_refused(call, err);
		return;
	}

	answer = media_agreed(call->media, call_side(call, call->mod.to));
	media_answer(call->media, call_side(call, call->mod.from), call_side(call, call->mod.to), &answer,
		     answered_handler, call);
}

static void start(struct call *call)
{
	struct modification *mod = &call->mod;
	struct pl sdp = content_sdp_of(leg_request_msg(mod->req));

	mod->waiting = false;
	mod->offered = pl_isset(&sdp);

	if (mod->offered && precondition_is_ours(call, mod->from, &sdp))
		media_offer(call->media, call_side(call, mod->from), call_side(call, mod->to), true, &sdp,
			    served_handler, call);
	/* whoever asked comes again: after the answer it goes as a re-INVITE */
	else if (mod->offered && !leg_may_offer(mod->to, method(call)))
		reply(call, 491, "Request Pending", NULL);
	else if (mod->offered)
		media_offer(call->media, call_side(call, mod->from), call_side(call, mod->to), true, &sdp,
			    offered_handler, call);
	else
		send_on(call, &pl_null);
}

/* An UPDATE that changes no session is passed like any request, if the other side knows it. */
static void refresh(struct call *call, struct leg *from, struct leg_request *req, const struct sip_msg *msg)
{
	struct leg *to = call_other(call, from);

	if (leg_peer_allows(to, "UPDATE") || !leg_peer_said_allow(to)) {
		pass_on(call, from, req);
		return;
	}

	(void)leg_reply(req, 200, "OK", NULL);
	mem_deref(req);
}

/* The callee is up as soon as it answered, the caller only with its ACK; before that it takes no offer until it has
 * the early answer, which the relay may still have in hand, and has sent its PRACK of it (RFC 3311 5.1). */
static bool must_wait(const struct call *call, const struct leg *from, const struct leg *to)
{
	if (call->state == CALL_HUNTING)
		return to == call->a && (setup_answering(call) || leg_answer_waits(to));

	return leg_state(from) == LEG_UP && leg_state(to) != LEG_UP;
}

void modify_begin(struct call *call, struct leg *from, struct leg_request *req, const struct sip_msg *msg)
{
	struct leg *to = call_other(call, from);
	bool update = !pl_strcmp(&msg->met, "UPDATE");
	struct pl sdp = content_sdp_of(msg);
	bool wait;

	if (update && !pl_isset(&sdp)) {
		refresh(call, from, req, msg);
		return;
	}

	wait = must_wait(call, from, to);
	if (call->mod.req || renew_active(call) ||
	    (call->state != CALL_UP && call->state != CALL_CONNECTING && !wait && !leg_in_dialog(to))) {
		(void)leg_reply(req, 491, "Request Pending", NULL);
		mem_deref(req);
		return;
	}

	call->mod = (struct modification){.req = req, .from = from, .to = to};
	if (wait)
		call->mod.waiting = true;
	else
		start(call);
}

void modify_cancel(struct call *call, struct leg_request *req)
{
	struct modification *mod = &call->mod;

	/* what `to` says to our CANCEL is the answer: so both sides agree whether it was changed */
	if (mod->req == req && !mod->answered && leg_modify_cancel(mod->to))
		reply(call, 487, "Request Terminated", NULL);
}

void modify_resume(struct call *call)
{
	struct modification *mod = &call->mod;

	if (mod->req && mod->waiting && !must_wait(call, mod->from, mod->to))
		start(call);
}

/** The leg it went to is gone: it is refused with 487, and nothing of it stays. */
void modify_drop(struct call *call)
{
	struct leg_request *req = call->mod.req;

	mem_deref(call->mod.said);
	memset(&call->mod, 0, sizeof(call->mod));
	mem_deref(req);
}

static void refusal_reply(struct call *call)
{
	const struct sip_msg *msg = call->mod.said;
	char phrase[PASS_PHRASE_SIZE];
	const uint16_t scode = pass_outcome(phrase, call->mod.err, msg);
	struct mbuf *mb = mbuf_alloc(64);
	struct content c = content_sdp(&pl_null);

	if (msg && mb && !header_print_reason(mb, msg, NULL))
		c.hdrs = (struct pl){(const char *)mb->buf, mb->end};

	reply(call, scode, phrase, &c);
	mem_deref(mb);
}

static void restored_handler(int err, const struct pl *sdpa, const struct pl *sdpb, void *arg)
{
	struct call *call = arg;
	struct relay_client *rc = media_relay(call->media);

	(void)sdpa;
	(void)sdpb;
	/* it went to another session meanwhile, of which the sides do not know */
	if (!err && (rc != call->mod.rc || relay_generation(rc) != call->mod.generation))
		media_lose(call->media);
	if (call->mod.req)
		refusal_reply(call);
}

/* RFC 3261 14.1: the session is as it was; the relay knows of the offer, and is told again what was agreed on. */
static void refused(struct call *call, int err, const struct sip_msg *msg)
{
	call->mod.said = mem_ref((void *)msg);
	call->mod.err = err;
	call->mod.answered = true;

	call->mod.rc = media_relay(call->media);
	call->mod.generation = call->mod.rc ? relay_generation(call->mod.rc) : 0;

	if (call->mod.offered && call->state == CALL_UP && call->mod.rc && !media_lost(call->media))
		media_renew(call->media, &call->side_a, &call->side_b, restored_handler, call);
	else
		refusal_reply(call);
}

void modify_end(struct call *call, struct leg *to, int err, const struct sip_msg *msg)
{
	struct modification *mod = &call->mod;
	struct pl sdp = PL_INIT;

	if (!mod->req || mod->to != to)
		return;

	if (err || msg->scode >= 300) {
		refused(call, err, msg);
		return;
	}

	mod->answered = true;
	sdp = content_sdp_of(msg);
	mod->counter = !mod->offered && pl_isset(&sdp);

	if (!pl_isset(&sdp)) {
		/* it owed an offer or an answer; its 2xx wants its ACK all the same */
		if (!mod->offered)
			(void)leg_ack(to, NULL);
		reply(call, mod->offered ? 502 : 200, mod->offered ? "Answer Without SDP" : "OK", NULL);
		return;
	}

	mod->said = mem_ref((void *)msg);
	if (mod->offered)
		media_answer(call->media, call_side(call, mod->from), call_side(call, to), &sdp,
			     answered_handler, call);
	else
		media_offer(call->media, call_side(call, to), call_side(call, mod->from), true, &sdp,
			    answered_handler, call);
}

static void acked_handler(int err, const struct pl *sdp, void *arg)
{
	struct call *call = arg;
	struct content c = content_sdp(err ? &pl_null : sdp);

	if (call->state == CALL_UP)
		(void)leg_ack(call->mod.to, &c);
}

bool modify_acked(struct call *call, struct leg *from, const struct sip_msg *msg)
{
	struct modification *mod = &call->mod;
	struct content none = content_sdp(&pl_null);
	struct pl sdp = content_sdp_of(msg);

	if (!mod->counter || mod->from != from)
		return false;

	mod->counter = false;
	if (pl_isset(&sdp))
		media_answer(call->media, call_side(call, mod->to), call_side(call, from), &sdp,
			     acked_handler, call);
	else
		(void)leg_ack(mod->to, &none);

	return true;
}

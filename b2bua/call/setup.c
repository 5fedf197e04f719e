/**
 * @file setup.c  From the caller's INVITE to both legs up: early media, answer
 */
#include <re.h>
#include "log.h"
#include "wheel.h"
#include "../leg/header.h"
#include "../leg/sdp.h"
#include "../leg/stack.h"
#include "core.h"
#include "cross.h"
#include "precondition.h"

enum { UNMET_MS = 32000 }; /* as long as the callee waits for its ACK (RFC 3261 13.3.1.4) */

/* ------------------------------------------------------------------ the start */

unsigned setup_options(const struct trunk *trunk)
{
	return (trunk->prack_in == PRACK_OFF ? 0 : HEADER_OPTION_100REL) |
	       (trunk->transfer == TRANSFER_SERVE ? HEADER_OPTION_REPLACES : 0) |
	       (trunk->session.use == SESSION_OFF ? 0 : HEADER_OPTION_TIMER) |
	       (trunk->precondition == PRECONDITION_OFF ? 0 : HEADER_OPTION_PRECONDITION);
}

static void expired_handler(void *arg)
{
	struct call_event_arg ev = {
		.scode = 487,
		.reason = header_phrase(487),
		.tag = "invite_expired",
		.disposition = CDR_NO_ANSWER,
		.released_by = CDR_TANDEM,
	};
	struct call *call = arg;

	if (call->state < CALL_CONNECTING)
		(void)call_step(call, CALL_EV_REFUSE, &ev);
}

/* RFC 3261 13.3.1: how long the caller wants to wait for an answer. */
static void expiry_start(struct call *call)
{
	const struct pl *expires = &call->invite->expires;
	struct pl seconds;

	if (pl_isset(expires) && expires->l < 9 && !re_regex(expires->p, expires->l, "[0-9]+", &seconds) &&
	    seconds.l == expires->l)
		tmr_start(&call->tmr, pl_u64(&seconds) * 1000, expired_handler, call);
}

int setup_act_start(void *obj, void *arg)
{
	struct call *call = obj;
	struct check check = check_message(call);
	struct pl sdp = content_sdp_of(call->invite);

	(void)arg;
	call->offered = pl_isset(&sdp);

	if (!check.scode)
		check = check_limits(call);

	if (!check.scode && replace_wanted(call)) {
		replace_start(call);
		return 0;
	}

	if (!check.scode) {
		call->attempt.route = model_route(call->model, call->cdr->callee);
		if (!call->attempt.route)
			check = (struct check){404, "No Route", "no_route"};
	}

	if (check.scode) {
		call_refuse(call, check.scode, check.reason, check.tag);
		return 0;
	}

	if (call->a)
		expiry_start(call);
	charge_begin(call);

	return 0;
}

/* ------------------------------------------------------- provisional responses */

static void connected_handler(int err, const struct pl *sdp, void *arg);

/* No bell before the caller has met its preconditions (RFC 3312 6). */
static bool ring_holds(struct call *call, uint16_t scode)
{
	if (scode != 180 || !precondition_waits(call))
		return false;

	call->ringing = true;

	return true;
}

/* A response of the callee's goes on with its headers as far as they cross; from `msg` where it is known. */
static int progress(struct call *call, uint16_t scode, struct content c, const struct sip_msg *msg)
{
	const bool held = ring_holds(call, scode);
	const uint16_t told = held ? 183 : scode;
	struct mbuf *hdrs;
	int err;

	if (call->transfer) {
		transfer_progress(call, scode);
		return 0;
	}

	if (held && !pl_isset(&c.body))
		return 0;

	hdrs = cross_message(call, msg, call->a, &c);
	err = leg_progress(call->a, told, header_phrase(told), &c);
	mem_deref(hdrs);

	return err;
}

void setup_ring(struct call *call)
{
	if (!call->ringing || precondition_waits(call))
		return;

	call->ringing = false;
	if (call->state == CALL_HUNTING)
		(void)leg_progress(call->a, 180, header_phrase(180), NULL);
}

/* An early answer is back from the relay. It goes to the caller, or, when a 200 without SDP came meanwhile,
 * it is the answer. One of a candidate given up, or that a later answer replaced, is nobody's. */
static void early_handler(int err, const struct pl *sdp, void *arg)
{
	struct call *call = arg;

	if (!call->early)
		return;

	if (call->state == CALL_CONNECTING) {
		call->early = 0;
		connected_handler(err, sdp, call);
		return;
	}

	if (err || call->state != CALL_HUNTING) {
		call->early = 0; /* nothing is left to wait for */
		modify_resume(call);
		return;
	}

	call->answer = mem_deref(call->answer);
	(void)pl_strdup(&call->answer, sdp);
	(void)progress(call, call->early, content_around(sdp, call->said), call->said);
	modify_resume(call);
}

bool setup_answering(const struct call *call)
{
	return call->early && !call->answer;
}

/* The callee's offer came in a reliable response: so it goes on, and the caller's PRACK brings the answer. */
static void early_offer_handler(int err, const struct pl *sdp, void *arg)
{
	struct call *call = arg;
	const uint16_t scode = call->early;

	call->early = 0;
	if (!scode || call->state != CALL_HUNTING)
		return;

	if (err)
		call_media_refuse(call, err);
	else
		(void)progress(call, scode, content_around(sdp, call->said), call->said);
}

/* The parts beside an SDP that is at the relay wait with their message. */
static void said_set(struct call *call, const struct sip_msg *msg)
{
	struct sip_msg *said = mem_ref((void *)msg);

	mem_deref(call->said);
	call->said = said;
}

int setup_act_progress(void *obj, void *arg)
{
	struct call_event_arg *ev = arg;
	struct call *call = obj;
	struct pl sdp = content_sdp_of(ev->msg);

	if (pl_isset(&sdp))
		said_set(call, ev->msg);
	if (!call->ring_ms) {
		call->ring_ms = clock_mono_ms();
		call->cdr->ring_us = record_time_us(call, call->ring_ms);
	}

	if (call->offered && pl_isset(&sdp)) {
		call->early = ev->msg->scode;
		media_answer(call->media, &call->side_a, &call->side_b, &sdp, early_handler, call);
		return 0;
	}

	if (leg_prack_owed(call->b) && pl_isset(&sdp)) {
		call->early = ev->msg->scode;
		media_offer(call->media, &call->side_b, &call->side_a, false, &sdp, early_offer_handler,
			    call);
		return 0;
	}

	return progress(call, ev->msg->scode, content_sdp(&pl_null), ev->msg);
}

/* ------------------------------------------------------------------ answer */

static void codec_set(char **field, const struct pl *sdp)
{
	char name[SDP_CODEC_SIZE];

	sdp_codec(name, sdp);
	if (name[0])
		(void)cdr_set_str(field, name);
}

/* RFC 3262 3: no 200 before the PRACK of what carried the answer. RFC 3312 6: nor before the preconditions are met.
 * A party that comes in later waits for neither. */
static bool answer_waits(const struct call *call)
{
	return call->a && (leg_answer_waits(call->a) || precondition_waits(call));
}

static void unmet_handler(void *arg)
{
	call_refuse(arg, 580, header_phrase(580), "precondition");
}

/* A caller with preconditions has to see the answer before it can meet them. */
static void answer_keep(struct call *call, const struct pl *sdp)
{
	const bool told = call->answer != NULL;
	char *answer = NULL;

	(void)pl_strdup(&answer, sdp);
	mem_deref(call->answer);
	call->answer = answer;
	call->ready = true;

	if (!precondition_waits(call))
		return;

	tmr_start(&call->tmr, UNMET_MS, unmet_handler, call);
	if (!told)
		(void)progress(call, 183, content_sdp(sdp), NULL);
}

/* What went reliably stays the answer to its INVITE (RFC 3261 13.2.1), though another fork has answered, or the
 * callee says something else than before: a re-INVITE tells the caller. */
static void correction_note(struct call *call, const struct pl *sdp)
{
	const struct pl told = leg_agreed(call->a);

	if (call->offered && pl_isset(&told) && pl_isset(sdp) && precondition_differs(&told, sdp))
		(void)pl_strdup(&call->correction, sdp);
}

static void connected_handler(int err, const struct pl *sdp, void *arg)
{
	struct call_event_arg ev = {.sdp = err ? pl_null : *sdp};
	struct call *call = arg;

	if (err) {
		call_media_refuse(call, err);
		return;
	}

	correction_note(call, &ev.sdp);
	if (call->state == CALL_CONNECTING && answer_waits(call))
		answer_keep(call, &ev.sdp);
	else
		(void)call_step(call, CALL_EV_CONNECTED, &ev);
}

static void resume(struct call *call)
{
	struct call_event_arg ev = {.sdp = PL_INIT};
	char *answer;

	if (!call->ready || answer_waits(call))
		return;

	call->ready = false;
	answer = mem_ref(call->answer);
	if (answer)
		pl_set_str(&ev.sdp, answer);
	(void)call_step(call, CALL_EV_CONNECTED, &ev);
	mem_deref(answer);
}

static void pracked_handler(int err, const struct pl *sdp, void *arg)
{
	struct call *call = arg;
	struct content c = content_sdp(err ? &pl_null : sdp);

	if (call->state != CALL_HUNTING)
		return;

	if (err)
		call_media_refuse(call, err);
	else
		(void)leg_prack(call->b, &c);
}

void setup_pracked(struct call *call, const struct sip_msg *msg)
{
	struct pl sdp = msg ? content_sdp_of(msg) : pl_null;

	if (!call->offered && pl_isset(&sdp) && leg_prack_owed(call->b))
		media_answer(call->media, &call->side_b, &call->side_a, &sdp, pracked_handler, call);
	else if (call->state == CALL_HUNTING)
		modify_resume(call);
	else
		resume(call);
}

/* Of several that rang this one answers, with what it said before; what others said then is nothing. */
static struct pl fork_answer(struct call *call)
{
	const struct sip_msg *msg = leg_early_said(call->b);

	call->answer = mem_deref(call->answer);
	call->early = 0;
	if (!msg)
		return pl_null;

	said_set(call, msg);

	return content_sdp_of(msg);
}

void setup_connect(struct call *call, const struct pl *sdp)
{
	codec_set(&call->cdr->b_codec, sdp);
	if (call->offered)
		media_answer(call->media, &call->side_a, &call->side_b, sdp, connected_handler, call);
	else
		media_offer(call->media, &call->side_b, &call->side_a, false, sdp, connected_handler, call);
}

int setup_act_connect(void *obj, void *arg)
{
	struct call_event_arg *ev = arg;
	struct call *call = obj;
	struct pl sdp = content_sdp_of(ev->msg);
	const struct pl ok = PL("OK");
	struct call_event_arg early = {0};

	tmr_cancel(&call->attempt.tmr);
	hunt_note(call, ev->msg->scode, &ok);
	if (call->offered && !pl_isset(&sdp) && leg_is_forked(call->b))
		sdp = fork_answer(call);
	else
		said_set(call, ev->msg);

	if (pl_isset(&sdp)) {
		call->early = 0;
		setup_connect(call, &sdp);
		return 0;
	}

	/* the answer came early and is not repeated */
	if (setup_answering(call))
		return 0;

	/* an UPDATE may have changed it since */
	call->early = 0;
	early.sdp = leg_agreed(call->a);
	if (!pl_isset(&early.sdp) && call->answer)
		pl_set_str(&early.sdp, call->answer);
	if (!pl_isset(&early.sdp) && call->offered) {
		call_refuse(call, 502, "Answer Without SDP", "no_answer_sdp");
		return 0;
	}

	connected_handler(0, &early.sdp, call);

	return 0;
}

static void duration_handler(void *arg)
{
	(void)call_release(arg, "max_duration");
}

static uint32_t duration_max(const struct call *call)
{
	uint32_t a = call->src->max_duration_ms, b = call->dst->max_duration_ms;

	if (!a || !b)
		return a ? a : b;

	return MIN(a, b);
}

static void answer_record(struct call *call)
{
	struct cdr *cdr = call->cdr;

	call->answer_ms = clock_mono_ms();
	cdr->answer_us = record_time_us(call, call->answer_ms);
	cdr->disposition = CDR_ANSWERED;
	cdr->sip_code = 200;

	charge_answered(call);
	if (writer_call_answer(call->calls->e->writer, cdr))
		log_error("call %s: its answer could not be recorded", cdr->cdr_id);

	load_answered(call->load_src);
	load_answered(call->load_dst);
	++call->calls->stats.answers;
	++call->calls->stats.answered;

	watch_start(call);
	tmr_cancel(&call->tmr);
	if (duration_max(call))
		tmr_start(&call->tmr, duration_max(call), duration_handler, call);
}

int setup_act_joined(void *obj, void *arg)
{
	struct call *call = obj;

	(void)arg;
	answer_record(call);
	call->invite = mem_deref(call->invite);

	return 0;
}

int setup_act_answer(void *obj, void *arg)
{
	struct call_event_arg *ev = arg;
	struct call *call = obj;
	struct content c = content_around(&ev->sdp, call->said), none = content_sdp(&pl_null);
	struct mbuf *hdrs = call->transfer ? NULL : cross_message(call, call->said, call->a, &c);
	int err;

	codec_set(&call->cdr->a_codec, &ev->sdp);
	answer_record(call);
	err = call->transfer ? transfer_answered(call) : leg_answer(call->a, &c);
	mem_deref(hdrs);

	/* only now: the answer may be the one that came early */
	call->invite = mem_deref(call->invite);
	call->answer = mem_deref(call->answer);
	call->said = mem_deref(call->said);

	if (err) {
		(void)call_release(call, "answer_failed");
		return 0;
	}

	if (pickup_answered(call))
		return 0;

	return call->offered && !call->replaced ? leg_ack(call->b, &none) : 0;
}

static void acked_handler(int err, const struct pl *sdp, void *arg)
{
	struct call *call = arg;
	struct content c = content_sdp(err ? &pl_null : sdp);

	if (call->state != CALL_UP)
		return;

	if (err || !pickup_acked(call, sdp))
		(void)leg_ack(call->b, &c);
	if (err)
		(void)call_release(call, "bad_sdp");
	else
		modify_resume(call);
}

/* Unless something newer waits to be told. */
static void correct(struct call *call)
{
	char *correction = call->correction;
	struct pl sdp;

	call->correction = NULL;
	pl_set_str(&sdp, correction);
	if (call->state == CALL_UP && !call->mod.req)
		renew_tell(call, &sdp);
	mem_deref(correction);
}

void setup_acked(struct call *call, const struct sip_msg *msg)
{
	struct pl sdp = content_sdp_of(msg);
	struct content none = content_sdp(&pl_null);

	if (call->correction)
		correct(call);

	if (call->offered || call->state != CALL_UP) {
		modify_resume(call);
		return;
	}

	if (!pl_isset(&sdp)) {
		(void)leg_ack(call->b, &none);
		if (pickup_of(call))
			(void)call_release(call, "no_answer_sdp");
		else
			modify_resume(call);
		return;
	}

	codec_set(&call->cdr->a_codec, &sdp);
	media_answer(call->media, &call->side_b, &call->side_a, &sdp, acked_handler, call);
}

/**
 * @file hunt.c  Tries a route's trunks in turn until one answers or says no for good
 */
#include <re.h>
#include "json.h"
#include "log.h"
#include "wheel.h"
#include "../leg/header.h"
#include "../leg/stack.h"
#include "../route/number.h"
#include "core.h"
#include "precondition.h"

enum { REASON_SIZE = 128 };

/* ------------------------------------------------------------------ what was tried */

/* Inside a JSON string: what would end or break it is replaced. */
static int text_print(struct re_printf *pf, const struct pl *pl)
{
	int err = 0;

	for (size_t i = 0; i < pl->l && i < 128; i++) {
		char c = pl->p[i];

		if (c == '"' || c == '\\' || (unsigned char)c < 0x20 || (unsigned char)c > 0x7e)
			c = '?';
		err |= pf->vph(&c, 1, pf->arg);
	}

	return err;
}

struct element {
	const char *trunk;
	struct pl target; /* where a 3xx led; unset: the trunk's own */
	uint16_t code;
	uint64_t ms;
	struct pl reason;
};

/* One more element; ENOSPC: with it, the column would be cut and be no JSON any more. */
static int element_write(struct mbuf *mb, const struct element *e)
{
	const size_t end = mb->end;
	int err;

	err = mbuf_write_str(mb, end ? ",{\"trunk\":" : "[{\"trunk\":");
	err |= json_write_str(mb, e->trunk, str_len(e->trunk));
	if (pl_isset(&e->target))
		err |= mbuf_printf(mb, ",\"target\":\"%H\"", text_print, &e->target);
	err |= mbuf_printf(mb, ",\"code\":%u,\"ms\":%llu,\"reason\":\"%H\"}", e->code, e->ms, text_print,
			   &e->reason);

	if (!err && mb->end >= CDR_TEXT_MAX)
		err = ENOSPC;
	if (err)
		mb->pos = mb->end = end;

	return err;
}

static void attempt_write(struct call *call, struct element *e)
{
	if (!call->attempts)
		call->attempts = mbuf_alloc(128);
	if (!call->attempts)
		return;

	if (element_write(call->attempts, e) != ENOSPC)
		return;

	e->reason = e->target = pl_null;
	(void)element_write(call->attempts, e);
}

void hunt_note(struct call *call, uint16_t code, const struct pl *reason)
{
	struct attempt *at = &call->attempt;
	struct element e = {call->dst ? call->dst->name : NULL, PL_INIT, code, clock_mono_ms() - at->start_ms,
			    *reason};

	if (!at->open)
		return;

	at->open = false;
	if (at->redirect.uri)
		pl_set_str(&e.target, at->redirect.uri);
	attempt_write(call, &e);
}

/* The outcome the caller will hear of if no further candidate does better. */
static void outcome_set(struct call *call, uint16_t scode, const char *phrase, enum cdr_party party,
			const char *tag)
{
	call->attempt.scode = scode;
	call->attempt.party = party;
	call->attempt.tag = tag;
	call->attempt.q850 = header_q850_of(scode);
	call->attempt.reasons = mem_deref(call->attempt.reasons);
	call->attempt.refusal = mem_deref(call->attempt.refusal);
	call->attempt.contacts = mem_deref(call->attempt.contacts);
	str_ncpy(call->attempt.phrase, phrase, sizeof(call->attempt.phrase));
}

static void skip(struct call *call, const struct trunk *trunk, uint16_t scode, const char *why)
{
	const char *tag = scode == 420 ? "precondition" : "no_trunk";
	struct element e = {.trunk = trunk->name, .code = scode};

	pl_set_str(&e.reason, why);
	attempt_write(call, &e);
	outcome_set(call, scode, header_phrase(scode), CDR_TANDEM, tag);
}

/* ------------------------------------------------------------------ the next candidate */

static enum anchor_policy anchor(const struct call *call, const struct trunk *dst)
{
	enum anchor_policy a = call->src->anchor, b = dst->anchor;

	if (call->transfer) /* the party that comes in was offered the relay's address */
		return ANCHOR_REQUIRED;

	return a > b ? a : b; /* the looser of the two: ANCHOR_REQUIRED < WHEN_POSSIBLE < OFF */
}

static int media_open(struct call *call, const struct trunk *dst)
{
	struct relay_farm *relays = call->calls->e->relays;
	enum anchor_policy policy = anchor(call, dst);
	bool up = relay_farm_up(relays);

	if (policy == ANCHOR_REQUIRED && !up)
		return ENOTCONN;

	/* one that passes the SDP as it is has nothing that a relay could not begin anew */
	if (call->media && !media_anchored(call->media) && policy != ANCHOR_OFF && up)
		call->media = mem_deref(call->media);
	if (call->media)
		return 0;

	return media_alloc(&call->media, policy != ANCHOR_OFF && up ? relays : NULL, call->cdr->cdr_id);
}

/* Why a candidate cannot be dialled, and the code for it; 0: it can. */
static uint16_t unfit(struct call *call, const struct trunk *trunk, const char **why)
{
	*why = "trunk disabled";
	if (!trunk->enabled || !trunk->target)
		return 503;

	*why = "interface closed";
	if (!door_iface(call->calls->e->door, trunk->interface->name))
		return 503;

	*why = "preconditions off";
	if (!precondition_fits(call, trunk))
		return 420;

	*why = "trunk full";
	if (load_take(&call->load_dst, call->calls->ht_load, "trunk", trunk->name, trunk->max_calls))
		return 503;

	*why = "no media relay";

	return media_open(call, trunk) ? 503 : 0;
}

static const struct trunk *candidate_next(struct call *call)
{
	struct attempt *at = &call->attempt;

	/* within the limits that the trunk's own attempt was counted by */
	if (call->dst && door_iface(call->calls->e->door, call->dst->interface->name) &&
	    redirect_next(&at->redirect))
		return call->dst;

	redirect_drop(&at->redirect);

	while (at->next < at->route->trunkc) {
		const struct trunk *trunk = at->route->trunkv[at->next++];
		const char *why;
		uint16_t scode;

		call->load_dst = mem_deref(call->load_dst);
		scode = unfit(call, trunk, &why);
		if (!scode)
			return trunk;

		skip(call, trunk, scode, why);
	}

	return NULL;
}

static void offered_handler(int err, const struct pl *sdp, void *arg)
{
	struct call_event_arg ev = {.sdp = err ? pl_null : *sdp};
	struct call *call = arg;

	if (!err)
		(void)call_step(call, CALL_EV_OFFERED, &ev);
	else
		call_media_refuse(call, err);
}

static void exhausted(struct call *call)
{
	struct attempt *at = &call->attempt;
	struct call_event_arg ev = {
		.scode = at->scode ? at->scode : 503,
		.reason = at->scode ? at->phrase : "Service Unavailable",
		.tag = at->scode ? at->tag : "no_trunk",
		.released_by = at->party,
	};

	switch (ev.scode) {

	case 486:
	case 600:
		ev.disposition = CDR_BUSY;
		break;

	case 480:
		ev.disposition = CDR_NO_ANSWER;
		break;

	case 403:
	case 488:
	case 603:
	case 606:
		ev.disposition = CDR_REJECTED;
		break;

	default:
		ev.disposition = CDR_FAILED;
		break;
	}

	(void)call_step(call, CALL_EV_REFUSE, &ev);
}

/* Whoever is asked now hears nothing of the one before. */
static void candidate_enter(struct call *call, const struct trunk *trunk, struct iface *iface)
{
	call->dst = trunk;
	call->answer = mem_deref(call->answer);
	call->said = mem_deref(call->said);
	call->attempt.refusal = mem_deref(call->attempt.refusal);
	call->early = 0;
	call->ready = false;
	mem_deref(call->iface_b);
	call->iface_b = mem_ref(iface);
	(void)cdr_set_str(&call->cdr->dst_trunk, trunk->name);
}

static void sides_enter(struct call *call, int af)
{
	char tag[MEDIA_TAG_SIZE];

	(void)re_snprintf(tag, sizeof(tag), "b%u", ++call->attempt.count);
	call_side_set(&call->side_a, "a", call->trunk_a, sa_af(&call->invite->src));
	call_side_set(&call->side_b, tag, call->dst, af);
	precondition_agree(call);
}

void hunt_picked(struct call *call, const struct call *picker)
{
	const struct pl reason = PL("picked up elsewhere");
	struct attempt *at = &call->attempt;

	tmr_cancel(&at->tmr);
	hunt_note(call, 487, &reason);
	modify_drop(call);
	call->b = mem_deref(call->b);
	redirect_drop(&at->redirect);
	call->load_dst = mem_deref(call->load_dst);

	candidate_enter(call, model_trunk(call->model, picker->src->name), picker->iface_a);
	sides_enter(call, sa_af(&picker->invite->src));
	(void)cdr_set_str(&call->cdr->b_call_id, leg_callid(picker->a));
	at->start_ms = clock_mono_ms();
	at->open = true;
}

int hunt_act_next(void *obj, void *arg)
{
	struct call *call = obj;
	const struct trunk *trunk = candidate_next(call);
	struct pl sdp;

	(void)arg;

	if (!trunk) {
		exhausted(call);
		return 0;
	}

	candidate_enter(call, trunk, door_iface(call->calls->e->door, trunk->interface->name));
	sides_enter(call, dial_target_af(call));

	sdp = content_sdp_of(call->invite);
	if (!pl_isset(&sdp))
		return call_step(call, CALL_EV_OFFERED, NULL);

	media_offer(call->media, &call->side_a, &call->side_b, false, &sdp, offered_handler, call);

	return 0;
}

/* ------------------------------------------------------------------ dialling it */

static void give_up(struct call *call, uint16_t scode, unsigned q850, const char *why)
{
	struct pl pl;

	pl_set_str(&pl, why);
	hunt_note(call, scode, &pl);
	modify_drop(call);
	record_peer(call);
	close_leg(call->b, q850);
	call->b = mem_deref(call->b);
}

static void trunk_failed(struct call *call, const char *why)
{
	if (!call->attempt.redirect.uri)
		load_failed(call->load_dst, why);
	log_peer(LOG_WARN, "trunk %s (%s): %s", call->dst->name, dial_target(call), why);
}

/* To where a 3xx led, for which only a 6xx is the last word (RFC 3261 8.1.3.4), or to the next candidate where the
 * trunk's list has this code (0: no response came). */
static void hunt_on(struct call *call, uint16_t scode)
{
	bool redirected = scode < 600 && redirect_pending(&call->attempt.redirect);

	if (redirected || trunk_fails_over(call->dst, scode))
		(void)call_step(call, CALL_EV_ATTEMPT_OVER, NULL);
	else
		exhausted(call);
}

static void silent_handler(void *arg)
{
	struct call *call = arg;

	give_up(call, 408, 102, "no response");
	outcome_set(call, 408, "Request Timeout", CDR_TANDEM, "timeout");
	trunk_failed(call, "no response");
	hunt_on(call, 0);
}

static void unanswered_handler(void *arg)
{
	struct call_event_arg ev = {
		.scode = 480,
		.reason = "No Answer",
		.tag = "ring_timeout",
		.disposition = CDR_NO_ANSWER,
		.released_by = CDR_TANDEM,
	};
	struct call *call = arg;

	give_up(call, 480, 19, "no answer");
	outcome_set(call, 480, ev.reason, CDR_TANDEM, "ring_timeout");
	call->attempt.q850 = 19;
	(void)call_step(call, CALL_EV_REFUSE, &ev);
}

void hunt_heard(struct call *call)
{
	struct attempt *at = &call->attempt;
	uint64_t gone = clock_mono_ms() - at->start_ms;

	if (at->heard)
		return;

	at->heard = true;
	tmr_start(&at->tmr, call->dst->ring_timeout_ms > gone ? call->dst->ring_timeout_ms - gone : 1,
		  unanswered_handler, call);
}

int hunt_act_dial(void *obj, void *arg)
{
	struct call_event_arg *ev = arg;
	struct call *call = obj;
	struct attempt *at = &call->attempt;
	int err;

	at->start_ms = clock_mono_ms();
	at->open = true;
	at->heard = false;

	err = dial_candidate(call, &ev->sdp);
	if (err) {
		hunt_failed(call, err, NULL);
		return 0;
	}

	(void)cdr_set_str(&call->cdr->b_call_id, leg_callid(call->b));
	log_debug("call %s: attempt %u to trunk %s, Call-ID %s", call->cdr->cdr_id, at->count,
		  call->dst->name, leg_callid(call->b));
	tmr_start(&at->tmr, call->dst->timeout_ms, silent_handler, call);

	return 0;
}

/* ------------------------------------------------------------------ its failure */

static void outcome_of(struct call *call, const struct sip_msg *msg)
{
	struct attempt *at = &call->attempt;
	uint16_t scode = header_code_shown(msg->scode);
	struct mbuf *mb;
	unsigned n = 0;

	outcome_set(call, scode, header_phrase(scode), CDR_CALLEE, "callee");
	if (scode == msg->scode && pl_isset(&msg->reason))
		(void)pl_strcpy(&msg->reason, at->phrase, sizeof(at->phrase));

	if (scode == msg->scode)
		at->refusal = mem_ref((void *)msg);

	if (header_q850(msg))
		at->q850 = header_q850(msg);
	else if (header_q850_of_sip(msg))
		at->q850 = header_q850_of_sip(msg);

	mb = mbuf_alloc(64);
	if (!mb)
		return;

	(void)header_print_reason(mb, msg, &n);
	if (n && !header_q850(msg))
		(void)header_reason(mb, "Q.850", at->q850, header_q850_text(at->q850));
	if (n)
		at->reasons = mb;
	else
		mem_deref(mb);
}

/* Why no response came at all, for the operator. */
static void unreachable(struct call *call, int err, char *why, size_t size)
{
	struct uri uri;
	struct pl pl;

	pl_set_str(&pl, dial_target(call));
	if (err == EDESTADDRREQ && !uri_decode(&uri, &pl))
		(void)re_snprintf(why, size, "%r: name does not resolve", &uri.host);
	else if (err == ETIMEDOUT)
		str_ncpy(why, "no response", size);
	else
		(void)re_snprintf(why, size, "%m", err);
}

static const char *unreachable_tag(int err)
{
	if (err == ETIMEDOUT)
		return "timeout";

	return err == EDESTADDRREQ ? "dns" : "unreachable";
}

/* The caller is shown what the callee said, and decides itself. */
static void redirection_pass(struct call *call, const struct sip_msg *msg)
{
	struct attempt *at = &call->attempt;
	struct mbuf *mb = mbuf_alloc(128);

	if (!mb || redirect_print(mb, msg) || !mb->end) {
		mem_deref(mb);
		return;
	}

	at->contacts = mb;
	at->scode = msg->scode;
	(void)pl_strcpy(&msg->reason, at->phrase, sizeof(at->phrase));
}

static void redirection_learn(struct call *call, const struct sip_msg *msg)
{
	struct pl user = number_dialled(&call->invite->uri);
	char *uri = NULL;

	if (msg->scode > 302 || dial_home_uri(&uri, call))
		return;

	redirect_learn(&call->attempt.redirect, msg, uri, &user);
	mem_deref(uri);
}

static void redirected(struct call *call, const struct sip_msg *msg)
{
	switch (call->dst->redirect) {

	case REDIRECT_FOLLOW:
		redirection_learn(call, msg);
		break;

	case REDIRECT_PASS:
		redirection_pass(call, msg);
		break;

	default:
		break;
	}
}

void hunt_failed(struct call *call, int err, const struct sip_msg *msg)
{
	const uint16_t scode = msg ? msg->scode : err == ETIMEDOUT ? 408 : 503;
	char why[REASON_SIZE];
	struct pl reason;

	tmr_cancel(&call->attempt.tmr);
	if (msg)
		(void)re_snprintf(why, sizeof(why), "%u %r", scode, &msg->reason);
	else
		unreachable(call, err, why, sizeof(why));
	pl_set_str(&reason, why);

	hunt_note(call, scode, msg ? &msg->reason : &reason);
	modify_drop(call);
	record_peer(call);
	call->b = mem_deref(call->b);

	if (msg)
		outcome_of(call, msg);
	else
		outcome_set(call, scode, header_phrase(scode), CDR_TANDEM, unreachable_tag(err));

	if (msg && msg->scode < 400)
		redirected(call, msg);

	/* a busy or unknown number is no fault of the trunk */
	if (!msg || scode == 408 || (scode >= 500 && scode < 600))
		trunk_failed(call, why);

	hunt_on(call, msg ? msg->scode : 0);
}

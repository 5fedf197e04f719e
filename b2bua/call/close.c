/**
 * @file close.c  The end of a call: both legs are told, the relay's counters fetched, the CDR written
 */
#include <re.h>
#include "log.h"
#include "wheel.h"
#include "../leg/header.h"
#include "core.h"
#include "cross.h"

static void counted_handler(const struct cdr_media *a, const struct cdr_media *b, void *arg)
{
	struct call *call = arg;

	record_close(call, a, b);
	(void)call_step(call, CALL_EV_COUNTED, NULL);
}

void close_count(struct call *call)
{
	counted_handler(&call->cdr->a, &call->cdr->b, call);
}

int close_act_counted(void *obj, void *arg)
{
	struct call *call = obj;
	struct calls *cs = call->calls;

	(void)arg;

	if (writer_call_close(cs->e->writer, call->cdr))
		log_error("call %s: its CDR could not be handed to the spool", call->cdr->cdr_id);

	--cs->stats.active;
	if (call->answer_ms)
		--cs->stats.answered;
	else
		++cs->stats.failures;

	mem_deref(call);

	return 0;
}

/* ------------------------------------------------------------------ the legs */

static void end_begin(struct call *call, const struct call_event_arg *ev)
{
	call->end = *ev;
	call->end.msg = NULL;
	call->end_ms = clock_mono_ms();
	call->cdr->end_us = record_time_us(call, call->end_ms);

	tmr_cancel(&call->tmr);
	tmr_cancel(&call->attempt.tmr);
	renew_drop(call);
	watch_stop(call);
	modify_drop(call);
	transfer_end(call);
	handover_end(call);
	charge_ended(call);

	if (call->media && !call->handed)
		media_end(call->media, counted_handler, call);
	else if (!call->media) /* else they are on their way (handover.c) */
		close_count(call);
}

static void cause_set(struct call *call, unsigned q850, const char *text)
{
	call->cdr->q850_cause = q850;
	(void)cdr_set_str(&call->cdr->reason, text ? text : header_q850_text(q850));
}

static void hangup_with(struct leg *leg, uint16_t scode, const char *reason, const struct mbuf *hdrs,
			struct content c)
{
	c.hdrs = hdrs && hdrs->end ? (struct pl){(const char *)hdrs->buf, hdrs->end} : pl_null;
	leg_hangup(leg, scode, reason, &c);
}

static void hangup(struct leg *leg, uint16_t scode, const char *reason, const struct mbuf *hdrs)
{
	hangup_with(leg, scode, reason, hdrs, content_sdp(&pl_null));
}

/* A BYE or a refusal crosses with what it says beside its reason: gateways have the release of their own network
 * in its body (RFC 3372), call centres have User-to-User there (RFC 7433). An SDP ends here: it names addresses. */
static struct mbuf *last_words(struct content *c, const struct call *call, const struct sip_msg *msg,
			       const struct leg *to)
{
	struct mbuf *hdrs = NULL;

	*c = content_sdp(&pl_null);
	if (msg && to && !content_sdp_of(msg).l) {
		*c = content_of(msg);
		hdrs = cross_message(call, msg, to, c);
	}

	return hdrs ? hdrs : mbuf_alloc(128);
}

void close_leg(struct leg *leg, unsigned q850)
{
	struct mbuf *hdrs = leg ? mbuf_alloc(64) : NULL;

	if (hdrs)
		(void)header_reason(hdrs, "Q.850", q850, header_q850_text(q850));

	hangup(leg, 0, NULL, hdrs);
	mem_deref(hdrs);
}

/* A candidate's 420, and ours in its place, is about what is known on the caller's side but not on its own. */
static unsigned options_met(const struct call *call, const char *tag)
{
	const unsigned known = setup_options(call->src);

	return str_cmp(tag, "require") ? known & ~(unsigned)HEADER_OPTION_PRECONDITION : known;
}

/* The headers of the final response that refuses a call. */
static void refusal_print(struct mbuf *mb, const struct call *call, const struct call_event_arg *ev,
			  unsigned q850)
{
	if (ev->scode == 503)
		(void)mbuf_printf(mb, "Retry-After: %u\r\n", 5 + rand_u32() % 6);
	if (ev->scode == 420)
		(void)header_print_unsupported(mb, call->invite, options_met(call, ev->tag));
	if (!str_cmp(ev->tag, "prack_required"))
		(void)mbuf_write_str(mb, "Require: 100rel\r\n");
	if (ev->scode == 422 && !str_cmp(ev->tag, "session_interval"))
		(void)mbuf_printf(mb, "Min-SE: %u\r\n", call->src->session.min_se_s);
	if (!str_cmp(ev->tag, "srtp_policy"))
		(void)mbuf_write_str(mb, CALL_SRTP_WARNING);
	if (ev->scode == 415)
		(void)mbuf_write_str(mb, content_accepted);

	if (call->attempt.contacts)
		(void)mbuf_write_mem(mb, call->attempt.contacts->buf, call->attempt.contacts->end);

	if (call->attempt.reasons)
		(void)mbuf_write_mem(mb, call->attempt.reasons->buf, call->attempt.reasons->end);
	else
		(void)header_reason(mb, "Q.850", q850, header_q850_text(q850));
}

int close_act_refuse(void *obj, void *arg)
{
	struct call_event_arg *ev = arg;
	struct call *call = obj;
	unsigned q850 = call->attempt.q850 ? call->attempt.q850 : header_q850_of(ev->scode);
	struct content c;
	struct mbuf *hdrs = last_words(&c, call, call->attempt.refusal, call->a);
	const struct pl given_up = PL("given up");

	if (hdrs)
		refusal_print(hdrs, call, ev, q850);

	hunt_note(call, 487, &given_up);
	cause_set(call, q850, ev->reason);
	close_leg(call->b, q850);
	hangup_with(call->a, ev->scode, ev->reason, hdrs, c);
	mem_deref(hdrs);
	end_begin(call, ev);

	return 0;
}

/* What is not answered yet is told why, no more. */
static const struct sip_msg *bye_of(const struct call_event_arg *ev, const struct leg *to)
{
	return leg_state(to) == LEG_UP ? ev->msg : NULL;
}

static const char *lost_text(int err)
{
	if (err == ETIME)
		return "No session refresh";

	return err ? "No answer in the dialog" : NULL;
}

/* What the side that went says why, or what it would say: a gateway to the telephone network needs a cause. */
static void reason_set(struct call *call, const struct call_event_arg *ev, struct mbuf *hdrs)
{
	unsigned said = ev->msg ? header_q850(ev->msg) : 0;
	unsigned meant = ev->msg ? header_q850_of_sip(ev->msg) : 0;
	unsigned q850 = said ? said : meant ? meant : ev->err ? 102 : 16;

	if (ev->msg && hdrs)
		(void)header_print_reason(hdrs, ev->msg, NULL);
	if (!said && hdrs)
		(void)header_reason(hdrs, "Q.850", q850, header_q850_text(q850));

	cause_set(call, q850, lost_text(ev->err));
}

int close_act_a_gone(void *obj, void *arg)
{
	struct call_event_arg *ev = arg;
	struct call *call = obj;
	struct content c;
	struct mbuf *hdrs = last_words(&c, call, bye_of(ev, call->b), call->b);
	const struct pl cancelled = PL("cancelled");

	hunt_note(call, 487, &cancelled);
	reason_set(call, ev, hdrs);
	hangup_with(call->b, 0, NULL, hdrs, c);
	mem_deref(hdrs);
	end_begin(call, ev);

	return 0;
}

int close_act_b_gone(void *obj, void *arg)
{
	struct call_event_arg *ev = arg;
	struct call *call = obj;
	struct content c;
	struct mbuf *hdrs = last_words(&c, call, bye_of(ev, call->a), call->a);

	reason_set(call, ev, hdrs);
	hangup_with(call->a, 480, "Temporarily Unavailable", hdrs, c);
	mem_deref(hdrs);
	ev->scode = 480;
	if (!call->answer_ms)
		ev->disposition = CDR_FAILED;
	end_begin(call, ev);

	return 0;
}

int close_act_release(void *obj, void *arg)
{
	struct call_event_arg *ev = arg;
	struct call *call = obj;
	bool orderly = !str_cmp(ev->tag, "operator") || !str_cmp(ev->tag, "max_duration") ||
		       !str_cmp(ev->tag, "prepaid_exhausted");
	unsigned q850 = orderly ? 16 : 41;
	struct mbuf *hdrs = mbuf_alloc(64);
	const struct pl given_up = PL("given up");

	if (hdrs)
		(void)header_reason(hdrs, "Q.850", q850, header_q850_text(q850));

	hunt_note(call, 487, &given_up);
	cause_set(call, q850, NULL);
	hangup(call->b, 0, NULL, hdrs);
	hangup(call->a, ev->scode, ev->reason, hdrs);
	mem_deref(hdrs);
	end_begin(call, ev);

	return 0;
}

/** The party that went into another call hung up there, or was hung up on. */
int close_act_onward_over(void *obj, void *arg)
{
	struct call *call = obj;

	close_leg(call->a, 16);
	close_leg(call->b, 16);
	end_begin(call, arg);

	return 0;
}

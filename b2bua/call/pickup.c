/**
 * @file pickup.c  An INVITE in the place of a leg of ours that still rings (Replaces of an early dialog, RFC 3891 3)
 *
 * The telephone that rings is cancelled, and the call goes on as if who picks up were a candidate that has answered:
 * its caller keeps its ports at the relay, its 200 waits for whatever a 200 waits for, and the call is paid for from
 * then on. The call that picks it up is recorded beside it, waits for that in *rating*, and then lasts as long
 * (handover.c). Both sides have made an offer, and each hears the other's as its answer; where only who picks up has,
 * the caller's answer comes with its ACK.
 */
#include <re.h>
#include "log.h"
#include "wheel.h"
#include "../leg/header.h"
#include "../leg/sdp.h"
#include "../leg/sdp_fit.h"
#include "core.h"
#include "precondition.h"

/* What who waits has offered last. */
static struct pl offer_of(struct call *waiting)
{
	const struct pl agreed = media_agreed(waiting->media, &waiting->side_a);

	return pl_isset(&agreed) ? agreed : content_sdp_of(waiting->invite);
}

static int fit(struct mbuf **mbp, const struct pl *offer, const struct pl *sdp)
{
	struct mbuf *mb = mbuf_alloc(sdp->l + offer->l + 1);
	int err = mb ? sdp_fit(mb, offer, sdp) : ENOMEM;

	if (err)
		mem_deref(mb);
	else
		*mbp = mb;

	return err;
}

static int text_of(char **textp, struct mbuf *mb)
{
	mbuf_set_pos(mb, 0);

	return mbuf_strdup(mb, textp, mbuf_get_left(mb));
}

/* SRTP wants a key and a suite in the answer that the offer's are chosen for; two offers are none for each other. */
static bool offers_meet(struct call *waiting, const struct call *picker)
{
	const struct pl theirs = offer_of(waiting), ours = content_sdp_of(picker->invite);
	struct sdp_security sec;
	struct mbuf *mb = NULL;
	bool meets;

	sdp_security(&sec, &ours);
	meets = !sec.secure && picker->src->srtp != SRTP_REQUIRED && !fit(&mb, &theirs, &ours);
	mem_deref(mb);

	return meets;
}

static bool media_meets(struct call *waiting, const struct call *picker)
{
	if (!picker->offered || !media_anchored(waiting->media))
		return false;

	return waiting->offered ? offers_meet(waiting, picker) : leg_is_unasked(waiting->a);
}

uint16_t pickup_refusal(const struct call *picker, struct call *waiting, const struct leg *ringing)
{
	if (ringing != waiting->b || waiting->state != CALL_HUNTING || waiting->transfer)
		return 481;
	if (!model_trunk(waiting->model, picker->src->name))
		return 403;

	return media_meets(waiting, picker) && precondition_fits(waiting, NULL) ? 0 : 488;
}

int pickup_start(struct call *picker, struct call *waiting)
{
	picker->dst = model_trunk(picker->model, waiting->trunk_a->name);
	if (!picker->dst)
		return EACCES;

	picker->iface_b = mem_ref(waiting->iface_a);
	(void)cdr_set_str(&picker->cdr->account, NULL);
	(void)cdr_set_str(&picker->cdr->transfer_of, waiting->cdr->cdr_id);
	(void)cdr_set_str(&picker->cdr->dst_trunk, picker->dst->name);
	(void)cdr_set_str(&picker->cdr->b_call_id, leg_callid(waiting->a));
	handover_link(picker, waiting);

	return call_step(waiting, CALL_EV_PICKED, NULL);
}

/* ------------------------------------------------------------------ the call that is picked up */

struct call *pickup_of(const struct call *waiting)
{
	for (struct le *le = list_head(&waiting->formerl); le; le = le->next) {
		struct call *call = le->data;

		if (call->state == CALL_RATING)
			return call;
	}

	return NULL;
}

/* Its display is not to count the call as missed. */
static void ringing_cancel(struct call *waiting)
{
	struct mbuf *hdrs = mbuf_alloc(64);
	struct content c = content_sdp(&pl_null);

	if (hdrs && !header_reason(hdrs, "SIP", 200, "Call completed elsewhere"))
		c.hdrs = (struct pl){(const char *)hdrs->buf, hdrs->end};

	leg_hangup(waiting->b, 0, NULL, &c);
	mem_deref(hdrs);
}

static void offered_handler(int err, const struct pl *sdp, void *arg)
{
	struct call *waiting = arg, *picker = pickup_of(waiting);
	const struct pl theirs = offer_of(waiting);
	struct mbuf *mb = NULL, *answer = NULL;
	struct pl ours, pl;

	if (!picker)
		return;

	if (err) {
		call_media_refuse(waiting, err);
		return;
	}

	ours = content_sdp_of(picker->invite);
	err = fit(&mb, &ours, sdp);
	err = err ? err : text_of(&picker->answer, mb);
	err = err ? err : fit(&answer, &theirs, &ours);
	if (err) {
		call_refuse(waiting, 488, header_phrase(488), "bad_sdp");
	}
	else {
		pl = (struct pl){(const char *)answer->buf, answer->end};
		setup_connect(waiting, &pl);
	}
	mem_deref(mb);
	mem_deref(answer);
}

int pickup_act_picked(void *obj, void *arg)
{
	struct call *waiting = obj;
	const struct call *picker = pickup_of(waiting);
	const struct pl theirs = offer_of(waiting), ours = content_sdp_of(picker->invite);

	(void)arg;
	ringing_cancel(waiting);
	hunt_picked(waiting, picker);
	if (!waiting->offered) {
		setup_connect(waiting, &ours);
		return 0;
	}

	waiting->side_b.srtp = SRTP_OFF;
	media_offer(waiting->media, &waiting->side_a, &waiting->side_b, false, &theirs, offered_handler,
		    waiting);

	return 0;
}

static void join(struct call *waiting, struct call *picker, const struct pl *sdp)
{
	struct call_event_arg ev = {.sdp = *sdp};

	(void)call_step(picker, CALL_EV_JOINED, &ev);
	if (picker->state == CALL_UP)
		handover_take(picker, picker->a, waiting, false);
}

bool pickup_answered(struct call *waiting)
{
	struct call *picker = pickup_of(waiting);
	const struct pl reason = PL("picked up");
	struct pl sdp;

	if (!picker)
		return false;

	hunt_note(waiting, 200, &reason);
	if (waiting->offered) {
		pl_set_str(&sdp, picker->answer);
		join(waiting, picker, &sdp);
	}

	return true;
}

bool pickup_acked(struct call *waiting, const struct pl *sdp)
{
	struct call *picker = pickup_of(waiting);

	if (picker)
		join(waiting, picker, sdp);

	return picker != NULL;
}

/* ------------------------------------------------------------------ the end of either before the answer */

void pickup_lost(struct call *picker)
{
	call_refuse(picker, 481, header_phrase(481), "replaces");
}

void pickup_abandoned(struct call *waiting)
{
	struct call_event_arg ev = {.tag = "callee", .disposition = CDR_ANSWERED, .released_by = CDR_CALLEE};

	(void)call_step(waiting, CALL_EV_B_GONE, &ev);
}

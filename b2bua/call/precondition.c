/**
 * @file precondition.c  Preconditions of a call (RFC 3312, RFC 4032): who hears of them, and their option tag
 */
#include <re.h>
#include "../leg/header.h"
#include "../leg/sdp.h"
#include "../leg/sdp_precondition.h"
#include "core.h"
#include "origin.h"
#include "precondition.h"

/* They are told of in reliable provisional responses (RFC 3312 11). */
static bool has_caller(const struct call *call)
{
	return call->src->precondition != PRECONDITION_OFF && leg_is_reliable(call->a);
}

static bool has_callee(const struct trunk *dst)
{
	return dst && dst->precondition != PRECONDITION_OFF && call_prack(dst->prack_out) != LEG_PRACK_OFF;
}

/* On behalf of a callee without them. */
static bool serves_caller(const struct call *call)
{
	const struct pl sdp = content_sdp_of(call->invite);

	return has_caller(call) && call->src->precondition == PRECONDITION_SERVE &&
	       sdp_preconditions(&sdp) != SDP_PRECONDITIONS_NONE;
}

/* On behalf of a caller without them, whose offer we can add to. */
static bool serves_callee(const struct call *call, const struct trunk *dst)
{
	return has_callee(dst) && dst->precondition == PRECONDITION_SERVE && call->offered;
}

bool precondition_fits(const struct call *call, const struct trunk *dst)
{
	if (!sip_msg_hdr_has_value(call->invite, SIP_HDR_REQUIRE, "precondition"))
		return true;

	return (has_caller(call) && has_callee(dst)) || serves_caller(call);
}

static void sides_set(struct call *call, enum media_preconditions a, enum media_preconditions b)
{
	call->side_a.preconditions = a;
	call->side_b.preconditions = b;
	if (call->a) /* a party that comes in later has none */
		leg_preconditions_set(call->a, a != MEDIA_PRECONDITIONS_NONE);
}

void precondition_agree(struct call *call)
{
	const struct trunk *dst = pickup_of(call) ? NULL : call->dst; /* who picks up has none */
	const struct pl agreed = media_agreed(call->media, &call->side_a);
	const struct pl sdp = pl_isset(&agreed) ? agreed : content_sdp_of(call->invite);

	call->ringing = false;
	if (has_caller(call) && has_callee(dst))
		sides_set(call, MEDIA_PRECONDITIONS_PASSED, MEDIA_PRECONDITIONS_PASSED);
	else if (media_anchored(call->media) && serves_caller(call))
		sides_set(call, MEDIA_PRECONDITIONS_SERVED, MEDIA_PRECONDITIONS_NONE);
	else if (media_anchored(call->media) && serves_callee(call, dst))
		sides_set(call, MEDIA_PRECONDITIONS_NONE, MEDIA_PRECONDITIONS_SERVED);
	else
		sides_set(call, MEDIA_PRECONDITIONS_NONE, MEDIA_PRECONDITIONS_NONE);

	if (call->side_a.preconditions == MEDIA_PRECONDITIONS_SERVED && !call->met)
		call->met = sdp_preconditions_met(&sdp);
}

bool precondition_waits(const struct call *call)
{
	return call->side_a.preconditions == MEDIA_PRECONDITIONS_SERVED && !call->met;
}

void precondition_heard(struct call *call, const struct leg *from, const struct sip_msg *msg)
{
	const struct pl sdp = content_sdp_of(msg);

	if (from == call->a && precondition_waits(call) && pl_isset(&sdp))
		call->met = sdp_preconditions_met(&sdp);
}

bool precondition_differs(const struct pl *a, const struct pl *b)
{
	struct mbuf *mba = mbuf_alloc(a->l + 1), *mbb = mbuf_alloc(b->l + 1);
	bool differ = true;

	if (mba && mbb && !sdp_without_preconditions(mba, a) && !sdp_without_preconditions(mbb, b)) {
		const struct pl left = {(const char *)mba->buf, mba->end},
				right = {(const char *)mbb->buf, mbb->end};

		differ = origin_differs(&left, &right);
	}
	mem_deref(mba);
	mem_deref(mbb);

	return differ;
}

bool precondition_is_ours(struct call *call, const struct leg *from, const struct pl *sdp)
{
	const struct media_side *side = call_side(call, from);
	struct pl before, other;

	if (side->preconditions != MEDIA_PRECONDITIONS_SERVED ||
	    sdp_preconditions(sdp) == SDP_PRECONDITIONS_NONE)
		return false;

	before = media_agreed(call->media, side);
	other = media_agreed(call->media, call_side(call, call_other(call, from)));

	return pl_isset(&before) && pl_isset(&other) && !precondition_differs(&before, sdp);
}

/* Who says nothing is taken at its lines (RFC 3312 11). */
static const char *header_by_sdp(const struct pl *sdp)
{
	switch (sdp_preconditions(sdp)) {

	case SDP_PRECONDITIONS_MANDATORY:
		return "Require: precondition\r\n";

	case SDP_PRECONDITIONS_OPTIONAL:
		return "Supported: precondition\r\n";

	default:
		return "";
	}
}

/* As it came: many a sender of mandatory ones only supports them, so that who lacks them does not refuse the call. */
static const char *header_passed(const struct sip_msg *msg)
{
	const struct pl sdp = msg->req ? content_sdp_of(msg) : pl_null;

	if (sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "precondition"))
		return "Require: precondition\r\n";

	if (sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "precondition"))
		return "Supported: precondition\r\n";

	return header_by_sdp(&sdp);
}

/* Those of ours are optional in an INVITE, and later as the other side has them. */
static const char *header_served(const struct sip_msg *msg, const struct pl *sdp)
{
	if (!msg->req)
		return "";

	return pl_isset(sdp) ? header_by_sdp(sdp) : "Supported: precondition\r\n";
}

int precondition_print(struct mbuf *mb, const struct media_side *hears, const struct sip_msg *msg,
		       const struct pl *sdp)
{
	switch (hears->preconditions) {

	case MEDIA_PRECONDITIONS_PASSED:
		return mbuf_write_str(mb, header_passed(msg));

	case MEDIA_PRECONDITIONS_SERVED:
		return mbuf_write_str(mb, header_served(msg, sdp));

	default:
		return 0;
	}
}

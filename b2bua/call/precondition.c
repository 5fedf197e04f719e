/**
 * @file precondition.c  Preconditions of a call (RFC 3312, RFC 4032): who hears of them, and their option tag
 */
#include <re.h>
#include "../leg/header.h"
#include "../leg/sdp.h"
#include "core.h"
#include "precondition.h"

/* They are told of in reliable provisional responses (RFC 3312 11). */
static bool can_relay(const struct call *call, const struct trunk *dst)
{
	return call->src->precondition == PRECONDITION_RELAY && dst->precondition == PRECONDITION_RELAY &&
	       leg_is_reliable(call->a) && call_prack(dst->prack_out) != LEG_PRACK_OFF;
}

bool precondition_fits(const struct call *call, const struct trunk *dst)
{
	return can_relay(call, dst) || !sip_msg_hdr_has_value(call->invite, SIP_HDR_REQUIRE, "precondition");
}

void precondition_agree(struct call *call)
{
	const bool relayed = can_relay(call, call->dst);

	call->side_a.preconditions = call->side_b.preconditions = relayed;
	if (call->a) /* a party that comes in later has none */
		leg_preconditions_set(call->a, relayed);
}

/* Who says nothing is taken at its lines (RFC 3312 11). */
static const char *header_by_sdp(const struct sip_msg *msg)
{
	const struct pl sdp = msg->req ? content_sdp_of(msg) : pl_null;

	switch (sdp_preconditions(&sdp)) {

	case SDP_PRECONDITIONS_MANDATORY:
		return "Require: precondition\r\n";

	case SDP_PRECONDITIONS_OPTIONAL:
		return "Supported: precondition\r\n";

	default:
		return "";
	}
}

/* As it came: many a sender of mandatory ones only supports them, so that who lacks them does not refuse the call. */
static const char *header(const struct sip_msg *msg)
{
	if (sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "precondition"))
		return "Require: precondition\r\n";

	if (sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "precondition"))
		return "Supported: precondition\r\n";

	return header_by_sdp(msg);
}

int precondition_print(struct mbuf *mb, const struct call *call, const struct sip_msg *msg)
{
	return call->side_b.preconditions ? mbuf_write_str(mb, header(msg)) : 0;
}

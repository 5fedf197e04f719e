/**
 * @file replace.c  An INVITE that comes in the place of a leg there is (Replaces, RFC 3891)
 *
 * Its sender's offer meets what the remaining party last said; both have an answer at once, and the remaining party
 * a re-INVITE. A leg that still rings: pickup.c.
 */
#include <re.h>
#include "../leg/header.h"
#include "../leg/refer.h"
#include "core.h"

static bool count_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	unsigned *n = arg;

	(void)hdr;
	(void)msg;

	return ++*n > 1;
}

bool replace_wanted(const struct call *call)
{
	return call->src->transfer == TRANSFER_SERVE && !call->transfer &&
	       sip_msg_hdr(call->invite, SIP_HDR_REPLACES);
}

static int decode(struct refer_replaces *r, const struct sip_msg *msg)
{
	unsigned n = 0;

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_REPLACES, count_handler, &n);

	return n == 1 ? refer_replaces_decode(r, &sip_msg_hdr(msg, SIP_HDR_REPLACES)->val) : EBADMSG;
}

/* Why the leg cannot be replaced; 0: it can. */
static uint16_t refusal(const struct call *call, const struct leg *leg, const struct refer_replaces *r)
{
	struct call *owner = handover_call(leg);

	if (!owner) /* it has just ended, where it is known at all */
		return leg ? 603 : 481;
	if (!transfer_owns(call->src, owner, leg))
		return 403;
	if (leg_state(leg) == LEG_EARLY)
		return pickup_refusal(call, owner, leg);
	if (leg_state(leg) == LEG_UP && r->early_only)
		return 486;
	if (!handover_may(owner, leg))
		return 481;

	return call->offered ? 0 : 488;
}

static int media_begin(struct call *call, struct call *owner, const struct leg *party)
{
	struct pl sdp = content_sdp_of(call->invite);
	struct mbuf *offer = mbuf_alloc(sdp.l), *said = NULL;
	int err = offer ? mbuf_write_mem(offer, (const uint8_t *)sdp.p, sdp.l) : ENOMEM;

	err = err ? err : handover_sdp(&said, owner, party);
	err = err ? err : media_alloc(&call->media, call->calls->e->relays, call->cdr->cdr_id);
	if (!err) {
		call_side_set(&call->side_a, "a", call->trunk_a, sa_af(&call->invite->src));
		call_side_set(&call->side_b, "b1", call->dst, sa_af(leg_peer(party)));
		err = media_prime(call->media, &call->side_a, offer, &call->side_b, said);
	}
	mem_deref(offer);
	mem_deref(said);

	return err;
}

static void begun_handler(int err, const struct pl *sdpa, const struct pl *sdpb, void *arg)
{
	struct call *call = arg;
	struct call *owner = handover_call(call->replaced);
	struct call_event_arg ev = {.sdp = err ? pl_null : *sdpa};
	struct leg *party;

	(void)sdpb;
	if (err) {
		call_media_refuse(call, err);
		return;
	}
	if (!handover_may(owner, call->replaced)) {
		call_refuse(call, 481, "Call/Transaction Does Not Exist", "replaces");
		return;
	}

	party = call_other(owner, call->replaced);
	(void)cdr_set_str(&call->cdr->b_call_id, leg_callid(party));
	handover_take(owner, party, call, false);
	close_leg(call->replaced, 16);
	(void)call_step(call, CALL_EV_JOINED, &ev);
	renew_join(call, false, true);
}

static int begin(struct call *call, struct leg *leg)
{
	struct call *owner = handover_call(leg);
	struct leg *party = call_other(owner, leg);

	call->dst = model_trunk(call->model, handover_trunk(owner, party)->name);
	if (!call->dst)
		return EACCES;

	call->iface_b = mem_ref(party == owner->a ? owner->iface_a : owner->iface_b);
	call->attempt.count = 1;
	call->replaced = mem_ref(leg);

	/* that call is paid for as long as its party talks; so this one is not paid for again */
	(void)cdr_set_str(&call->cdr->account, NULL);
	(void)cdr_set_str(&call->cdr->transfer_of, owner->cdr->cdr_id);
	(void)cdr_set_str(&call->cdr->dst_trunk, call->dst->name);

	return media_begin(call, owner, party);
}

void replace_start(struct call *call)
{
	struct refer_replaces r;
	uint16_t scode = 400;
	struct leg *leg = NULL;
	int err;

	if (!decode(&r, call->invite)) {
		leg = door_replaced(call->calls->e->door, &r);
		scode = refusal(call, leg, &r);
	}
	if (scode) {
		call_refuse(call, scode, header_phrase(scode), "replaces");
		return;
	}

	if (leg_state(leg) == LEG_EARLY) {
		call->replaced = mem_ref(leg);
		err = pickup_start(call, handover_call(leg));
	}
	else {
		err = begin(call, leg);
		if (!err)
			media_renew(call->media, &call->side_a, &call->side_b, begun_handler, call);
	}
	if (err)
		call_refuse(call, 500, "Server Internal Error", "replaces");
}

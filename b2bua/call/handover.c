/**
 * @file handover.c  A party goes on in another call: its leg moves there, and the call it leaves lasts as long
 *
 * A call that was paid for is paid for while its party talks, to whomever. So the call that a leg is taken from
 * stays, in state *handed over*, without media, until the call it leads to (`onward`) is over.
 */
#include <re.h>
#include "log.h"
#include "../leg/sdp.h"
#include "core.h"

const struct trunk *handover_trunk(const struct call *call, const struct leg *leg)
{
	return leg == call->a ? call->trunk_a : call->dst;
}

struct call *handover_call(const struct leg *leg)
{
	struct call *call = leg_owner(leg, &call_a_handlers);

	return call ? call : leg_owner(leg, &call_b_handlers);
}

bool handover_may(const struct call *call, const struct leg *gone)
{
	return call && call->state == CALL_UP && !call->onward && leg_state(gone) == LEG_UP &&
	       leg_state(call_other(call, gone)) == LEG_UP && media_anchored(call->media);
}

int handover_sdp(struct mbuf **mbp, struct call *call, const struct leg *leg)
{
	const struct pl sdp = media_agreed(call->media, call_side(call, leg));
	struct mbuf *mb;

	if (!pl_isset(&sdp))
		return ENOENT;

	mb = mbuf_alloc(sdp.l);
	if (!mb || sdp_resumed(mb, &sdp)) {
		mem_deref(mb);
		return ENOMEM;
	}

	*mbp = mb;

	return 0;
}

void handover_link(struct call *former, struct call *onward)
{
	former->onward = onward;
	list_append(&onward->formerl, &former->former_le, former);
}

static void unlink_former(struct call *former)
{
	list_unlink(&former->former_le);
	former->onward = NULL;
}

void handover_take(struct call *from, struct leg *leg, struct call *to, bool as_a)
{
	const bool was_a = leg == from->a;

	record_peer(from);
	modify_drop(from);
	*(was_a ? &from->a : &from->b) = NULL;
	from->handed = true;
	from->handed_a = was_a;
	from->onward_a = as_a;

	leg_owner_set(leg, as_a ? &call_a_handlers : &call_b_handlers, to);
	*(as_a ? &to->a : &to->b) = leg;
	if (as_a)
		call_side_set(&to->side_a, "a", to->trunk_a, sa_af(leg_peer(leg)));

	if (!from->onward)
		handover_link(from, to);
	(void)call_step(from, CALL_EV_HANDED, NULL);
}

/* ------------------------------------------------------------------ the call that is left */

static void counted_handler(const struct cdr_media *a, const struct cdr_media *b, void *arg)
{
	struct call *call = arg;

	call->cdr->a = *a;
	call->cdr->b = *b;
	if (media_relay(call->media))
		(void)cdr_set_str(&call->cdr->relay, relay_name(media_relay(call->media)));
	call->media = mem_deref(call->media);

	if (call->state == CALL_ENDING)
		close_count(call);
}

int handover_act_handed(void *obj, void *arg)
{
	struct call *call = obj;

	(void)arg;
	renew_drop(call);
	watch_stop(call);
	if (call->media) /* who picked a call up has none */
		media_end(call->media, counted_handler, call);

	return 0;
}

/* Who asked for the transfer hangs up. */
int handover_act_a_left(void *obj, void *arg)
{
	struct call *call = obj;

	(void)arg;
	call->a = mem_deref(call->a);

	return 0;
}

int handover_act_b_left(void *obj, void *arg)
{
	struct call *call = obj;

	(void)arg;
	call->b = mem_deref(call->b);

	return 0;
}

/* ------------------------------------------------------------------ the end of either */

/* Seen from the call that was left: its own party, or whoever came into the other one's place. */
static void former_over(struct call *former, const struct call *call)
{
	const enum cdr_party party = call->end.released_by;
	const bool own = party == (former->onward_a ? CDR_CALLER : CDR_CALLEE);
	struct call_event_arg ev = {
		.tag = call->end.tag,
		.disposition = CDR_ANSWERED,
		.released_by = party,
	};

	if (party != CDR_TANDEM)
		ev.released_by = own == former->handed_a ? CDR_CALLER : CDR_CALLEE;
	if (!str_cmp(ev.tag, cdr_party_name(party)))
		ev.tag = cdr_party_name(ev.released_by);

	former->cdr->q850_cause = call->cdr->q850_cause;
	(void)cdr_set_str(&former->cdr->reason, call->cdr->reason);
	(void)call_step(former, CALL_EV_ONWARD_OVER, &ev);
}

void handover_end(struct call *call)
{
	struct call *onward = call->onward;
	struct le *le;

	while ((le = list_head(&call->formerl))) {

		struct call *former = le->data;

		unlink_former(former);
		if (former->state == CALL_HANDED)
			former_over(former, call);
		else if (former->state == CALL_LEFT)
			(void)call_release(former, "transfer_failed");
		else if (former->state == CALL_RATING)
			pickup_lost(former);
	}

	if (onward) {
		const bool picks = call->replaced && !call->handed;
		const char *tag = call->handed ? call->end.tag : "transfer_abandoned";

		unlink_former(call);
		if (picks)
			pickup_abandoned(onward);
		else
			(void)call_release(onward, tag);
	}
}

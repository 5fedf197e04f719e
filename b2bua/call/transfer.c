/**
 * @file transfer.c  REFER in a call (RFC 3515, RFC 5589): refused, passed on, or done here
 *
 * Done here the remaining party stays where it is while the target is called, on the account of whoever asked and
 * with the remaining party's own offer; when the target answers, the party's leg moves into that call (handover.c)
 * and gets a re-INVITE. Where Refer-To names another call of the same account (Replaces), the remaining parties of
 * both are joined at once. NOTIFYs tell how it goes. If it fails, the call is as it was.
 */
#include <re.h>
#include "log.h"
#include "../leg/header.h"
#include "../leg/header_cross.h"
#include "../leg/refer.h"
#include "../leg/stack.h"
#include "../store/store.h"
#include "core.h"
#include "invitation.h"
#include "referral.h"

enum { TRANSFERS_MAX = 5 }; /* one after the other: more is a loop */

void transfer_progress(struct call *call, uint16_t scode)
{
	referral_notify(call->transfer, scode);
}

void transfer_end(struct call *call)
{
	if (call->transfer)
		referral_notify(call->transfer, call->end.scode >= 300 ? call->end.scode : 487);
	call->refer = mem_deref(call->refer);
}

bool transfer_keeps(const struct call *call, const struct leg *gone)
{
	return call->state == CALL_UP && call->onward && call->onward->transfer &&
	       call->onward->transfer->referrer == gone;
}

/* ------------------------------------------------------------------ the call that is asked for */

/* As things stand now: the call may be older than the configuration. */
static int opening_fill(struct call_opening *o, struct call *call, const struct leg *referrer)
{
	const struct leg *party = call_other(call, referrer);

	o->cs = call->calls;
	o->model = store_model(call->calls->e->store);
	o->iface = party == call->a ? call->iface_a : call->iface_b;
	o->src = model_trunk(o->model, handover_trunk(call, referrer)->name);
	o->trunk_a = model_trunk(o->model, handover_trunk(call, party)->name);
	o->former = call;

	return o->src && o->src->enabled && o->trunk_a ? 0 : EACCES;
}

static int call_make(struct call **callp, struct call *call, struct transfer *t, const struct sip_msg *refer,
		     const char *uri, const struct mbuf *sdp)
{
	struct leg *party = call_other(call, t->referrer);
	struct invitation in = {.uri = uri, .party = party, .referrer = t->referrer, .refer = refer};
	struct call_opening o = {.joined = !sdp};
	struct sip_msg *msg = NULL;
	int err;

	if (sdp)
		in.sdp = (struct pl){(const char *)sdp->buf, sdp->end};

	err = opening_fill(&o, call, t->referrer);
	err = err ? err : invitation_make(&msg, &in);
	if (err)
		return err;

	o.msg = msg;
	err = call_open(callp, &o);
	mem_deref(msg);
	if (err)
		return err;

	(*callp)->transfer = mem_ref(t);
	(*callp)->transfers = call->transfers + 1;

	return 0;
}

/** Blind: the target is called; the party comes in when it has answered. */
static int blind(struct call *call, struct transfer *t, const struct sip_msg *refer, const struct refer *r)
{
	struct call *made = NULL;
	struct mbuf *sdp = NULL;
	int err;

	err = handover_sdp(&sdp, call, call_other(call, t->referrer));
	err = err ? err : call_make(&made, call, t, refer, r->uri, sdp);
	mem_deref(sdp);
	if (err)
		return err;

	handover_link(call, made);
	(void)call_step(made, CALL_EV_START, NULL);

	return 0;
}

int transfer_answered(struct call *call)
{
	struct call *former = list_ledata(list_head(&call->formerl));
	struct leg *party;

	if (!former)
		return ENOTCONN;

	party = former->a && former->a != call->transfer->referrer ? former->a : former->b;
	if (leg_state(party) != LEG_UP)
		return ENOTCONN;

	handover_take(former, party, call, true);
	renew_join(call, true, false);
	referral_succeeded(call->transfer);

	return 0;
}

/* ------------------------------------------------------------------ attended */

static int media_join(struct call *call, struct call *one, struct leg *a, struct call *two, struct leg *b)
{
	struct mbuf *sdpa = NULL, *sdpb = NULL;
	int err;

	err = handover_sdp(&sdpa, one, a);
	err = err ? err : handover_sdp(&sdpb, two, b);
	err = err ? err : media_alloc(&call->media, call->calls->e->relays, call->cdr->cdr_id);
	if (!err) {
		call_side_set(&call->side_a, "a", call->trunk_a, sa_af(leg_peer(a)));
		call_side_set(&call->side_b, "b1", call->dst, sa_af(leg_peer(b)));
		err = media_prime(call->media, &call->side_a, sdpa, &call->side_b, sdpb);
	}
	mem_deref(sdpa);
	mem_deref(sdpb);

	return err;
}

static int remote_uri(char uri[REFER_URI_SIZE], const struct leg *leg)
{
	struct sip_addr addr;
	struct pl val;

	pl_set_str(&val, leg_remote(leg));
	if (sip_addr_decode(&addr, &val) || !header_uri_is_plain(&addr.auri) || addr.auri.l >= REFER_URI_SIZE)
		return EBADMSG;

	return pl_strcpy(&addr.auri, uri, REFER_URI_SIZE);
}

/** Both remaining parties are in calls already: they are joined. `replaced` is the leg that names the second. */
static int join(struct call *call, struct transfer *t, const struct sip_msg *refer, struct call *second,
		struct leg *replaced)
{
	struct leg *a = call_other(call, t->referrer), *b = call_other(second, replaced);
	struct call *made = NULL;
	char uri[REFER_URI_SIZE];
	int err;

	err = remote_uri(uri, b);
	err = err ? err : call_make(&made, call, t, refer, uri, NULL);
	if (err)
		return err;

	made->dst = model_trunk(made->model, handover_trunk(second, b)->name);
	made->iface_b = mem_ref(b == second->a ? second->iface_a : second->iface_b);
	made->attempt.count = 1;
	err = made->dst ? media_join(made, call, a, second, b) : EACCES;
	if (err) {
		call_refuse(made, 500, "Server Internal Error", "transfer_failed");
		return err;
	}

	(void)cdr_set_str(&made->cdr->dst_trunk, made->dst->name);
	(void)cdr_set_str(&made->cdr->b_call_id, leg_callid(b));
	handover_take(call, a, made, true);
	handover_take(second, b, made, false);
	close_leg(replaced, 16);
	(void)call_step(made, CALL_EV_JOINED, NULL);
	renew_join(made, true, true);
	referral_succeeded(t);

	return 0;
}

bool transfer_owns(const struct trunk *trunk, const struct call *call, const struct leg *leg)
{
	const struct trunk *other = handover_trunk(call, leg);

	if (!str_cmp(trunk->name, other->name))
		return true;

	return trunk->account && other->account && !str_cmp(trunk->account->name, other->account->name);
}

static int attended(struct call *call, struct transfer *t, const struct sip_msg *refer, const char *replaces)
{
	struct refer_replaces r;
	struct call *second;
	struct leg *leg;
	struct pl val;

	pl_set_str(&val, replaces);
	if (refer_replaces_decode(&r, &val))
		return EBADMSG;

	leg = door_replaced(call->calls->e->door, &r);
	second = handover_call(leg);
	if (second == call || !handover_may(second, leg) ||
	    !transfer_owns(handover_trunk(call, t->referrer), second, leg))
		return ENOENT;

	return join(call, t, refer, second, leg);
}

/* ------------------------------------------------------------------ the REFER */

static void answer(struct leg_request *req, uint16_t scode)
{
	(void)leg_reply(req, scode, header_phrase(scode), NULL);
}

static void take(struct leg_request *req, struct transfer *t)
{
	static const struct pl refer_sub = PL("Refer-Sub: false\r\n");
	const struct content c = {.hdrs = t->silent ? refer_sub : pl_null};

	(void)leg_reply(req, 202, "Accepted", &c);
	referral_notify(t, 100);
}

static uint16_t failure(int err)
{
	switch (err) {

	case EBADMSG:
		return 400;
	case EACCES:
		return 403;
	case ENOENT:
		return 481;
	default:
		return 500;
	}
}

static void serve(struct call *call, struct leg *from, struct leg_request *req, const struct refer *r)
{
	const struct sip_msg *msg = leg_request_msg(req);
	struct transfer *t = referral_alloc(from, msg, call->refers++ == 0, r->silent);
	int err;

	if (!t) {
		answer(req, 500);
		return;
	}

	take(req, t);
	err = r->replaces ? attended(call, t, msg, r->replaces) : blind(call, t, msg, r);
	if (err) {
		log_peer(LOG_INFO, "call %s: a transfer was not begun (%m)", call->cdr->cdr_id, err);
		referral_notify(t, failure(err));
	}
	mem_deref(t);
}

/** Where it leads is a number of ours to the other side, as every number is: no host crosses. */
static int refer_print(struct mbuf *mb, const struct call *call, const struct leg *to, const struct refer *r,
		       const struct sip_msg *msg)
{
	const struct iface *iface = to == call->a ? call->iface_a : call->iface_b;
	const struct sa *host = iface_addr(iface, sa_af(leg_peer(to)));
	struct uri uri;
	struct pl pl;
	int err;

	pl_set_str(&pl, r->uri);
	err = uri_decode(&uri, &pl);
	if (err)
		return err;

	err = mbuf_printf(mb, "Refer-To: <sip:%r%s%J>\r\n", &uri.user, pl_isset(&uri.user) ? "@" : "", host);
	if (r->silent)
		err |= mbuf_write_str(mb, "Refer-Sub: false\r\n");

	return err | header_print_referred_by(mb, msg, host);
}

static void pass(struct call *call, struct leg *from, struct leg_request *req, const struct refer *r)
{
	struct leg *to = call_other(call, from);
	struct mbuf *mb = mbuf_alloc(256);

	if (!mb || refer_print(mb, call, to, r, leg_request_msg(req))) {
		answer(req, 500);
		mem_deref(req);
	}
	else {
		pass_with(call, from, req, mb);
	}
	mem_deref(mb);
}

static uint16_t refusal(struct call *call, struct leg *from, int err)
{
	if (err == ENOTSUP)
		return 416;
	if (err)
		return failure(err);
	if (call->transfers >= TRANSFERS_MAX)
		return 403;
	if (!media_anchored(call->media))
		return 488;

	return handover_may(call, from) ? 0 : 491;
}

/* Who answers and sends on at once need not ask twice: the caller's ACK is on its way. */
static bool put_off(struct call *call, const struct leg *from, struct leg_request *req)
{
	if (from != call->b || call->refer || call->state != CALL_UP || leg_state(call->a) != LEG_ANSWERED)
		return false;

	call->refer = req;

	return true;
}

void transfer_resume(struct call *call)
{
	struct leg_request *req = call->refer;

	call->refer = NULL;
	if (req)
		transfer_request(call, call->b, req, leg_request_msg(req));
}

void transfer_request(struct call *call, struct leg *from, struct leg_request *req, const struct sip_msg *msg)
{
	const enum transfer_policy policy = handover_trunk(call, from)->transfer;
	struct refer r = {.replaces = NULL};
	uint16_t scode;

	if (policy == TRANSFER_REFUSE) {
		answer(req, 403);
		mem_deref(req);
		return;
	}

	if (put_off(call, from, req))
		return;

	scode = refusal(call, from, refer_decode(&r, msg));
	if (scode) {
		answer(req, scode);
	}
	else if (policy == TRANSFER_PASS && !r.replaces) {
		pass(call, from, req, &r);
		return;
	}
	else {
		serve(call, from, req, &r);
	}

	refer_reset(&r);
	mem_deref(req);
}

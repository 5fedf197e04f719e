/**
 * @file subscriptions.c  The subscriptions there are outside calls: begun, kept to what is provisioned, listed, ended
 */
#include <re.h>
#include "wheel.h"
#include "../leg/header.h"
#include "../leg/header_set.h"
#include "candidate.h"
#include "subscription.h"

enum {
	IN_ALL_MAX = 50000, /* 300 MB */
	EXPIRES_S = 3600,   /* where nobody says */
	EVENT_SIZE_MAX = 256,
};

/* ------------------------------------------------------------------ by what is provisioned */

static bool lets_pass(const struct door *d, const struct trunk *trunk, const struct iface *iface)
{
	static const struct pl met = PL("SUBSCRIBE");

	return trunk && trunk->enabled && trunk_passes_outside(trunk, &met) &&
	       door_iface(d, trunk->interface->name) == iface;
}

bool subscription_follow(struct subscription *s)
{
	struct call *call = &s->call;
	const struct engine *e = call->calls->e;
	struct model *m = store_model(e->store);
	const struct trunk *src, *dst;

	if (m == call->model)
		return true;

	src = model_trunk(m, call->src->name);
	dst = model_trunk(m, call->dst->name);
	if (!lets_pass(e->door, src, call->iface_a) || !lets_pass(e->door, dst, call->iface_b) ||
	    (src->account && !src->account->enabled))
		return false;

	call->src = call->trunk_a = src;
	call->dst = dst;
	call->attempt.route = NULL;
	mem_deref(call->model);
	call->model = mem_ref(m);

	return true;
}

/* ------------------------------------------------------------------ its beginning */

static void destructor(void *arg)
{
	struct subscription *s = arg;

	tmr_cancel(&s->tmr);
	mem_deref(s->subscribe);
	candidate_close(&s->call);
	mem_deref(s->event);
}

static int event_learn(struct subscription *s, const struct sip_msg *msg)
{
	static const struct pl name = PL("Event");
	const struct pl event = header_value(msg, &name);

	return event.l > EVENT_SIZE_MAX ? ENOSPC : re_sdprintf(&s->event, "%H", header_print_clean, &event);
}

static int subscription_alloc(struct subscription **sp, const struct call_opening *o)
{
	struct subscription *s;
	int err;

	if (o->cs->stats.subscriptions >= IN_ALL_MAX)
		return ENOSPC;

	s = mem_zalloc(sizeof(*s), destructor);
	if (!s)
		return ENOMEM;

	s->call.start_ms = clock_mono_ms();
	s->expires_s = pl_isset(&o->msg->expires) ? subscription_seconds(&o->msg->expires) : EXPIRES_S;
	err = event_learn(s, o->msg);
	err = err ? err : candidate_open(&s->call, o, "subscription", o->src->max_subscriptions);
	err = err ? err : candidate_next(&s->call);
	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}

static void enlist(struct calls *cs, struct subscription *s)
{
	list_append(&cs->subscriptionl, &s->le, s);
	++cs->stats.subscriptions;
}

int subscription_begin(const struct call_opening *o)
{
	struct subscription *s = NULL;
	struct call *call;
	int err;

	err = subscription_alloc(&s, o);
	if (err)
		return err;

	call = &s->call;
	err = leg_subscribed(&call->a, &s->subscribe, iface_stack(call->iface_a), o->msg,
			     &subscription_handlers, s);
	if (err) {
		mem_deref(s);
		return err;
	}

	leg_tls_set(call->a, call->src->tls);
	leg_allow_set(call->a, call->src->allow_event);
	enlist(o->cs, s);
	subscribe_first(s);

	return 0;
}

/* ------------------------------------------------------------------ all of them */

void subscriptions_close(struct calls *cs)
{
	while (cs->subscriptionl.head)
		subscription_close(list_ledata(cs->subscriptionl.head));
}

unsigned calls_unsubscribe(struct calls *cs, unsigned max)
{
	struct le *le = cs->subscriptionl.head;
	unsigned n = 0;

	while (le && n < max) {
		struct subscription *s = le->data;

		le = le->next;
		n += !subscription_release(s);
	}

	return n;
}

void subscriptions_apply(const struct calls *cs, subscription_each_h *h, void *arg)
{
	struct le *le = list_head(&cs->subscriptionl);

	while (le && !h(le->data, arg))
		le = le->next;
}

int subscription_describe(const struct subscription *s, struct odict *od)
{
	const struct cdr *cdr = s->call.cdr;
	int err;

	err = odict_entry_add(od, "state", ODICT_STRING, subscription_table.statev[s->state]);
	err |= odict_entry_add(od, "src_trunk", ODICT_STRING, s->call.src->name);
	err |= odict_entry_add(od, "dst_trunk", ODICT_STRING, s->call.dst->name);
	err |= odict_entry_add(od, "caller", ODICT_STRING, cdr->caller ? cdr->caller : "");
	err |= odict_entry_add(od, "callee", ODICT_STRING, cdr->callee ? cdr->callee : "");
	err |= odict_entry_add(od, "event", ODICT_STRING, s->event);
	err |= odict_entry_add(od, "age_ms", ODICT_INT, (int64_t)(clock_mono_ms() - s->call.start_ms));

	return err | odict_entry_add(od, "expires_s", ODICT_INT, (int64_t)s->expires_s);
}

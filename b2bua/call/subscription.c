/**
 * @file subscription.c  A subscription outside any call: its table, its time, its end
 */
#include <re.h>
#include "log.h"
#include "wheel.h"
#include "../leg/header.h"
#include "../leg/header_set.h"
#include "candidate.h"
#include "subscription.h"

enum {
	IN_ALL_MAX = 50000,       /* 300 MB */
	TIMER_N_MS = 64 * SIP_T1, /* for the first NOTIFY (RFC 6665 4.1.2.4), and for the last */
	EXPIRES_S = 3600,         /* where nobody says */
	EVENT_SIZE_MAX = 256,
};

static const char *const states[SUBSCRIPTION_STATEC] = {
	"asking", "early", "fetched", "pending", "active", "leaving", "over",
};

static const char *const events[SUBSCRIPTION_EVENTC] = {
	"accepted", "refused", "notified", "terminated", "refresh", "refreshed", "gone", "expired", "release",
};

static int act_refreshed(void *obj, void *arg);
static int act_expire(void *obj, void *arg);
static int act_release(void *obj, void *arg);

static const struct state_row rows[] = {
	{SUBSCRIPTION_ASKING, SUBSCRIPTION_EV_ACCEPTED, SUBSCRIPTION_PENDING, subscribe_act_accept},
	{SUBSCRIPTION_ASKING, SUBSCRIPTION_EV_REFUSED, SUBSCRIPTION_OVER, subscribe_act_refuse},
	{SUBSCRIPTION_ASKING, SUBSCRIPTION_EV_NOTIFIED, SUBSCRIPTION_EARLY, subscribe_act_notify},
	{SUBSCRIPTION_ASKING, SUBSCRIPTION_EV_TERMINATED, SUBSCRIPTION_FETCHED, subscribe_act_notify},

	{SUBSCRIPTION_EARLY, SUBSCRIPTION_EV_ACCEPTED, SUBSCRIPTION_ACTIVE, subscribe_act_accept},
	{SUBSCRIPTION_EARLY, SUBSCRIPTION_EV_REFUSED, SUBSCRIPTION_OVER, subscribe_act_refuse},
	{SUBSCRIPTION_EARLY, SUBSCRIPTION_EV_NOTIFIED, SUBSCRIPTION_EARLY, subscribe_act_notify},
	{SUBSCRIPTION_EARLY, SUBSCRIPTION_EV_TERMINATED, SUBSCRIPTION_FETCHED, subscribe_act_notify},
	{SUBSCRIPTION_EARLY, SUBSCRIPTION_EV_GONE, SUBSCRIPTION_FETCHED, NULL},

	{SUBSCRIPTION_FETCHED, SUBSCRIPTION_EV_ACCEPTED, SUBSCRIPTION_OVER, subscribe_act_accept},
	{SUBSCRIPTION_FETCHED, SUBSCRIPTION_EV_REFUSED, SUBSCRIPTION_OVER, subscribe_act_refuse},
	{SUBSCRIPTION_FETCHED, SUBSCRIPTION_EV_GONE, SUBSCRIPTION_FETCHED, NULL},

	{SUBSCRIPTION_PENDING, SUBSCRIPTION_EV_NOTIFIED, SUBSCRIPTION_ACTIVE, subscribe_act_notify},
	{SUBSCRIPTION_PENDING, SUBSCRIPTION_EV_TERMINATED, SUBSCRIPTION_OVER, subscribe_act_notify},
	{SUBSCRIPTION_PENDING, SUBSCRIPTION_EV_REFRESH, SUBSCRIPTION_PENDING, subscribe_act_refresh},
	{SUBSCRIPTION_PENDING, SUBSCRIPTION_EV_REFRESHED, SUBSCRIPTION_PENDING, act_refreshed},
	{SUBSCRIPTION_PENDING, SUBSCRIPTION_EV_GONE, SUBSCRIPTION_OVER, NULL},
	{SUBSCRIPTION_PENDING, SUBSCRIPTION_EV_EXPIRED, SUBSCRIPTION_OVER, act_expire},
	{SUBSCRIPTION_PENDING, SUBSCRIPTION_EV_RELEASE, SUBSCRIPTION_LEAVING, act_release},

	{SUBSCRIPTION_ACTIVE, SUBSCRIPTION_EV_NOTIFIED, SUBSCRIPTION_ACTIVE, subscribe_act_notify},
	{SUBSCRIPTION_ACTIVE, SUBSCRIPTION_EV_TERMINATED, SUBSCRIPTION_OVER, subscribe_act_notify},
	{SUBSCRIPTION_ACTIVE, SUBSCRIPTION_EV_REFRESH, SUBSCRIPTION_ACTIVE, subscribe_act_refresh},
	{SUBSCRIPTION_ACTIVE, SUBSCRIPTION_EV_REFRESHED, SUBSCRIPTION_ACTIVE, act_refreshed},
	{SUBSCRIPTION_ACTIVE, SUBSCRIPTION_EV_GONE, SUBSCRIPTION_OVER, NULL},
	{SUBSCRIPTION_ACTIVE, SUBSCRIPTION_EV_EXPIRED, SUBSCRIPTION_OVER, act_expire},
	{SUBSCRIPTION_ACTIVE, SUBSCRIPTION_EV_RELEASE, SUBSCRIPTION_LEAVING, act_release},

	{SUBSCRIPTION_LEAVING, SUBSCRIPTION_EV_NOTIFIED, SUBSCRIPTION_LEAVING, subscribe_act_notified_late},
	{SUBSCRIPTION_LEAVING, SUBSCRIPTION_EV_TERMINATED, SUBSCRIPTION_OVER, subscribe_act_notified_late},
	{SUBSCRIPTION_LEAVING, SUBSCRIPTION_EV_EXPIRED, SUBSCRIPTION_OVER, NULL},
};

const struct statetable subscription_table = {
	.name = "subscription",
	.statev = states,
	.eventv = events,
	.statec = SUBSCRIPTION_STATEC,
	.eventc = SUBSCRIPTION_EVENTC,
	.rowv = rows,
	.rowc = sizeof(rows) / sizeof(rows[0]),
};

int subscription_step(struct subscription *s, enum subscription_event ev, struct subscription_event_arg *arg)
{
	struct subscription_event_arg none = {0};
	int err;

	mem_ref(s);
	err = statetable_step(&subscription_table, &s->state, (uint8_t)ev, s, arg ? arg : &none,
			      s->call.cdr->cdr_id);
	if (s->state == SUBSCRIPTION_OVER)
		subscription_close(s);
	mem_deref(s);

	return err;
}

/* ------------------------------------------------------------------ its time */

static void expired_handler(void *arg)
{
	(void)subscription_step(arg, SUBSCRIPTION_EV_EXPIRED, NULL);
}

static uint32_t seconds(const struct pl *pl)
{
	const uint64_t s = pl_u64(pl);

	return pl->l > 10 || s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

/* Who refreshes in the last moment shall find it, and the notifier be the one to end it. */
static void time_start(struct subscription *s)
{
	const uint64_t lasts_ms = s->state == SUBSCRIPTION_ACTIVE ? s->expires_s * 1000ull : 0;

	tmr_start(&s->tmr, lasts_ms + TIMER_N_MS, expired_handler, s);
}

static void expires_learn(struct subscription *s, const struct sip_msg *msg)
{
	static const struct pl name = PL("Subscription-State");
	const struct pl state = header_value(msg, &name);
	struct pl val = msg->expires;

	if (msg->req && msg_param_decode(&state, "expires", &val))
		return;

	if (pl_isset(&val))
		s->expires_s = seconds(&val);
}

void subscription_last(struct subscription *s, const struct sip_msg *msg)
{
	expires_learn(s, msg);
	time_start(s);
}

static int act_refreshed(void *obj, void *arg)
{
	const struct subscription_event_arg *ev = arg;

	subscription_last(obj, ev->msg);

	return 0;
}

/* ------------------------------------------------------------------ its end */

void subscription_close(struct subscription *s)
{
	if (!s->le.list)
		return;

	tmr_cancel(&s->tmr);
	s->subscribe = mem_deref(s->subscribe);
	leg_hangup(s->call.a, 0, NULL, NULL);
	leg_hangup(s->call.b, 0, NULL, NULL);
	--s->call.calls->stats.subscriptions;
	list_unlink(&s->le);
	mem_deref(s);
}

/* Told to a side in our own words. */
static void tell(const struct subscription *s, struct leg *leg, const char *met, const char *line)
{
	const bool named = *s->event;
	struct content c = {.hdrs = PL_INIT};
	char *hdrs = NULL;

	if (re_sdprintf(&hdrs, "%s%s%s%s\r\n", named ? "Event: " : "", s->event, named ? "\r\n" : "", line))
		return;

	pl_set_str(&c.hdrs, hdrs);
	(void)leg_send(leg, met, &c, NULL, NULL);
	mem_deref(hdrs);
}

/* The notifier has forgotten it by itself (RFC 6665 4.2.2). */
static int act_expire(void *obj, void *arg)
{
	struct subscription *s = obj;

	(void)arg;
	tell(s, s->call.a, "NOTIFY", "Subscription-State: terminated;reason=timeout");

	return 0;
}

/* RFC 6665 4.1.3: the subscriber asks again at once, and finds another node or what is provisioned now. */
static int act_release(void *obj, void *arg)
{
	struct subscription *s = obj;

	(void)arg;
	tell(s, s->call.a, "NOTIFY", "Subscription-State: terminated;reason=deactivated");
	leg_hangup(s->call.a, 0, NULL, NULL);
	tell(s, s->call.b, "SUBSCRIBE", "Expires: 0");
	time_start(s);

	return 0;
}

int subscription_release(struct subscription *s)
{
	if (!statetable_row(&subscription_table, s->state, SUBSCRIPTION_EV_RELEASE))
		return EPROTO;

	return subscription_step(s, SUBSCRIPTION_EV_RELEASE, NULL);
}

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
	s->expires_s = pl_isset(&o->msg->expires) ? seconds(&o->msg->expires) : EXPIRES_S;
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

void calls_unsubscribe(struct calls *cs, unsigned max)
{
	struct le *le = cs->subscriptionl.head;

	while (le && max) {
		struct subscription *s = le->data;

		le = le->next;
		max -= !subscription_release(s);
	}
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

	err = odict_entry_add(od, "state", ODICT_STRING, states[s->state]);
	err |= odict_entry_add(od, "src_trunk", ODICT_STRING, s->call.src->name);
	err |= odict_entry_add(od, "dst_trunk", ODICT_STRING, s->call.dst->name);
	err |= odict_entry_add(od, "caller", ODICT_STRING, cdr->caller ? cdr->caller : "");
	err |= odict_entry_add(od, "callee", ODICT_STRING, cdr->callee ? cdr->callee : "");
	err |= odict_entry_add(od, "event", ODICT_STRING, s->event);
	err |= odict_entry_add(od, "age_ms", ODICT_INT, (int64_t)(clock_mono_ms() - s->call.start_ms));

	return err | odict_entry_add(od, "expires_s", ODICT_INT, (int64_t)s->expires_s);
}

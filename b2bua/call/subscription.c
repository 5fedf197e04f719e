/**
 * @file subscription.c  One subscription outside any call: its table, its time, its end
 */
#include <re.h>
#include "../leg/header_set.h"
#include "subscription.h"

enum { TIMER_N_MS = 64 * SIP_T1 }; /* for the first NOTIFY (RFC 6665 4.1.2.4), and for the last */

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

uint32_t subscription_seconds(const struct pl *pl)
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
		s->expires_s = subscription_seconds(&val);
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

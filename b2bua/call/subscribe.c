/**
 * @file subscribe.c  What crosses in a subscription: its SUBSCRIBEs, its NOTIFYs, and what is said to them
 */
#include <strings.h>
#include <re.h>
#include "../leg/header.h"
#include "../leg/header_cross.h"
#include "../leg/header_set.h"
#include "candidate.h"
#include "cross.h"
#include "subscription.h"

/* Of a response to a SUBSCRIBE or NOTIFY in the dialog: who says so knows the subscription no more, or cannot have it
 * (RFC 6665 4.1.2.2, 4.2.2). */
static bool is_end(uint16_t scode)
{
	static const uint16_t codev[] = {404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604};

	for (size_t i = 0; i < ARRAY_SIZE(codev); i++)
		if (scode == codev[i])
			return true;

	return false;
}

static bool is_subscribe(const struct leg_request *req)
{
	return !pl_strcmp(&leg_request_msg(req)->met, "SUBSCRIBE");
}

/* RFC 4321 4.2: a 408 comes when nobody waits for it any more. Who does not take a NOTIFY is subscribed no more
 * (RFC 6665 4.2.2), who does not take a refresh has the subscription for as long as it lasts. */
static uint16_t outcome(char phrase[PASS_PHRASE_SIZE], const struct leg_request *req, int err,
			const struct sip_msg *msg)
{
	uint16_t scode = pass_outcome(phrase, err, msg);

	if (scode == 408) {
		scode = is_subscribe(req) ? 504 : 481;
		str_ncpy(phrase, header_phrase(scode), PASS_PHRASE_SIZE);
	}

	return scode;
}

/* True if a 2xx to a SUBSCRIBE lacks what it must have (RFC 6665 3.1.1). */
static bool lacks_expires(const struct leg_request *req, const struct sip_msg *msg)
{
	return is_subscribe(req) && msg->scode < 300 && !pl_isset(&msg->expires);
}

static int event_print(struct mbuf *mb, const struct sip_msg *msg)
{
	const int err = header_print_event(mb, msg);

	return err ? err : header_print_eventlist(mb, msg);
}

/* Answer a request with what the other side said to it; `to` is who sent it. Returns the code. */
static uint16_t answer(struct subscription *s, struct leg *to, struct leg_request *req, int err,
		       const struct sip_msg *msg)
{
	struct content c = msg ? content_of(msg) : content_sdp(&pl_null);
	struct mbuf *mb = cross_message(&s->call, msg, to, &c);
	char phrase[PASS_PHRASE_SIZE];
	const uint16_t scode = outcome(phrase, req, err, msg);

	if (msg && mb && !event_print(mb, msg) &&
	    (!lacks_expires(req, msg) || !mbuf_printf(mb, "Expires: %u\r\n", s->expires_s)))
		c.hdrs = (struct pl){(const char *)mb->buf, mb->end};

	(void)leg_reply(req, scode, phrase, &c);
	mem_deref(mb);

	return scode;
}

static void request_refuse(struct leg_request *req, uint16_t scode)
{
	(void)leg_reply(req, scode, header_phrase(scode), NULL);
	mem_deref(req);
}

/* ------------------------------------------------------------------ the one that begins it */

static void response_handler(int err, const struct sip_msg *msg, void *arg);

static int ask(void *arg)
{
	struct subscription *s = arg;
	int err;

	/* who was asked before may still notify: not any more */
	leg_hangup(s->call.b, 0, NULL, NULL);
	s->call.b = mem_deref(s->call.b);

	err = dial_subscribe(&s->call, &subscription_handlers, response_handler, mem_ref(s));
	if (err)
		mem_deref(s);

	return err;
}

static bool ask_next(struct subscription *s)
{
	/* who has notified is asked already */
	return s->state == SUBSCRIPTION_ASKING && !candidate_ask(&s->call, ask, s);
}

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct subscription *s = arg;
	struct subscription_event_arg ev = {.err = err, .msg = msg};
	const bool accepted = msg && msg->scode < 300;

	if (!s->le.list) { /* we are stopping */
		mem_deref(s);
		return;
	}

	if (accepted || !candidate_fails_over(&s->call, err, msg) || !ask_next(s))
		(void)subscription_step(s, accepted ? SUBSCRIPTION_EV_ACCEPTED : SUBSCRIPTION_EV_REFUSED,
					&ev);

	mem_deref(s);
}

void subscribe_first(struct subscription *s)
{
	struct subscription_event_arg ev = {.err = ask(s)};

	if (ev.err && !ask_next(s))
		(void)subscription_step(s, SUBSCRIPTION_EV_REFUSED, &ev);
}

static uint16_t first_answer(struct subscription *s, const struct subscription_event_arg *ev)
{
	struct leg_request *req = s->subscribe;
	uint16_t scode;

	s->subscribe = NULL;
	scode = answer(s, s->call.a, req, ev->err, ev->msg);
	mem_deref(req);
	s->call.invite = mem_deref(s->call.invite);

	return scode;
}

int subscribe_act_accept(void *obj, void *arg)
{
	const struct subscription_event_arg *ev = arg;
	struct subscription *s = obj;

	(void)first_answer(s, ev);
	if (s->state != SUBSCRIPTION_OVER)
		subscription_last(s, ev->msg);

	return 0;
}

int subscribe_act_refuse(void *obj, void *arg)
{
	(void)first_answer(obj, arg);

	return 0;
}

/* ------------------------------------------------------------------ those in its dialogs */

/* A request on its way to the other side. */
struct crossing {
	struct subscription *s; /* referenced */
	struct leg_request *req;
	struct leg *from; /* one of `s` */
};

static void crossing_destructor(void *arg)
{
	struct crossing *x = arg;

	mem_deref(x->req);
	mem_deref(x->s);
}

static void crossed_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct crossing *x = arg;
	struct subscription_event_arg ev = {.msg = msg};
	const uint16_t scode = answer(x->s, x->from, x->req, err, msg);

	if (is_end(scode))
		(void)subscription_step(x->s, SUBSCRIPTION_EV_GONE, &ev);
	else if (scode < 300 && is_subscribe(x->req))
		(void)subscription_step(x->s, SUBSCRIPTION_EV_REFRESHED, &ev);

	mem_deref(x);
}

static int send_on(struct crossing *x, struct leg *to, const char *met)
{
	const struct sip_msg *msg = leg_request_msg(x->req);
	struct content c = content_of(msg);
	struct mbuf *mb = cross_message(&x->s->call, msg, to, &c);
	int err;

	if (!mb)
		return ENOMEM;

	err = event_print(mb, msg);
	c.hdrs = (struct pl){(const char *)mb->buf, mb->end};
	err = err ? err : leg_send(to, met, &c, crossed_handler, x);
	mem_deref(mb);

	return err;
}

/* Takes `req`. */
static void cross(struct subscription *s, struct leg *from, struct leg_request *req)
{
	struct crossing *x = mem_zalloc(sizeof(*x), crossing_destructor);
	int err;

	if (!x) {
		request_refuse(req, 500);
		return;
	}

	*x = (struct crossing){mem_ref(s), req, from};
	err = send_on(x, call_other(&s->call, from), is_subscribe(req) ? "SUBSCRIBE" : "NOTIFY");
	if (err)
		crossed_handler(err, NULL, x);
}

int subscribe_act_notify(void *obj, void *arg)
{
	const struct subscription_event_arg *ev = arg;
	struct subscription *s = obj;

	if (s->state == SUBSCRIPTION_ACTIVE)
		subscription_last(s, ev->msg);
	cross(s, s->call.b, ev->req);

	return 0;
}

/* The subscriber has heard from us that it is over. */
int subscribe_act_notified_late(void *obj, void *arg)
{
	const struct subscription_event_arg *ev = arg;

	(void)obj;
	request_refuse(ev->req, 200);

	return 0;
}

int subscribe_act_refresh(void *obj, void *arg)
{
	const struct subscription_event_arg *ev = arg;
	struct subscription *s = obj;

	cross(s, s->call.a, ev->req);

	return 0;
}

/* ------------------------------------------------------------------ who sends what */

static struct pl package(const struct pl *event)
{
	struct pl pl;

	return re_regex(event->p, event->l, "[^; \t]+", &pl) ? pl_null : pl;
}

/* Two events are one if package and id are (RFC 6665 8.2.1). Who gave none takes what there is. */
static bool is_its_event(const struct subscription *s, const struct sip_msg *msg)
{
	static const struct pl name = PL("Event");
	const struct pl said = header_value(msg, &name);
	struct pl ours, id, our_id, theirs, our_package;

	pl_set_str(&ours, s->event);
	theirs = package(&said);
	our_package = package(&ours);
	if (msg_param_decode(&said, "id", &id))
		id = pl_null;
	if (msg_param_decode(&ours, "id", &our_id))
		our_id = pl_null;

	return !pl_isset(&ours) || (!pl_cmp(&theirs, &our_package) && !pl_cmp(&id, &our_id));
}

static bool is_terminated(const struct sip_msg *msg)
{
	static const struct pl name = PL("Subscription-State"), terminated = PL("terminated");
	const struct pl val = header_value(msg, &name);
	const struct pl state = package(&val);

	return !pl_casecmp(&state, &terminated);
}

static enum subscription_event event_of(const struct sip_msg *msg)
{
	if (!pl_strcmp(&msg->met, "SUBSCRIBE"))
		return SUBSCRIPTION_EV_REFRESH;

	return is_terminated(msg) ? SUBSCRIPTION_EV_TERMINATED : SUBSCRIPTION_EV_NOTIFIED;
}

static bool is_expected(const struct subscription *s, const struct leg *leg, const struct sip_msg *msg)
{
	return !pl_strcmp(&msg->met, leg == s->call.a ? "SUBSCRIBE" : "NOTIFY");
}

static void request_handler(struct leg *leg, struct leg_request *req, const struct sip_msg *msg, void *arg)
{
	struct subscription_event_arg ev = {.req = req, .msg = msg};
	struct subscription *s = arg;

	if (!is_expected(s, leg, msg)) {
		leg_refuse(req);
		mem_deref(req);
	}
	else if (!is_its_event(s, msg)) {
		request_refuse(req, leg == s->call.a ? 489 : 481);
	}
	else if (leg == s->call.a && !subscription_follow(s)) {
		request_refuse(req, 481);
		leg_hangup(leg, 0, NULL, NULL);
		(void)subscription_release(s);
	}
	else if (subscription_step(s, event_of(msg), &ev) == EPROTO) {
		request_refuse(req, 481);
	}
}

const struct leg_handlers subscription_handlers = {.requesth = request_handler};

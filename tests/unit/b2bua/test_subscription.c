/**
 * @file test_subscription.c  Subscriptions outside calls, through the whole engine: what both sides see
 */
#include <string.h>
#include <re.h>
#include "call_fixture.h"
#include "door/door.h"
#include "loop.h"
#include "memory_short.h"
#include "unit.h"

#define EMPTY "Content-Length: 0\n\n"
#define PRESENCE "Event: presence;id=7\nAccept: application/pidf+xml\nExpires: 600\n" EMPTY
#define ACTIVE "Event: presence;id=7\nSubscription-State: active;expires=300\n" EMPTY
#define TERMINATED "Event: presence;id=7\nSubscription-State: Terminated;reason=noresource\n" EMPTY
#define GRANTED "Expires: 300\n" EMPTY
enum { TURN_MS = 30, TIMER_N_MS = 32000 };

static struct house h;

static void trunks_set(const char *methods)
{
	house_apply(&h,
		    "{\"trunks\": [{\"name\": \"pbx\", \"methods_outside\": [%s]},"
		    "{\"name\": \"one\", \"methods_outside\": [%s]}, {\"name\": \"two\", "
		    "\"methods_outside\": [%s]}]}",
		    methods, methods, methods);
}

static void open_house(void)
{
	house_open(&h, "", "");
	trunks_set("\"SUBSCRIBE\"");
}

static uint32_t subscriptions(void)
{
	struct call_stats stats;

	calls_stats(h.e.calls, &stats);

	return stats.subscriptions;
}

/* The ladders begin anew; what wires send is made of what they heard. */
static void ladders_forget(void)
{
	h.caller.heard[0] = h.one.heard[0] = '\0';
}

static void close_house(uint32_t left)
{
	CU_ASSERT_EQUAL(subscriptions(), left);
	CU_ASSERT_EQUAL(house_calls(&h), 0);
	house_stop(&h);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT count(*) FROM cdr"), 0);
	house_close(&h);
}

/* ------------------------------------------------------------------ what the two sides say */

static void subscribe_send(const char *more)
{
	wire_send(&h.caller, &h.access.addr,
		  "SUBSCRIBE sip:8613800@%J SIP/2.0\nVia: SIP/2.0/UDP %J;branch=z9hG4bKsubscribe;rport\n"
		  "From: <sip:1001@127.0.0.1>;tag=wire\nTo: <sip:8613800@127.0.0.1>\nCall-ID: wire-call\n"
		  "CSeq: 1 SUBSCRIBE\nContact: <sip:1001@%J>\nMax-Forwards: 70\nX-Internal: 1\n%s",
		  &h.access.addr, &h.caller.addr, &h.caller.addr, more);
}

static void subscribe(const char *more)
{
	subscribe_send(more);
	loop_run(TURN_MS);
}

static void refresh(unsigned cseq, const char *more)
{
	wire_request(&h.caller, &h.access, "SUBSCRIBE", cseq, more);
	loop_run(TURN_MS);
}

static void reply(struct wire *w, const char *word, const char *status, const char *more)
{
	wire_reply(w, wire_last(w, word), status, "notifier", more);
	loop_run(TURN_MS);
}

static void notify_send(struct wire *w, const char *tag, unsigned cseq, const char *more)
{
	const struct sip_msg *subscribe = wire_last(w, "SUBSCRIBE");

	wire_send(w, &w->peer,
		  "NOTIFY sip:1001@%J SIP/2.0\nVia: SIP/2.0/UDP %J;branch=z9hG4bK%s%u;rport\n"
		  "From: <sip:8613800@127.0.0.1>;tag=%s\nTo: %r\nCall-ID: %r\nCSeq: %u NOTIFY\n"
		  "Contact: <sip:%s@%J>\nMax-Forwards: 70\n%s",
		  &w->peer, &w->addr, tag, cseq, tag, &subscribe->from.val, &subscribe->callid, cseq, tag,
		  &w->addr, more);
}

static void notify(struct wire *w, const char *tag, unsigned cseq, const char *more)
{
	notify_send(w, tag, cseq, more);
	loop_run(TURN_MS);
}

/* A NOTIFY that crosses, and its answer. */
static void notify_through(struct wire *w, unsigned cseq, const char *more, const char *status)
{
	notify(w, "notifier", cseq, more);
	reply(&h.caller, "NOTIFY", status, EMPTY);
}

static void activate(void)
{
	open_house();
	subscribe(PRESENCE);
	reply(&h.one, "SUBSCRIBE", "200 OK", GRANTED);
	notify_through(&h.one, 1, ACTIVE, "200 OK");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "200/SUBSCRIBE NOTIFY");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 200/NOTIFY");
	CU_ASSERT_EQUAL(subscriptions(), 1);
	ladders_forget();
}

static bool has(const struct wire *w, const char *word, const char *header, const char *value)
{
	const struct sip_hdr *hdr = sip_msg_xhdr(wire_last(w, word), header);

	return hdr && !pl_strcmp(&hdr->val, value);
}

/* ------------------------------------------------------------------ the tests */

static void test_crosses(void)
{
	const struct sip_msg *msg;
	struct pl body;

	open_house();
	subscribe(PRESENCE);
	msg = wire_last(&h.one, "SUBSCRIBE");
	CU_ASSERT(pl_strcmp(&msg->callid, "wire-call"));
	CU_ASSERT(pl_strcmp(&msg->from.tag, "wire"));
	CU_ASSERT_PTR_NULL(sip_msg_xhdr(msg, "X-Internal"));
	CU_ASSERT(has(&h.one, "SUBSCRIBE", "Event", "presence;id=7"));
	CU_ASSERT(has(&h.one, "SUBSCRIBE", "Accept", "application/pidf+xml"));
	CU_ASSERT(has(&h.one, "SUBSCRIBE", "Expires", "600"));
	CU_ASSERT(has(&h.one, "SUBSCRIBE", "Max-Forwards", "69"));
	CU_ASSERT_PTR_NOT_NULL(sip_msg_xhdr(msg, "Contact"));

	/* 202 is RFC 3265's */
	reply(&h.one, "SUBSCRIBE", "202 Accepted", "Allow-Events: presence\n" GRANTED);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "202/SUBSCRIBE");
	CU_ASSERT(has(&h.caller, "202/SUBSCRIBE", "Expires", "300"));
	CU_ASSERT(has(&h.caller, "202/SUBSCRIBE", "Allow-Events", "presence"));
	CU_ASSERT_PTR_NOT_NULL(sip_msg_xhdr(wire_last(&h.caller, "202/SUBSCRIBE"), "Contact"));

	notify(&h.one, "notifier", 1,
	       "Event: presence;id=7\nSubscription-State: pending;expires=300\nContent-Type: "
	       "application/pidf+xml\n"
	       "X-Internal: 1\nContent-Length: 4\n\nopen");
	msg = wire_last(&h.caller, "NOTIFY");
	pl_set_mbuf(&body, msg->mb);
	CU_ASSERT_EQUAL(pl_strcmp(&body, "open"), 0);
	CU_ASSERT_EQUAL(pl_strcmp(&msg->callid, "wire-call"), 0);
	CU_ASSERT_EQUAL(pl_strcmp(&msg->to.tag, "wire"), 0);
	CU_ASSERT_PTR_NULL(sip_msg_xhdr(msg, "X-Internal"));
	CU_ASSERT(has(&h.caller, "NOTIFY", "Event", "presence;id=7"));
	CU_ASSERT(has(&h.caller, "NOTIFY", "Subscription-State", "pending;expires=300"));
	CU_ASSERT(has(&h.caller, "NOTIFY", "Content-Type", "application/pidf+xml"));
	reply(&h.caller, "NOTIFY", "200 OK", EMPTY);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 200/NOTIFY");
	close_house(1);
}

/* A list of what is watched, in more parts than a call's body may have (RFC 4662). */
static void test_list(void)
{
	struct mbuf *parts = mbuf_alloc(4096);
	char *more = NULL;
	struct pl body;

	for (int i = 0; i < 60; i++)
		(void)mbuf_printf(parts, "--x\nContent-Type: a/b\n\n%d\n", i);
	(void)mbuf_printf(parts, "--x--\n");

	open_house();
	subscribe("Supported: replaces, eventlist\n" PRESENCE);
	CU_ASSERT(has(&h.one, "SUBSCRIBE", "Supported", "eventlist"));
	reply(&h.one, "SUBSCRIBE", "200 OK", "Require: eventlist\n" GRANTED);
	CU_ASSERT(has(&h.caller, "200/SUBSCRIBE", "Require", "eventlist"));

	(void)re_sdprintf(&more,
			  "Require: eventlist\nEvent: presence;id=7\nSubscription-State: active\n"
			  "Content-Type: multipart/related;boundary=x\nContent-Length: %zu\n\n%b",
			  parts->end + 60 * 4 + 1, parts->buf, parts->end);
	notify(&h.one, "notifier", 1, more);
	CU_ASSERT(has(&h.caller, "NOTIFY", "Require", "eventlist"));
	CU_ASSERT(has(&h.caller, "NOTIFY", "Content-Type", "multipart/related;boundary=x"));
	pl_set_mbuf(&body, wire_last(&h.caller, "NOTIFY")->mb);
	CU_ASSERT_EQUAL(body.l, parts->end + 60 * 4 + 1);
	reply(&h.caller, "NOTIFY", "200 OK", EMPTY);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 200/NOTIFY");
	close_house(1);
	mem_deref(more);
	mem_deref(parts);
}

static void test_without_expires(void)
{
	open_house();
	subscribe(PRESENCE);
	reply(&h.one, "SUBSCRIBE", "200 OK", EMPTY);
	CU_ASSERT(has(&h.caller, "200/SUBSCRIBE", "Expires", "600"));
	close_house(1);
}

static void test_overtaking(void)
{
	open_house();
	subscribe(PRESENCE);
	notify_through(&h.one, 1, ACTIVE, "200 OK");
	notify_through(&h.one, 2, ACTIVE, "200 OK");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "NOTIFY NOTIFY");
	reply(&h.one, "SUBSCRIBE", "200 OK", GRANTED);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "NOTIFY NOTIFY 200/SUBSCRIBE");
	CU_ASSERT_EQUAL(pl_cmp(&wire_last(&h.caller, "NOTIFY")->from.tag,
			       &wire_last(&h.caller, "200/SUBSCRIBE")->to.tag),
			0);

	/* the first NOTIFY has been: it lasts */
	loop_skip(TIMER_N_MS + 1000);
	CU_ASSERT_EQUAL(subscriptions(), 1);
	refresh(2, PRESENCE);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 200/NOTIFY 200/NOTIFY SUBSCRIBE");
	close_house(1);
}

static void test_fetch(void)
{
	open_house();
	subscribe("Event: presence;id=7\nExpires: 0\n" EMPTY);
	reply(&h.one, "SUBSCRIBE", "200 OK", "Expires: 0\n" EMPTY);
	notify_through(&h.one, 1, TERMINATED, "200 OK");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "200/SUBSCRIBE NOTIFY");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 200/NOTIFY");
	CU_ASSERT_EQUAL(subscriptions(), 0);

	/* it knows no more of it, nor does the subscriber's side */
	notify(&h.one, "notifier", 2, ACTIVE);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 200/NOTIFY 481/NOTIFY");
	refresh(2, PRESENCE);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "200/SUBSCRIBE NOTIFY 481/SUBSCRIBE");
	close_house(0);
}

static void test_fetch_overtaking(void)
{
	open_house();
	subscribe("Event: presence;id=7\nExpires: 0\n" EMPTY);
	notify_through(&h.one, 1, TERMINATED, "200 OK");
	CU_ASSERT_EQUAL(subscriptions(), 1);
	reply(&h.one, "SUBSCRIBE", "200 OK", "Expires: 0\n" EMPTY);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "NOTIFY 200/SUBSCRIBE");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 200/NOTIFY");
	close_house(0);
}

static void test_unsubscribed(void)
{
	activate();
	refresh(2, "Event: presence;id=7\nExpires: 0\n" EMPTY);
	CU_ASSERT(has(&h.one, "SUBSCRIBE", "Expires", "0"));
	reply(&h.one, "SUBSCRIBE", "200 OK", "Expires: 0\n" EMPTY);
	notify_through(&h.one, 2, TERMINATED, "200 OK");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "200/SUBSCRIBE NOTIFY");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 200/NOTIFY");
	close_house(0);
}

/* What a notifier refuses is told as it says it, and leaves nothing. */
static void test_refused(void)
{
	static const struct {
		const char *status, *more, *header, *value, *heard;
	} v[] = {
		{"423 Interval Too Brief", "Min-Expires: 900\n" EMPTY, "Min-Expires", "900", "423/SUBSCRIBE"},
		{"489 Bad Event", "Allow-Events: dialog\n" EMPTY, "Allow-Events", "dialog", "489/SUBSCRIBE"},
		{"481 Subscription Does Not Exist", EMPTY, NULL, NULL, "481/SUBSCRIBE"},
		{"302 Moved Temporarily", EMPTY, NULL, NULL, "488/SUBSCRIBE"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		open_house();
		subscribe(PRESENCE);
		reply(&h.one, "SUBSCRIBE", v[i].status, v[i].more);
		CU_ASSERT_STRING_EQUAL(h.caller.heard, v[i].heard);
		if (v[i].header)
			CU_ASSERT(has(&h.caller, v[i].heard, v[i].header, v[i].value));
		CU_ASSERT_STRING_EQUAL(h.two.heard, "");
		notify(&h.one, "notifier", 1, ACTIVE);
		CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 481/NOTIFY");
		close_house(0);
	}
}

static void test_failover(void)
{
	open_house();
	subscribe(PRESENCE);
	reply(&h.one, "SUBSCRIBE", "503 Service Unavailable", EMPTY);
	CU_ASSERT_STRING_EQUAL(h.two.heard, "SUBSCRIBE");

	/* who was given up notifies nobody */
	notify(&h.one, "notifier", 1, ACTIVE);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 481/NOTIFY");
	reply(&h.two, "SUBSCRIBE", "200 OK", GRANTED);
	notify_through(&h.two, 1, ACTIVE, "200 OK");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "200/SUBSCRIBE NOTIFY");
	close_house(1);
}

/* Who notified is the one: what it says to the SUBSCRIBE then is told. */
static void test_no_failover(void)
{
	open_house();
	subscribe(PRESENCE);
	notify_through(&h.one, 1, ACTIVE, "200 OK");
	reply(&h.one, "SUBSCRIBE", "503 Service Unavailable", EMPTY);
	CU_ASSERT_STRING_EQUAL(h.two.heard, "");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "NOTIFY 503/SUBSCRIBE");
	close_house(0);
}

static void test_silent_notifier(void)
{
	open_house();
	subscribe(PRESENCE);
	loop_skip(TIMER_N_MS + 1000);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "504/SUBSCRIBE");
	CU_ASSERT_STRING_EQUAL(h.two.heard, "");
	close_house(0);
}

/* RFC 6665 4.4.1: a proxy sent it to several notifiers. One is the subscriber's. */
static void test_forked(void)
{
	open_house();
	subscribe(PRESENCE);
	notify_through(&h.one, 1, ACTIVE, "200 OK");
	notify(&h.one, "branch", 1, ACTIVE);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 200/NOTIFY 481/NOTIFY");
	wire_reply(&h.one, wire_last(&h.one, "SUBSCRIBE"), "200 OK", "branch", GRANTED);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "NOTIFY 200/SUBSCRIBE");

	refresh(2, PRESENCE);
	CU_ASSERT_EQUAL(pl_strcmp(&wire_last(&h.one, "SUBSCRIBE")->to.tag, "notifier"), 0);
	CU_ASSERT_EQUAL(pl_strcmp(&wire_last(&h.one, "SUBSCRIBE")->uri.user, "notifier"), 0);
	close_house(1);
}

static void test_subscriber_gone(void)
{
	activate();
	refresh(2, PRESENCE);
	reply(&h.one, "SUBSCRIBE", "200 OK", GRANTED);
	notify_through(&h.one, 2, ACTIVE, "481 Subscription Does Not Exist");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 481/NOTIFY");
	CU_ASSERT_EQUAL(subscriptions(), 0);
	notify(&h.one, "notifier", 3, ACTIVE);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE 481/NOTIFY 481/NOTIFY");
	close_house(0);
}

static void test_subscriber_silent(void)
{
	activate();
	notify(&h.one, "notifier", 2, ACTIVE);
	loop_skip(TIMER_N_MS + 1000);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "481/NOTIFY");
	close_house(0);
}

/* A NOTIFY that is refused for once is not the end (RFC 6665 4.2.2). */
static void test_notify_refused_once(void)
{
	activate();
	notify_through(&h.one, 2, ACTIVE, "500 Server Internal Error");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "500/NOTIFY");
	close_house(1);
}

/* RFC 6665 4.1.2.2: which answers to a refresh end it. */
static void test_refresh_refused(void)
{
	static const struct {
		const char *status, *heard;
		uint32_t left;
	} v[] = {
		{"481 Subscription Does Not Exist", "481/SUBSCRIBE", 0},
		{"489 Bad Event", "489/SUBSCRIBE", 0},
		{"423 Interval Too Brief", "423/SUBSCRIBE", 1},
		{"500 Server Internal Error", "500/SUBSCRIBE", 1},
		{"503 Service Unavailable", "503/SUBSCRIBE", 1},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		activate();
		refresh(2, PRESENCE);
		reply(&h.one, "SUBSCRIBE", v[i].status, EMPTY);
		CU_ASSERT_STRING_EQUAL(h.caller.heard, v[i].heard);
		CU_ASSERT_STRING_EQUAL(h.two.heard, "");
		close_house(v[i].left);
	}
}

static void test_refresh_unanswered(void)
{
	activate();
	refresh(2, PRESENCE);
	loop_skip(TIMER_N_MS + 1000);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "504/SUBSCRIBE");
	close_house(1);
}

/* The notifier has 32 s more than it said: then the subscriber hears from us. */
static void test_expired(void)
{
	activate();
	loop_skip(300000 + TIMER_N_MS - 1000);
	CU_ASSERT_EQUAL(subscriptions(), 1);
	loop_skip(2000);
	CU_ASSERT_EQUAL(subscriptions(), 0);
	CU_ASSERT(has(&h.caller, "NOTIFY", "Subscription-State", "terminated;reason=timeout"));
	CU_ASSERT(has(&h.caller, "NOTIFY", "Event", "presence;id=7"));
	CU_ASSERT_STRING_EQUAL(h.one.heard, "");
	reply(&h.caller, "NOTIFY", "200 OK", EMPTY);
	close_house(0);
}

/* What the notifier says in a NOTIFY counts, too (RFC 6665 4.1.3). */
static void test_lasts_as_notified(void)
{
	activate();
	notify_through(&h.one, 2, "Event: presence;id=7\nSubscription-State: active;expires=20\n" EMPTY,
		       "200 OK");
	loop_skip(20000 + TIMER_N_MS + 1000);
	CU_ASSERT(has(&h.caller, "NOTIFY", "Subscription-State", "terminated;reason=timeout"));
	close_house(0);
}

static void test_never_notified(void)
{
	open_house();
	subscribe(PRESENCE);
	reply(&h.one, "SUBSCRIBE", "200 OK", GRANTED);
	loop_skip(TIMER_N_MS + 1000);
	CU_ASSERT(has(&h.caller, "NOTIFY", "Subscription-State", "terminated;reason=timeout"));
	close_house(0);
}

/* Who refreshes what passes no more is told to begin anew, and the notifier that it is over. */
static void test_provisioned_away(void)
{
	activate();
	trunks_set("\"MESSAGE\"");
	notify_through(&h.one, 2, ACTIVE, "200 OK");
	CU_ASSERT_EQUAL(subscriptions(), 1);
	refresh(2, PRESENCE);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "NOTIFY 481/SUBSCRIBE");
	CU_ASSERT(has(&h.one, "SUBSCRIBE", "Expires", "0"));
	reply(&h.one, "SUBSCRIBE", "200 OK", "Expires: 0\n" EMPTY);
	notify(&h.one, "notifier", 3, TERMINATED);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "200/NOTIFY SUBSCRIBE 200/NOTIFY");
	close_house(0);
}

static void test_provisioned_anew(void)
{
	activate();
	house_apply(&h, "{\"routes\": [{\"prefix\": \"9\", \"trunks\": [\"two\"]}]}");
	refresh(2, PRESENCE);
	reply(&h.one, "SUBSCRIBE", "200 OK", GRANTED);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "200/SUBSCRIBE");
	close_house(1);
}

static void test_released(void)
{
	activate();
	calls_unsubscribe(h.e.calls, 10);
	loop_run(TURN_MS);
	CU_ASSERT(has(&h.caller, "NOTIFY", "Subscription-State", "terminated;reason=deactivated"));
	CU_ASSERT(has(&h.one, "SUBSCRIBE", "Expires", "0"));
	CU_ASSERT(has(&h.one, "SUBSCRIBE", "Event", "presence;id=7"));
	reply(&h.caller, "NOTIFY", "200 OK", EMPTY);
	refresh(2, PRESENCE);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "NOTIFY 481/SUBSCRIBE");

	/* a notifier that says nothing is not waited for longer than Timer N */
	CU_ASSERT_EQUAL(subscriptions(), 1);
	calls_unsubscribe(h.e.calls, 10);
	loop_skip(TIMER_N_MS + 1000);
	close_house(0);
}

static void test_wrong_in_dialog(void)
{
	activate();
	refresh(2, "Event: dialog\nExpires: 600\n" EMPTY);
	wire_request(&h.caller, &h.access, "INFO", 4, EMPTY);
	loop_run(TURN_MS);
	wire_request(&h.caller, &h.access, "BYE", 5, EMPTY);
	loop_run(TURN_MS);
	wire_request(&h.caller, &h.access, "UPDATE", 6, FIXTURE_BODY);
	loop_run(TURN_MS);
	wire_request(&h.caller, &h.access, "SUBSCRIBE", 2, PRESENCE);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "489/SUBSCRIBE 405/INFO 405/BYE 405/UPDATE 489/SUBSCRIBE");
	notify(&h.one, "notifier", 5, "Event: presence\nSubscription-State: active\n" EMPTY);
	notify(&h.one, "stranger", 6, ACTIVE);
	notify(&h.one, "notifier", 4, ACTIVE);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "481/NOTIFY 481/NOTIFY 500/NOTIFY");
	close_house(1);
}

static void test_not_begun(void)
{
	open_house();
	wire_send(&h.caller, &h.access.addr,
		  "SUBSCRIBE sip:8613800@%J SIP/2.0\nVia: SIP/2.0/UDP %J;branch=z9hG4bKnone;rport\n"
		  "From: <sip:1001@127.0.0.1>;tag=wire\nTo: <sip:8613800@127.0.0.1>\nCall-ID: wire-none\n"
		  "CSeq: 1 SUBSCRIBE\nMax-Forwards: 70\n" PRESENCE,
		  &h.access.addr, &h.caller.addr);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "400/SUBSCRIBE");
	h.e.draining = true;
	subscribe(PRESENCE);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "400/SUBSCRIBE 503/SUBSCRIBE");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "");
	close_house(0);
}

static void test_nobody_takes_it(void)
{
	open_house();
	house_apply(&h, "{\"trunks\": [{\"name\": \"one\", \"methods_outside\": []},"
			"{\"name\": \"two\", \"methods_outside\": [\"MESSAGE\"]}]}");
	subscribe(PRESENCE);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "405/SUBSCRIBE");
	close_house(0);
}

/* At the end of the process nothing of it is left, wherever it stands. */
static void test_cut_short(void)
{
	open_house();
	subscribe(PRESENCE);
	house_close(&h);

	open_house();
	subscribe(PRESENCE);
	notify(&h.one, "notifier", 1, ACTIVE);
	house_close(&h);

	activate();
	refresh(2, PRESENCE);
	notify(&h.one, "notifier", 2, ACTIVE);
	house_close(&h);
}

/* A trunk's challenge is answered with its credentials, in a refresh as at first. */
static void test_challenged(void)
{
	static const char challenge[] = "WWW-Authenticate: Digest realm=\"one\", nonce=\"n1\"\n" EMPTY;

	open_house();
	house_apply(&h, "{\"trunks\": [{\"name\": \"one\", \"auth_user\": \"tandem\", \"auth_password\": "
			"\"secret\"}]}");
	subscribe(PRESENCE);
	reply(&h.one, "SUBSCRIBE", "401 Unauthorized", challenge);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE SUBSCRIBE");
	CU_ASSERT_PTR_NOT_NULL(sip_msg_hdr(wire_last(&h.one, "SUBSCRIBE"), SIP_HDR_AUTHORIZATION));
	CU_ASSERT(has(&h.one, "SUBSCRIBE", "Event", "presence;id=7"));
	reply(&h.one, "SUBSCRIBE", "200 OK", GRANTED);
	notify_through(&h.one, 1, ACTIVE, "200 OK");
	refresh(2, PRESENCE);
	reply(&h.one, "SUBSCRIBE", "401 Unauthorized",
	      "WWW-Authenticate: Digest realm=\"one\", nonce=\"n2\", stale=true\n" EMPTY);
	reply(&h.one, "SUBSCRIBE", "200 OK", GRANTED);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "SUBSCRIBE SUBSCRIBE 200/NOTIFY SUBSCRIBE SUBSCRIBE");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "200/SUBSCRIBE NOTIFY 200/SUBSCRIBE");
	close_house(1);
}

static void subscribe_once_more(const char *call_id)
{
	wire_send(&h.caller, &h.access.addr,
		  "SUBSCRIBE sip:8613800@%J SIP/2.0\nVia: SIP/2.0/UDP %J;branch=z9hG4bK%s;rport\n"
		  "From: <sip:1001@127.0.0.1>;tag=%s\nTo: <sip:8613800@127.0.0.1>\nCall-ID: %s\n"
		  "CSeq: 1 SUBSCRIBE\nContact: <sip:1001@%J>\nMax-Forwards: 70\n" PRESENCE,
		  &h.access.addr, &h.caller.addr, call_id, call_id, call_id, &h.caller.addr);
	loop_run(TURN_MS);
}

/* A trunk's limit is of what it has begun and is up. */
static void test_limit(void)
{
	activate();
	house_apply(&h, "{\"trunks\": [{\"name\": \"pbx\", \"max_subscriptions\": 1}]}");
	subscribe_once_more("second");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "503/SUBSCRIBE");
	CU_ASSERT_PTR_NOT_NULL(sip_msg_hdr(wire_last(&h.caller, "503/SUBSCRIBE"), SIP_HDR_RETRY_AFTER));
	CU_ASSERT_STRING_EQUAL(h.one.heard, "");
	notify_through(&h.one, 2, TERMINATED, "200 OK");
	subscribe_once_more("third");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "200/NOTIFY SUBSCRIBE");
	close_house(1);
}

/* What the peers need to write is not what is short. */
static void run_short(void)
{
	memory_count(true);
	loop_run(TURN_MS);
	memory_count(false);
}

/* A subscription as far as it comes. */
static void subscribe_short(void)
{
	subscribe_send(PRESENCE);
	run_short();

	if (ladder_count(h.one.heard, "SUBSCRIBE")) {
		wire_reply(&h.one, wire_last(&h.one, "SUBSCRIBE"), "200 OK", "notifier",
			   "Expires: 1\n" EMPTY);
		run_short();
		notify_send(&h.one, "notifier", 1,
			    "Event: presence;id=7\nSubscription-State: active\n" EMPTY);
		run_short();
	}

	if (ladder_count(h.caller.heard, "200/SUBSCRIBE")) {
		wire_request(&h.caller, &h.access, "SUBSCRIBE", 2, PRESENCE);
		run_short();
	}
}

/* Each allocation fails in turn: it may fail with it, but nothing of it stays. */
static void test_memory_short(void)
{
	bool failed = true;

	open_house();

	for (uint32_t n = 0; failed; n++) {
		memory_short(n);
		subscribe_short();
		failed = memory_enough();
		loop_skip(140000);
		CU_ASSERT_EQUAL_FATAL(subscriptions(), 0);
		CU_ASSERT_EQUAL_FATAL(door_legs(h.e.door), 0);
		wire_forget(&h.caller);
		wire_forget(&h.one);
		wire_forget(&h.two);
	}

	close_house(0);
}

static const struct unit_test testv[] = {
	{"a subscription is two dialogs, and what describes it crosses", test_crosses},
	{"a list of subscriptions crosses, however many parts it has", test_list},
	{"a 2xx without Expires gets what was asked for", test_without_expires},
	{"a NOTIFY before the 2xx makes the dialog", test_overtaking},
	{"a fetch ends with its NOTIFY, a late one gets 481", test_fetch},
	{"a fetch whose NOTIFY comes first is answered all the same", test_fetch_overtaking},
	{"Expires: 0 ends it with the notifier's last NOTIFY", test_unsubscribed},
	{"a refusal crosses with what it says and leaves nothing", test_refused},
	{"who cannot be reached is followed by the next trunk", test_failover},
	{"who has notified is not followed by anybody", test_no_failover},
	{"a silent notifier is 504, and nobody else is asked", test_silent_notifier},
	{"of a forked SUBSCRIBE one notifier stays, others get 481", test_forked},
	{"a subscriber that knows it no more ends it", test_subscriber_gone},
	{"a subscriber that is silent ends it", test_subscriber_silent},
	{"a NOTIFY refused for once does not end it", test_notify_refused_once},
	{"which refusals of a refresh end it", test_refresh_refused},
	{"a refresh that nobody answers leaves it", test_refresh_unanswered},
	{"what nobody refreshes is over 32 s late, and the subscriber hears so", test_expired},
	{"a NOTIFY says how long it lasts", test_lasts_as_notified},
	{"without a first NOTIFY it is over after Timer N", test_never_notified},
	{"what is provisioned away ends with its next refresh", test_provisioned_away},
	{"other changes of provisioning leave it", test_provisioned_anew},
	{"when we stop both sides hear so", test_released},
	{"other events, methods, tags and numbers are refused", test_wrong_in_dialog},
	{"a challenge of the notifier's trunk is answered", test_challenged},
	{"without Contact, or while we stop, none begins", test_not_begun},
	{"it passes only where both trunks list it", test_nobody_takes_it},
	{"a trunk begins no more than it may", test_limit},
	{"it leaves nothing wherever memory runs out", test_memory_short},
	{"cut short in any state it leaves nothing", test_cut_short},
	{NULL, NULL},
};

const struct unit_suite subscription_suite = {"subscription", testv};

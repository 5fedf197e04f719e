/**
 * @file test_renew.c  Calls whose relay forgets them, dies or tells nothing by itself
 */
#include <string.h>
#include <re.h>
#include "call_fixture.h"
#include "loop.h"
#include "unit.h"

#define EMPTY "Content-Length: 0\n\n"
#define OTHER_BODY "Content-Type: application/sdp\nContent-Length: 29\n\nv=0\nm=audio 4444 RTP/AVP 8\n"
#define HOLD_BODY \
	"Content-Type: application/sdp\nContent-Length: 41\n\nv=0\nm=audio 4000 RTP/AVP 8\na=sendonly\n"

enum { TURN_MS = 30, PING_MS = 550, TIMEOUT_S = 20 };

static struct house h;

static void reply(struct wire *w, const char *status, const char *more)
{
	wire_reply(w, wire_last(w, "INVITE"), status, "callee", more);
	loop_run(TURN_MS);
}

/* A call that is up, and nothing heard since. */
static void connect_call_at(const char *instance)
{
	house_open_with(&h, "", "", instance);
	h.relay.cfg.media_timeout_s = TIMEOUT_S;
	wire_invite(&h.caller, &h.access, FIXTURE_BODY);
	loop_run(TURN_MS);
	reply(&h.one, "200 OK", FIXTURE_BODY);
	wire_request(&h.caller, &h.access, "ACK", 1, "\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK");
	h.one.heard[0] = h.caller.heard[0] = h.relay.heard[0] = '\0';
}

static void connect_call(void)
{
	connect_call_at("run-1");
}

/* What it left can be asked then. */
static void stop_house(void)
{
	CU_ASSERT_EQUAL(house_calls(&h), 0);
	house_stop(&h);
}

static void close_house(const char *release_tag)
{
	if (h.e.calls)
		stop_house();
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT count(*) FROM cdr"), 1);
	CU_ASSERT_STRING_EQUAL(fixture_text(&h.data, "SELECT release_tag FROM cdr"), release_tag);
	house_close(&h);
}

static void hang_up(void)
{
	wire_request(&h.caller, &h.access, "BYE", 9, EMPTY);
	loop_run(TURN_MS);
	wire_reply(&h.one, wire_last(&h.one, "BYE"), "200 OK", "callee", EMPTY);
	loop_run(TURN_MS);
}

/* Until a wire has heard so many INVITEs: what waits longer is sent again, and counted. */
static void wait_invites(const struct wire *w, unsigned n)
{
	for (int i = 0; i < 5000 && ladder_count(w->heard, "INVITE") < n; i++)
		loop_run(1);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(ladder_count(w->heard, "INVITE"), n);
}

static void rename_relay(void)
{
	(void)re_snprintf(h.relay.instance, sizeof(h.relay.instance), "run-%u", rand_u32());
}

static void restart(void)
{
	rename_relay();
	wait_invites(&h.one, ladder_count(h.one.heard, "INVITE") + 1);
}

static struct call_stats stats(void)
{
	struct call_stats stats;

	calls_stats(h.e.calls, &stats);

	return stats;
}

/* ---------------------------------------------------------------- the session is made anew */

static void test_both(void)
{
	connect_call();
	restart();
	CU_ASSERT_STRING_EQUAL(h.relay.heard, "offer answer");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "INVITE");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE");
	reply(&h.one, "200 OK", FIXTURE_BODY);
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "INVITE ACK");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK");
	CU_ASSERT_STRING_EQUAL(h.relay.heard, "offer answer"); /* they said nothing new */
	CU_ASSERT_EQUAL(stats().media_recovered, 1);
	CU_ASSERT_EQUAL(stats().media_lost, 0);

	loop_run(5000);
	CU_ASSERT_EQUAL(ladder_count(h.one.heard, "INVITE"), 1);
	hang_up();
	stop_house();
	CU_ASSERT_STRING_EQUAL(fixture_text(&h.data, "SELECT kind FROM event WHERE kind LIKE 'MEDIA%'"),
			       "MEDIA_RECOVERED");
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT media_recovered = 1 AND media_lost IS NULL FROM cdr"),
			1);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT relay LIKE 'unix:/%' FROM cdr"), 1);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT detail LIKE '%\"a_code\":200,\"b_code\":200%' "
						"FROM event WHERE kind LIKE 'MEDIA%'"),
			1);
	close_house("caller");
}

static void test_other_answer(void)
{
	connect_call();
	restart();
	reply(&h.one, "200 OK", OTHER_BODY);
	CU_ASSERT_STRING_EQUAL(h.relay.heard, "offer answer"); /* the caller may say something new, too */
	CU_ASSERT_STRING_EQUAL(h.relay.offered_to, "");
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	CU_ASSERT_STRING_EQUAL(h.relay.heard, "offer answer offer answer");
	CU_ASSERT_STRING_EQUAL(h.relay.offered_to,
			       "b1"); /* nobody is told of new keys: there are to be none */
	CU_ASSERT_PTR_NOT_NULL(strstr(ng_peer_str(&h.relay, "sdp"), "4444"));
	CU_ASSERT_EQUAL(stats().media_recovered, 1);
	hang_up();
	close_house("caller");
}

static void test_refused(void)
{
	connect_call();
	restart();
	reply(&h.one, "200 OK", FIXTURE_BODY);
	reply(&h.caller, "488 Not Acceptable Here", EMPTY);
	loop_run(5000);
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "INVITE"), 1);
	CU_ASSERT_EQUAL(house_calls(&h), 1);
	CU_ASSERT_EQUAL(stats().media_recovered, 0);
	CU_ASSERT_EQUAL(stats().media_lost, 1);
	hang_up();
	stop_house();
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT count(*) FROM event WHERE kind = 'MEDIA_LOST'"), 1);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT media_lost = 1 AND media_recovered IS NULL FROM cdr"),
			1);
	close_house("caller");
}

static void test_glare(void)
{
	connect_call();
	restart();
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	reply(&h.one, "491 Request Pending", EMPTY);
	wait_invites(&h.one, 2);
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "INVITE"), 1); /* it has taken it already */
	CU_ASSERT_STRING_EQUAL(h.relay.offered_to, "b1");
	reply(&h.one, "200 OK", FIXTURE_BODY);
	CU_ASSERT_EQUAL(stats().media_recovered, 1);
	hang_up();
	close_house("caller");
}

/* How long after a 491 this side is asked again. */
static unsigned glare_wait_ms(struct wire *asked, struct wire *other)
{
	unsigned ms = 0;

	connect_call();
	restart();
	reply(other, "200 OK", FIXTURE_BODY);
	wire_reply(asked, wire_last(asked, "INVITE"), "491 Request Pending", "callee", EMPTY);
	for (; ms < 5000 && ladder_count(asked->heard, "INVITE") < 2; ms++)
		loop_run(1);
	loop_run(TURN_MS);
	reply(asked, "200 OK", FIXTURE_BODY);
	hang_up();
	close_house("caller");

	return ms;
}

static void test_glare_turns(void)
{
	enum { RELAY_MS = 20 };

	for (unsigned i = 0; i < 10; i++) {
		const unsigned called = glare_wait_ms(&h.one, &h.caller),
			       calling = glare_wait_ms(&h.caller, &h.one);

		CU_ASSERT(called >= 2100 && called <= 4000 + RELAY_MS);
		CU_ASSERT(calling <= 2000 + RELAY_MS);
	}
}

static void test_glare_for_ever(void)
{
	connect_call();
	restart();
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	for (unsigned i = 1; i <= 3; i++) {
		wait_invites(&h.one, i);
		reply(&h.one, "491 Request Pending", EMPTY);
	}
	loop_run(5000);
	CU_ASSERT_EQUAL(ladder_count(h.one.heard, "INVITE"), 3);
	CU_ASSERT_EQUAL(stats().media_lost, 1);
	hang_up();
	close_house("caller");
}

/* The relay goes again while the callee has not answered yet: both are given ports once more. */
static void test_twice(void)
{
	connect_call();
	restart();
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	rename_relay();
	loop_run(PING_MS);
	reply(&h.one, "200 OK", FIXTURE_BODY);
	wait_invites(&h.caller, 2);
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	reply(&h.one, "200 OK", FIXTURE_BODY);
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "ACK"), 2);
	CU_ASSERT_EQUAL(ladder_count(h.one.heard, "ACK"), 2);
	CU_ASSERT_EQUAL(stats().media_recovered, 1);
	CU_ASSERT_EQUAL(stats().media_lost, 0);
	hang_up();
	close_house("caller");
}

/* What is under way goes first, and may do the work by itself. */
static void test_transaction_first(void)
{
	connect_call();
	wire_request(&h.caller, &h.access, "INVITE", 2, FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	rename_relay();
	loop_run(PING_MS);
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "INVITE"), 0);
	h.one.heard[0] = '\0';
	reply(&h.one, "200 OK", FIXTURE_BODY);
	wire_request(&h.caller, &h.access, "ACK", 2, "\n");
	wait_invites(&h.caller, 1);
	CU_ASSERT_EQUAL(ladder_count(h.one.heard, "INVITE"), 1);
	reply(&h.one, "200 OK", FIXTURE_BODY);
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	CU_ASSERT_EQUAL(stats().media_recovered, 1);
	hang_up();
	close_house("caller");
}

static void test_change_meanwhile(void)
{
	connect_call();
	restart();
	reply(&h.one, "200 OK", FIXTURE_BODY);
	wire_request_back(&h.one, &(struct party){.addr = h.carrier}, "INVITE", 7, "callee",
			  FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(ladder_count(h.one.heard, "491/INVITE"), 1);
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	CU_ASSERT_EQUAL(stats().media_recovered, 1);
	hang_up();
	close_house("caller");
}

static void test_ended_meanwhile(void)
{
	connect_call();
	restart();
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE");
	hang_up();
	close_house("caller");
}

static void test_dead(void)
{
	connect_call();
	ng_peer_die(&h.relay);
	loop_run(5000);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "");
	str_ncpy(h.relay.instance, "run-2", sizeof(h.relay.instance));
	ng_peer_rise(&h.relay);
	loop_run(300);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "INVITE");
	reply(&h.one, "200 OK", FIXTURE_BODY);
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	CU_ASSERT_EQUAL(stats().media_recovered, 1);
	hang_up();
	close_house("caller");
}

/* Its media was silent while there was no relay, and is made anew as soon as the transaction is over. */
static void test_dead_and_busy(void)
{
	connect_call();
	ng_peer_die(&h.relay);
	loop_run(90000);
	wire_request(&h.caller, &h.access, "INVITE", 2, EMPTY);
	loop_run(TURN_MS);
	reply(&h.one, "180 Ringing", EMPTY);
	str_ncpy(h.relay.instance, "run-2", sizeof(h.relay.instance));
	h.relay.mood = NG_PEER_LOST;
	ng_peer_rise(&h.relay);
	loop_run(31000);
	CU_ASSERT(ladder_count(h.relay.heard, "query") >= 1);
	CU_ASSERT_EQUAL(house_calls(&h), 1);
	hang_up();
	close_house("caller");
}

/* The callee answers an offer of the run before: the caller gets ports that are, the callee as soon as it may. */
static void test_before_the_answer(void)
{
	house_open(&h, "", "");
	wire_invite(&h.caller, &h.access, FIXTURE_BODY);
	loop_run(TURN_MS);
	rename_relay();
	loop_run(PING_MS);
	h.relay.heard[0] = '\0';
	h.relay.mood = NG_PEER_LOST;
	wire_reply(&h.one, wire_last(&h.one, "INVITE"), "200 OK", "callee", FIXTURE_BODY);
	for (int i = 0; i < TURN_MS && !strstr(h.relay.heard, "answer"); i++)
		loop_run(1);
	h.relay.mood = NG_PEER_OK;
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.relay.heard, "answer offer answer");
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "200/INVITE"), 1);
	h.one.heard[0] = '\0';
	wire_request(&h.caller, &h.access, "ACK", 1, "\n");
	wait_invites(&h.one, 1);
	reply(&h.one, "200 OK", FIXTURE_BODY);
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	CU_ASSERT_EQUAL(stats().media_recovered, 1);
	hang_up();
	close_house("caller");
}

/* ---------------------------------------------------------------- a relay that tells nothing by itself */

static void connect_call_of_another(void)
{
	connect_call_at("");
}

static void away(void)
{
	ng_peer_die(&h.relay);
	loop_run(700);
	ng_peer_rise(&h.relay);
	loop_run(300);
}

static void test_doubt(void)
{
	connect_call_of_another();
	away();
	CU_ASSERT_STRING_EQUAL(h.relay.heard, "query");
	CU_ASSERT_STRING_EQUAL(h.one.heard, ""); /* it knows the call */

	h.relay.mood = NG_PEER_LOST;
	ng_peer_die(&h.relay);
	loop_run(700);
	ng_peer_rise(&h.relay);
	for (int i = 0; i < 300 && !strstr(h.relay.heard, "query query"); i++)
		loop_run(1);
	h.relay.mood = NG_PEER_OK;
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "INVITE");
	reply(&h.one, "200 OK", FIXTURE_BODY);
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	CU_ASSERT_EQUAL(stats().media_recovered, 1);
	hang_up();
	close_house("caller");
}

static void end_by_tandem(void)
{
	wire_reply(&h.one, wire_last(&h.one, "BYE"), "200 OK", "callee", EMPTY);
	wire_reply(&h.caller, wire_last(&h.caller, "BYE"), "200 OK", "wire", EMPTY);
	loop_run(TURN_MS);
}

static void test_silence(void)
{
	connect_call_of_another();
	for (int i = 0; i < 10; i++) {
		++h.relay.packets;
		loop_run(TIMEOUT_S * 1000 / 2);
	}
	CU_ASSERT_EQUAL(house_calls(&h), 1);
	loop_run(4000);
	CU_ASSERT_EQUAL(house_calls(&h), 1);
	loop_run(17000);
	CU_ASSERT_EQUAL(house_calls(&h), 0);
	end_by_tandem();
	close_house("media_timeout");
}

static void test_hold(void)
{
	connect_call_of_another();
	wire_request(&h.caller, &h.access, "INVITE", 2, HOLD_BODY);
	loop_run(TURN_MS);
	reply(&h.one, "200 OK", FIXTURE_BODY);
	wire_request(&h.caller, &h.access, "ACK", 2, "\n");
	loop_run(3 * TIMEOUT_S * 1000);
	CU_ASSERT_EQUAL(house_calls(&h), 1);
	hang_up();
	close_house("caller");
}

/* It has its own time-out: a call that was silent and is unknown then was ended by it. */
static void test_ended_by_the_relay(void)
{
	connect_call_of_another();
	loop_run(16000);
	h.relay.mood = NG_PEER_LOST;
	loop_run(5100);
	CU_ASSERT_EQUAL(house_calls(&h), 0);
	end_by_tandem();
	close_house("media_timeout");
}

static void test_ours_tells(void)
{
	connect_call();
	loop_run(4 * TIMEOUT_S * 1000);
	CU_ASSERT_EQUAL(house_calls(&h), 1);
	CU_ASSERT(ladder_count(h.relay.heard, "query") >= 2); /* what is counted would go with it */
	hang_up();
	close_house("caller");
}

/* What the session before counted is in the record: 130 packets of each. */
static void test_counters_of_both(void)
{
	connect_call();
	loop_run(31000);
	restart();
	reply(&h.one, "200 OK", FIXTURE_BODY);
	reply(&h.caller, "200 OK", FIXTURE_BODY);
	hang_up();
	stop_house();
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT a_rx_packets FROM cdr"), 200);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT b_rx_packets FROM cdr"), 60);
	close_house("caller");
}

static const struct unit_test testv[] = {
	{"a relay that was started anew: both sides are offered new ports", test_both},
	{"what a side answers anew is told to the relay", test_other_answer},
	{"a side that refuses keeps its dialog, and the event says so", test_refused},
	{"491 is asked again, and only of who said it", test_glare},
	{"after 491 who has called waits longer than who was (RFC 3261 14.1)", test_glare_turns},
	{"491 is not asked for ever", test_glare_for_ever},
	{"a relay that goes again meanwhile: all begins anew", test_twice},
	{"a transaction under way is waited for", test_transaction_first},
	{"a change of the peers' meanwhile gets 491", test_change_meanwhile},
	{"a call may end meanwhile", test_ended_meanwhile},
	{"a relay that was dead for long is waited for where it is the only one", test_dead},
	{"a relay that was dead for long does not end a call that is busy", test_dead_and_busy},
	{"a relay that was started anew before the answer", test_before_the_answer},
	{"one that does not name its runs is asked when it is back", test_doubt},
	{"one that tells nothing: silence is found by asking", test_silence},
	{"silence on hold means nothing", test_hold},
	{"a call that another relay's own time-out ended", test_ended_by_the_relay},
	{"ours tells of silence, and is asked for its counters", test_ours_tells},
	{"the counters of a lost session are kept", test_counters_of_both},
	{NULL, NULL},
};

const struct unit_suite renew_suite = {"renew", testv};

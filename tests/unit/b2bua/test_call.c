/**
 * @file test_call.c  Calls through the whole engine: what the peers see, and the one CDR each leaves
 */
#include <string.h>
#include <re.h>
#include "call_fixture.h"
#include "door/door.h"
#include "leg/content.h"
#include "loop.h"
#include "memory_short.h"
#include "unit.h"

#define EMPTY "Content-Length: 0\n\n"
enum { TURN_MS = 30 };

static struct house h;

static void open_house(void)
{
	house_open(&h, "", "");
}

static void call(void)
{
	wire_invite(&h.caller, &h.access, FIXTURE_BODY);
	loop_run(TURN_MS);
}

static void reply(struct wire *w, const char *word, const char *status, const char *more)
{
	wire_reply(w, wire_last(w, word), status, "callee", more);
	loop_run(TURN_MS);
}

/* The call of the test left one row with these columns, and nothing is alive. */
static void close_house(const char *disposition, const char *release_tag, int sip_code)
{
	CU_ASSERT_EQUAL(house_calls(&h), 0);
	house_stop(&h);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT count(*) FROM cdr"), 1);
	CU_ASSERT_STRING_EQUAL(fixture_text(&h.data, "SELECT disposition FROM cdr"), disposition);
	CU_ASSERT_STRING_EQUAL(fixture_text(&h.data, "SELECT release_tag FROM cdr"), release_tag);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT sip_code FROM cdr"), sip_code);
	house_close(&h);
}

static void connect_call(void)
{
	call();
	reply(&h.one, "INVITE", "200 OK", FIXTURE_BODY);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "100/INVITE 200/INVITE");
	wire_request(&h.caller, &h.access, "ACK", 1, "\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK");
}

static void hang_up(void)
{
	wire_request(&h.caller, &h.access, "BYE", 9, EMPTY);
	loop_run(TURN_MS);
	reply(&h.one, "BYE", "200 OK", EMPTY);
}

static void test_answered(void)
{
	struct pl sdp;

	open_house();
	connect_call();
	sdp = content_sdp_of(wire_last(&h.one, "INVITE"));
	CU_ASSERT_EQUAL(pl_strcmp(&sdp, NG_PEER_SDP), 0);
	hang_up();
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK BYE");
	CU_ASSERT_STRING_EQUAL(h.two.heard, "");
	close_house("answered", "caller", 200);
}

static void described_null(const struct odict *od, const char *key)
{
	const struct odict_entry *e = odict_lookup(od, key);

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	CU_ASSERT_EQUAL(e->type, ODICT_NULL);
}

static void test_unknown_is_null(void)
{
	struct odict *od = NULL;

	open_house();
	call();
	CU_ASSERT_EQUAL_FATAL(odict_alloc(&od, 8), 0);
	CU_ASSERT_EQUAL(call_describe(calls_find(h.e.calls, "wire-call"), od, true), 0);
	described_null(od, "ring_us");
	described_null(od, "answer_us");
	CU_ASSERT_PTR_NOT_NULL(odict_get_type(od, ODICT_INT, "start_us"));
	described_null(odict_get_type(od, ODICT_OBJECT, "b")->u.odict, "peer");
	mem_deref(od);
	reply(&h.one, "INVITE", "486 Busy Here", EMPTY);
	wire_request(&h.caller, &h.access, "ACK", 1, "\n");
	close_house("busy", "callee", 486);
}

static void test_failover(void)
{
	open_house();
	call();
	reply(&h.one, "INVITE", "503 Service Unavailable", EMPTY);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK");
	CU_ASSERT_STRING_EQUAL(h.two.heard, "INVITE");
	reply(&h.two, "INVITE", "486 Busy Here", EMPTY);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "100/INVITE 486/INVITE");
	wire_request(&h.caller, &h.access, "ACK", 1, "\n");
	close_house("busy", "callee", 486);
}

/* One's early answer is not two's. */
static void test_early_answer_forgotten(void)
{
	open_house();
	call();
	reply(&h.one, "INVITE", "183 Session Progress", FIXTURE_BODY);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "100/INVITE 183/INVITE");
	reply(&h.one, "INVITE", "503 Service Unavailable", EMPTY);
	reply(&h.two, "INVITE", "200 OK", EMPTY);
	CU_ASSERT_STRING_EQUAL(h.two.heard, "INVITE ACK BYE");
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "100/INVITE 183/INVITE 502/INVITE");
	close_house("failed", "no_answer_sdp", 502);
}

/* A trunk that needs the relay has it, also after one that does not. */
static void test_anchored_after_unanchored(void)
{
	struct pl sdp;

	house_open(&h, ", \"anchor\": \"off\"", "");
	call();
	sdp = content_sdp_of(wire_last(&h.one, "INVITE"));
	CU_ASSERT_NOT_EQUAL(pl_strcmp(&sdp, NG_PEER_SDP), 0);
	reply(&h.one, "INVITE", "503 Service Unavailable", EMPTY);
	sdp = content_sdp_of(wire_last(&h.two, "INVITE"));
	CU_ASSERT_EQUAL(pl_strcmp(&sdp, NG_PEER_SDP), 0);
	reply(&h.two, "INVITE", "603 Decline", EMPTY);
	close_house("rejected", "callee", 603);
}

static void test_no_failover_on_silence(void)
{
	house_open(&h, ", \"failover\": [\"5xx\"], \"timeout_s\": 1", "");
	call();
	loop_run(1200);
	CU_ASSERT_STRING_EQUAL(h.two.heard, "");
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "408/INVITE"), 1);
	loop_skip(33000);
	close_house("failed", "timeout", 408);
}

static void test_failover_on_silence(void)
{
	house_open(&h, ", \"timeout_s\": 1", "");
	call();
	loop_run(1200);
	CU_ASSERT_STRING_EQUAL(h.two.heard, "INVITE");
	reply(&h.two, "INVITE", "404 Not Found", EMPTY);
	loop_skip(33000);
	close_house("failed", "callee", 404);
}

static void test_cancel_while_offering(void)
{
	open_house();
	h.relay.mood = NG_PEER_PONG;
	call();
	CU_ASSERT_EQUAL(house_calls(&h), 1);
	h.relay.mood = NG_PEER_OK;
	wire_send(&h.caller, &h.access.addr,
		  "CANCEL sip:8613800@%J SIP/2.0\nVia: SIP/2.0/UDP %J;branch=z9hG4bKinvite;rport\n"
		  "From: <sip:1001@127.0.0.1>;tag=wire\nTo: <sip:8613800@127.0.0.1>\nCall-ID: wire-call\n"
		  "CSeq: 1 CANCEL\nMax-Forwards: 70\n" EMPTY,
		  &h.access.addr, &h.caller.addr);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "100/INVITE 200/CANCEL 487/INVITE");
	CU_ASSERT_STRING_EQUAL(h.one.heard, "");
	close_house("cancelled", "caller", 487);
}

static void test_relay_dead(void)
{
	open_house();
	ng_peer_die(&h.relay);
	loop_run(1000);
	call();
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "100/INVITE 503/INVITE");
	close_house("failed", "no_trunk", 503);
}

static void test_relay_full(void)
{
	open_house();
	h.relay.mood = NG_PEER_FULL;
	call();
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "100/INVITE 503/INVITE");
	close_house("failed", "relay_full", 503);
}

static void test_media_timeout(void)
{
	struct call *one;
	struct odict *od = NULL;

	open_house();
	connect_call();
	one = calls_find(h.e.calls, "wire-call");
	CU_ASSERT_PTR_NOT_NULL_FATAL(one);
	CU_ASSERT_EQUAL(odict_alloc(&od, 8), 0);
	CU_ASSERT_EQUAL(call_describe(one, od, true), 0);
	ng_peer_notify(&h.relay, "media-timeout", "another-call");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(house_calls(&h), 1);
	ng_peer_notify(&h.relay, "media-timeout", odict_string(od, "id"));
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK BYE");
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "BYE"), 1);
	mem_deref(od);
	close_house("answered", "media_timeout", 200);
}

/* A relay that was cut off for a while still has what went to another meanwhile: it hears silence there. */
static void test_media_timeout_elsewhere(void)
{
	struct odict *od = NULL;

	house_open_drained(&h);
	connect_call();
	CU_ASSERT_EQUAL(odict_alloc(&od, 8), 0);
	CU_ASSERT_EQUAL(call_describe(calls_find(h.e.calls, "wire-call"), od, true), 0);
	ng_peer_notify(&h.drained, "media-timeout", odict_string(od, "id"));
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(house_calls(&h), 1);
	CU_ASSERT_STRING_EQUAL(h.drained.heard, "delete");
	ng_peer_notify(&h.relay, "media-timeout", odict_string(od, "id"));
	loop_run(TURN_MS);
	mem_deref(od);
	close_house("answered", "media_timeout", 200);
}

/* The callee's offer cannot be passed: its 200 must be acknowledged all the same. */
static void test_counter_offer_refused(void)
{
	open_house();
	connect_call();
	wire_request(&h.caller, &h.access, "INVITE", 2, EMPTY);
	loop_run(TURN_MS);
	h.relay.mood = NG_PEER_REFUSE;
	reply(&h.one, "INVITE", "200 OK", FIXTURE_BODY);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK INVITE ACK");
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "488/INVITE"), 1);
	wire_request(&h.caller, &h.access, "ACK", 2, "\n");
	h.relay.mood = NG_PEER_OK;
	hang_up();
	close_house("answered", "caller", 200);
}

/* Its 2xx wants an ACK also where the offer in it is missing, and the next change has its turn. */
static void test_counter_offer_missing(void)
{
	open_house();
	connect_call();
	wire_request(&h.caller, &h.access, "INVITE", 2, EMPTY);
	loop_run(TURN_MS);
	reply(&h.one, "INVITE", "200 OK", EMPTY);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK INVITE ACK");
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "200/INVITE"), 2);
	wire_request(&h.caller, &h.access, "ACK", 2, "\n");
	wire_request(&h.caller, &h.access, "INVITE", 3, FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	reply(&h.one, "INVITE", "200 OK", EMPTY);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK INVITE ACK INVITE ACK");
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "502/INVITE"), 1);
	wire_request(&h.caller, &h.access, "ACK", 3, "\n");
	hang_up();
	close_house("answered", "caller", 200);
}

/* RFC 3261 14.1: what was agreed on is in force again, at the relay, too, before the refusal is told. */
static void test_modify_restores(void)
{
	open_house();
	connect_call();
	h.relay.heard[0] = '\0';
	wire_request(&h.caller, &h.access, "INVITE", 2, FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.relay.heard, "offer");
	reply(&h.one, "INVITE", "488 Not Acceptable Here", EMPTY);
	CU_ASSERT_STRING_EQUAL(h.relay.heard, "offer offer answer");
	CU_ASSERT_STRING_EQUAL(ng_peer_str(&h.relay, "sdp"), FIXTURE_SDP);
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "488/INVITE"), 1);
	wire_request(&h.caller, &h.access, "ACK", 2, "\n");
	wire_request(&h.caller, &h.access, "INVITE", 3, FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.relay.heard, "offer offer answer");
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "200/INVITE"), 2);
	wire_request(&h.caller, &h.access, "ACK", 3, "\n");
	hang_up();
	close_house("answered", "caller", 200);
}

/* Challenges and redirections are between us and who makes them. */
static void test_modify_refusals(void)
{
	static const struct {
		const char *status, *heard;
	} v[] = {
		{"302 Moved Temporarily", "488/INVITE"},
		{"401 Unauthorized", "403/INVITE"},
		{"407 Proxy Authentication Required", "403/INVITE"},
		{"491 Request Pending", "491/INVITE"},
		{"999 What", "500/INVITE"},
	};

	open_house();
	connect_call();
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		const unsigned cseq = (unsigned)i + 2;

		h.caller.heard[0] = '\0';
		wire_request(&h.caller, &h.access, "INVITE", cseq, FIXTURE_BODY_NEW);
		loop_run(TURN_MS);
		reply(&h.one, "INVITE", v[i].status, EMPTY);
		CU_ASSERT_EQUAL(ladder_count(h.caller.heard, v[i].heard), 1);
		wire_request(&h.caller, &h.access, "ACK", cseq, "\n");
		loop_run(TURN_MS);
	}
	hang_up();
	close_house("answered", "caller", 200);
}

static void test_shutdown(void)
{
	open_house();
	connect_call();
	call_release(calls_find(h.e.calls, "wire-call"), "shutdown");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(h.one.heard, "INVITE ACK BYE");
	CU_ASSERT_EQUAL(ladder_count(h.caller.heard, "BYE"), 1);
	close_house("answered", "shutdown", 200);
}

/* The column holds so much; whatever the trunks are called and however many were tried, it is JSON. */
static void test_attempts_are_json(void)
{
	struct mbuf *trunks = mbuf_alloc(8192), *names = mbuf_alloc(8192);
	char quotes[2 * 60 + 1] = "";

	for (size_t i = 0; i < sizeof(quotes) - 1; i++)
		quotes[i] = i % 2 ? '"' : '\\';

	open_house();
	for (int i = 0; i < 32; i++) {
		const char *comma = i ? ", " : "";

		(void)mbuf_printf(trunks,
				  "%s{\"name\": \"%02d%s\", \"interface\": \"carrier\", \"enabled\": false, "
				  "\"target\": \"sip:%J\"}",
				  comma, i, quotes, &h.one.addr);
		(void)mbuf_printf(names, "%s\"%02d%s\"", comma, i, quotes);
	}
	house_apply(&h, "{\"trunks\": [%b], \"routes\": [{\"prefix\": \"86\", \"trunks\": [%b]}]}",
		    trunks->buf, trunks->end, names->buf, names->end);
	call();
	CU_ASSERT_STRING_EQUAL(h.caller.heard, "100/INVITE 503/INVITE");
	house_stop(&h);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT json_valid(attempts) FROM cdr"), 1);
	CU_ASSERT(fixture_number(&h.data, "SELECT json_array_length(attempts) FROM cdr") > 16);
	CU_ASSERT_EQUAL(fixture_number(&h.data, "SELECT attempts ->> '$[7].trunk' LIKE '07\"\"\"%' FROM cdr"),
			1);
	house_close(&h);
	mem_deref(trunks);
	mem_deref(names);
}

/* What the peers need to write is not what is short. */
static void run_short(void)
{
	memory_count(true);
	loop_run(TURN_MS);
	memory_count(false);
}

/* A call as far as it comes: whoever heard something goes on. */
static void call_short(void)
{
	wire_invite(&h.caller, &h.access, FIXTURE_BODY);
	run_short();

	if (ladder_count(h.one.heard, "INVITE")) {
		wire_reply(&h.one, wire_last(&h.one, "INVITE"), "180 Ringing", "callee", EMPTY);
		wire_reply(&h.one, wire_last(&h.one, "INVITE"), "200 OK", "callee", FIXTURE_BODY);
		run_short();
	}

	if (ladder_count(h.caller.heard, "200/INVITE")) {
		wire_request(&h.caller, &h.access, "ACK", 1, "\n");
		wire_request(&h.caller, &h.access, "INVITE", 2, FIXTURE_BODY_NEW);
		run_short();
		wire_request(&h.caller, &h.access, "BYE", 9, EMPTY);
		run_short();
	}
}

/* Each allocation of a call fails in turn: it may fail with it, but it ends, and nothing of it stays. */
static void test_memory_short(void)
{
	bool failed = true;

	house_open(&h, "", ", \"enabled\": false");

	for (uint32_t n = 0; failed; n++) {
		memory_short(n);
		call_short();
		failed = memory_enough();
		loop_skip(140000);
		CU_ASSERT_EQUAL_FATAL(house_calls(&h), 0);
		CU_ASSERT_EQUAL_FATAL(door_legs(h.e.door), 0);
		wire_forget(&h.caller);
		wire_forget(&h.one);
	}

	house_stop(&h);
	CU_ASSERT(fixture_number(&h.data, "SELECT count(*) FROM cdr WHERE disposition = 'answered'") > 0);
	CU_ASSERT(fixture_number(&h.data, "SELECT count(*) FROM cdr WHERE disposition != 'answered'") > 0);
	house_close(&h);
}

static const struct unit_test testv[] = {
	{"a call passes through the relay", test_answered},
	{"what has not come yet is described as null", test_unknown_is_null},
	{"a refusal that fails over asks the next, one that does not is the caller's", test_failover},
	{"an early answer is forgotten with its candidate", test_early_answer_forgotten},
	{"a candidate that needs the relay has it", test_anchored_after_unanchored},
	{"silence ends the hunt where the trunk does not list it", test_no_failover_on_silence},
	{"silence asks the next where the trunk lists it", test_failover_on_silence},
	{"CANCEL while the relay is asked dials nobody", test_cancel_while_offering},
	{"without a relay a call gets 503", test_relay_dead},
	{"a full relay gives 503", test_relay_full},
	{"a media time-out ends its call alone", test_media_timeout},
	{"silence at a relay that is not the call's ends only what that one has",
	 test_media_timeout_elsewhere},
	{"an offer that cannot be passed back is acknowledged", test_counter_offer_refused},
	{"a counter-offer that is missing is acknowledged", test_counter_offer_missing},
	{"a refused change leaves the session as it was", test_modify_restores},
	{"a re-INVITE's challenge or redirection stays on its side", test_modify_refusals},
	{"a call is ended from our side", test_shutdown},
	{"what was tried is written as JSON", test_attempts_are_json},
	{"a call ends and leaves nothing wherever memory runs out", test_memory_short},
	{NULL, NULL},
};

const struct unit_suite call_suite = {"call", testv};

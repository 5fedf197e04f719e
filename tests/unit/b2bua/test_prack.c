/**
 * @file test_prack.c  Reliable provisional responses (RFC 3262), from either end of a leg
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "leg/header.h"
#include "leg/reliable.h"
#include "leg_fixture.h"
#include "loop.h"
#include "sip_text.h"
#include "unit.h"

enum { TURN_MS = 20 };

#define NO_BODY "Content-Length: 0\n\n"

static struct party a, b; /* caller and called */
static struct wire w;     /* stands in for either */

static void open_all(enum leg_prack prack)
{
	loop_open();
	party_open(&a);
	party_open(&b);
	a.prack = b.prack = prack;
	wire_open(&w);
}

static void close_all(void)
{
	wire_close(&w);
	party_close(&a);
	party_close(&b);
	loop_close();
}

static uint32_t rseq_of(const struct sip_msg *msg)
{
	uint32_t rseq = 0;

	CU_ASSERT_EQUAL(reliable_rseq_decode(&rseq, msg), 0);
	CU_ASSERT_TRUE(sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "100rel"));

	return rseq;
}

/* ------------------------------------------------------------------ the called side */

static void open_called(const char *invite)
{
	open_all(LEG_PRACK_SUPPORTED);
	wire_invite(&w, &b, invite);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b.leg);
	b.sent[0] = '\0';
}

static void prack(unsigned cseq, uint32_t rseq, const char *more)
{
	char text[256];

	(void)re_snprintf(text, sizeof(text), "RAck: %u 1 INVITE\n%s", rseq, more);
	wire_request(&w, &b, "PRACK", cseq, text);
	loop_run(TURN_MS);
}

/* What the INVITE says and what the response carries decide whether it goes reliably. */
static void test_when_reliable(void)
{
	static const struct {
		enum leg_prack policy;
		const char *invite;
		bool sdp, reliable;
	} v[] = {
		{LEG_PRACK_SUPPORTED, "", true, false},
		{LEG_PRACK_SUPPORTED, "Supported: timer\n", true, false},
		{LEG_PRACK_SUPPORTED, "Supported: timer, 100rel\n", true, true},
		{LEG_PRACK_SUPPORTED, "k: 100rel\n", true, true},
		{LEG_PRACK_SUPPORTED, "Supported: 100rel\n", false, false},
		{LEG_PRACK_SUPPORTED, "Require: 100rel\n", false, true},
		{LEG_PRACK_REQUIRED, "Supported: 100rel\n", false, true},
		{LEG_PRACK_OFF, "Require: 100rel\n", true, false},
		{LEG_PRACK_OFF, "Supported: 100rel\n", true, false},
	};
	const struct content sdp = party_sdp(FIXTURE_SDP);

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		const struct sip_msg *msg;
		char more[256];

		open_all(v[i].policy);
		(void)re_snprintf(more, sizeof(more), "%s%s", v[i].invite, FIXTURE_BODY);
		wire_invite(&w, &b, more);
		loop_run(TURN_MS);
		CU_ASSERT_EQUAL(leg_progress(b.leg, 183, "Session Progress", v[i].sdp ? &sdp : NULL), 0);
		loop_run(TURN_MS);
		msg = wire_last(&w, "183/INVITE");
		CU_ASSERT_EQUAL(sip_msg_hdr(msg, SIP_HDR_RSEQ) != NULL, v[i].reliable);
		CU_ASSERT_EQUAL(sip_msg_hdr(msg, SIP_HDR_REQUIRE) != NULL, v[i].reliable);
		CU_ASSERT_EQUAL(leg_answer_waits(b.leg), v[i].reliable && v[i].sdp);
		close_all();
	}
}

/* RFC 3262 3: T1, doubling, for 64*T1, then the INVITE is refused. */
static void test_unacknowledged(void)
{
	open_called("Require: 100rel\n" FIXTURE_BODY);
	CU_ASSERT_EQUAL(leg_progress(b.leg, 180, "Ringing", NULL), 0);
	loop_run(31900);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "180/INVITE"), 7);
	CU_ASSERT_EQUAL(b.told.close, 0);
	loop_run(200);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "504/INVITE"), 1);
	CU_ASSERT_EQUAL(b.told.close, 1);
	CU_ASSERT_EQUAL(b.err, ETIMEDOUT);
	close_all();
}

/* RFC 3262 3: the next waits for the PRACK of the one before, and RSeq counts by one. */
static void test_in_turn(void)
{
	const struct content sdp = party_sdp(FIXTURE_SDP);
	uint32_t rseq;

	open_called("Require: 100rel\n" FIXTURE_BODY);
	CU_ASSERT_EQUAL(leg_progress(b.leg, 180, "Ringing", NULL), 0);
	CU_ASSERT_EQUAL(leg_progress(b.leg, 183, "Session Progress", &sdp), 0);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(b.sent, "180/INVITE");
	CU_ASSERT_TRUE(leg_answer_waits(b.leg));

	rseq = rseq_of(wire_last(&w, "180/INVITE"));
	prack(2, rseq, NO_BODY);
	CU_ASSERT_STRING_EQUAL(b.sent, "180/INVITE 200/PRACK 183/INVITE");
	CU_ASSERT_EQUAL(rseq_of(wire_last(&w, "183/INVITE")), rseq + 1);
	CU_ASSERT_TRUE(leg_answer_waits(b.leg));

	prack(3, rseq + 1, NO_BODY);
	CU_ASSERT_EQUAL(b.told.prack, 2);
	CU_ASSERT_FALSE(leg_answer_waits(b.leg));
	loop_run(5000); /* what is acknowledged is not repeated */
	CU_ASSERT_STRING_EQUAL(b.sent, "180/INVITE 200/PRACK 183/INVITE 200/PRACK");

	/* the answer went reliably: the 200 has none, nor has another 183 */
	CU_ASSERT_EQUAL(leg_progress(b.leg, 183, "Session Progress", &sdp), 0);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NULL(content_sdp_of(wire_last(&w, "183/INVITE")).p);
	CU_ASSERT_FALSE(leg_answer_waits(b.leg));
	CU_ASSERT_EQUAL(leg_answer(b.leg, &sdp), 0);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NULL(content_sdp_of(wire_last(&w, "200/INVITE")).p);

	/* the 183 is still acknowledged by nobody, but a final response ends that */
	wire_request(&w, &b, "ACK", 1, NO_BODY);
	loop_run(33000);
	CU_ASSERT_EQUAL(leg_state(b.leg), LEG_UP);
	close_all();
}

static void test_refused_pracks(void)
{
	static const struct {
		const char *rack, *sent;
	} v[] = {
		{"", "400/PRACK"},
		{"RAck: x\n", "400/PRACK"},
		{"RAck: 1 1\n", "400/PRACK"},
		{"RAck: 99999999999 1 INVITE\n", "400/PRACK"},
		{"RAck: 4294967296 1 INVITE\n", "400/PRACK"},
		{"RAck: %u 2 INVITE\n", "481/PRACK"},
		{"RAck: %u 1 UPDATE\n", "481/PRACK"},
		{"RAck: 4294967295 1 INVITE\n", "481/PRACK"},
		{"RAck: %u 1 INVITE\n", "200/PRACK"},
		{"RAck: %u 1 INVITE\n", "481/PRACK"}, /* once more */
	};
	uint32_t rseq;

	open_called("Require: 100rel\n" FIXTURE_BODY);
	CU_ASSERT_EQUAL(leg_progress(b.leg, 180, "Ringing", NULL), 0);
	loop_run(TURN_MS);
	rseq = rseq_of(wire_last(&w, "180/INVITE"));

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		char rack[64], more[128];

		(void)re_snprintf(rack, sizeof(rack), v[i].rack, rseq);
		(void)re_snprintf(more, sizeof(more), "%s" NO_BODY, rack);
		b.sent[0] = '\0';
		wire_request(&w, &b, "PRACK", 2 + (unsigned)i, more);
		loop_run(TURN_MS);
		CU_ASSERT_STRING_EQUAL(b.sent, v[i].sent);
	}
	CU_ASSERT_EQUAL(b.told.prack, 1);
	close_all();
}

/* An INVITE without an offer: ours goes in the 183, the answer comes in its PRACK, and the 200 has neither. */
static void test_offer_in_progress(void)
{
	const struct content sdp = party_sdp(FIXTURE_SDP);
	uint32_t rseq;

	open_called("Supported: 100rel\n" NO_BODY);
	CU_ASSERT_TRUE(leg_is_reliable(b.leg));
	CU_ASSERT_EQUAL(leg_progress(b.leg, 183, "Session Progress", &sdp), 0);
	loop_run(TURN_MS);
	rseq = rseq_of(wire_last(&w, "183/INVITE"));

	prack(2, rseq, NO_BODY);
	CU_ASSERT_EQUAL(b.told.prack, 0);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "400/PRACK"), 1); /* the answer is missing */
	prack(3, rseq, FIXTURE_BODY);
	CU_ASSERT_EQUAL(b.told.prack, 1);
	CU_ASSERT_EQUAL(leg_answer(b.leg, NULL), 0);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NULL(content_sdp_of(wire_last(&w, "200/INVITE")).p);
	close_all();
}

/* RFC 3262 5: a PRACK may offer anew; its 200 has the answer, and our 200 to the INVITE waits for it. */
static void test_offer_in_prack(void)
{
	const struct content sdp = party_sdp(FIXTURE_SDP);

	open_called("Supported: 100rel\n" FIXTURE_BODY);
	CU_ASSERT_EQUAL(leg_progress(b.leg, 183, "Session Progress", &sdp), 0);
	loop_run(TURN_MS);
	prack(2, rseq_of(wire_last(&w, "183/INVITE")), FIXTURE_BODY_NEW);
	CU_ASSERT_EQUAL(b.told.modify, 1);
	CU_ASSERT_EQUAL(b.told.prack, 0);
	CU_ASSERT_TRUE(leg_answer_waits(b.leg));
	CU_ASSERT_EQUAL(leg_reply(b.req, 200, "OK", &sdp), 0);
	b.req = mem_deref(b.req);
	loop_run(TURN_MS);
	CU_ASSERT_FALSE(leg_answer_waits(b.leg));
	CU_ASSERT_PTR_NOT_NULL(content_sdp_of(wire_last(&w, "200/PRACK")).p);
	close_all();
}

/* ------------------------------------------------------------------ the calling side */

static void open_caller(enum leg_prack prack, const char *sdp)
{
	open_all(prack);
	CU_ASSERT_EQUAL_FATAL(party_dial(&a, &w.addr, sdp), 0);
	loop_run(TURN_MS);
}

static void ring(unsigned rseq, const char *tag, const char *body)
{
	char more[256];

	(void)re_snprintf(more, sizeof(more), "Require: 100rel\nRSeq: %u\n%s", rseq, body);
	wire_reply(&w, wire_last(&w, "INVITE"), "183 Session Progress", tag, more);
	loop_run(TURN_MS);
}

static void test_offered(void)
{
	static const struct {
		enum leg_prack prack;
		bool supported, required;
	} v[] = {
		{LEG_PRACK_OFF, false, false},
		{LEG_PRACK_SUPPORTED, true, false},
		{LEG_PRACK_REQUIRED, false, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		const struct sip_msg *msg;

		open_caller(v[i].prack, FIXTURE_SDP);
		msg = wire_last(&w, "INVITE");
		CU_ASSERT_EQUAL(sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "100rel"), v[i].supported);
		CU_ASSERT_EQUAL(sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "100rel"), v[i].required);
		ring(5, "x", NO_BODY);
		CU_ASSERT_EQUAL(ladder_count(a.sent, "PRACK"), v[i].prack != LEG_PRACK_OFF);
		CU_ASSERT_EQUAL(a.told.progress, 1);
		close_all();
	}
}

/* RFC 3262 4: each once, in order, by early dialog; what comes twice or too early is not told. */
static void test_acknowledged(void)
{
	static const struct {
		const char *tag;
		unsigned rseq;
		bool taken;
	} v[] = {
		{"x", 7, true},  {"x", 7, false}, {"x", 9, false},  {"x", 8, true},   {"y", 100, true},
		{"x", 8, false}, {"x", 9, true},  {"y", 99, false}, {"y", 101, true},
	};
	unsigned n = 0;

	open_caller(LEG_PRACK_SUPPORTED, FIXTURE_SDP);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct rack rack = {0};
		const struct sip_msg *msg;

		ring(v[i].rseq, v[i].tag, FIXTURE_BODY);
		n += v[i].taken;
		CU_ASSERT_EQUAL(ladder_count(a.sent, "PRACK"), n);
		CU_ASSERT_EQUAL(a.told.progress, n);
		if (!v[i].taken)
			continue;

		msg = wire_last(&w, "PRACK");
		CU_ASSERT_EQUAL(reliable_rack_decode(&rack, msg), 0);
		CU_ASSERT_EQUAL(rack.rseq, v[i].rseq);
		CU_ASSERT_EQUAL(rack.cseq, wire_last(&w, "INVITE")->cseq.num);
		CU_ASSERT_EQUAL(pl_strcmp(&rack.met, "INVITE"), 0);
		CU_ASSERT_EQUAL(pl_strcmp(&msg->to.tag, v[i].tag), 0);
		wire_reply(&w, msg, "200 OK", "", NO_BODY);
		loop_run(TURN_MS);
	}
	close_all();
}

/* The route set of a PRACK is its early dialog's, in reverse. */
static void test_routed(void)
{
	const struct sip_msg *msg;
	char more[256];

	open_caller(LEG_PRACK_SUPPORTED, FIXTURE_SDP);
	(void)re_snprintf(more, sizeof(more),
			  "Record-Route: <sip:far@127.0.0.1;lr>, <sip:near@%J;lr>\n" NO_BODY, &w.addr);
	ring(1, "x", more);
	msg = wire_last(&w, "PRACK");
	CU_ASSERT_EQUAL(pl_strcmp(&msg->uri.user, "8613800"), 0);
	CU_ASSERT_EQUAL(sip_msg_hdr_count(msg, SIP_HDR_ROUTE), 2);
	CU_ASSERT_EQUAL(strncmp(sip_msg_hdr(msg, SIP_HDR_ROUTE)->val.p, "<sip:near", 9), 0);
	close_all();
}

/* Real carriers demand 100rel and answer PRACK with 405: the call goes on. */
static void test_prack_refused(void)
{
	static const char *const statusv[] = {"405 Method Not Allowed", "481 No Such Dialog", "500 Error"};

	for (size_t i = 0; i < ARRAY_SIZE(statusv); i++) {
		open_caller(LEG_PRACK_SUPPORTED, FIXTURE_SDP);
		ring(1, "x", FIXTURE_BODY);
		wire_reply(&w, wire_last(&w, "PRACK"), statusv[i], "", NO_BODY);
		loop_run(TURN_MS);
		wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", NO_BODY);
		loop_run(TURN_MS);
		CU_ASSERT_EQUAL(a.told.answer, 1);
		CU_ASSERT_EQUAL(leg_state(a.leg), LEG_UP);
		close_all();
	}
}

/* The callee's offer is answered in the PRACK, which waits for it. */
static void test_answer_in_prack(void)
{
	const struct content answer = party_sdp("v=0\r\ns=answer\r\n");

	open_caller(LEG_PRACK_SUPPORTED, NULL);
	ring(1, "x", FIXTURE_BODY);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE");
	CU_ASSERT_TRUE(leg_prack_owed(a.leg));
	CU_ASSERT_EQUAL(leg_prack(a.leg, &answer), 0);
	CU_ASSERT_EQUAL(leg_prack(a.leg, &answer), EALREADY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE PRACK");
	CU_ASSERT_EQUAL(content_sdp_of(wire_last(&w, "PRACK")).l, answer.body.l);

	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", NO_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_ack(a.leg, NULL), 0);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NULL(content_sdp_of(wire_last(&w, "ACK")).p);
	close_all();
}

static const struct unit_test testv[] = {
	{"a response goes reliably as the INVITE, its SDP and the policy say", test_when_reliable},
	{"without PRACK it is repeated for 32 s, then the INVITE is refused", test_unacknowledged},
	{"the next waits for the PRACK, and an answer is said once", test_in_turn},
	{"a PRACK that acknowledges nothing is refused by its own code", test_refused_pracks},
	{"our offer in a response is answered in its PRACK", test_offer_in_progress},
	{"an offer in a PRACK is answered before the INVITE is", test_offer_in_prack},
	{"the INVITE offers, demands or leaves out 100rel", test_offered},
	{"reliable responses are taken once, in order, in each early dialog", test_acknowledged},
	{"a PRACK takes the route of its early dialog", test_routed},
	{"a refused PRACK ends no call", test_prack_refused},
	{"the callee's offer is answered in our PRACK", test_answer_in_prack},
	{NULL, NULL},
};

const struct unit_suite prack_suite = {"prack", testv};

/**
 * @file test_leg.c  A leg from its INVITE to its end, over real sockets
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "leg_fixture.h"
#include "loop.h"
#include "unit.h"

enum { TURN_MS = 20 }; /* for a few messages to and fro */

static struct party a, b; /* caller and called */
static struct wire w;     /* stands in for either */

static void open_all(void)
{
	loop_open();
	party_open(&a);
	party_open(&b);
	wire_open(&w);
}

static void close_all(void)
{
	wire_close(&w);
	party_close(&a);
	party_close(&b);
	loop_close();
}

static void assert_no_legs(void)
{
	CU_ASSERT_EQUAL(stack_legs(a.stack), 0);
	CU_ASSERT_EQUAL(stack_legs(b.stack), 0);
}

/* a calls b, who answers: both up. */
static void connect_parties(void)
{
	struct content c = party_sdp(FIXTURE_SDP);

	CU_ASSERT_EQUAL_FATAL(party_dial(&a, &b.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b.leg);
	CU_ASSERT_EQUAL(leg_answer(b.leg, &c), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_UP);
	CU_ASSERT_EQUAL(leg_state(b.leg), LEG_UP);
}

static void test_call(void)
{
	struct content c = party_sdp(FIXTURE_SDP);

	open_all();
	CU_ASSERT_EQUAL(party_dial(&a, &b.addr, FIXTURE_SDP), 0);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_DIALING);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_state(b.leg), LEG_INCOMING);
	CU_ASSERT_EQUAL(leg_progress(b.leg, 180, "Ringing", NULL), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_EARLY);
	CU_ASSERT_EQUAL(leg_answer(b.leg, &c), 0);
	CU_ASSERT_EQUAL(leg_state(b.leg), LEG_ANSWERED);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_state(b.leg), LEG_UP);
	CU_ASSERT_TRUE(leg_peer_allows(a.leg, "UPDATE"));
	CU_ASSERT_TRUE(leg_peer_allows(a.leg, "PRACK"));
	CU_ASSERT_STRING_EQUAL(leg_callid(a.leg), leg_callid(b.leg));
	CU_ASSERT_TRUE(sa_cmp(leg_peer(a.leg), &b.addr, SA_ALL));

	leg_hangup(a.leg, 0, NULL, NULL);
	a.leg = mem_deref(a.leg);
	loop_run(TURN_MS);

	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK BYE");
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 180/INVITE 200/INVITE 200/BYE");
	CU_ASSERT_EQUAL(a.told.progress, 2);
	CU_ASSERT_EQUAL(a.told.answer, 1);
	CU_ASSERT_EQUAL(b.told.ack, 1);
	CU_ASSERT_EQUAL(b.told.close, 1);
	CU_ASSERT_EQUAL(b.err, 0);
	assert_no_legs();
	close_all();
}

static void test_delayed_offer(void)
{
	struct content offer = party_sdp(FIXTURE_SDP), answer = party_sdp("v=0\r\ns=answer\r\n");
	const struct sip_msg *first, *again;
	struct content got;

	open_all();
	CU_ASSERT_EQUAL(party_dial(&a, &w.addr, NULL), 0);
	loop_run(TURN_MS);
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(a.told.answer, 1);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE");
	CU_ASSERT_TRUE(leg_modifying(a.leg));

	CU_ASSERT_EQUAL(leg_ack(a.leg, &answer), 0);
	CU_ASSERT_EQUAL(leg_ack(a.leg, &answer), EALREADY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK");
	CU_ASSERT_FALSE(leg_modifying(a.leg));

	/* the ACK was lost: the 2xx comes again and draws the same one */
	first = mem_ref((void *)wire_last(&w, "ACK"));
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK ACK");
	again = wire_last(&w, "ACK");
	CU_ASSERT_PTR_NOT_EQUAL(again, first);
	CU_ASSERT_EQUAL(pl_cmp(&again->via.branch, &first->via.branch), 0);
	mem_deref((void *)first);
	CU_ASSERT_EQUAL(a.told.answer, 1);
	got = content_of(wire_last(&w, "ACK"));
	CU_ASSERT_EQUAL(pl_cmp(&got.body, &answer.body), 0);
	CU_ASSERT_EQUAL(pl_cmp(&got.type, &offer.type), 0);
	close_all();
}

static void test_refused(void)
{
	open_all();
	CU_ASSERT_EQUAL(party_dial(&a, &b.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	leg_hangup(b.leg, 486, "Busy Here", NULL);
	b.leg = mem_deref(b.leg);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK");
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 486/INVITE");
	CU_ASSERT_EQUAL(a.told.fail, 1);
	CU_ASSERT_EQUAL(a.scode, 486);
	assert_no_legs();
	close_all();
}

/* Timer A and B: seven INVITEs in 32 s, then the end. */
static void test_unanswered(void)
{
	open_all();
	CU_ASSERT_EQUAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	loop_run(31900);
	CU_ASSERT_EQUAL(a.told.fail, 0);
	loop_run(200);
	CU_ASSERT_EQUAL(ladder_count(a.sent, "INVITE"), 7);
	CU_ASSERT_EQUAL(a.told.fail, 1);
	CU_ASSERT_EQUAL(a.err, ETIMEDOUT);
	assert_no_legs();
	close_all();
}

static void test_cancel(void)
{
	open_all();
	CU_ASSERT_EQUAL(party_dial(&a, &b.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_progress(b.leg, 180, "Ringing", NULL), 0);
	loop_run(TURN_MS);
	leg_hangup(a.leg, 0, NULL, NULL);
	a.leg = mem_deref(a.leg);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE CANCEL ACK");
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 180/INVITE 200/CANCEL 487/INVITE");
	CU_ASSERT_EQUAL(b.told.cancel, 1);
	CU_ASSERT_EQUAL(a.told.fail, 0);
	assert_no_legs();
	close_all();
}

/* RFC 3261 9.1: no CANCEL before a provisional response. */
static void test_cancel_before_provisional(void)
{
	open_all();
	CU_ASSERT_EQUAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	leg_hangup(a.leg, 0, NULL, NULL);
	a.leg = mem_deref(a.leg);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE");

	wire_reply(&w, wire_last(&w, "INVITE"), "180 Ringing", "x", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE CANCEL");

	wire_reply(&w, wire_last(&w, "CANCEL"), "200 OK", "x", "Content-Length: 0\n\n");
	wire_reply(&w, wire_last(&w, "INVITE"), "487 Request Terminated", "x", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE CANCEL ACK");
	assert_no_legs();
	close_all();
}

/* A final response may be the first thing heard after giving up. */
static void test_cancel_then_failure(void)
{
	open_all();
	CU_ASSERT_EQUAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	leg_hangup(a.leg, 0, NULL, NULL);
	a.leg = mem_deref(a.leg);
	wire_reply(&w, wire_last(&w, "INVITE"), "503 Service Unavailable", "x", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK");
	assert_no_legs();
	close_all();
}

static void test_cancel_crosses_answer(void)
{
	const struct sip_msg *bye;
	const struct pl hdr = PL("Reason: Q.850;cause=16\r\n");
	struct content c = {.hdrs = hdr};

	open_all();
	CU_ASSERT_EQUAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	wire_reply(&w, wire_last(&w, "INVITE"), "180 Ringing", "x", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	leg_hangup(a.leg, 0, NULL, &c);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_CANCELLING);
	a.leg = mem_deref(a.leg);
	loop_run(TURN_MS);

	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE CANCEL ACK BYE");
	bye = wire_last(&w, "BYE");
	CU_ASSERT_PTR_NOT_NULL(sip_msg_hdr(bye, SIP_HDR_REASON));
	CU_ASSERT_EQUAL(pl_strcmp(&bye->to.tag, "x"), 0);
	CU_ASSERT_EQUAL(stack_legs(a.stack), 1);

	wire_reply(&w, wire_last(&w, "CANCEL"), "200 OK", "x", "Content-Length: 0\n\n");
	wire_reply(&w, bye, "200 OK", "x", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE CANCEL ACK BYE");
	CU_ASSERT_EQUAL(a.told.answer, 0);
	assert_no_legs();
	close_all();
}

/* RFC 3261 13.3.1.4: the 2xx is repeated at T1 doubling to T2 for 64*T1, then the dialog is ended. */
static void test_ack_lost(void)
{
	struct content c = party_sdp(FIXTURE_SDP);

	open_all();
	wire_invite(&w, &b, FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_answer(b.leg, &c), 0);
	loop_run(31900);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "200/INVITE"), 11);
	CU_ASSERT_EQUAL(b.told.close, 0);

	loop_run(200);
	CU_ASSERT_EQUAL(b.told.close, 1);
	CU_ASSERT_EQUAL(b.err, ETIMEDOUT);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "BYE"), 1);

	loop_run(32000);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "200/INVITE"), 11);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "BYE"), 11);
	assert_no_legs();
	close_all();
}

/* RFC 3261 13.3.1.1: 180 is said again each minute, until there is a final response. */
static void test_ringing_long(void)
{
	struct content c = party_sdp(FIXTURE_SDP);

	open_all();
	wire_invite(&w, &b, FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_progress(b.leg, 183, "Session Progress", &c), 0);
	CU_ASSERT_EQUAL(leg_progress(b.leg, 180, "Ringing", NULL), 0);
	loop_run(59900);
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 183/INVITE 180/INVITE");
	loop_run(200);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "180/INVITE"), 2);
	loop_run(120000);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "180/INVITE"), 4);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "183/INVITE"), 1);

	CU_ASSERT_EQUAL(leg_answer(b.leg, &c), 0);
	wire_request(&w, &b, "ACK", 1, "\n");
	loop_run(120000);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "180/INVITE"), 4);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "200/INVITE"), 1);
	leg_hangup(b.leg, 0, NULL, NULL);
	b.leg = mem_deref(b.leg);
	loop_run(TURN_MS);
	wire_reply(&w, wire_last(&w, "BYE"), "200 OK", "", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	assert_no_legs();
	close_all();
}

/* RFC 3261 15: who answered says BYE only after the ACK. */
static void test_hangup_before_ack(void)
{
	struct content c = party_sdp(FIXTURE_SDP);

	open_all();
	wire_invite(&w, &b, FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_answer(b.leg, &c), 0);
	leg_hangup(b.leg, 0, NULL, NULL);
	CU_ASSERT_EQUAL(leg_state(b.leg), LEG_PARTING);
	b.leg = mem_deref(b.leg);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 200/INVITE");

	wire_request(&w, &b, "ACK", 1, "\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 200/INVITE BYE");
	wire_reply(&w, wire_last(&w, "BYE"), "200 OK", "", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	assert_no_legs();
	close_all();
}

/* An answer that could not be sent leaves nothing to wait for. */
static void test_answer_unsendable(void)
{
	struct content c = party_sdp(FIXTURE_SDP);
	char *huge = mem_alloc(70000, NULL);

	memset(huge, 'x', 70000);
	c.body = (struct pl){huge, 70000};

	open_all();
	wire_invite(&w, &b, FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_NOT_EQUAL(leg_answer(b.leg, &c), 0);
	leg_hangup(b.leg, 0, NULL, NULL);
	b.leg = mem_deref(b.leg);
	loop_run(33000);
	assert_no_legs();
	close_all();
	mem_deref(huge);
}

static void test_bye_crossing(void)
{
	open_all();
	connect_parties();
	leg_hangup(a.leg, 0, NULL, NULL);
	leg_hangup(b.leg, 0, NULL, NULL);
	a.leg = mem_deref(a.leg);
	b.leg = mem_deref(b.leg);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK BYE 200/BYE");
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 200/INVITE BYE 200/BYE");
	assert_no_legs();
	close_all();
}

/* 13.2.2.4: a second branch that answered is acknowledged and ended; the first one goes on. */
static void test_fork(void)
{
	const struct sip_msg *invite;

	open_all();
	CU_ASSERT_EQUAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	invite = wire_last(&w, "INVITE");
	wire_reply(&w, invite, "180 Ringing", "y", "Content-Length: 0\n\n");
	wire_reply(&w, invite, "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK");

	wire_reply(&w, invite, "200 OK", "y", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK ACK BYE");
	CU_ASSERT_EQUAL(pl_strcmp(&wire_last(&w, "ACK")->to.tag, "y"), 0);
	CU_ASSERT_EQUAL(pl_strcmp(&wire_last(&w, "BYE")->to.tag, "y"), 0);
	CU_ASSERT_EQUAL(wire_last(&w, "ACK")->cseq.num, invite->cseq.num);
	wire_reply(&w, wire_last(&w, "BYE"), "200 OK", "", "Content-Length: 0\n\n");

	wire_reply(&w, invite, "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK ACK BYE ACK");
	CU_ASSERT_EQUAL(pl_strcmp(&wire_last(&w, "ACK")->to.tag, "x"), 0);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_UP);
	CU_ASSERT_EQUAL(a.told.answer, 1);
	close_all();
}

/* The process may end while a fork's BYE is unanswered. */
static void test_flush(void)
{
	open_all();
	CU_ASSERT_EQUAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "y", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(ladder_count(a.sent, "BYE"), 1);

	stack_flush(a.stack);
	CU_ASSERT_EQUAL(mem_nrefs(a.stack), 2); /* ours and the leg's that is still up */
	close_all();
}

static void test_stray(void)
{
	open_all();
	wire_send(&w, &a.addr,
		  "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKno\nFrom: <sip:a@h>;tag=none\n"
		  "To: <sip:b@h>;tag=x\nCall-ID: none\nCSeq: 1 INVITE\nContent-Length: 0\n\n");
	wire_request(&w, &a, "BYE", 2, "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(stack_stray_responses(a.stack), 1);
	CU_ASSERT_STRING_EQUAL(a.sent, "481/BYE");
	close_all();
}

static void test_contact_missing(void)
{
	open_all();
	wire_send(&w, &b.addr,
		  "INVITE sip:1@%J SIP/2.0\nVia: SIP/2.0/UDP %J;branch=z9hG4bK1;rport\nFrom: "
		  "<sip:a@h>;tag=t\n"
		  "To: <sip:b@h>\nCall-ID: c\nCSeq: 1 INVITE\nContent-Length: 0\n\n",
		  &b.addr, &w.addr);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(b.sent, "400/INVITE");
	CU_ASSERT_PTR_NULL(b.leg);
	assert_no_legs();
	close_all();
}

static const struct unit_test testv[] = {
	{"INVITE, ringing, answer, ACK and BYE", test_call},
	{"the ACK of a delayed offer waits for its answer, and carries it again", test_delayed_offer},
	{"a refusal ends both sides", test_refused},
	{"no response at all ends at Timer B", test_unanswered},
	{"a ringing call is cancelled", test_cancel},
	{"CANCEL waits for a provisional response", test_cancel_before_provisional},
	{"after giving up a failure is the end", test_cancel_then_failure},
	{"an answer that crosses CANCEL is acknowledged and ended", test_cancel_crosses_answer},
	{"an unacknowledged answer is repeated for 32 s, then ended", test_ack_lost},
	{"who rings for long says so each minute", test_ringing_long},
	{"BYE waits for the ACK of our answer", test_hangup_before_ack},
	{"an answer that cannot be sent leaves no leg", test_answer_unsendable},
	{"BYEs that cross are both answered", test_bye_crossing},
	{"a forked answer is acknowledged and ended", test_fork},
	{"at the end of the process no leg holds its stack", test_flush},
	{"what belongs to no dialog is counted or refused", test_stray},
	{"an INVITE without Contact gets 400", test_contact_missing},
	{NULL, NULL},
};

const struct unit_suite leg_suite = {"leg", testv};

/**
 * @file test_leg_dialog.c  Requests inside a leg's dialog: re-INVITE, UPDATE, INFO, BYE, and what is refused
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "leg_fixture.h"
#include "loop.h"
#include "unit.h"

enum { TURN_MS = 20 };

#define NO_BODY "Content-Length: 0\n\n"

static struct party a, b;
static struct wire w;

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

/* a and b are up; their ladders begin here. */
static void open_parties(void)
{
	struct content c = party_sdp(FIXTURE_SDP);

	open_all();
	CU_ASSERT_EQUAL_FATAL(party_dial(&a, &b.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL_FATAL(leg_answer(b.leg, &c), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL_FATAL(leg_state(b.leg), LEG_UP);
	a.sent[0] = b.sent[0] = '\0';
}

/* The wire called b; both are up. */
static void open_wire_caller(void)
{
	struct content c = party_sdp(FIXTURE_SDP_NEW);

	open_all();
	wire_invite(&w, &b, FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL_FATAL(leg_answer(b.leg, &c), 0);
	loop_run(TURN_MS);
	wire_request(&w, &b, "ACK", 1, "\n");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL_FATAL(leg_state(b.leg), LEG_UP);
	b.sent[0] = '\0';
}

/* a called the wire, which rings. */
static void open_wire_ringing(const char *sdp)
{
	open_all();
	CU_ASSERT_EQUAL_FATAL(party_dial(&a, &w.addr, sdp), 0);
	loop_run(TURN_MS);
	wire_reply(&w, wire_last(&w, "INVITE"), "180 Ringing", "x",
		   "Allow: INVITE, UPDATE\nContent-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL_FATAL(leg_state(a.leg), LEG_EARLY);
	a.sent[0] = '\0';
}

static void reply(struct party *p, uint16_t scode, const char *reason, const struct content *c)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->req);
	CU_ASSERT_EQUAL(leg_reply(p->req, scode, reason, c), 0);
	CU_ASSERT_EQUAL(leg_reply(p->req, scode, reason, c), EALREADY);
	p->req = mem_deref(p->req);
}

static void test_reinvite(void)
{
	struct content c = party_sdp(FIXTURE_SDP_NEW);

	open_parties();
	CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", &c), 0);
	CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", &c), EINPROGRESS);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(b.told.modify, 1);
	CU_ASSERT_TRUE(leg_modifying(b.leg));
	CU_ASSERT_EQUAL(leg_modify(b.leg, "INVITE", &c), EINPROGRESS);
	reply(&b, 200, "OK", &c);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK");
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 200/INVITE");
	CU_ASSERT_EQUAL(a.told.modified, 1);
	CU_ASSERT_EQUAL(b.told.ack, 2);
	CU_ASSERT_FALSE(leg_modifying(a.leg) || leg_modifying(b.leg));
	close_all();
}

/* A re-INVITE without SDP: b offers in its 200, a answers in its ACK. */
static void test_reinvite_delayed(void)
{
	struct content c = party_sdp(FIXTURE_SDP_NEW);

	open_parties();
	CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", NULL), 0);
	loop_run(TURN_MS);
	reply(&b, 200, "OK", &c);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE");
	CU_ASSERT_EQUAL(leg_ack(a.leg, &c), 0);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK");
	CU_ASSERT_FALSE(leg_modifying(a.leg) || leg_modifying(b.leg));

	/* and another exchange has its turn */
	c = party_sdp(FIXTURE_SDP);
	CU_ASSERT_EQUAL(leg_modify(b.leg, "INVITE", &c), 0);
	loop_run(TURN_MS);
	reply(&a, 200, "OK", &c);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(b.told.modified, 1);
	CU_ASSERT_EQUAL(b.scode, 200);
	close_all();
}

static void test_reinvite_refused(void)
{
	struct content c = party_sdp(FIXTURE_SDP_NEW);

	open_parties();
	for (unsigned i = 1; i <= 2; i++) {
		CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", &c), 0);
		loop_run(TURN_MS);
		reply(&b, 488, "Not Acceptable Here", NULL);
		loop_run(TURN_MS);
		CU_ASSERT_EQUAL(a.told.modified, i);
		CU_ASSERT_EQUAL(a.scode, 488);
		CU_ASSERT_EQUAL(leg_state(a.leg), LEG_UP);
	}
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK INVITE ACK");
	close_all();
}

/* RFC 3261 14.1, 14.2: both sides at once, both get 491, and both may try again. */
static void test_glare(void)
{
	struct content c = party_sdp(FIXTURE_SDP_NEW);

	open_parties();
	CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", &c), 0);
	CU_ASSERT_EQUAL(leg_modify(b.leg, "INVITE", &c), 0);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE 491/INVITE ACK");
	CU_ASSERT_STRING_EQUAL(b.sent, "INVITE 491/INVITE ACK");
	CU_ASSERT_EQUAL(a.scode, 491);
	CU_ASSERT_EQUAL(b.scode, 491);
	CU_ASSERT_EQUAL(a.told.modify + b.told.modify, 0);

	CU_ASSERT_EQUAL(leg_modify(b.leg, "INVITE", &c), 0);
	loop_run(TURN_MS);
	reply(&a, 200, "OK", &c);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(b.scode, 200);
	close_all();
}

static void test_update(void)
{
	struct content c = party_sdp(FIXTURE_SDP_NEW);

	open_parties();
	CU_ASSERT_EQUAL(leg_modify(a.leg, "UPDATE", &c), 0);
	loop_run(TURN_MS);
	reply(&b, 200, "OK", &c);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "UPDATE");
	CU_ASSERT_STRING_EQUAL(b.sent, "200/UPDATE");
	CU_ASSERT_EQUAL(a.told.modified, 1);
	CU_ASSERT_FALSE(leg_modifying(a.leg) || leg_modifying(b.leg));
	close_all();
}

/* RFC 3311 5.2: our own offer is unanswered, so the peer's in UPDATE must get 491. */
static void test_update_over_our_offer(void)
{
	open_wire_ringing(FIXTURE_SDP);
	wire_request_back(&w, &a, "UPDATE", 1, "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "491/UPDATE");
	CU_ASSERT_EQUAL(a.told.modify, 0);
	close_all();
}

/* RFC 6337 2.2: the INVITE's own offer and answer come first. */
static void test_update_before_first_offer(void)
{
	open_wire_ringing(NULL);
	wire_request_back(&w, &a, "UPDATE", 1, "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "500/UPDATE");
	CU_ASSERT_EQUAL(a.told.modify, 0);
	close_all();
}

/* An early UPDATE without SDP leaves the INVITE's offer what it is. */
static void test_update_while_inviting(void)
{
	open_wire_ringing(FIXTURE_SDP);
	CU_ASSERT_EQUAL(leg_modify(a.leg, "UPDATE", NULL), 0);
	loop_run(TURN_MS);
	wire_reply(&w, wire_last(&w, "UPDATE"), "200 OK", "", "Content-Length: 0\n\n");
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "UPDATE ACK");
	CU_ASSERT_FALSE(leg_modifying(a.leg));
	close_all();
}

/* RFC 3311 5.2: without an offer it goes beside an INVITE, of either direction, but not beside another UPDATE. */
static void test_refresh_beside_invite(void)
{
	struct content c = party_sdp(FIXTURE_SDP_NEW);

	open_wire_caller();
	wire_request(&w, &b, "INVITE", 2, FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	wire_request(&w, &b, "UPDATE", 3, "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 200/UPDATE");
	CU_ASSERT_EQUAL(b.told.modify, 1);
	reply(&b, 200, "OK", &c);
	wire_request(&w, &b, "ACK", 2, "Content-Length: 0\n\n");
	loop_run(TURN_MS);

	b.sent[0] = '\0';
	CU_ASSERT_EQUAL(leg_modify(b.leg, "INVITE", &c), 0);
	wire_request(&w, &b, "UPDATE", 4, "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(b.sent, "INVITE 200/UPDATE");
	CU_ASSERT_TRUE(leg_modifying(b.leg));
	wire_reply(&w, wire_last(&w, "INVITE"), "488 Not Acceptable Here", "", "Content-Length: 0\n\n");
	loop_run(TURN_MS);

	b.sent[0] = '\0';
	wire_request(&w, &b, "UPDATE", 5, FIXTURE_BODY);
	loop_run(TURN_MS);
	wire_request(&w, &b, "UPDATE", 6, "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(b.sent, "500/UPDATE");
	CU_ASSERT_PTR_NOT_NULL(sip_msg_hdr(wire_last(&w, "500/UPDATE"), SIP_HDR_RETRY_AFTER));
	reply(&b, 200, "OK", NULL);
	close_all();
}

/* RFC 3264 8: what was agreed on is said again, and gets the same answer; what is new goes to the owner. */
static void test_repetition(void)
{
	static const struct {
		const char *met, *body;
		bool answered;
	} v[] = {
		{"INVITE", FIXTURE_BODY, true},      {"UPDATE", FIXTURE_BODY, true},
		{"UPDATE", NO_BODY, true},           {"INVITE", NO_BODY, false},
		{"INVITE", FIXTURE_BODY_NEW, false}, {"UPDATE", FIXTURE_BODY_NEW, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		char word[16];

		open_wire_caller();
		wire_request(&w, &b, v[i].met, 2, v[i].body);
		loop_run(TURN_MS);
		(void)re_snprintf(word, sizeof(word), "200/%s", v[i].met);
		CU_ASSERT_EQUAL(ladder_count(b.sent, word), v[i].answered);
		CU_ASSERT_EQUAL(b.told.modify, !v[i].answered);
		CU_ASSERT_EQUAL(b.told.request, 0);
		if (v[i].answered && !strcmp(v[i].body, FIXTURE_BODY)) {
			const struct pl sdp = content_sdp_of(wire_last(&w, word));

			CU_ASSERT_EQUAL(pl_strcmp(&sdp, FIXTURE_SDP_NEW), 0);
		}
		close_all();
	}
}

/* RFC 3264 4: what was agreed on before stays. */
static void test_repetition_after_refusal(void)
{
	open_wire_caller();
	wire_request(&w, &b, "INVITE", 2, FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	reply(&b, 488, "Not Acceptable Here", NULL);
	loop_run(TURN_MS);
	wire_request(&w, &b, "ACK", 2, "\n");
	wire_request(&w, &b, "INVITE", 3, FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "200/INVITE"), 1);
	wire_request(&w, &b, "ACK", 3, "\n");
	wire_request(&w, &b, "INVITE", 4, FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(b.told.modify, 2);
	close_all();
}

/* RFC 3261 9: both ends agree that nothing was changed. */
static void test_reinvite_cancelled(void)
{
	struct content c = party_sdp(FIXTURE_SDP_NEW);

	open_parties();
	CU_ASSERT_EQUAL(leg_modify_cancel(a.leg), ENOENT);
	CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", &c), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_modify_cancel(a.leg), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(b.told.modify_cancel, 1);
	CU_ASSERT_TRUE(leg_modifying(a.leg));
	reply(&b, 487, "Request Terminated", NULL);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE CANCEL ACK");
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 200/CANCEL 487/INVITE");
	CU_ASSERT_EQUAL(a.told.modified, 1);
	CU_ASSERT_EQUAL(a.scode, 487);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_UP);
	CU_ASSERT_TRUE(leg_may_offer(a.leg, "INVITE") && leg_may_offer(b.leg, "UPDATE"));
	close_all();
}

/* RFC 3311 5.1: before the answer only in an UPDATE, and only when the INVITE's own exchange is over. */
static void test_may_offer(void)
{
	open_wire_ringing(FIXTURE_SDP);
	CU_ASSERT_FALSE(leg_may_offer(a.leg, "INVITE"));
	CU_ASSERT_FALSE(leg_may_offer(a.leg, "UPDATE"));
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_TRUE(leg_may_offer(a.leg, "INVITE"));
	CU_ASSERT_TRUE(leg_may_offer(a.leg, "UPDATE"));
	close_all();
}

static void test_bye_over_reinvite(void)
{
	open_wire_caller();
	wire_request(&w, &b, "INVITE", 2, FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NOT_NULL(b.req);
	wire_request(&w, &b, "BYE", 3, "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(b.told.close, 1);
	b.req = mem_deref(b.req);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 200/BYE 487/INVITE");
	CU_ASSERT_EQUAL(stack_legs(b.stack), 0);
	close_all();
}

/* BYE was sent while a 2xx of ours waited for its ACK: that comes, and the 2xx rests. */
static void test_leaving_stops_2xx(void)
{
	struct content c = party_sdp(FIXTURE_SDP_NEW);

	open_wire_caller();
	wire_request(&w, &b, "INVITE", 2, FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	reply(&b, 200, "OK", &c);
	leg_hangup(b.leg, 0, NULL, NULL);
	b.leg = mem_deref(b.leg);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(b.sent, "100/INVITE 200/INVITE BYE");
	wire_request(&w, &b, "ACK", 2, "\n");
	loop_run(5000);
	CU_ASSERT_EQUAL(ladder_count(b.sent, "200/INVITE"), 1);
	close_all();
}

/* The owner is gone; the answer to our re-INVITE must still be acknowledged. */
static void test_late_answer_to_delayed_reinvite(void)
{
	open_wire_ringing(FIXTURE_SDP);
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", NULL), 0);
	loop_run(TURN_MS);
	leg_hangup(a.leg, 0, NULL, NULL);
	a.leg = mem_deref(a.leg);
	loop_run(TURN_MS);
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "ACK INVITE BYE ACK");
	close_all();
}

/* A leg kept alive by a request must not call an owner who was told that it is over. */
static void test_over_is_silent(void)
{
	open_wire_ringing(FIXTURE_SDP);
	CU_ASSERT_EQUAL(leg_modify(a.leg, "UPDATE", NULL), 0);
	wire_request_back(&w, &a, "INFO", 1, "x", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(a.told.request, 1);
	wire_reply(&w, wire_last(&w, "INVITE"), "486 Busy Here", "x", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(a.told.fail, 1);
	wire_reply(&w, wire_last(&w, "UPDATE"), "200 OK", "", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(a.told.modified, 0);

	reply(&a, 200, "OK", NULL);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "UPDATE ACK 200/INFO");
	CU_ASSERT_EQUAL(stack_legs(a.stack), 0);
	close_all();
}

static void on_sent(int err, const struct sip_msg *msg, void *arg)
{
	unsigned *n = arg;

	*n += err ? 10000 : msg->scode;
}

static void test_info(void)
{
	struct content c = {.hdrs = PL("Info-Package: x\r\n"),
			    .type = PL("application/x"),
			    .body = PL("hello")};
	struct content got;
	unsigned n = 0;

	open_parties();
	CU_ASSERT_EQUAL(leg_send(a.leg, "INFO", &c, on_sent, &n), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(b.told.request, 1);
	got = content_of(leg_request_msg(b.req));
	CU_ASSERT_EQUAL(pl_cmp(&got.type, &c.type), 0);
	CU_ASSERT_EQUAL(pl_cmp(&got.body, &c.body), 0);
	reply(&b, 200, "OK", NULL);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(n, 200);
	CU_ASSERT_STRING_EQUAL(a.sent, "INFO");
	CU_ASSERT_STRING_EQUAL(b.sent, "200/INFO");
	close_all();
}

/* A request dropped without reply is refused all the same. */
static void test_request_dropped(void)
{
	unsigned n = 0;

	open_parties();
	CU_ASSERT_EQUAL(leg_send(a.leg, "INFO", NULL, on_sent, &n), 0);
	loop_run(TURN_MS);
	b.req = mem_deref(b.req);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(n, 487);
	CU_ASSERT_EQUAL(a.told.close, 0);
	close_all();
}

/* RFC 3261 12.2.1.2: a peer that no longer knows the dialog, or no longer answers, has left it. */
static void test_dialog_lost(void)
{
	unsigned n = 0;

	open_parties();
	CU_ASSERT_EQUAL(leg_send(a.leg, "INFO", NULL, on_sent, &n), 0);
	loop_run(TURN_MS);
	reply(&b, 481, "Call/Transaction Does Not Exist", NULL);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(n, 481);
	CU_ASSERT_EQUAL(a.told.close, 1);
	CU_ASSERT_EQUAL(a.err, ECONNRESET);
	CU_ASSERT_STRING_EQUAL(a.sent, "INFO BYE");
	CU_ASSERT_EQUAL(stack_legs(a.stack), 0);
	close_all();
}

/* The owner that was told of the loss may be gone when a re-INVITE of its own is answered. */
static void test_lost_is_silent(void)
{
	unsigned n = 0;

	open_wire_ringing(FIXTURE_SDP);
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_send(a.leg, "INFO", NULL, on_sent, &n), 0);
	CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", NULL), 0);
	loop_run(TURN_MS);
	wire_reply(&w, wire_last(&w, "INFO"), "481 Call/Transaction Does Not Exist", "",
		   "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(a.told.close, 1);

	wire_reply(&w, wire_last(&w, "INVITE"), "488 Not Acceptable Here", "", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(a.told.modified, 0);
	CU_ASSERT_STRING_EQUAL(a.sent, "ACK INFO INVITE BYE ACK");
	close_all();
}

static void test_peer_silent(void)
{
	unsigned n = 0;

	open_parties();
	CU_ASSERT_EQUAL(leg_send(a.leg, "INFO", NULL, on_sent, &n), 0);
	loop_run(33000); /* b never replies */
	CU_ASSERT_EQUAL(n, 10000);
	CU_ASSERT_EQUAL(a.told.close, 1);
	CU_ASSERT_EQUAL(a.err, ETIMEDOUT);
	close_all();
}

static void test_refusals(void)
{
	static const struct {
		const char *met;
		unsigned cseq;
		const char *more, *sent;
	} v[] = {
		{"INFO", 6, "Content-Length: 0\n\n", "500/INFO"}, /* CSeq was there */
		{"INFO", 3, "Content-Length: 0\n\n", "500/INFO"},
		{"INFO", 7, "Require: 100rel, precondition\nContent-Length: 0\n\n", "420/INFO"},
		{"CANCEL", 9, "Content-Length: 0\n\n", "481/CANCEL"},
		{"CANCEL", 1, "Content-Length: 0\n\n", "481/CANCEL"},
		{"BYE", 8, "Content-Length: 0\n\n", "200/BYE"},
	};

	char *allow = NULL;

	CU_ASSERT_EQUAL_FATAL(str_dup(&allow, "BYE"), 0);
	open_wire_caller();
	wire_request(&w, &b, "FOO", 6, "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b.req);
	leg_allow_set(b.leg, allow);
	leg_refuse(b.req);
	b.req = mem_deref(b.req);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(b.sent, "405/FOO");
	CU_ASSERT_EQUAL(pl_strcmp(&sip_msg_hdr(wire_last(&w, "405/FOO"), SIP_HDR_ALLOW)->val, "BYE"), 0);
	mem_deref(allow);

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		b.sent[0] = '\0';
		wire_request(&w, &b, v[i].met, v[i].cseq, v[i].more);
		loop_run(TURN_MS);
		CU_ASSERT_STRING_EQUAL(b.sent, v[i].sent);
	}
	CU_ASSERT_EQUAL(b.told.request, 1);
	CU_ASSERT_EQUAL(b.told.close, 1);
	close_all();
}

/* RFC 3261 table 2, RFC 3428 section 4: Contact belongs to requests that refresh the target, no others. */
static void test_contact(void)
{
	static const struct {
		const char *met;
		bool contact;
	} v[] = {{"INFO", false}, {"MESSAGE", false}};
	unsigned n = 0;

	open_wire_ringing(FIXTURE_SDP);
	CU_ASSERT_PTR_NOT_NULL(sip_msg_hdr(wire_last(&w, "INVITE"), SIP_HDR_CONTACT));
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", FIXTURE_BODY);
	loop_run(TURN_MS);

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		CU_ASSERT_EQUAL(leg_send(a.leg, v[i].met, NULL, on_sent, &n), 0);
		loop_run(TURN_MS);
		CU_ASSERT_EQUAL(sip_msg_hdr(wire_last(&w, v[i].met), SIP_HDR_CONTACT) != NULL, v[i].contact);
	}

	wire_request_back(&w, &a, "MESSAGE", 1, "x", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	reply(&a, 200, "OK", NULL);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NULL(sip_msg_hdr(wire_last(&w, "200/MESSAGE"), SIP_HDR_CONTACT));

	wire_request_back(&w, &a, "UPDATE", 2, "x", "Content-Length: 0\n\n");
	loop_run(TURN_MS);
	leg_hangup(a.leg, 0, NULL, NULL);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NOT_NULL(sip_msg_hdr(wire_last(&w, "200/UPDATE"), SIP_HDR_CONTACT));
	CU_ASSERT_PTR_NULL(sip_msg_hdr(wire_last(&w, "BYE"), SIP_HDR_CONTACT));
	close_all();
}

static const struct unit_test testv[] = {
	{"re-INVITE and its answer", test_reinvite},
	{"a re-INVITE without offer is answered in the ACK", test_reinvite_delayed},
	{"a refused re-INVITE changes nothing", test_reinvite_refused},
	{"re-INVITEs that cross get 491", test_glare},
	{"UPDATE and its answer need no ACK", test_update},
	{"an UPDATE's offer over ours gets 491", test_update_over_our_offer},
	{"an UPDATE's offer before the INVITE's gets 500", test_update_before_first_offer},
	{"an UPDATE without an offer goes beside an INVITE, not beside another", test_refresh_beside_invite},
	{"a cancelled re-INVITE changes nothing", test_reinvite_cancelled},
	{"an offer goes when the one before it is over", test_may_offer},
	{"an UPDATE beside the INVITE leaves its offer alone", test_update_while_inviting},
	{"BYE over a re-INVITE ends it with 487", test_bye_over_reinvite},
	{"a leaving leg stops its 2xx at the ACK", test_leaving_stops_2xx},
	{"a re-INVITE answered after BYE is acknowledged", test_late_answer_to_delayed_reinvite},
	{"a leg that is over tells nothing more", test_over_is_silent},
	{"INFO passes with its body", test_info},
	{"a request dropped without reply gets 487", test_request_dropped},
	{"481 to a request of ours ends the dialog", test_dialog_lost},
	{"a leg that lost its dialog tells nothing more", test_lost_is_silent},
	{"silence to a request of ours ends the dialog", test_peer_silent},
	{"what has no place in a dialog is refused by its own code", test_refusals},
	{"what is said again gets the same answer at once", test_repetition},
	{"a refused offer leaves what was agreed", test_repetition_after_refusal},
	{"Contact stands where it refreshes the target", test_contact},
	{NULL, NULL},
};

const struct unit_suite leg_dialog_suite = {"leg-dialog", testv};

/**
 * @file test_leg_cancel.c  A CANCEL of ours: what is in it, how often it leaves, when it is given up
 */
#include <re.h>
#include "leg_fixture.h"
#include "loop.h"
#include "unit.h"

enum { TURN_MS = 20 };

#define EMPTY "Content-Length: 0\n\n"

static struct party a;
static struct wire w;

static void open_all(void)
{
	loop_open();
	party_open(&a);
	wire_open(&w);
	CU_ASSERT_EQUAL_FATAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
}

static void close_all(void)
{
	CU_ASSERT_EQUAL(stack_legs(a.stack), 0);
	wire_close(&w);
	party_close(&a);
	loop_close();
}

static void answer(const char *word, const char *status)
{
	wire_reply(&w, wire_last(&w, word), status, "x", EMPTY);
	loop_run(TURN_MS);
}

static void give_up(void)
{
	struct content c = {.hdrs = PL("Reason: Q.850;cause=19\r\n")};

	leg_hangup(a.leg, 0, NULL, &c);
	a.leg = mem_deref(a.leg);
	loop_run(TURN_MS);
}

static void test_content(void)
{
	const struct sip_msg *invite, *cancel;
	const struct sip_hdr *reason;

	open_all();
	answer("INVITE", "180 Ringing"); /* its tag and target are not the CANCEL's (RFC 3261 9.1) */
	give_up();

	invite = wire_last(&w, "INVITE");
	cancel = wire_last(&w, "CANCEL");
	reason = sip_msg_hdr(cancel, SIP_HDR_REASON);
	CU_ASSERT_EQUAL(pl_cmp(&cancel->ruri, &invite->ruri), 0);
	CU_ASSERT_EQUAL(pl_cmp(&cancel->via.val, &invite->via.val), 0);
	CU_ASSERT_EQUAL(pl_cmp(&cancel->to.val, &invite->to.val), 0);
	CU_ASSERT_EQUAL(pl_cmp(&cancel->from.val, &invite->from.val), 0);
	CU_ASSERT_EQUAL(pl_cmp(&cancel->callid, &invite->callid), 0);
	CU_ASSERT_EQUAL(cancel->cseq.num, invite->cseq.num);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reason);
	CU_ASSERT_EQUAL(pl_strcmp(&reason->val, "Q.850;cause=19"), 0);

	answer("CANCEL", "200 OK");
	answer("INVITE", "487 Request Terminated");
	CU_ASSERT_STRING_EQUAL(w.heard, "INVITE CANCEL ACK");
	CU_ASSERT_EQUAL(stack_stray_responses(a.stack), 0);
	close_all();
}

static void test_waits(void)
{
	open_all();
	give_up();
	CU_ASSERT_EQUAL(ladder_count(w.heard, "CANCEL"), 0);
	answer("INVITE", "100 Trying");
	CU_ASSERT_EQUAL(ladder_count(w.heard, "CANCEL"), 1);
	CU_ASSERT_PTR_NOT_NULL(sip_msg_hdr(wire_last(&w, "CANCEL"), SIP_HDR_REASON));
	answer("INVITE", "180 Ringing");
	CU_ASSERT_EQUAL(ladder_count(w.heard, "CANCEL"), 1);
	answer("INVITE", "487 Request Terminated");
	close_all();
}

/* At 0, 0.5, 1.5, 3.5, 7.5 s, then every 4 s to 31.5 s (RFC 3261 17.1.2.2). */
static void test_again(void)
{
	open_all();
	answer("INVITE", "180 Ringing");
	give_up();
	loop_run(3600);
	CU_ASSERT_EQUAL(ladder_count(w.heard, "CANCEL"), 4);
	answer("CANCEL", "200 OK");
	loop_run(10000);
	CU_ASSERT_EQUAL(ladder_count(w.heard, "CANCEL"), 4);
	answer("INVITE", "487 Request Terminated");
	close_all();
}

static void test_given_up(void)
{
	open_all();
	answer("INVITE", "180 Ringing");
	give_up();
	loop_skip(31900);
	CU_ASSERT_EQUAL(stack_legs(a.stack), 1);
	CU_ASSERT_EQUAL(ladder_count(w.heard, "CANCEL"), 11);
	loop_skip(200);
	CU_ASSERT_EQUAL(stack_legs(a.stack), 0);
	loop_skip(33000); /* libre's transaction */
	close_all();
}

const struct unit_suite leg_cancel_suite = {
	"leg cancel",
	(const struct unit_test[]){
		{"a CANCEL is its INVITE's, with a Reason", test_content},
		{"it waits for a provisional response, and leaves once", test_waits},
		{"it is sent again until it is answered", test_again},
		{"a callee that never ends the INVITE is given up after 32 s", test_given_up},
		{NULL, NULL},
	},
};

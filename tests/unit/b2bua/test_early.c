/**
 * @file test_early.c  An INVITE of ours that was forked on the way: several early dialogs, one answer
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "leg/content.h"
#include "leg/early.h"
#include "leg_fixture.h"
#include "loop.h"
#include "unit.h"

enum { TURN_MS = 20 };

#define NO_BODY "Content-Length: 0\n\n"
#define RELIABLE "Require: 100rel\nRSeq: 1\nAllow: INVITE, UPDATE, PRACK\n"

static struct party a; /* calls */
static struct wire w;  /* is called, and answers by whatever tag */

static void open_all(const char *sdp)
{
	loop_open();
	party_open(&a);
	a.prack = LEG_PRACK_SUPPORTED;
	wire_open(&w);
	CU_ASSERT_EQUAL_FATAL(party_dial(&a, &w.addr, sdp), 0);
	loop_run(TURN_MS);
}

static void close_all(void)
{
	wire_close(&w);
	party_close(&a);
	loop_close();
}

static void say(const char *status, const char *tag, const char *more)
{
	wire_reply(&w, wire_last(&w, "INVITE"), status, tag, more);
	loop_run(TURN_MS);
}

/* What an UPDATE of this dialog gets. A number is used once: it makes the branch, too. */
static uint16_t update(const char *tag, unsigned cseq)
{
	a.sent[0] = '\0';
	wire_request_back(&w, &a, "UPDATE", cseq, tag, NO_BODY);
	loop_run(TURN_MS);

	return ladder_count(a.sent, "200/UPDATE")   ? 200
	       : ladder_count(a.sent, "481/UPDATE") ? 481
	       : ladder_count(a.sent, "500/UPDATE") ? 500
						    : 0;
}

static bool said_last(const char *text)
{
	const struct sip_msg *msg = leg_early_said(a.leg);
	const struct pl sdp = msg ? content_sdp_of(msg) : pl_null;

	return text ? !pl_strcmp(&sdp, text) : !msg;
}

/* RFC 3261 12.2.2: each has tags and numbers of its own. */
static void test_numbers(void)
{
	static const struct {
		const char *tag;
		unsigned cseq;
		uint16_t scode;
	} v[] = {
		{"x", 50, 200}, {"y", 3, 200}, {"x", 51, 200}, {"x", 49, 500},
		{"y", 5, 200},  {"y", 4, 500}, {"z", 9, 481},
	};

	open_all(FIXTURE_SDP);
	CU_ASSERT_FALSE(leg_is_forked(a.leg));
	say("180 Ringing", "x", NO_BODY);
	CU_ASSERT_FALSE(leg_is_forked(a.leg));
	say("180 Ringing", "y", NO_BODY);
	CU_ASSERT_TRUE(leg_is_forked(a.leg));
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		CU_ASSERT_EQUAL(update(v[i].tag, v[i].cseq), v[i].scode);
	close_all();
}

/* RFC 3264: each answers the offer for itself. */
static void test_exchanges(void)
{
	open_all(FIXTURE_SDP);
	say("183 Session Progress", "x", RELIABLE FIXTURE_BODY);
	CU_ASSERT_TRUE(leg_may_offer(a.leg, "UPDATE"));
	say("180 Ringing", "y", NO_BODY);
	CU_ASSERT_FALSE(leg_may_offer(a.leg, "UPDATE"));
	CU_ASSERT_TRUE(said_last(NULL));
	say("183 Session Progress", "y", RELIABLE FIXTURE_BODY_NEW);
	CU_ASSERT_TRUE(leg_may_offer(a.leg, "UPDATE"));
	CU_ASSERT_TRUE(said_last(FIXTURE_SDP_NEW));
	CU_ASSERT_EQUAL(pl_strcmp(&wire_last(&w, "PRACK")->to.tag, "y"), 0);
	say("180 Ringing", "x", NO_BODY);
	CU_ASSERT_TRUE(leg_may_offer(a.leg, "UPDATE"));
	CU_ASSERT_TRUE(said_last(FIXTURE_SDP));
	close_all();
}

/* Who answers is heard; another answer is acknowledged and hung up on. */
static void test_answer(void)
{
	open_all(FIXTURE_SDP);
	say("183 Session Progress", "x", FIXTURE_BODY);
	say("183 Session Progress", "y", FIXTURE_BODY_NEW);
	a.sent[0] = '\0';
	say("200 OK", "x", NO_BODY);
	CU_ASSERT_STRING_EQUAL(a.sent, "ACK");
	CU_ASSERT_EQUAL(pl_strcmp(&wire_last(&w, "ACK")->to.tag, "x"), 0);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_UP);
	CU_ASSERT_EQUAL(update("y", 1), 481);
	a.sent[0] = '\0';
	say("200 OK", "y", FIXTURE_BODY_NEW);
	CU_ASSERT_STRING_EQUAL(a.sent, "ACK BYE");
	CU_ASSERT_EQUAL(pl_strcmp(&wire_last(&w, "BYE")->to.tag, "y"), 0);
	CU_ASSERT_EQUAL(a.told.answer, 1);
	wire_reply(&w, wire_last(&w, "BYE"), "200 OK", "", NO_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_UP);
	CU_ASSERT_EQUAL(update("x", 2), 200);
	close_all();
}

/* RFC 6228: one rings no more; what is in force is another that does. */
static void test_terminated(void)
{
	open_all(FIXTURE_SDP);
	CU_ASSERT_TRUE(sip_msg_hdr_has_value(wire_last(&w, "INVITE"), SIP_HDR_SUPPORTED, "199"));
	say("199 Early Dialog Terminated", "nobody", NO_BODY);
	CU_ASSERT_EQUAL(a.told.progress, 1);
	say("183 Session Progress", "x", FIXTURE_BODY);
	say("183 Session Progress", "y", FIXTURE_BODY_NEW);
	say("183 Session Progress", "z", FIXTURE_BODY_NEW);
	say("199 Early Dialog Terminated", "y", NO_BODY);
	CU_ASSERT_EQUAL(update("y", 1), 481);
	CU_ASSERT_EQUAL(update("x", 2), 200);
	say("199 Early Dialog Terminated", "z", NO_BODY);
	CU_ASSERT_TRUE(said_last(FIXTURE_SDP));
	CU_ASSERT_EQUAL(update("z", 3), 481);
	say("199 Early Dialog Terminated", "nobody", NO_BODY);
	CU_ASSERT_EQUAL(update("x", 4), 200);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_EARLY);
	say("486 Busy Here", "x", NO_BODY);
	CU_ASSERT_EQUAL(a.told.fail, 1);
	close_all();
}

/* However many a proxy makes, so many are kept, and any of them or of the others may answer. */
static void test_many(void)
{
	char tag[16];

	open_all(FIXTURE_SDP);
	for (unsigned i = 0; i < 2 * EARLY_MAX; i++) {
		(void)re_snprintf(tag, sizeof(tag), "t%u", i);
		say("180 Ringing", tag, NO_BODY);
	}
	CU_ASSERT_EQUAL(update("t0", 1), 481);
	(void)re_snprintf(tag, sizeof(tag), "t%u", EARLY_MAX);
	CU_ASSERT_EQUAL(update(tag, 2), 200);
	say("200 OK", "t0", FIXTURE_BODY);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_UP);
	CU_ASSERT_EQUAL(update("t0", 3), 200);
	close_all();
}

/* What was asked of one that did not answer changes nothing in the one that did. */
static void test_update_to_loser(void)
{
	const struct content sdp = party_sdp(FIXTURE_SDP_NEW);

	open_all(FIXTURE_SDP);
	say("183 Session Progress", "x", RELIABLE FIXTURE_BODY);
	wire_reply(&w, wire_last(&w, "PRACK"), "200 OK", "", NO_BODY);
	CU_ASSERT_EQUAL(leg_modify(a.leg, "UPDATE", &sdp), 0);
	loop_run(TURN_MS);
	say("200 OK", "y", FIXTURE_BODY);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_UP);
	wire_reply(&w, wire_last(&w, "UPDATE"), "200 OK", "", FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(a.told.modified, 1);
	CU_ASSERT_EQUAL(a.err, ECONNRESET);
	CU_ASSERT_TRUE(leg_may_offer(a.leg, "INVITE"));
	close_all();
}

/* An answer of the owner goes to whose offer it is, whoever rang meanwhile. */
static void test_prack_owed(void)
{
	const struct content sdp = party_sdp(FIXTURE_SDP);

	open_all(NULL);
	say("183 Session Progress", "x", RELIABLE FIXTURE_BODY);
	CU_ASSERT_TRUE(leg_prack_owed(a.leg));
	say("183 Session Progress", "y", RELIABLE FIXTURE_BODY_NEW);
	CU_ASSERT_EQUAL(leg_prack(a.leg, &sdp), 0);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(ladder_count(a.sent, "PRACK"), 1);
	CU_ASSERT_EQUAL(pl_strcmp(&wire_last(&w, "PRACK")->to.tag, "x"), 0);
	CU_ASSERT_FALSE(leg_prack_owed(a.leg));
	close_all();
}

static const struct unit_test testv[] = {
	{"each early dialog has its own tags and numbers", test_numbers},
	{"each early dialog answers the offer for itself", test_exchanges},
	{"one answers, another answer is hung up on", test_answer},
	{"199 ends one of them", test_terminated},
	{"their number is bounded, and who answers is not", test_many},
	{"what was asked of a loser changes nothing", test_update_to_loser},
	{"a PRACK that is owed goes to its own dialog", test_prack_owed},
	{NULL, NULL},
};

const struct unit_suite early_suite = {"early", testv};

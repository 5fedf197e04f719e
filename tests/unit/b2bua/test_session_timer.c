/**
 * @file test_session_timer.c  Session timers (RFC 4028) and probes, from either end of a leg
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "leg/session_timer.h"
#include "leg_fixture.h"
#include "loop.h"
#include "unit.h"

enum { TURN_MS = 20 };

#define NO_BODY "Content-Length: 0\n\n"

static const struct session_policy accept_policy = {SESSION_ACCEPT, 1800, 90, 0};
static const struct session_policy request_policy = {SESSION_REQUEST, 1800, 90, 0};
static const struct session_policy off_policy = {SESSION_OFF, 1800, 90, 0};
static const struct session_policy probe_policy = {SESSION_ACCEPT, 1800, 90, 60};

static struct party a; /* our side */
static struct wire w;  /* the peer */

static void open_all(const struct session_policy *policy)
{
	loop_open();
	party_open(&a);
	a.session = *policy;
	wire_open(&w);
}

static void close_all(void)
{
	wire_close(&w);
	party_close(&a);
	loop_close();
}

static const char *value(const struct sip_msg *msg, enum sip_hdrid id)
{
	static char text[128];
	const struct sip_hdr *hdr = sip_msg_hdr(msg, id);

	text[0] = '\0';
	if (hdr)
		(void)pl_strcpy(&hdr->val, text, sizeof(text));

	return text;
}

static void test_decode(void)
{
	static const struct {
		const char *text;
		int err;
		uint32_t seconds;
		enum session_refresher refresher;
	} v[] = {
		{"1800", 0, 1800, SESSION_ANY},
		{"90;refresher=uac", 0, 90, SESSION_UAC},
		{"90 ; refresher=UAS", 0, 90, SESSION_UAS},
		{"90;foo=bar;refresher=UAS", 0, 90, SESSION_UAS},
		{"90;refresher=me", 0, 90, SESSION_ANY},
		{"999999999", 0, 999999999, SESSION_ANY},
		{"1800000000", EBADMSG, 0, SESSION_ANY},
		{"", EBADMSG, 0, SESSION_ANY},
		{"-1", EBADMSG, 0, SESSION_ANY},
		{"x90", EBADMSG, 0, SESSION_ANY},
		{"90x", EBADMSG, 0, SESSION_ANY},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct session_expires se = {0, SESSION_ANY};
		struct pl pl;

		pl_set_str(&pl, v[i].text);
		CU_ASSERT_EQUAL(session_expires_decode(&se, &pl), v[i].err);
		if (v[i].err)
			continue;
		CU_ASSERT_EQUAL(se.seconds, v[i].seconds);
		CU_ASSERT_EQUAL(se.refresher, v[i].refresher);
	}
}

/* ------------------------------------------------------------------ the called side */

static void open_called(const struct session_policy *policy, const char *more)
{
	const struct content sdp = party_sdp(FIXTURE_SDP_NEW);
	char text[256];

	open_all(policy);
	(void)re_snprintf(text, sizeof(text), "%s%s", more, FIXTURE_BODY);
	wire_invite(&w, &a, text);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a.leg);
	CU_ASSERT_EQUAL(leg_answer(a.leg, &sdp), 0);
	loop_run(TURN_MS);
	wire_request(&w, &a, "ACK", 1, "\n");
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL_FATAL(leg_state(a.leg), LEG_UP);
	a.sent[0] = '\0';
}

/* RFC 4028 9, table 2. */
static void test_agreed_as_called(void)
{
	static const struct {
		const struct session_policy *policy;
		const char *invite, *answer;
		bool required;
	} v[] = {
		{&accept_policy, "", "", false},
		{&accept_policy, "Supported: timer\n", "", false},
		{&accept_policy, "Supported: timer\nSession-Expires: 1200\n", "1200;refresher=uac", true},
		{&accept_policy, "k: timer\nx: 1200;refresher=uac\n", "1200;refresher=uac", true},
		{&accept_policy, "Supported: timer\nSession-Expires: 1200;refresher=uas\n",
		 "1200;refresher=uas", true},
		{&accept_policy, "Session-Expires: 1200\n", "1200;refresher=uas", false},
		{&accept_policy, "Session-Expires: 30;refresher=uac\n", "90;refresher=uas", false},
		{&accept_policy, "Supported: timer\nSession-Expires: none\n", "", false},
		{&request_policy, "", "", false},
		{&request_policy, "Supported: timer\n", "1800;refresher=uas", true},
		{&request_policy, "Supported: timer\nMin-SE: 3600\n", "3600;refresher=uas", true},
		{&request_policy, "Supported: timer\nSession-Expires: 1200\n", "1200;refresher=uac", true},
		{&off_policy, "Supported: timer\nSession-Expires: 1200\n", "", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		const struct sip_msg *msg;

		open_called(v[i].policy, v[i].invite);
		msg = wire_last(&w, "200/INVITE");
		CU_ASSERT_STRING_EQUAL(value(msg, SIP_HDR_SESSION_EXPIRES), v[i].answer);
		CU_ASSERT_EQUAL(sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "timer"), v[i].required);
		CU_ASSERT_EQUAL(sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer"),
				v[i].policy != &off_policy);
		close_all();
	}
}

/* RFC 4028 10: a third of the interval, at most 32 s, before its end. */
static void test_over_without_refresh(void)
{
	open_called(&accept_policy, "Supported: timer\nSession-Expires: 120;refresher=uac\n");
	loop_skip(87000);
	CU_ASSERT_STRING_EQUAL(a.sent, "");
	CU_ASSERT_EQUAL(a.told.close, 0);
	loop_skip(1200);
	CU_ASSERT_STRING_EQUAL(a.sent, "BYE");
	CU_ASSERT_EQUAL(a.told.close, 1);
	CU_ASSERT_EQUAL(a.err, ETIME);
	CU_ASSERT_STRING_EQUAL(value(wire_last(&w, "BYE"), SIP_HDR_REASON),
			       "SIP;cause=408;text=\"Session timer expired\"");
	close_all();
}

/* The peer's refresh begins the interval anew, or ends the timer where it asks for none any more. */
static void test_refreshed_by_peer(void)
{
	static const struct {
		const char *met, *more;
		bool goes_on;
	} v[] = {
		{"UPDATE", "Supported: timer\nSession-Expires: 120;refresher=uac\n" NO_BODY, true},
		{"INVITE", "Supported: timer\nSession-Expires: 120;refresher=uac\n" FIXTURE_BODY, true},
		{"UPDATE", "Supported: timer\n" NO_BODY, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		open_called(&accept_policy, "Supported: timer\nSession-Expires: 120;refresher=uac\n");
		loop_skip(60000);
		wire_request(&w, &a, v[i].met, 2, v[i].more);
		loop_run(TURN_MS);
		if (!strcmp(v[i].met, "INVITE"))
			wire_request(&w, &a, "ACK", 2, "\n");
		loop_skip(86000);
		CU_ASSERT_EQUAL(a.told.close, 0);
		CU_ASSERT_EQUAL(a.told.modify + a.told.request, 0);
		loop_skip(4000);
		CU_ASSERT_EQUAL(a.told.close, v[i].goes_on);
		close_all();
	}
}

static void test_too_short(void)
{
	open_called(&accept_policy, "Supported: timer\nSession-Expires: 120;refresher=uac\n");
	wire_request(&w, &a, "INVITE", 2, "Supported: timer\nSession-Expires: 60\n" FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(value(wire_last(&w, "422/INVITE"), SIP_HDR_MIN_SE), "90");
	wire_request(&w, &a, "UPDATE", 3, "Supported: timer\nSession-Expires: 89\n" NO_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(value(wire_last(&w, "422/UPDATE"), SIP_HDR_MIN_SE), "90");
	CU_ASSERT_EQUAL(a.told.modify, 0);
	close_all();
}

/* ------------------------------------------------------------------ the calling side */

static void open_calling(const struct session_policy *policy, const char *answer)
{
	char text[512];

	open_all(policy);
	CU_ASSERT_EQUAL_FATAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	(void)re_snprintf(text, sizeof(text), "%s%s", answer, FIXTURE_BODY_NEW);
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "x", text);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL_FATAL(leg_state(a.leg), LEG_UP);
	a.sent[0] = '\0';
}

static void test_asked_as_calling(void)
{
	static const struct session_policy patient = {SESSION_REQUEST, 7200, 3600, 0};
	static const struct {
		const struct session_policy *policy;
		const char *expires, *min;
	} v[] = {
		{&accept_policy, "", ""},
		{&request_policy, "1800", ""},
		{&patient, "7200", "3600"},
		{&off_policy, "", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		const struct sip_msg *msg;

		open_all(v[i].policy);
		CU_ASSERT_EQUAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
		loop_run(TURN_MS);
		msg = wire_last(&w, "INVITE");
		CU_ASSERT_STRING_EQUAL(value(msg, SIP_HDR_SESSION_EXPIRES), v[i].expires);
		CU_ASSERT_STRING_EQUAL(value(msg, SIP_HDR_MIN_SE), v[i].min);
		CU_ASSERT_EQUAL(sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "timer"),
				v[i].policy != &off_policy);
		close_all();
	}
}

/* RFC 4028 7.3: the same call again, with a higher CSeq and the interval that is asked for. */
static void test_interval_raised(void)
{
	uint32_t cseq;

	open_all(&request_policy);
	CU_ASSERT_EQUAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
	cseq = wire_last(&w, "INVITE")->cseq.num;
	wire_reply(&w, wire_last(&w, "INVITE"), "422 Session Interval Too Small", "x",
		   "Min-SE: 3600\n" NO_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK INVITE");
	CU_ASSERT_EQUAL(wire_last(&w, "INVITE")->cseq.num, cseq + 1);
	CU_ASSERT_STRING_EQUAL(value(wire_last(&w, "INVITE"), SIP_HDR_SESSION_EXPIRES), "3600");
	CU_ASSERT_STRING_EQUAL(value(wire_last(&w, "INVITE"), SIP_HDR_MIN_SE), "3600");
	CU_ASSERT_PTR_NOT_NULL(content_sdp_of(wire_last(&w, "INVITE")).p);
	CU_ASSERT_EQUAL(a.told.fail, 0);
	close_all();
}

/* What asks for nothing longer, for too much or for ever more is a failure as others are. */
static void test_interval_not_raised(void)
{
	static const char *const minv[] = {"", "Min-SE: 1800\n", "Min-SE: 90\n", "Min-SE: 86401\n",
					   "Min-SE: x\n"};

	for (size_t i = 0; i < ARRAY_SIZE(minv); i++) {
		char more[64];

		open_all(&request_policy);
		CU_ASSERT_EQUAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
		loop_run(TURN_MS);
		(void)re_snprintf(more, sizeof(more), "%s%s", minv[i], NO_BODY);
		wire_reply(&w, wire_last(&w, "INVITE"), "422 Session Interval Too Small", "x", more);
		loop_run(TURN_MS);
		CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK");
		CU_ASSERT_EQUAL(a.told.fail, 1);
		CU_ASSERT_EQUAL(a.scode, 422);
		close_all();
	}

	open_all(&request_policy);
	CU_ASSERT_EQUAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	for (unsigned i = 0; i < 4; i++) {
		char more[64];

		loop_run(TURN_MS);
		(void)re_snprintf(more, sizeof(more), "Min-SE: %u\n%s", 2000 + i, NO_BODY);
		wire_reply(&w, wire_last(&w, "INVITE"), "422 Session Interval Too Small", "x", more);
	}
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(a.told.fail, 1);
	CU_ASSERT_EQUAL(ladder_count(a.sent, "INVITE"), 4);
	close_all();
}

/* UPDATE where the peer lists it, re-INVITE with the SDP agreed on where not, and where it did not mean it. */
static void test_refresh_by_us(void)
{
	struct pl sdp;

	open_calling(&accept_policy,
		     "Allow: INVITE, UPDATE\nRequire: timer\nSession-Expires: 120;refresher=uac\n");
	loop_skip(59000);
	CU_ASSERT_STRING_EQUAL(a.sent, "");
	loop_skip(1150);
	CU_ASSERT_STRING_EQUAL(a.sent, "UPDATE");
	CU_ASSERT_STRING_EQUAL(value(wire_last(&w, "UPDATE"), SIP_HDR_SESSION_EXPIRES), "120;refresher=uac");
	wire_reply(&w, wire_last(&w, "UPDATE"), "405 Method Not Allowed", "", NO_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "UPDATE INVITE");
	CU_ASSERT_STRING_EQUAL(value(wire_last(&w, "INVITE"), SIP_HDR_SESSION_EXPIRES), "120;refresher=uac");
	sdp = content_sdp_of(wire_last(&w, "INVITE"));
	CU_ASSERT_EQUAL(pl_strcmp(&sdp, FIXTURE_SDP), 0);
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "",
		   "Require: timer\nSession-Expires: 120;refresher=uac\n" FIXTURE_BODY_NEW);
	loop_run(TURN_MS);
	CU_ASSERT_STRING_EQUAL(a.sent, "UPDATE INVITE ACK");
	CU_ASSERT_EQUAL(a.told.modified + a.told.changed, 0);
	CU_ASSERT_FALSE(leg_modifying(a.leg));

	loop_skip(60100);
	CU_ASSERT_STRING_EQUAL(a.sent, "UPDATE INVITE ACK INVITE");
	wire_reply(&w, wire_last(&w, "INVITE"), "200 OK", "",
		   "Require: timer\nSession-Expires: 120;refresher=uas\n" FIXTURE_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(a.told.changed, 1);
	CU_ASSERT_EQUAL(a.told.modified, 0);
	loop_skip(61000);
	CU_ASSERT_STRING_EQUAL(a.sent, "UPDATE INVITE ACK INVITE ACK");
	close_all();
}

/* A refresh that fails is tried again until the session is over; a dialog that is gone is over at once. */
static void test_refresh_refused(void)
{
	static const struct {
		const char *status;
		bool over;
		int err;
	} v[] = {
		{"491 Request Pending", false, ETIME},
		{"500 Server Internal Error", false, ETIME},
		{"481 Call/Transaction Does Not Exist", true, ECONNRESET},
		{"408 Request Timeout", true, ECONNRESET},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		open_calling(&accept_policy, "Allow: UPDATE\nSession-Expires: 120;refresher=uac\n");
		loop_skip(60100);
		wire_reply(&w, wire_last(&w, "UPDATE"), v[i].status, "", NO_BODY);
		loop_run(TURN_MS);
		CU_ASSERT_EQUAL(a.told.close, v[i].over);
		loop_skip(6000);
		CU_ASSERT_EQUAL(ladder_count(a.sent, "UPDATE") > 1, !v[i].over);
		loop_skip(33000);
		CU_ASSERT_EQUAL(a.told.close, 1);
		CU_ASSERT_EQUAL(a.err, v[i].err);
		close_all();
	}
}

/* It waits while another request of either side is under way. */
static void test_refresh_waits(void)
{
	const struct content sdp = party_sdp(FIXTURE_SDP_NEW);

	open_calling(&accept_policy, "Allow: UPDATE\nSession-Expires: 120;refresher=uac\n");
	loop_skip(59900);
	CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", &sdp), 0);
	loop_skip(300);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE");
	wire_reply(&w, wire_last(&w, "INVITE"), "488 Not Acceptable Here", "", NO_BODY);
	loop_skip(1000);
	CU_ASSERT_STRING_EQUAL(a.sent, "INVITE ACK UPDATE");
	CU_ASSERT_EQUAL(a.told.modified, 1);
	CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", &sdp), EINPROGRESS);
	CU_ASSERT_EQUAL(leg_modify_cancel(a.leg), ENOENT);
	close_all();
}

/* ------------------------------------------------------------------ probes */

static void test_probe(void)
{
	open_calling(&probe_policy, "");
	loop_skip(60100);
	CU_ASSERT_STRING_EQUAL(a.sent, "OPTIONS");
	wire_reply(&w, wire_last(&w, "OPTIONS"), "501 Not Implemented", "", NO_BODY);
	loop_skip(60050);
	CU_ASSERT_STRING_EQUAL(a.sent, "OPTIONS OPTIONS");
	CU_ASSERT_EQUAL(a.told.close, 0);
	wire_reply(&w, wire_last(&w, "OPTIONS"), "481 Call/Transaction Does Not Exist", "", NO_BODY);
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(a.told.close, 1);
	CU_ASSERT_EQUAL(a.err, ECONNRESET);
	CU_ASSERT_STRING_EQUAL(a.sent, "OPTIONS OPTIONS BYE");
	close_all();
}

static void test_probe_unanswered(void)
{
	open_calling(&probe_policy, "");
	loop_skip(60000 + 33000);
	CU_ASSERT_EQUAL(a.told.close, 1);
	CU_ASSERT_EQUAL(a.err, ETIMEDOUT);
	close_all();
}

/* Who has a timer needs no probe, and without either nothing is sent. */
static void test_no_probe(void)
{
	open_calling(&probe_policy, "Require: timer\nSession-Expires: 1800;refresher=uas\n");
	loop_skip(200000);
	CU_ASSERT_STRING_EQUAL(a.sent, "");
	close_all();

	open_calling(&accept_policy, "");
	loop_skip(200000);
	CU_ASSERT_STRING_EQUAL(a.sent, "");
	close_all();
}

static const struct unit_test tests[] = {
	{"Session-Expires and Min-SE are read, or are nothing", test_decode},
	{"as called we agree as RFC 4028's table says", test_agreed_as_called},
	{"no refresh in time ends the dialog with a Reason", test_over_without_refresh},
	{"the peer's refresh begins the interval anew", test_refreshed_by_peer},
	{"an interval below ours gets 422 with Min-SE", test_too_short},
	{"as calling we say what the policy asks for", test_asked_as_calling},
	{"422 raises the interval of the same call", test_interval_raised},
	{"422 that leads nowhere is a failure", test_interval_not_raised},
	{"we refresh by UPDATE, else by re-INVITE", test_refresh_by_us},
	{"a refused refresh comes again until it is too late", test_refresh_refused},
	{"a refresh waits for its turn", test_refresh_waits},
	{"a peer without a timer is probed", test_probe},
	{"silence to a probe ends the dialog", test_probe_unanswered},
	{"nobody else is probed", test_no_probe},
	{NULL, NULL},
};

const struct unit_suite session_timer_suite = {"session-timer", tests};

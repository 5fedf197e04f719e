/**
 * @file test_leg_auth.c  Whose challenges a leg answers, with what, and how often
 */
#include <string.h>
#include <re.h>
#include "leg/digest.h"
#include "leg_fixture.h"
#include "loop.h"
#include "unit.h"

enum { TURN_MS = 20 };

#define EMPTY "Content-Length: 0\n\n"
#define CHALLENGE(kind, nonce, more) kind "-Authenticate: Digest realm=\"r\", nonce=\"" nonce "\"" more "\n"
#define ASKS(nonce) CHALLENGE("WWW", nonce, ", qop=\"auth\"") EMPTY

static const struct leg_credentials anywhere = {"user", "secret", NULL}, at_r = {"user", "secret", "r"},
				    at_other = {"user", "secret", "other"};

static struct party a;
static struct wire w;

static void open_all(const struct leg_credentials *credentials)
{
	loop_open();
	party_open(&a);
	wire_open(&w);
	a.credentials = credentials;
	CU_ASSERT_EQUAL_FATAL(party_dial(&a, &w.addr, FIXTURE_SDP), 0);
	loop_run(TURN_MS);
}

static void close_all(void)
{
	wire_close(&w);
	party_close(&a);
	loop_close();
}

static void answer_last(const char *word, const char *status, const char *more)
{
	wire_reply(&w, wire_last(&w, word), status, "x", more);
	loop_run(TURN_MS);
}

static struct pl param(const struct sip_hdr *hdr, const char *name)
{
	char key[32];
	struct pl val = PL_INIT;

	(void)re_snprintf(key, sizeof(key), "%s=[^,]+", name);
	if (!hdr || re_regex(hdr->val.p, hdr->val.l, key, &val))
		return pl_null;

	if (val.l && val.p[0] == '"')
		val = (struct pl){val.p + 1, val.l - 2};

	return val;
}

/* What a server does: the response made anew from what stands beside it. */
static bool is_right(const struct sip_msg *msg, enum sip_hdrid id, const char *challenge)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, id);
	struct pl cnonce = param(hdr, "cnonce"), nc = param(hdr, "nc"), response = param(hdr, "response"), pl;
	struct digest_challenge c;
	char hex[DIGEST_HEX_SIZE], met[16], uri[64], cn[32] = "";

	pl_set_str(&pl, challenge);
	CU_ASSERT_EQUAL_FATAL(digest_challenge_decode(&c, &pl), 0);
	(void)pl_strcpy(&msg->met, met, sizeof(met));
	(void)pl_strcpy(&msg->ruri, uri, sizeof(uri));
	if (cnonce.l)
		(void)pl_strcpy(&cnonce, cn, sizeof(cn));

	struct digest_request r = {"user", "secret", met, uri, cn, pl_x32(&nc)};

	pl = param(hdr, "uri");
	CU_ASSERT_EQUAL(pl_strcmp(&pl, uri), 0);
	CU_ASSERT_EQUAL(digest_response(hex, &c, &r), 0);

	return !pl_strcmp(&response, hex);
}

static void connected(void)
{
	answer_last("INVITE", "401 Unauthorized", ASKS("n1"));
	answer_last("INVITE", "200 OK", FIXTURE_BODY);
	CU_ASSERT_EQUAL_FATAL(leg_state(a.leg), LEG_UP);
}

static void test_answered(void)
{
	const char *challenge = "Digest realm=\"r\", nonce=\"n1\", qop=auth";
	const struct sip_msg *first, *second;
	uint32_t cseq;

	open_all(&at_r);
	first = wire_last(&w, "INVITE");
	cseq = first->cseq.num;
	CU_ASSERT_PTR_NULL(sip_msg_hdr(first, SIP_HDR_AUTHORIZATION));
	answer_last("INVITE", "401 Unauthorized", ASKS("n1"));

	second = wire_last(&w, "INVITE");
	CU_ASSERT_STRING_EQUAL(w.heard, "INVITE ACK INVITE");
	CU_ASSERT_EQUAL(second->cseq.num, cseq + 1);
	CU_ASSERT_EQUAL(pl_cmp(&first->callid, &second->callid), 0);
	CU_ASSERT_EQUAL(pl_cmp(&first->from.tag, &second->from.tag), 0);
	CU_ASSERT_FALSE(pl_isset(&second->to.tag));
	CU_ASSERT_NOT_EQUAL(pl_cmp(&first->via.branch, &second->via.branch), 0);
	CU_ASSERT_TRUE(is_right(second, SIP_HDR_AUTHORIZATION, challenge));
	CU_ASSERT_EQUAL(a.told.fail + a.told.progress + a.told.answer, 0);

	answer_last("INVITE", "200 OK", FIXTURE_BODY);
	CU_ASSERT_EQUAL(leg_state(a.leg), LEG_UP);
	CU_ASSERT_PTR_NOT_NULL(sip_msg_hdr(wire_last(&w, "ACK"), SIP_HDR_AUTHORIZATION));
	leg_hangup(a.leg, 0, NULL, NULL);
	loop_run(TURN_MS);
	CU_ASSERT_TRUE(is_right(wire_last(&w, "BYE"), SIP_HDR_AUTHORIZATION, challenge));
	CU_ASSERT_TRUE(strstr(w.heard, "BYE") != NULL);
	answer_last("BYE", "200 OK", EMPTY);
	close_all();
}

static void test_best(void)
{
	open_all(&anywhere);
	answer_last("INVITE", "407 Proxy Authentication Required",
		    CHALLENGE("Proxy", "a",
			      ", algorithm=MD5, qop=auth") CHALLENGE("Proxy", "b",
								     ", algorithm=SHA-512-256, qop=auth")
			    CHALLENGE("Proxy", "c", ", algorithm=SHA-256, qop=auth") CHALLENGE(
				    "Proxy", "d",
				    ", algorithm=SHA-3-1024, qop=auth") "Proxy-Authenticate: Basic "
									"realm=\"r\"\n" CHALLENGE("WWW", "w",
												  "") EMPTY);
	CU_ASSERT_TRUE(is_right(wire_last(&w, "INVITE"), SIP_HDR_PROXY_AUTHORIZATION,
				"Digest realm=\"r\", nonce=\"b\", algorithm=SHA-512-256, qop=auth"));
	CU_ASSERT_TRUE(
		is_right(wire_last(&w, "INVITE"), SIP_HDR_AUTHORIZATION, "Digest realm=\"r\", nonce=\"w\""));
	close_all();
}

static void test_refused(void)
{
	static const struct {
		const struct leg_credentials *credentials;
		const char *more;
		unsigned invites;
	} v[] = {
		{NULL, ASKS("n1"), 1},
		{&at_other, ASKS("n1"), 1},
		{&at_r, EMPTY, 1},
		{&at_r, CHALLENGE("WWW", "n1", ", algorithm=SHA-3") EMPTY, 1},
		{&at_r, CHALLENGE("WWW", "n1", ", qop=\"auth-int\"") EMPTY, 1},
		{&at_r, ASKS("n1"), 2},                                   /* asked again: it was wrong */
		{&at_r, CHALLENGE("WWW", "n1", ", stale=true") EMPTY, 3}, /* stale for ever */
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		open_all(v[i].credentials);
		for (unsigned n = 0; n < 4 && !a.told.fail; n++)
			answer_last("INVITE", "401 Unauthorized", v[i].more);
		CU_ASSERT_EQUAL(ladder_count(w.heard, "INVITE"), v[i].invites);
		CU_ASSERT_EQUAL(a.told.fail, 1);
		CU_ASSERT_EQUAL(a.scode, 401);
		close_all();
	}
}

/* A called telephone rings and then asks: a server would have asked before. */
static void test_ringing(void)
{
	open_all(&at_r);
	answer_last("INVITE", "180 Ringing", EMPTY);
	answer_last("INVITE", "401 Unauthorized", ASKS("n1"));
	CU_ASSERT_EQUAL(ladder_count(w.heard, "INVITE"), 1);
	CU_ASSERT_EQUAL(a.told.fail, 1);
	close_all();
}

static void test_cancelled(void)
{
	open_all(&at_r);
	leg_hangup(a.leg, 0, NULL, NULL);
	a.leg = mem_deref(a.leg);
	answer_last("INVITE", "401 Unauthorized", ASKS("n1"));
	CU_ASSERT_EQUAL(ladder_count(w.heard, "INVITE"), 1);
	CU_ASSERT_EQUAL(stack_legs(a.stack), 0);
	close_all();
}

/* The 2xx leads to another address: nothing that we know of a password goes there. */
static void test_elsewhere(void)
{
	struct wire other;
	char more[256];

	open_all(&at_r);
	wire_open(&other);
	answer_last("INVITE", "401 Unauthorized", ASKS("n1"));

	(void)re_snprintf(more, sizeof(more), "Record-Route: <sip:%J;lr>\n%s", &other.addr, FIXTURE_BODY);
	answer_last("INVITE", "200 OK", more);
	CU_ASSERT_EQUAL_FATAL(leg_state(a.leg), LEG_UP);
	CU_ASSERT_PTR_NULL(sip_msg_hdr(wire_last(&other, "ACK"), SIP_HDR_AUTHORIZATION));

	leg_hangup(a.leg, 0, NULL, NULL);
	loop_run(TURN_MS);
	CU_ASSERT_PTR_NULL(sip_msg_hdr(wire_last(&other, "BYE"), SIP_HDR_AUTHORIZATION));
	wire_reply(&other, wire_last(&other, "BYE"), "401 Unauthorized", "x", ASKS("n1"));
	loop_run(TURN_MS);
	CU_ASSERT_EQUAL(ladder_count(other.heard, "BYE"), 1);
	wire_close(&other);
	close_all();
}

static void test_stale(void)
{
	struct content c = party_sdp(FIXTURE_SDP);

	open_all(&at_r);
	connected();
	CU_ASSERT_EQUAL(leg_modify(a.leg, "INVITE", &c), 0);
	loop_run(TURN_MS);
	answer_last("INVITE", "401 Unauthorized", CHALLENGE("WWW", "n2", ", stale=true, qop=auth") EMPTY);
	CU_ASSERT_EQUAL(ladder_count(w.heard, "INVITE"), 4);
	CU_ASSERT_TRUE(is_right(wire_last(&w, "INVITE"), SIP_HDR_AUTHORIZATION,
				"Digest realm=\"r\", nonce=\"n2\", qop=auth"));
	CU_ASSERT_PTR_NOT_NULL(content_sdp_of(wire_last(&w, "INVITE")).p);
	answer_last("INVITE", "200 OK", FIXTURE_BODY);
	CU_ASSERT_EQUAL(a.told.modified, 1);
	CU_ASSERT_EQUAL(a.scode, 200);
	close_all();
}

const struct unit_suite leg_auth_suite = {
	"leg auth",
	(const struct unit_test[]){
		{"a challenge is answered in the same leg, and its requests log on from then on",
		 test_answered},
		{"the strongest algorithm of each kind is answered", test_best},
		{"what is not ours to answer, or was answered wrong, fails the leg", test_refused},
		{"nobody is answered once it rings", test_ringing},
		{"a cancelled call is not tried again", test_cancelled},
		{"credentials never go to another address than the dialled one", test_elsewhere},
		{"a stale nonce is replaced, the offer sent again", test_stale},
		{NULL, NULL},
	},
};

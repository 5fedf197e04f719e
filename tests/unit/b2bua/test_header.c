/**
 * @file test_header.c  Headers that are refused, passed on or made
 */
#include <string.h>
#include <re.h>
#include "leg/header.h"
#include "leg/header_cross.h"
#include "sip_text.h"
#include "unit.h"

static struct sip_msg *message(const char *headers)
{
	struct sip_msg *msg = sip_text("INVITE sip:x SIP/2.0\n%s\n", headers);

	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);

	return msg;
}

static void assert_passed(const char *headers, const char *host, const char *expected)
{
	struct sip_msg *msg = message(headers);
	struct mbuf *mb = mbuf_alloc(256);
	struct sa sa;

	(void)sa_set_str(&sa, host, 5060);
	CU_ASSERT_EQUAL(header_print_passed(mb, msg, &(struct header_cross){&sa, true}), 0);
	CU_ASSERT_STRING_EQUAL(sip_text_of(mb), expected);
	mem_deref(mb);
	mem_deref(msg);
}

/* Our host stands where the caller's network stood; tel URIs have none. */
static void test_identity(void)
{
	static const struct {
		const char *headers, *passed;
	} v[] = {
		{"P-Asserted-Identity: <sip:+86755@10.1.2.3:5070;transport=tcp>\n",
		 "P-Asserted-Identity: <sip:+86755@192.0.2.9>\r\n"},
		{"P-Asserted-Identity: \"Front desk\" <sip:100@pbx.corp.example>, <tel:+8675512>\n",
		 "P-Asserted-Identity: \"Front desk\" <sip:100@192.0.2.9>\r\nP-Asserted-Identity: "
		 "<tel:+8675512>\r\n"},
		{"P-Preferred-Identity: sip:100@10.1.2.3\n", "P-Preferred-Identity: <sip:100@192.0.2.9>\r\n"},
		{"P-Asserted-Identity: <sip:10.1.2.3>\n", "P-Asserted-Identity: <sip:192.0.2.9>\r\n"},
		{"Diversion: <sip:200@10.1.2.3>;reason=no-answer;counter=1\n",
		 "Diversion: <sip:200@192.0.2.9>;reason=no-answer;counter=1\r\n"},
		{"Privacy: id;critical\nReason: Q.850;cause=16;text=\"x, y\"\n",
		 "Privacy: id;critical\r\nReason: Q.850;cause=16;text=\"x, y\"\r\n"},
		{"P-Asserted-Identity: <garbage>\n", ""},
		{"P-Asserted-Identity: \"a\\\" <sip:1@h>\n", ""},
		{"P-Asserted-Identity: a\"b <sip:1@h>\n", ""},
		{"Server: secret\nRecord-Route: <sip:p1;lr>\nX-Internal: 1\nUser-Agent: pbx 1.2\n", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		assert_passed(v[i].headers, "192.0.2.9", v[i].passed);
}

static void test_identity_ipv6(void)
{
	assert_passed("P-Asserted-Identity: \"A\" <sip:100@[2001:db8::5]:5070>;x=1\n", "2001:db8::9",
		      "P-Asserted-Identity: \"A\" <sip:100@[2001:db8::9]>;x=1\r\n");
}

/* A display name keeps its words and its escapes, quoted or not. */
static void test_display_name(void)
{
	static const struct {
		const char *in, *out;
	} v[] = {
		{"\"Bob\" <sip:1@h>", "\"Bob\" <sip:1@192.0.2.9>"},
		{"Bob <sip:1@h>", "\"Bob\" <sip:1@192.0.2.9>"},
		{"Bob Builder <sip:1@h>", "\"Bob Builder\" <sip:1@192.0.2.9>"},
		{"\"a \\\" b\" <sip:1@h>", "\"a \\\" b\" <sip:1@192.0.2.9>"},
		{"\"a <sip:evil@h> b\" <sip:1@h>", "\"a <sip:evil@h> b\" <sip:1@192.0.2.9>"},
		{"\"\" <sip:1@h>", "<sip:1@192.0.2.9>"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		char headers[256], passed[256];

		(void)re_snprintf(headers, sizeof(headers), "P-Asserted-Identity: %s\n", v[i].in);
		(void)re_snprintf(passed, sizeof(passed), "P-Asserted-Identity: %s\r\n", v[i].out);
		assert_passed(headers, "192.0.2.9", passed);
	}
}

/* Some peers end a line at a bare CR: what crosses must not hold one, nor a folded line. */
static void test_no_smuggling(void)
{
	assert_passed("Privacy: none\rP-Asserted-Identity: <sip:boss@h>\n", "192.0.2.9",
		      "Privacy: none P-Asserted-Identity: <sip:boss@h>\r\n");
	assert_passed("Reason: SIP;cause=200;\n text=\"folded\"\n", "192.0.2.9",
		      "Reason: SIP;cause=200;   text=\"folded\"\r\n");
	assert_passed("P-Asserted-Identity: \"a\rX: 1\" <sip:12@h>;p=\r3\n", "192.0.2.9",
		      "P-Asserted-Identity: \"a X: 1\" <sip:12@192.0.2.9>;p= 3\r\n");
	assert_passed("P-Asserted-Identity: <sip:1\r2@h>\n", "192.0.2.9", "");
}

/* Their hashes agree with those of Reason and Content-Encoding in the twelve bits that libre goes by. */
static void test_namesakes(void)
{
	struct sip_msg *msg = message("Secret-idr: 1\nSecret-gsr: Q.850;cause=3\ne: gzip\n");
	struct mbuf *mb = mbuf_alloc(64);
	unsigned n = 9;

	CU_ASSERT_EQUAL(header_print_passed(mb, msg, &(struct header_cross){&msg->src, true}), 0);
	CU_ASSERT_EQUAL(header_print_reason(mb, msg, &n), 0);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(header_print_body(mb, msg), 0);
	CU_ASSERT_STRING_EQUAL(sip_text_of(mb), "Content-Encoding: gzip\r\n");
	mem_deref(mb);
	mem_deref(msg);
}

static void test_unsupported(void)
{
	static const struct {
		const char *headers, *printed;
	} v[] = {
		{"Require: 100rel\n", "Unsupported: 100rel\r\n"},
		{"Require: 100rel, timer\nRequire: foo\n", "Unsupported: 100rel, timer, foo\r\n"},
		{"Supported: 100rel\n", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sip_msg *msg = message(v[i].headers);
		struct mbuf *mb = mbuf_alloc(64);

		CU_ASSERT_EQUAL(header_print_unsupported(mb, msg, 0), 0);
		CU_ASSERT_STRING_EQUAL(sip_text_of(mb), v[i].printed);
		mem_deref(mb);
		mem_deref(msg);
	}
}

static void test_body_headers(void)
{
	struct sip_msg *msg = message(
		"Content-Disposition: info-package;handling=optional\nInfo-Package: foo\n"
		"Content-Language: en\nContent-Encoding: gzip\nContent-Type: text/plain\nSubject: x\n");
	struct mbuf *mb = mbuf_alloc(64);

	CU_ASSERT_EQUAL(header_print_body(mb, msg), 0);
	CU_ASSERT_STRING_EQUAL(sip_text_of(mb),
			       "Content-Disposition: info-package;handling=optional\r\n"
			       "Content-Encoding: gzip\r\nContent-Language: en\r\nInfo-Package: foo\r\n");
	mem_deref(mb);
	mem_deref(msg);
}

static void test_q850(void)
{
	static const struct {
		const char *headers;
		unsigned cause, reasons;
	} v[] = {
		{"Reason: Q.850;cause=17;text=\"User busy\"\n", 17, 1},
		{"Reason: q.850 ; cause = 34\n", 34, 1},
		{"Reason: SIP;cause=200;text=\"x\", Q.850;cause=16\n", 16, 2},
		{"Reason: SIP;cause=486\nReason: Q.850;cause=1\n", 1, 2},
		{"Reason: Q.850;text=\"none\"\n", 0, 1},
		{"Reason: SIP;cause=17\n", 0, 1},
		{"Reason: Q.850;cause=abc\n", 0, 1},
		{"Subject: no reason\n", 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sip_msg *msg = message(v[i].headers);
		struct mbuf *mb = mbuf_alloc(64);
		unsigned n = 99;

		CU_ASSERT_EQUAL(header_q850(msg), v[i].cause);
		CU_ASSERT_EQUAL(header_print_reason(mb, msg, &n), 0);
		CU_ASSERT_EQUAL(n, v[i].reasons);
		CU_ASSERT_EQUAL(mb->end > 0, v[i].reasons > 0);
		mem_deref(mb);
		mem_deref(msg);
	}
}

/* RFC 3398 section 8.2.6.1, and the class for what it does not list. */
static void test_q850_of(void)
{
	static const struct {
		uint16_t scode;
		unsigned cause;
	} v[] = {
		{200, 0},  {400, 41}, {403, 21},  {404, 1},  {408, 102}, {480, 18}, {484, 28}, {486, 17},
		{487, 16}, {503, 41}, {504, 102}, {600, 17}, {603, 21},  {604, 1},  {499, 31}, {699, 31},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		CU_ASSERT_EQUAL(header_q850_of(v[i].scode), v[i].cause);
		if (v[i].cause)
			CU_ASSERT_STRING_NOT_EQUAL(header_q850_text(v[i].cause), "Unspecified");
	}
}

static void test_phrase(void)
{
	for (uint16_t scode = 100; scode < 700; scode++) {
		const char *phrase = header_phrase(scode);

		CU_ASSERT_TRUE(str_isset(phrase));
		CU_ASSERT_TRUE(strlen(phrase) < 64);
	}

	CU_ASSERT_STRING_EQUAL(header_phrase(180), "Ringing");
	CU_ASSERT_STRING_EQUAL(header_phrase(486), "Busy Here");
}

static void test_reason(void)
{
	struct mbuf *mb = mbuf_alloc(64);

	CU_ASSERT_EQUAL(header_reason(mb, "Q.850", 16, "Normal call clearing"), 0);
	CU_ASSERT_STRING_EQUAL(sip_text_of(mb), "Reason: Q.850;cause=16;text=\"Normal call clearing\"\r\n");
	mem_deref(mb);
}

static void test_icid(void)
{
	static const struct {
		const char *headers, *icid;
	} v[] = {
		{"P-Charging-Vector: icid-value=abc123;icid-generated-at=192.0.2.1\n", "abc123"},
		{"P-Charging-Vector: icid-value=\"a1b2\";orig-ioi=x\n", "a1b2"},
		{"P-Charging-Vector: orig-ioi=x;icid-value=z\n", "z"},
		{"P-Charging-Vector: icid-value=\"\"\n", ""},
		{"P-Charging-Vector: icid-value=\n", ""},
		{"P-Charging-Vector: icid-value=\"\n", "\""},
		{"P-Charging-Vector: orig-ioi=x\n", ""},
		{"Subject: none\n", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sip_msg *msg = message(v[i].headers);
		struct pl icid = header_icid(msg);

		CU_ASSERT_EQUAL(icid.l, strlen(v[i].icid));
		CU_ASSERT(!icid.l || !pl_strcmp(&icid, v[i].icid));
		mem_deref(msg);
	}
}

static const struct unit_test testv[] = {
	{"an identity crosses with our host, and nothing else of its network", test_identity},
	{"an IPv6 host stands in brackets", test_identity_ipv6},
	{"a display name keeps its words and escapes", test_display_name},
	{"what crosses holds no line end of its own", test_no_smuggling},
	{"a header crosses by its name, not by libre's hash of it", test_namesakes},
	{"each required option is told as unsupported", test_unsupported},
	{"what describes a body crosses with it", test_body_headers},
	{"the Q.850 cause is found among the Reasons", test_q850},
	{"each failure has its Q.850 cause", test_q850_of},
	{"every code has a phrase", test_phrase},
	{"our own Reason is complete", test_reason},
	{"the icid is read without its quotes", test_icid},
	{NULL, NULL},
};

const struct unit_suite header_suite = {"header", testv};

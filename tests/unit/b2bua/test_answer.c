/**
 * @file test_answer.c  What is answered to a request that libre cannot decode
 */
#include <string.h>
#include <re.h>
#include "door/answer.h"
#include "sip_text.h"
#include "unit.h"

#define VIA "Via: SIP/2.0/UDP h;branch=z9hG4bK1\n"
#define FROM "From: <sip:a@h>;tag=1\n"
#define TO "To: <sip:b@h>\n"
#define ID "Call-ID: 1\n"
#define CSEQ "CSeq: 1 INVITE\n"

static const char *answer(const char *text, int *errp)
{
	struct mbuf *pkt = sip_text_bytes("%s", text), *mb = mbuf_alloc(256);
	const char *printed;

	*errp = answer_print(mb, pkt->buf, pkt->end);
	printed = sip_text_of(mb);
	mem_deref(pkt);
	mem_deref(mb);

	return printed;
}

static void test_names_the_fault(void)
{
	static const struct {
		const char *text, *line;
	} v[] = {
		{"INVITE sip:b@h SIP/7.0\n" VIA FROM TO ID CSEQ "\n", "505 Version Not Supported"},
		{"INVITE  sip:b@h SIP/2.0\n" VIA FROM TO ID CSEQ "\n", "400 Malformed Request-Line"},
		{"INVITE sip:b@h SIP/2.0 \n" VIA FROM TO ID CSEQ "\n", "400 Malformed Request-Line"},
		{"INVITE sip:b@h; lr SIP/2.0\n" VIA FROM TO ID CSEQ "\n", "400 Malformed Request-Line"},
		{"INVITE <sip:b@h> SIP/2.0\n" VIA FROM TO ID CSEQ "\n", "400 Malformed Request-URI"},
		{"INVITE b SIP/2.0\n" VIA FROM TO ID CSEQ "\n", "400 Malformed Request-URI"},
		{"INVITE sip:b@h SIP/2.0\nv: SIP/2.0/UDP h\n" FROM TO ID CSEQ "\n",
		 "400 Missing or Malformed Via"},
		{"INVITE sip:b@h SIP/2.0\n" VIA TO ID CSEQ "\n", "400 Missing or Malformed From"},
		{"INVITE sip:b@h SIP/2.0\n" VIA FROM "To: <b>\n" ID CSEQ "\n", "400 Missing or Malformed To"},
		{"INVITE sip:b@h SIP/2.0\n" VIA FROM TO "Call-ID: \n" CSEQ "\n",
		 "400 Missing or Malformed Call-ID"},
		{"INVITE sip:b@h SIP/2.0\n" VIA FROM TO ID "CSeq: INVITE\n\n",
		 "400 Missing or Malformed CSeq"},
		{"INVITE sip:b@h SIP/2.0\n" VIA FROM TO ID CSEQ "c: sdp\n\n", "400 Malformed Content-Type"},
		{"INVITE sip:b@h SIP/2.0\n" VIA FROM TO ID CSEQ ": x\n\n", "400 Malformed Header"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		int err;
		const char *printed = answer(v[i].text, &err);

		CU_ASSERT_EQUAL(err, 0);
		CU_ASSERT_EQUAL(strncmp(printed, "SIP/2.0 ", 8), 0);
		CU_ASSERT_EQUAL(strncmp(printed + 8, v[i].line, strlen(v[i].line)), 0);
	}
}

static void test_repeats_headers(void)
{
	int err;
	const char *printed =
		answer("INVITE  sip:b@h SIP/2.0\n" VIA FROM "t : <sip:b@h>\n ;x\nSubject: no\n" ID
		       "Via: SIP/2.0/UDP second;branch=2\n" CSEQ "\n",
		       &err);

	CU_ASSERT_EQUAL(err, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(printed, "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(printed, "Via: SIP/2.0/UDP second;branch=2\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(printed, "From: <sip:a@h>;tag=1\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(printed, "t: <sip:b@h>   ;x;tag="));
	CU_ASSERT_PTR_NOT_NULL(strstr(printed, "Call-ID: 1\r\nVia"));
	CU_ASSERT_PTR_NOT_NULL(strstr(printed, "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"));
	CU_ASSERT_PTR_NULL(strstr(printed, "Subject"));
}

static void test_keeps_silent(void)
{
	static const char *const v[] = {
		"",
		"\n",
		"SIP/2.0 200 OK\n" VIA FROM TO ID CSEQ "\n",
		"ACK  sip:b@h SIP/2.0\n" VIA FROM TO ID CSEQ "\n",
		"INVITE  sip:b@h SIP/2.0\n" FROM TO ID CSEQ "\n",
		"INVITE sip:b@h\n" VIA FROM TO ID CSEQ "\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		int err;

		(void)answer(v[i], &err);
		CU_ASSERT_EQUAL(err, ENOENT);
	}
}

static const struct unit_test testv[] = {
	{"a 400 names what is malformed, a 505 the version", test_names_the_fault},
	{"what a response must repeat is repeated, and nothing else", test_repeats_headers},
	{"responses, ACK and what has no Via are not answered", test_keeps_silent},
	{NULL, NULL},
};

const struct unit_suite answer_suite = {"answer", testv};

/**
 * @file test_content.c  Bodies and extra headers of messages
 */
#include <string.h>
#include <re.h>
#include "leg/content.h"
#include "sip_text.h"
#include "unit.h"

static struct sip_msg *message(const char *headers, const char *body)
{
	struct sip_msg *msg = sip_text("INFO sip:x SIP/2.0\n%s\n%s", headers, body);

	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);

	return msg;
}

static void test_body(void)
{
	static const struct {
		const char *headers, *body, *type, *of, *sdp;
	} v[] = {
		{"Content-Type: application/sdp\nContent-Length: 3\n", "v=0", "application/sdp", "v=0",
		 "v=0"},
		{"Content-Type: Application/SDP\nContent-Length: 3\n", "v=0 and more", "Application/SDP",
		 "v=0", "v=0"},
		{"c: application/sdp;charset=x\nl: 3\n", "v=0", "application/sdp;charset=x", "v=0", "v=0"},
		{"Content-Type: application/sdp\n", "v=0", "application/sdp", "v=0", "v=0"},
		{"Content-Type: application/sdp\nContent-Length: 99\n", "v=0", "application/sdp", "v=0",
		 "v=0"},
		{"Content-Type: application/dtmf-relay\nContent-Length: 8\n", "Signal=1",
		 "application/dtmf-relay", "Signal=1", NULL},
		{"Content-Type: application/sdp\nContent-Length: 0\n", "", NULL, NULL, NULL},
		{"Content-Type: application/sdp\nContent-Length: 0\n", "junk", NULL, NULL, NULL},
		{"Content-Length: 3\n", "v=0", NULL, NULL, NULL},
		{"Subject: nothing\n", "", NULL, NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sip_msg *msg = message(v[i].headers, v[i].body);
		struct content c = content_of(msg);
		struct pl sdp = content_sdp_of(msg);

		CU_ASSERT_EQUAL(pl_isset(&c.type), v[i].type != NULL);
		CU_ASSERT_EQUAL(pl_isset(&sdp), v[i].sdp != NULL);
		if (v[i].type) {
			CU_ASSERT_EQUAL(pl_strcmp(&c.type, v[i].type), 0);
			CU_ASSERT_EQUAL(pl_strcmp(&c.body, v[i].of), 0);
		}
		if (v[i].sdp)
			CU_ASSERT_EQUAL(pl_strcmp(&sdp, v[i].sdp), 0);
		mem_deref(msg);
	}
}

static void test_print(void)
{
	static const struct {
		struct content c;
		const char *text;
	} v[] = {
		{{.around = NULL}, "Content-Length: 0\r\n\r\n"},
		{{.hdrs = PL("X: 1\r\n")}, "X: 1\r\nContent-Length: 0\r\n\r\n"},
		{{PL("X: 1\r\n"), PL("text/plain"), PL("hi"), NULL},
		 "X: 1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"},
		{{.body = PL("a body without a type is none")}, "Content-Length: 0\r\n\r\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = mbuf_alloc(128);

		CU_ASSERT_EQUAL(mbuf_printf(mb, "%H", content_print, &v[i].c), 0);
		CU_ASSERT_STRING_EQUAL(sip_text_of(mb), v[i].text);
		mem_deref(mb);
	}
}

/* %H of a NULL argument is nothing: no content at all prints an empty one. */
static void test_print_null(void)
{
	struct mbuf *mb = mbuf_alloc(128);

	CU_ASSERT_EQUAL(mbuf_printf(mb, "%H", content_print, NULL), 0);
	CU_ASSERT_STRING_EQUAL(sip_text_of(mb), "Content-Length: 0\r\n\r\n");
	mem_deref(mb);
}

/* A body is bytes: neither NUL nor percent sign in it means anything. */
static void test_print_binary(void)
{
	const struct content c = {PL_INIT, PL("application/x"), PL("%s\0%n"), NULL};
	struct mbuf *mb = mbuf_alloc(128);

	CU_ASSERT_EQUAL(mbuf_printf(mb, "%H", content_print, &c), 0);
	CU_ASSERT_EQUAL_FATAL(mb->end > 5, true);
	CU_ASSERT_EQUAL(memcmp(mb->buf + mb->end - 5, "%s\0%n", 5), 0);
	mem_deref(mb);
}

static void test_sdp(void)
{
	const struct pl sdp = PL("v=0");
	struct content c = content_sdp(&sdp);

	CU_ASSERT_EQUAL(pl_strcmp(&c.type, "application/sdp"), 0);
	CU_ASSERT_EQUAL(pl_strcmp(&c.body, "v=0"), 0);
	c = content_sdp(&pl_null);
	CU_ASSERT_FALSE(pl_isset(&c.type));
}

static const struct unit_test testv[] = {
	{"a body ends at Content-Length and is SDP by its type", test_body},
	{"headers, type, length and body are printed in order", test_print},
	{"no content prints an empty body", test_print_null},
	{"a body is printed byte for byte", test_print_binary},
	{"an unset SDP is no body", test_sdp},
	{NULL, NULL},
};

const struct unit_suite content_suite = {"content", testv};

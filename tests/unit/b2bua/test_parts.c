/**
 * @file test_parts.c  Multipart bodies: the session's SDP is found and replaced, everything else stays
 */
#include <string.h>
#include <re.h>
#include "leg/content.h"
#include "leg/parts.h"
#include "sip_text.h"
#include "unit.h"

#define MIXED "multipart/mixed;boundary=b"
#define SDP "Content-Type: application/sdp\n\nv=0\n"
#define ISUP                                                                     \
	"Content-Type: application/isup;version=itu-t92+\nContent-Disposition: " \
	"signal;handling=required\n\n\x01\n"

/* The body of `text`, "\n" written for CRLF. */
static struct mbuf *wire(const char *text)
{
	struct mbuf *mb = mbuf_alloc(256);

	for (; *text; text++) {
		if (*text == '\n')
			(void)mbuf_write_u8(mb, '\r');
		(void)mbuf_write_u8(mb, (uint8_t)*text);
	}

	return mb;
}

static struct pl span(const struct mbuf *mb)
{
	return (struct pl){(const char *)mb->buf, mb->end};
}

/* A body as it comes and as it goes on with "new" for its SDP. */
static const struct {
	const char *type, *body, *printed;
} replacedv[] = {
	{MIXED, "--b\n" SDP "--b\n" ISUP "--b--\n",
	 "--b\nContent-Type: application/sdp\n\nnew\n--b\n" ISUP "--b--\n"},
	{MIXED, "--b\n" ISUP "--b\n" SDP "--b--",
	 "--b\n" ISUP "--b\nContent-Type: application/sdp\n\nnew\n--b--"},
	{"Multipart/MIXED; x=\"a;b\" ; boundary=\"a b'()+_,-./:=?\"",
	 "for who cannot\n--a b'()+_,-./:=?  \n" SDP "--a b'()+_,-./:=?--\t\nthe end\n",
	 "for who cannot\n--a b'()+_,-./:=?  \nContent-Type: application/sdp\n\nnew\n--a "
	 "b'()+_,-./:=?--\t\nthe "
	 "end\n"},
	{MIXED, "--b\nX: 1\ncontent-TYPE :\n application/SDP; charset=utf-8\n\nv=0\n--b2\n--b--",
	 "--b\nX: 1\ncontent-TYPE :\n application/SDP; charset=utf-8\n\nnew\n--b--"},
	{MIXED, "--b\nc: application/sdp\n\nv=0\n--b--", "--b\nc: application/sdp\n\nnew\n--b--"},
	{MIXED, "--b\nContent-Type: application/sdp\nContent-Length: 3\nContent-ID: <1@x>\n\nv=0\n--b--",
	 "--b\nContent-Type: application/sdp\nContent-ID: <1@x>\n\nnew\n--b--"},
	{MIXED,
	 "--b\nContent-Type: multipart/alternative;boundary=c\n\n--c\n\nplain\n--c\n" SDP "--c--\n--b\n" ISUP
	 "--b--",
	 "--b\nContent-Type: multipart/alternative;boundary=c\n\n--c\n\nplain\n--c\nContent-Type: "
	 "application/sdp\n\nnew\n--c--\n--b\n" ISUP "--b--"},
	{"multipart/related;boundary=b",
	 "--b\n" SDP "--b\nContent-Type: application/sdp\nContent-Disposition: "
	 "early-session;handling=optional\n\nv=9\n--b--",
	 "--b\nContent-Type: application/sdp\n\nnew\n--b--"},
	{MIXED,
	 "--b\nContent-Type: application/sdp\nContent-Transfer-Encoding: base64\nContent-Disposition: "
	 "session;handling=\"Optional\"\n\ndj0w\n--b\n" SDP "--b--",
	 "--b\nContent-Type: application/sdp\n\nnew\n--b--"},
	{MIXED,
	 "--b\nContent-Type: application/sdp\nContent-Disposition: session;handling=required\n"
	 "Content-Transfer-Encoding: 8BIT\n\nv=0\n--b--",
	 "--b\nContent-Type: application/sdp\nContent-Disposition: session;handling=required\n"
	 "Content-Transfer-Encoding: 8BIT\n\nnew\n--b--"},
};

static void test_replaced(void)
{
	const struct pl instead = PL("new");

	for (size_t i = 0; i < ARRAY_SIZE(replacedv); i++) {
		struct mbuf *body = wire(replacedv[i].body), *out = mbuf_alloc(256);
		struct mbuf *expected = wire(replacedv[i].printed);
		struct pl type, whole = span(body), sdp;

		pl_set_str(&type, replacedv[i].type);
		CU_ASSERT_EQUAL(parts_find(&sdp, &type, &whole), 0);
		CU_ASSERT(!strncmp(sdp.p, "v=0", 3));
		CU_ASSERT_EQUAL(parts_print(out, &type, &whole, &instead), 0);
		CU_ASSERT_EQUAL(out->end, expected->end);
		CU_ASSERT(out->end == expected->end && !memcmp(out->buf, expected->buf, out->end));
		mem_deref(body);
		mem_deref(out);
		mem_deref(expected);
	}
}

static void test_without_sdp(void)
{
	static const char *const bodyv[] = {
		"--b\n" ISUP "--b--\n",
		"--b\n\nplain text\n--b--",
		"--b\nContent-Type: message/sip\n\nContent-Type: application/sdp\n\n--b--",
		"--b\nContent-Type: application/sdpx\n\nv=0\n--b\nContent-Type: x\n\n--b--",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bodyv); i++) {
		struct mbuf *body = wire(bodyv[i]);
		struct pl type = PL(MIXED), whole = span(body), sdp;

		CU_ASSERT_EQUAL(parts_find(&sdp, &type, &whole), 0);
		CU_ASSERT_FALSE(pl_isset(&sdp));
		mem_deref(body);
	}
}

static void test_refused(void)
{
	static const struct {
		const char *type, *body;
		int err;
	} v[] = {
		{"multipart/mixed", "--b\n" SDP "--b--", EBADMSG},
		{"multipart/mixed;boundary=", "--\n" SDP "----", EBADMSG},
		{"multipart/mixed;boundary=\"b \"", "--b \n" SDP "--b --", EBADMSG},
		{"multipart/mixed;boundary=\"b\x01\"", "--b\x01\n" SDP "--b\x01--", EBADMSG},
		{"multipart/"
		 "mixed;boundary=0123456789012345678901234567890123456789012345678901234567890123456789"
		 "0",
		 "--01234567890123456789012345678901234567890123456789012345678901234567890\n" SDP
		 "--01234567890123456789012345678901234567890123456789012345678901234567890--",
		 EBADMSG},
		{MIXED, "", EBADMSG},
		{MIXED, "v=0\n", EBADMSG},
		{MIXED, "--b--", EBADMSG},
		{MIXED, "--b", EBADMSG},
		{MIXED, "--b\n", EBADMSG},
		{MIXED, "--b\n--b--", EBADMSG},
		{MIXED, "--b\nContent-Type: application/sdp", EBADMSG},
		{MIXED, "--b\nContent-Type: application/sdp\n--b--", EBADMSG},
		{MIXED, "--b\n" SDP, EBADMSG},
		{MIXED, "--b\n" SDP "--b", EBADMSG},
		{MIXED, "--b\n" SDP "--b\n" ISUP, EBADMSG},
		{MIXED, "--b\n" SDP "--c--", EBADMSG},
		{MIXED, "--b\nContent-Type: application/sdp\n\n--b--", EBADMSG},
		{MIXED, "--b\nContent-Type: multipart/mixed\n\n--c\n" SDP "--c--\n--b--", EBADMSG},
		{MIXED, "--b\nContent-Type: multipart/mixed;boundary=c\n\n--c\n" SDP "--b--", EBADMSG},
		{MIXED, "--b\n" SDP "--b\n" SDP "--b--", ENOTSUP},
		{MIXED,
		 "--b\nContent-Type: application/sdp\nContent-Disposition: early-session\n\nv=0\n--b--",
		 ENOTSUP},
		{MIXED,
		 "--b\n" SDP
		 "--b\nContent-Type: application/sdp\nContent-Disposition: early-session\n\nv=9\n--b--",
		 ENOTSUP},
		{MIXED,
		 "--b\nContent-Type: application/sdp\nContent-Disposition: "
		 "early-session;handling=optional\n\nv=9\n--b--",
		 ENOTSUP},
		{MIXED,
		 "--b\nContent-Type: application/sdp\nContent-Disposition: "
		 "early-session;handling=optional\n\nv=9\n--b\n" ISUP "--b--",
		 ENOTSUP},
		{MIXED, "--b\nContent-Type: application/sdp\nContent-Encoding: gzip\n\nv=0\n--b--", ENOTSUP},
		{"multipart/signed;boundary=b",
		 "--b\n" SDP "--b\nContent-Type: application/pkcs7-signature\n\nx\n--b--", ENOTSUP},
		{MIXED, "--b\nContent-Type: multipart/signed;boundary=c\n\n--c\n" SDP "--c--\n--b--",
		 ENOTSUP},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *body = wire(v[i].body);
		struct pl type, whole = span(body), sdp;

		pl_set_str(&type, v[i].type);
		CU_ASSERT_EQUAL(parts_find(&sdp, &type, &whole), v[i].err);
		CU_ASSERT_FALSE(pl_isset(&sdp));
		mem_deref(body);
	}
}

/* Parts one in the other, `depth` bodies in all. */
static struct mbuf *nested(unsigned depth)
{
	struct mbuf *mb = mbuf_alloc(512);

	for (unsigned i = 1; i < depth; i++)
		(void)mbuf_printf(mb, "--b%u\r\nContent-Type: multipart/mixed;boundary=b%u\r\n\r\n", i,
				  i + 1);
	(void)mbuf_printf(mb, "--b%u\r\nContent-Type: application/sdp\r\n\r\nv=0", depth);
	for (unsigned i = depth; i; i--)
		(void)mbuf_printf(mb, "\r\n--b%u--", i);

	return mb;
}

static struct mbuf *many(unsigned n)
{
	struct mbuf *mb = mbuf_alloc(512);

	while (n--)
		(void)mbuf_write_str(mb, "--b1\r\n\r\nx\r\n");
	(void)mbuf_write_str(mb, "--b1--");

	return mb;
}

static void test_bounded(void)
{
	const struct {
		struct mbuf *body;
		int err;
	} v[] = {
		{nested(1), 0},       {nested(PARTS_DEPTH_MAX), 0},   {nested(PARTS_DEPTH_MAX + 1), ENOTSUP},
		{many(PARTS_MAX), 0}, {many(PARTS_MAX + 1), ENOTSUP}, {nested(500), ENOTSUP},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct pl type = PL("multipart/mixed;boundary=b1"), whole = span(v[i].body), sdp;

		CU_ASSERT_EQUAL(parts_find(&sdp, &type, &whole), v[i].err);
		mem_deref(v[i].body);
	}
}

static struct sip_msg *message(const char *headers, const char *body)
{
	struct sip_msg *msg = sip_text("INVITE sip:x SIP/2.0\n%s\n%s", headers, body);

	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);

	return msg;
}

static void test_message_refused(void)
{
	static const struct {
		const char *headers, *body;
		uint16_t scode;
	} v[] = {
		{"Content-Type: application/sdp\n", "v=0", 0},
		{"Content-Type: application/isup\n", "x", 415},
		{"Content-Type: application/isup\n", "", 0},
		{"Content-Type: " MIXED "\n", "--b\n" SDP "--b--", 0},
		{"c: " MIXED "\nContent-Encoding: identity\n", "--b\n" SDP "--b--", 0},
		{"Content-Type: " MIXED "\nContent-Length: 0\n", "", 0},
		{"Content-Type: " MIXED "\n", "--b\n" SDP, 400},
		{"Content-Type: multipart/mixed\n", "--b\n" SDP "--b--", 400},
		{"Content-Type: " MIXED "\n", "--b\n" SDP "--b\n" SDP "--b--", 415},
		{"Content-Type: " MIXED "\nContent-Encoding: gzip\n", "--b\n" SDP "--b--", 415},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sip_msg *msg = message(v[i].headers, v[i].body);
		struct pl sdp = content_sdp_of(msg);
		const char *reason = NULL;

		CU_ASSERT_EQUAL(content_refusal(msg, &reason), v[i].scode);
		CU_ASSERT_PTR_NOT_NULL(reason);
		CU_ASSERT(v[i].scode != 400 || !pl_isset(&sdp));
		mem_deref(msg);
	}
}

static void assert_around(const char *headers, const char *body, const char *sdp, const char *expected)
{
	struct sip_msg *msg = message(headers, body);
	struct mbuf *mb = mbuf_alloc(256), *text = wire(expected);
	struct content c;
	struct pl pl = PL_INIT;

	if (sdp)
		pl_set_str(&pl, sdp);
	c = content_around(&pl, msg);
	CU_ASSERT_EQUAL(mbuf_printf(mb, "%H", content_print, &c), 0);
	CU_ASSERT(mb->end == text->end && !memcmp(mb->buf, text->buf, mb->end));
	mem_deref(mb);
	mem_deref(text);
	mem_deref(msg);
}

static void test_around(void)
{
	assert_around("Content-Type: " MIXED "\n", "--b\n" SDP "--b\n" ISUP "--b--", "v=0 new\r\n",
		      "Content-Type: " MIXED
		      "\nContent-Length: 160\n\n--b\nContent-Type: application/sdp\n\nv=0 new\n\n--b\n" ISUP
		      "--b--");
	assert_around("Content-Type: application/sdp\n", "v=0", "new",
		      "Content-Type: application/sdp\nContent-Length: 3\n\nnew");
	assert_around("Content-Type: " MIXED "\n", "--b\n" ISUP "--b--", "new",
		      "Content-Type: application/sdp\nContent-Length: 3\n\nnew");
	assert_around("Content-Type: " MIXED "\n", "--b\n" SDP "--b--", NULL, "Content-Length: 0\n\n");
}

static const struct unit_test testv[] = {
	{"another SDP stands in its part's place, and every other byte stays", test_replaced},
	{"a body whose parts are all others' is sound and has no SDP", test_without_sdp},
	{"a body that is not well formed, or asks for what we lack, is refused", test_refused},
	{"parts are so many and so deep", test_bounded},
	{"a message is refused by 400 or 415 for its parts", test_message_refused},
	{"the parts around an SDP are printed with it", test_around},
	{NULL, NULL},
};

const struct unit_suite parts_suite = {"parts", testv};

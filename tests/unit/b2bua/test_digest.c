/**
 * @file test_digest.c  Digest: published vectors, what is no challenge, what goes back to the peer
 */
#include <string.h>
#include <re.h>
#include "leg/digest.h"
#include "unit.h"

#define NONCE_7616 "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
#define CNONCE_7616 "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
#define REALM_7616 "realm=\"http-auth@example.org\", nonce=\"" NONCE_7616 "\""

static int decode(struct digest_challenge *c, const char *text)
{
	struct pl pl;

	pl_set_str(&pl, text);

	return digest_challenge_decode(c, &pl);
}

/* RFC 7616 3.9.1 (MD5, SHA-256), RFC 2617 3.5, RFC 2069 with its erratum; the others were computed apart. */
static void test_vectors(void)
{
	static const struct {
		const char *challenge, *password, *cnonce;
		uint32_t nc;
		const char *response;
	} v[] = {
		{"Digest " REALM_7616 ", qop=\"auth, auth-int\", algorithm=MD5", "Circle of Life",
		 CNONCE_7616, 1, "8ca523f5e9506fed4657c9700eebdbec"},
		{"Digest " REALM_7616 ", qop=\"auth, auth-int\", algorithm=SHA-256", "Circle of Life",
		 CNONCE_7616, 1, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{"Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", "
		 "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
		 "Circle Of Life", "0a4f113b", 1, "6629fae49393a05397450978507c4ef1"},
		{"Digest realm=\"testrealm@host.com\",nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
		 "CircleOfLife", "unused", 1, "1949323746fe6a43ef61f9606e7febea"},
		{"Digest " REALM_7616 ", qop=auth, algorithm=SHA-512-256", "Circle of Life", CNONCE_7616, 1,
		 "430d05014cecc49cab6fbe03176d41a1da86cbfe24a16580e22aaad928d960d0"},
		{"Digest " REALM_7616 ", qop=auth, algorithm=md5-sess", "Circle of Life", CNONCE_7616, 2,
		 "6914b51e16f9459d9abc967ad41c4599"},
		{"Digest " REALM_7616 ", qop=auth, algorithm=SHA-256-SESS", "Circle of Life", CNONCE_7616, 2,
		 "6bb0010aa4bdf46422a798c509ea32e256f27bd37de5cc3bdf8ed51e1d77d650"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct digest_request r = {"Mufasa",          v[i].password, "GET",
					   "/dir/index.html", v[i].cnonce,   v[i].nc};
		char hex[DIGEST_HEX_SIZE];
		struct digest_challenge c;

		CU_ASSERT_EQUAL_FATAL(decode(&c, v[i].challenge), 0);
		CU_ASSERT_EQUAL(digest_response(hex, &c, &r), 0);
		CU_ASSERT_STRING_EQUAL(hex, v[i].response);
	}
}

static void test_challenge(void)
{
	struct digest_challenge c;

	CU_ASSERT_EQUAL(decode(&c,
			       " DIGEST , Realm = \"a \\\"b\\\" c\" ,\r\n NONCE=\"n\", opaque=\"\",,"
			       "domain=\"sip:x\", stale=TRUE, qop=auth, future=\"1\", algorithm=sha-256 "),
			0);
	CU_ASSERT_EQUAL(pl_strcmp(&c.realm, "a \\\"b\\\" c"), 0);
	CU_ASSERT_EQUAL(pl_strcmp(&c.nonce, "n"), 0);
	CU_ASSERT_PTR_NOT_NULL(c.opaque.p);
	CU_ASSERT_EQUAL(c.opaque.l, 0);
	CU_ASSERT_TRUE(c.stale);
	CU_ASSERT_TRUE(c.qop);
	CU_ASSERT_TRUE(c.named);
	CU_ASSERT_FALSE(c.sess);
	CU_ASSERT_EQUAL(c.algorithm, DIGEST_SHA256);

	CU_ASSERT_EQUAL(decode(&c, "Digest realm=\"\",nonce=\"n\",stale=\"false\""), 0);
	CU_ASSERT_EQUAL(c.algorithm, DIGEST_MD5);
	CU_ASSERT_FALSE(c.named);
	CU_ASSERT_FALSE(c.qop);
	CU_ASSERT_FALSE(c.stale);
	CU_ASSERT_PTR_NULL(c.opaque.p);
}

static void test_refused(void)
{
	static const struct {
		const char *text;
		int err;
	} v[] = {
		{"", EBADMSG},
		{"Digest", EBADMSG},
		{"Digest ", EBADMSG},
		{"Digestrealm=\"a\",nonce=\"n\"", EBADMSG},
		{"Basic realm=\"a\"", ENOTSUP},
		{"Digest realm=\"a\"", EBADMSG},
		{"Digest nonce=\"n\"", EBADMSG},
		{"Digest realm=\"a\", nonce=\"\"", EBADMSG},
		{"Digest realm=\"a\", nonce=\"n", EBADMSG},
		{"Digest realm=\"a\", nonce=\"n\\", EBADMSG},
		{"Digest realm=\"a\", nonce=\"n\\\"", EBADMSG},
		{"Digest realm=\"a\" nonce=\"n\"", EBADMSG},
		{"Digest realm=\"a\", nonce=", EBADMSG},
		{"Digest realm, nonce=\"n\"", EBADMSG},
		{"Digest =\"a\", nonce=\"n\"", EBADMSG},
		{"Digest realm=\"a\", realm=\"b\", nonce=\"n\"", EBADMSG},
		{"Digest realm=\"a\r\nTo: b\", nonce=\"n\"", EBADMSG},
		{"Digest realm=\"a\\\nb\", nonce=\"n\"", EBADMSG},
		{"Digest realm=\"a\", nonce=\"n\", algorithm=SHA-1", ENOTSUP},
		{"Digest realm=\"a\", nonce=\"n\", algorithm=-sess", ENOTSUP},
		{"Digest realm=\"a\", nonce=\"n\", algorithm=AKAv1-MD5", ENOTSUP},
		{"Digest realm=\"a\", nonce=\"n\", qop=\"auth-int\"", ENOTSUP},
		{"Digest realm=\"a\", nonce=\"n\", qop=\"\"", ENOTSUP},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct digest_challenge c;

		CU_ASSERT_EQUAL(decode(&c, v[i].text), v[i].err);
	}
}

static void test_long(void)
{
	static char text[DIGEST_VALUE_MAX + 64];
	struct digest_challenge c;

	for (int over = 0; over < 2; over++) {
		(void)re_snprintf(text, sizeof(text), "Digest realm=\"a\",nonce=\"");
		memset(text + strlen(text), 'x', DIGEST_VALUE_MAX + (size_t)over);
		memcpy(text + 24 + DIGEST_VALUE_MAX + over, "\"", 2);
		CU_ASSERT_EQUAL(decode(&c, text), over ? EBADMSG : 0);
	}
}

static void test_print(void)
{
	static const struct {
		const char *challenge, *want;
	} v[] = {
		{"Digest realm=\"r\",nonce=\"n\"", NULL},
		{"Digest realm=\"r\",nonce=\"n\",algorithm=MD5", ", algorithm=MD5"},
		{"Digest realm=\"r\",nonce=\"n\",opaque=\"o\\\"p\"", ", opaque=\"o\\\"p\""},
		{"Digest realm=\"r\",nonce=\"n\",algorithm=SHA-256-sess,qop=auth",
		 ", algorithm=SHA-256-sess, cnonce=\"c\", qop=auth, nc=0000000a"},
	};
	static const char head[] =
		"Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:x\", response=\"";

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct digest_request r = {"u", "secret", "INVITE", "sip:x", "c", 10};
		struct mbuf *mb = mbuf_alloc(64);
		struct digest_challenge c;

		CU_ASSERT_EQUAL_FATAL(decode(&c, v[i].challenge), 0);
		CU_ASSERT_EQUAL(digest_print(mb, &c, &r), 0);
		CU_ASSERT_EQUAL(mbuf_write_u8(mb, 0), 0);
		CU_ASSERT_EQUAL(strncmp((char *)mb->buf, head, sizeof(head) - 1), 0);
		if (v[i].want)
			CU_ASSERT_PTR_NOT_NULL(strstr((char *)mb->buf, v[i].want))
		else
			CU_ASSERT_EQUAL(strlen((char *)mb->buf), sizeof(head) - 1 + 32 + 1);
		CU_ASSERT_PTR_NULL(strstr((char *)mb->buf, "secret"));
		mem_deref(mb);
	}
}

const struct unit_suite digest_suite = {
	"digest",
	(const struct unit_test[]){
		{"a response is what RFC 7616, RFC 2617 and RFC 2069 print", test_vectors},
		{"a challenge is read whatever its case, spaces and unknown parameters", test_challenge},
		{"what is no challenge, or none that we can answer, is refused", test_refused},
		{"a value has a bound", test_long},
		{"credentials name what the challenge named, and no more", test_print},
		{NULL, NULL},
	},
};

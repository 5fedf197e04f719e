/**
 * @file test_sdes.c  a=crypto lines against RFC 4568
 */
#include <string.h>
#include <re.h>
#include "sdes.h"
#include "srtp_fixture.h"
#include "unit.h"

#define S80 "1 AES_CM_128_HMAC_SHA1_80 "
#define KEY "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz" /* section 4.1's */

static const uint8_t key_bytes[] = "YS___semctl () {\t220;}\n}\nunles";

static int decode(struct sdes *sdes, const char *text, const char **reason)
{
	struct pl pl;

	pl_set_str(&pl, text);

	return sdes_decode(sdes, &pl, reason);
}

static void a_line_gives_tag_suite_key_and_mki(void)
{
	static const struct {
		const char *text;
		uint32_t tag;
		enum rsrtp_suite suite;
		uint64_t mki;
		uint8_t mki_size;
	} vectorv[] = {
		{S80 KEY, 1, RSRTP_AES_CM_128_HMAC_SHA1_80, 0, 0},
		{S80 KEY "|2^20|1:32", 1, RSRTP_AES_CM_128_HMAC_SHA1_80, 1, 32},
		{S80 KEY "|2^31", 1, RSRTP_AES_CM_128_HMAC_SHA1_80, 0, 0},
		{S80 KEY "|281474976710656", 1, RSRTP_AES_CM_128_HMAC_SHA1_80, 0, 0},
		{S80 KEY "|65535:2", 1, RSRTP_AES_CM_128_HMAC_SHA1_80, 65535, 2},
		{S80 KEY "|2^20|1:4;" KEY "|2^20|2:4", 1, RSRTP_AES_CM_128_HMAC_SHA1_80, 1, 4},
		{S80 KEY " WSH=64 KDR=0 FEC_ORDER=FEC_SRTP", 1, RSRTP_AES_CM_128_HMAC_SHA1_80, 0, 0},
		{S80 KEY " -ours=7", 1, RSRTP_AES_CM_128_HMAC_SHA1_80, 0, 0},
		{"999999999  aes_cm_128_hmac_sha1_32  INLINE:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz ",
		 999999999, RSRTP_AES_CM_128_HMAC_SHA1_32, 0, 0},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		const char *reason = NULL, *text = vectorv[i].text;
		struct sdes sdes;

		memset(&sdes, 0xff, sizeof(sdes));
		CU_ASSERT_ROW(0 == decode(&sdes, text, &reason), text);
		CU_ASSERT_ROW(sdes.tag == vectorv[i].tag, text);
		CU_ASSERT_ROW(sdes.key.suite == vectorv[i].suite, text);
		CU_ASSERT_ROW(0 == memcmp(sdes.key.master, key_bytes, 30), text);
		CU_ASSERT_ROW(sdes.key.mki == vectorv[i].mki, text);
		CU_ASSERT_ROW(sdes.key.mki_size == vectorv[i].mki_size, text);
	}
}

static void a_key_may_come_without_its_padding(void)
{
	static const struct {
		const char *text;
		int err;
	} vectorv[] = {
		{"1 AES_256_CM_HMAC_SHA1_80 "
		 "inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ==",
		 0},
		{"1 AES_256_CM_HMAC_SHA1_80 "
		 "inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ",
		 0},
		{"1 AES_192_CM_HMAC_SHA1_32 inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=", 0},
		{"1 AEAD_AES_128_GCM inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ==", 0},
		{"1 AEAD_AES_256_GCM inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE", 0},
		{"1 AEAD_AES_128_GCM inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ===", EBADMSG},
		{"1 AEAD_AES_128_GCM inline:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQ", EBADMSG},
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		const char *reason = "";
		struct sdes sdes;

		CU_ASSERT_ROW(vectorv[i].err == decode(&sdes, vectorv[i].text, &reason), reason);

		for (j = 0; !vectorv[i].err && j < rsrtp_master_size(sdes.key.suite); j++)
			CU_ASSERT_EQUAL(sdes.key.master[j], 'A');
	}
}

static void what_we_cannot_or_will_not_do_is_refused_with_its_reason(void)
{
	static const struct {
		const char *text;
		int err;
		const char *reason;
	} vectorv[] = {
		{"", EBADMSG, "tag"},
		{"x AES_CM_128_HMAC_SHA1_80 " KEY, EBADMSG, "tag"},
		{"1234567890 AES_CM_128_HMAC_SHA1_80 " KEY, EBADMSG, "tag"},
		{"1", EBADMSG, "suite"},
		{"1 F8_128_HMAC_SHA1_80 " KEY, ENOTSUP, "suite"},
		{"1 AES_CM_128_HMAC_SHA1_8 " KEY, ENOTSUP, "suite"},
		{S80, EBADMSG, "no key"},
		{S80 "other:abc", ENOTSUP, "key method"},
		{S80 "inline", EBADMSG, "base64"},
		{S80 "inline:", EBADMSG, "base64"},
		{S80 "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGV", EBADMSG, "base64"},
		{S80 "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVzWV", EBADMSG, "base64"},
		{S80 "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubG!z", EBADMSG, "base64"},
		{S80 "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubG=z", EBADMSG, "base64"},
		{"1 AES_256_CM_HMAC_SHA1_80 " KEY, EBADMSG, "base64"},
		{S80 KEY "|", 0, NULL},
		{S80 KEY "||1:4", EBADMSG, "lifetime"},
		{S80 KEY "|2^49", EBADMSG, "lifetime"},
		{S80 KEY "|2^", EBADMSG, "lifetime"},
		{S80 KEY "|0", EBADMSG, "lifetime"},
		{S80 KEY "|281474976710657", EBADMSG, "lifetime"},
		{S80 KEY "|99999999999999999999999", EBADMSG, "lifetime"},
		{S80 KEY "|2^20|1", EBADMSG, "MKI"},
		{S80 KEY "|1:0", EBADMSG, "MKI"},
		{S80 KEY "|1:129", EBADMSG, "MKI"},
		{S80 KEY "|256:1", EBADMSG, "MKI"},
		{S80 KEY "|x:1", EBADMSG, "MKI"},
		{S80 KEY "|1:4|2^20", EBADMSG, "MKI"},
		{S80 KEY " UNENCRYPTED_SRTP", ENOTSUP, "unencrypted"},
		{S80 KEY " UNENCRYPTED_SRTCP", ENOTSUP, "unencrypted"},
		{S80 KEY " WSH=64 UNAUTHENTICATED_SRTP", ENOTSUP, "unauthenticated"},
		{S80 KEY " KDR=1", ENOTSUP, "session parameter"},
		{S80 KEY " WHAT=1", ENOTSUP, "session parameter"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		const char *reason = NULL, *text = vectorv[i].text;
		struct sdes sdes;

		CU_ASSERT_ROW(vectorv[i].err == decode(&sdes, text, &reason), text);
		CU_ASSERT_ROW(!vectorv[i].reason == !reason, text);
		CU_ASSERT_ROW(!reason || strstr(reason, vectorv[i].reason), text);
	}
}

static void what_is_printed_is_read_the_same(void)
{
	unsigned suite;

	for (suite = 0; suite < RSRTP_SUITES; suite++) {

		const char *reason = NULL;
		struct sdes sdes, again, other;
		char text[256];

		CU_ASSERT_EQUAL(sdes_make(&sdes, suite, (enum rsrtp_suite)suite), 0);
		CU_ASSERT_EQUAL(sdes_make(&other, suite, (enum rsrtp_suite)suite), 0);
		sdes.key.mki = suite ? 300 : 0;
		sdes.key.mki_size = suite ? 2 : 0;
		CU_ASSERT_FATAL(re_snprintf(text, sizeof(text), "%H", sdes_print, &sdes) > 0);
		CU_ASSERT_ROW(0 == decode(&again, text, &reason), text);
		CU_ASSERT_EQUAL(again.tag, suite);
		CU_ASSERT(rsrtp_key_same(&again.key, &sdes.key));
		CU_ASSERT(!rsrtp_key_same(&other.key, &sdes.key));
	}
}

static void a_line_is_printed_as_the_rfc_has_it(void)
{
	const char *reason = NULL;
	struct sdes sdes;
	char text[256];

	CU_ASSERT_EQUAL(decode(&sdes, S80 KEY "|2^20|1:4", &reason), 0);
	(void)re_snprintf(text, sizeof(text), "%H", sdes_print, &sdes);
	CU_ASSERT_STRING_EQUAL(text, S80 KEY "|1:4");

	sdes.lifetime = true;
	(void)re_snprintf(text, sizeof(text), "%H", sdes_print, &sdes);
	CU_ASSERT_STRING_EQUAL(text, S80 KEY "|2^31|1:4");
}

static void a_tag_has_nine_digits_at_most(void)
{
	struct sdes sdes;

	CU_ASSERT_EQUAL(sdes_make(&sdes, SDES_TAG_MAX, RSRTP_AEAD_AES_128_GCM), 0);
	CU_ASSERT_EQUAL(sdes_make(&sdes, SDES_TAG_MAX + 1, RSRTP_AEAD_AES_128_GCM), ERANGE);
}

static void a_wiped_key_is_gone(void)
{
	static const uint8_t zeros[RSRTP_MASTER_SIZE_MAX];
	struct sdes sdes;

	CU_ASSERT_EQUAL(sdes_make(&sdes, 1, RSRTP_AEAD_AES_256_GCM), 0);
	sdes_wipe(&sdes);
	CU_ASSERT_EQUAL(memcmp(sdes.key.master, zeros, sizeof(zeros)), 0);
}

static const struct unit_test testv[] = {
	{"a line gives tag, suite, key and MKI", a_line_gives_tag_suite_key_and_mki},
	{"a key may come without its padding", a_key_may_come_without_its_padding},
	{"what we cannot or will not do is refused with its reason",
	 what_we_cannot_or_will_not_do_is_refused_with_its_reason},
	{"what is printed is read the same", what_is_printed_is_read_the_same},
	{"a line is printed as the RFC has it", a_line_is_printed_as_the_rfc_has_it},
	{"a tag has nine digits at most", a_tag_has_nine_digits_at_most},
	{"a wiped key is gone", a_wiped_key_is_gone},
	{NULL, NULL},
};

const struct unit_suite sdes_suite = {"sdes", testv};

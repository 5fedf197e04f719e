/**
 * @file test_srtp.c  Whole packets: what is protected comes back once, and nothing else does
 */
#include <string.h>
#include <re.h>
#include "srtp_cipher.h"
#include "srtp_fixture.h"
#include "unit.h"

enum { OTHER = 0x0badcafe };

static const enum rsrtp_suite suite_usual = RSRTP_AES_CM_128_HMAC_SHA1_80;

static void pair_open(struct fixture_pair *f)
{
	const struct rsrtp_key key = fixture_key(suite_usual, 1);

	fixture_pair_open(f, &key);
}

static void every_suite_gives_back_what_was_protected(void)
{
	unsigned suite;

	for (suite = 0; suite < RSRTP_SUITES; suite++) {

		const struct rsrtp_transform *tf = rsrtp_transform((enum rsrtp_suite)suite);
		const struct rsrtp_key key = fixture_key((enum rsrtp_suite)suite, 3);
		const struct fixture_packet rtp = fixture_rtp(FIXTURE_SSRC, 4711);
		const struct fixture_packet rtcp = fixture_rtcp(FIXTURE_SSRC);
		struct fixture_packet pkt;
		struct fixture_pair f;

		fixture_pair_open(&f, &key);

		pkt = fixture_srtp(f.tx, FIXTURE_SSRC, 4711);
		CU_ASSERT_ROW(pkt.len == rtp.len + tf->rtp_tag_size, tf->name);
		CU_ASSERT_ROW(0 == memcmp(pkt.p, rtp.p, 12), tf->name);
		CU_ASSERT_ROW(0 != memcmp(pkt.p + 12, rtp.p + 12, 160), tf->name);
		CU_ASSERT_ROW(0 == rsrtp_unprotect(f.rx, pkt.p, &pkt.len), tf->name);
		CU_ASSERT_ROW(fixture_same(&pkt, &rtp), tf->name);

		pkt = fixture_srtcp(f.tx, FIXTURE_SSRC);
		CU_ASSERT_ROW(pkt.len == rtcp.len + 4 + tf->rtcp_tag_size, tf->name);
		CU_ASSERT_ROW(0 == memcmp(pkt.p, rtcp.p, 8), tf->name);
		CU_ASSERT_ROW(0 != memcmp(pkt.p + 8, rtcp.p + 8, rtcp.len - 8), tf->name);
		CU_ASSERT_ROW(0 == rsrtcp_unprotect(f.rx, pkt.p, &pkt.len), tf->name);
		CU_ASSERT_ROW(fixture_same(&pkt, &rtcp), tf->name);

		fixture_pair_close(&f);
	}
}

/* Two CSRCs, a header extension of one word, ten bytes of payload. */
static struct fixture_packet rtp_extended(uint16_t seq)
{
	struct fixture_packet pkt = fixture_rtp(FIXTURE_SSRC, seq);

	pkt.p[0] = 0x92;
	memcpy(pkt.p + 20, "\xbe\xde\x00\x01", 4);
	pkt.len = 12 + 8 + 8 + 10;

	return pkt;
}

static void csrc_list_and_extension_stay_in_the_clear(void)
{
	struct fixture_packet plain = rtp_extended(1), pkt = plain;
	struct fixture_pair f;

	pair_open(&f);
	CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), 0);
	CU_ASSERT_EQUAL(memcmp(pkt.p, plain.p, 28), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(pkt.p + 28, plain.p + 28, 10), 0);
	CU_ASSERT_EQUAL(rsrtp_unprotect(f.rx, pkt.p, &pkt.len), 0);
	CU_ASSERT(fixture_same(&pkt, &plain));
	fixture_pair_close(&f);
}

typedef int(unprotect_h)(struct rsrtp *srtp, uint8_t *p, size_t *len);

/* Refused, as it was, and the true one is taken afterwards as if nothing had come. */
static bool forgery_refused(struct rsrtp *rx, unprotect_h *h, const struct fixture_packet *forged)
{
	struct fixture_packet pkt = *forged;
	const int err = h(rx, pkt.p, &pkt.len);

	return (err == EBADMSG || err == EINVAL || err == EALREADY) && fixture_same(&pkt, forged);
}

static void forge(struct rsrtp *rx, unprotect_h *h, const struct fixture_packet *true_pkt, const char *name)
{
	struct fixture_packet pkt;
	size_t i;

	for (i = 0; i < true_pkt->len * 8; i++) {
		pkt = *true_pkt;
		pkt.p[i / 8] ^= (uint8_t)(1 << i % 8);
		CU_ASSERT_ROW(forgery_refused(rx, h, &pkt), name);
	}

	for (i = 0; i < true_pkt->len; i++) {
		pkt = *true_pkt;
		pkt.len = i;
		CU_ASSERT_ROW(forgery_refused(rx, h, &pkt), name);
	}

	pkt = *true_pkt;
	++pkt.len;
	CU_ASSERT_ROW(forgery_refused(rx, h, &pkt), name);

	pkt = *true_pkt;
	CU_ASSERT_ROW(0 == h(rx, pkt.p, &pkt.len), name);
}

static void one_bit_or_byte_changed_is_refused_and_leaves_no_trace(void)
{
	unsigned suite;

	for (suite = 0; suite < RSRTP_SUITES; suite++) {

		const char *name = rsrtp_transform((enum rsrtp_suite)suite)->name;
		const struct rsrtp_key key = fixture_key((enum rsrtp_suite)suite, 5);
		struct fixture_packet pkt;
		struct fixture_pair f;

		fixture_pair_open(&f, &key);

		/* as an SSRC never heard of, and as one that is known */
		pkt = rtp_extended(100);
		CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), 0);
		forge(f.rx, rsrtp_unprotect, &pkt, name);
		pkt = rtp_extended(101);
		CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), 0);
		forge(f.rx, rsrtp_unprotect, &pkt, name);

		pkt = fixture_srtcp(f.tx, FIXTURE_SSRC);
		forge(f.rx, rsrtcp_unprotect, &pkt, name);
		pkt = fixture_srtcp(f.tx, OTHER);
		forge(f.rx, rsrtcp_unprotect, &pkt, name);

		fixture_pair_close(&f);
	}
}

static void what_is_no_rtp_or_rtcp_is_refused(void)
{
	static const struct {
		const char *name;
		uint8_t p[16];
		size_t len;
	} vectorv[] = {
		{"nothing", {0}, 0},
		{"a header cut short", {0x80}, 11},
		{"version 1", {0x40}, 16},
		{"CSRC list beyond the end", {0x82}, 16},
		{"extension's header beyond the end", {0x90}, 12},
		{"extension beyond the end", {0x90, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 16},
	};
	struct fixture_packet pkt;
	struct fixture_pair f;
	size_t i;

	pair_open(&f);

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		memcpy(pkt.p, vectorv[i].p, sizeof(vectorv[i].p));
		pkt.len = vectorv[i].len;
		CU_ASSERT_ROW(EINVAL == rsrtp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), vectorv[i].name);
		CU_ASSERT_ROW(pkt.len == vectorv[i].len, vectorv[i].name);

		pkt.len += 10;
		CU_ASSERT_ROW(EINVAL == rsrtp_unprotect(f.rx, pkt.p, &pkt.len), vectorv[i].name);
	}

	pkt = fixture_rtcp(1);
	pkt.len = 7;
	CU_ASSERT_EQUAL(rsrtcp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), EINVAL);
	pkt.len = 7 + 4 + 10;
	CU_ASSERT_EQUAL(rsrtcp_unprotect(f.rx, pkt.p, &pkt.len), EINVAL);

	fixture_pair_close(&f);
}

static void a_tag_needs_room(void)
{
	struct fixture_packet rtp = fixture_rtp(FIXTURE_SSRC, 1), rtcp = fixture_rtcp(FIXTURE_SSRC), pkt;
	struct fixture_pair f;

	pair_open(&f);

	pkt = rtp;
	CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, rtp.len + 9), EOVERFLOW);
	CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, 4), EOVERFLOW);
	CU_ASSERT(fixture_same(&pkt, &rtp));
	CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, rtp.len + 10), 0);

	pkt = rtcp;
	CU_ASSERT_EQUAL(rsrtcp_protect(f.tx, pkt.p, &pkt.len, rtcp.len + 13), EOVERFLOW);
	CU_ASSERT(fixture_same(&pkt, &rtcp));
	CU_ASSERT_EQUAL(rsrtcp_protect(f.tx, pkt.p, &pkt.len, rtcp.len + 14), 0);

	fixture_pair_close(&f);
}

static void an_mki_stands_before_or_behind_the_tag(void)
{
	static const enum rsrtp_suite suitev[] = {RSRTP_AES_CM_128_HMAC_SHA1_80, RSRTP_AEAD_AES_128_GCM};
	static const uint8_t mki[] = {0, 0x12, 0x34};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suitev); i++) {

		const struct rsrtp_transform *tf = rsrtp_transform(suitev[i]);
		struct rsrtp_key key = fixture_key(suitev[i], 1);
		struct fixture_packet rtp, rtcp;
		struct fixture_pair f, other;
		const size_t behind = tf->aead ? 0 : tf->rtp_tag_size;

		key.mki = 0x1234;
		key.mki_size = sizeof(mki);
		fixture_pair_open(&f, &key);
		key.mki = 0x1235;
		fixture_pair_open(&other, &key);

		rtp = fixture_srtp(f.tx, 1, 1);
		rtcp = fixture_srtcp(f.tx, 1);
		CU_ASSERT_EQUAL(memcmp(rtp.p + rtp.len - behind - sizeof(mki), mki, sizeof(mki)), 0);
		CU_ASSERT_EQUAL(memcmp(rtcp.p + rtcp.len - behind - sizeof(mki), mki, sizeof(mki)), 0);
		CU_ASSERT_EQUAL(fixture_try(other.rx, &rtp), EBADMSG);
		CU_ASSERT_EQUAL(fixture_try_rtcp(other.rx, &rtcp), EBADMSG);
		forge(f.rx, rsrtp_unprotect, &rtp, tf->name);
		forge(f.rx, rsrtcp_unprotect, &rtcp, tf->name);

		fixture_pair_close(&f);
		fixture_pair_close(&other);
	}
}

/* RFC 3711 section 3.4: without the E bit it is authenticated only. */
static void an_unencrypted_srtcp_packet_is_taken(void)
{
	const struct rsrtp_key key = fixture_key(suite_usual, 1);
	struct fixture_packet pkt = fixture_rtcp(FIXTURE_SSRC), plain = pkt;
	struct rsrtp_session_keys keys;
	struct rsrtp_cipher *c = NULL;
	struct rsrtp_unit unit = {.p = pkt.p, .len = pkt.len, .clear = pkt.len, .word = 5};
	struct fixture_pair f;

	pair_open(&f);
	CU_ASSERT_EQUAL_FATAL(rsrtp_keys_derive(&keys, &key, RSRTP_LABEL_RTCP), 0);
	CU_ASSERT_EQUAL_FATAL(rsrtp_cipher_alloc(&c, suite_usual, RSRTP_LABEL_RTCP, &keys), 0);
	rsrtp_word_write(pkt.p + pkt.len, 5);
	CU_ASSERT_EQUAL(rsrtp_cipher_seal(c, &unit, pkt.p + pkt.len + 4), 0);
	pkt.len += 4 + 10;

	CU_ASSERT_EQUAL(rsrtcp_unprotect(f.rx, pkt.p, &pkt.len), 0);
	CU_ASSERT(fixture_same(&pkt, &plain));

	mem_deref(c);
	fixture_pair_close(&f);
}

static void keys_that_cannot_be_are_refused(void)
{
	struct rsrtp_key key = fixture_key(suite_usual, 1), same = key;
	struct rsrtp *srtp = NULL;

	CU_ASSERT(rsrtp_key_same(&key, &same));
	same.master[29] ^= 1;
	CU_ASSERT(!rsrtp_key_same(&key, &same));
	same.master[29] ^= 1;
	same.master[30] ^= 1; /* beyond the suite's key and salt */
	CU_ASSERT(rsrtp_key_same(&key, &same));
	same.suite = RSRTP_AES_CM_128_HMAC_SHA1_32;
	CU_ASSERT(!rsrtp_key_same(&key, &same));

	key.mki_size = RSRTP_MKI_SIZE_MAX + 1;
	CU_ASSERT_EQUAL(rsrtp_alloc(&srtp, &key), EINVAL);
	key.mki_size = 0;
	key.suite = RSRTP_SUITES;
	CU_ASSERT_EQUAL(rsrtp_alloc(&srtp, &key), EINVAL);
}

static const struct unit_test testv[] = {
	{"every suite gives back what was protected", every_suite_gives_back_what_was_protected},
	{"CSRC list and header extension stay in the clear", csrc_list_and_extension_stay_in_the_clear},
	{"one bit or byte changed is refused and leaves no trace",
	 one_bit_or_byte_changed_is_refused_and_leaves_no_trace},
	{"what is no RTP or RTCP is refused", what_is_no_rtp_or_rtcp_is_refused},
	{"a tag needs room", a_tag_needs_room},
	{"an MKI stands before the tag, behind it with GCM", an_mki_stands_before_or_behind_the_tag},
	{"an unencrypted SRTCP packet is taken", an_unencrypted_srtcp_packet_is_taken},
	{"keys that cannot be are refused, equal ones known", keys_that_cannot_be_are_refused},
	{NULL, NULL},
};

const struct unit_suite srtp_suite = {"srtp", testv};

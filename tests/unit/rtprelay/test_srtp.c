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

static void a_packet_is_taken_once(void)
{
	struct fixture_packet pktv[300], rtcp;
	struct fixture_pair f;
	unsigned i;

	pair_open(&f);
	for (i = 0; i < ARRAY_SIZE(pktv); i++)
		pktv[i] = fixture_srtp(f.tx, FIXTURE_SSRC, (uint16_t)(1000 + i));

	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[200]), 0);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[200]), EALREADY);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[199]), 0); /* reordered */
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[199]), EALREADY);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[73]), 0);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[72]), EALREADY); /* too late to tell */
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[299]), 0);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[200]), EALREADY);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[201]), 0);

	rtcp = fixture_srtcp(f.tx, FIXTURE_SSRC);
	CU_ASSERT_EQUAL(fixture_try_rtcp(f.rx, &rtcp), 0);
	CU_ASSERT_EQUAL(fixture_try_rtcp(f.rx, &rtcp), EALREADY);
	rtcp = fixture_srtcp(f.tx, FIXTURE_SSRC);
	CU_ASSERT_EQUAL(fixture_try_rtcp(f.rx, &rtcp), 0);

	fixture_pair_close(&f);
}

/* The keystream of a number must not encrypt two texts, so even another packet under it is refused. */
static void a_sequence_number_is_sent_once(void)
{
	struct fixture_packet pkt = fixture_rtp(FIXTURE_SSRC, 300), plain;
	struct fixture_pair f;

	pair_open(&f);
	CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), 0);

	pkt = fixture_rtp(FIXTURE_SSRC, 300);
	pkt.p[20] ^= 1;
	plain = pkt;
	CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), EALREADY);
	CU_ASSERT(fixture_same(&pkt, &plain));

	pkt = fixture_rtp(FIXTURE_SSRC, 300 - 127);
	CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), 0);
	pkt = fixture_rtp(FIXTURE_SSRC, 300 - 128);
	CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), EALREADY);
	pkt = fixture_rtp(OTHER, 300);
	CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), 0);

	fixture_pair_close(&f);
}

static int protect(struct rsrtp *tx, struct fixture_packet *pkt)
{
	return rsrtp_protect(tx, pkt->p, &pkt->len, sizeof(pkt->p));
}

/* From 50000 to 40000 with the same SSRC: the receiver sees 50001 and on, also over the wrap. */
static void a_source_that_begins_again_is_renumbered(void)
{
	struct fixture_packet pkt = fixture_rtp(FIXTURE_SSRC, 50000), plain;
	struct fixture_pair f;
	uint32_t i;

	pair_open(&f);
	CU_ASSERT_EQUAL(protect(f.tx, &pkt), 0);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pkt), 0);

	pkt = plain = fixture_rtp(FIXTURE_SSRC, 40000);
	CU_ASSERT_EQUAL(protect(f.tx, &pkt), EALREADY);
	CU_ASSERT(fixture_same(&pkt, &plain));

	for (i = 1; i < 70000; i++) {

		plain = fixture_rtp(FIXTURE_SSRC, (uint16_t)(40000 + i));
		pkt = plain;
		plain.p[2] = (uint8_t)((50000 + i) >> 8);
		plain.p[3] = (uint8_t)(50000 + i);

		if (protect(f.tx, &pkt) || rsrtp_unprotect(f.rx, pkt.p, &pkt.len) ||
		    !fixture_same(&pkt, &plain)) {
			CU_FAIL("a packet is lost or changed");
			break;
		}
	}

	fixture_pair_close(&f);
}

static void late_and_doubled_packets_are_no_new_beginning(void)
{
	static const uint16_t seqv[] = {500, 500, 499, 100, 501, 101, 500, 501, 502, 102, 502, 104, 503};
	static const int errv[] = {0,        EALREADY, /* doubled */
				   0,        EALREADY, /* too late */
				   0,        EALREADY, /* too late, but not next to the other one */
				   EALREADY, EALREADY, 0, EALREADY, EALREADY, EALREADY, /* not the next */
				   0};
	struct fixture_pair f;
	size_t i;

	pair_open(&f);
	for (i = 0; i < ARRAY_SIZE(seqv); i++) {

		struct fixture_packet pkt = fixture_rtp(FIXTURE_SSRC, seqv[i]);

		CU_ASSERT_EQUAL(protect(f.tx, &pkt), errv[i]);
		CU_ASSERT(pkt.p[2] == seqv[i] >> 8 && pkt.p[3] == (seqv[i] & 0xff));
	}
	fixture_pair_close(&f);
}

/* Twice round, with losses, pairs swapped and one of 50 late by 40: all that arrives is taken. */
static void the_wrap_of_the_sequence_number_is_followed(void)
{
	struct fixture_packet late = {.len = 0}, before = {.len = 0};
	struct fixture_pair f;
	uint32_t i, failed = 0;

	pair_open(&f);

	for (i = 65000; i < 65000 + 2 * 65536; i++) {

		struct fixture_packet pkt = fixture_srtp(f.tx, FIXTURE_SSRC, (uint16_t)i);

		if (i % 50 == 0)
			late = pkt;
		else if (i % 7 == 0 || i % 50 == 39)
			before = pkt;
		else
			failed += 0 != fixture_try(f.rx, &pkt);

		if (before.len && i % 7 == 1) {
			failed += 0 != fixture_try(f.rx, &before);
			before.len = 0;
		}

		if (late.len && i % 50 == 40) {
			failed += 0 != fixture_try(f.rx, &late);
			failed += EALREADY != fixture_try(f.rx, &late);
			late.len = 0;
		}
	}

	CU_ASSERT_EQUAL(failed, 0);
	fixture_pair_close(&f);
}

static void a_start_at_the_border_is_followed(void)
{
	static const struct {
		const char *name;
		uint16_t sentv[4];
		unsigned orderv[4];
	} vectorv[] = {
		{"0 first", {0, 1, 2, 3}, {0, 1, 2, 3}},
		{"65535 first", {65535, 0, 1, 2}, {0, 1, 2, 3}},
		{"65535 late", {65535, 0, 1, 2}, {1, 0, 2, 3}},
		{"65534 last of all", {65534, 65535, 0, 1}, {2, 1, 3, 0}},
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct fixture_packet pktv[4];
		struct fixture_pair f;

		pair_open(&f);
		for (j = 0; j < 4; j++)
			pktv[j] = fixture_srtp(f.tx, FIXTURE_SSRC, vectorv[i].sentv[j]);
		for (j = 0; j < 4; j++)
			CU_ASSERT_ROW(0 == fixture_try(f.rx, &pktv[vectorv[i].orderv[j]]), vectorv[i].name);
		fixture_pair_close(&f);
	}
}

/* Once round in steps that a receiver could follow; it is told of all, or of none. */
static struct fixture_packet srtp_wrap(struct rsrtp *tx, struct rsrtp *rx, uint32_t ssrc)
{
	static const uint16_t seqv[] = {20000, 40000, 10};
	struct fixture_packet pkt;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(seqv); i++) {
		pkt = fixture_srtp(tx, ssrc, seqv[i]);
		CU_ASSERT(!rx || 0 == fixture_try(rx, &pkt));
	}

	return pkt;
}

static struct fixture_packet srtp_at_roc(struct rsrtp *tx, uint32_t ssrc, unsigned roc)
{
	struct fixture_packet pkt = fixture_srtp(tx, ssrc, 10);

	while (roc--)
		pkt = srtp_wrap(tx, NULL, ssrc);

	return pkt;
}

static void a_receiver_may_join_in_mid_stream(void)
{
	static const struct {
		const char *name;
		bool heard; /* another SSRC before */
		unsigned roc;
		int err;
	} vectorv[] = {
		{"after one wrap", false, 1, 0},
		{"after seven, nothing heard before", false, 7, 0},
		{"after eight", false, 8, EBADMSG},
		{"an SSRC more, after one", true, 1, 0},
		{"an SSRC more, after two", true, 2, EBADMSG},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct fixture_packet pkt;
		struct fixture_pair f;

		pair_open(&f);
		if (vectorv[i].heard) {
			pkt = fixture_srtp(f.tx, OTHER, 1);
			CU_ASSERT_EQUAL(fixture_try(f.rx, &pkt), 0);
		}
		pkt = srtp_at_roc(f.tx, FIXTURE_SSRC, vectorv[i].roc);
		CU_ASSERT_ROW(vectorv[i].err == fixture_try(f.rx, &pkt), vectorv[i].name);
		fixture_pair_close(&f);
	}
}

static void forged_ssrcs_displace_nobody(void)
{
	struct fixture_packet pkt, junk, rtcp;
	struct fixture_pair f;
	uint32_t i, taken = 0;

	pair_open(&f);
	pkt = fixture_srtp(f.tx, FIXTURE_SSRC, 1);
	rtcp = fixture_srtcp(f.tx, FIXTURE_SSRC);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pkt), 0);
	CU_ASSERT_EQUAL(fixture_try_rtcp(f.rx, &rtcp), 0);

	for (i = 0; i < 10000; i++) {
		junk = pkt;
		rsrtp_word_write(junk.p + 8, i);
		taken += 0 == fixture_try(f.rx, &junk);
		junk = rtcp;
		rsrtp_word_write(junk.p + 4, i);
		taken += 0 == fixture_try_rtcp(f.rx, &junk);
	}

	CU_ASSERT_EQUAL(taken, 0);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pkt), EALREADY);
	CU_ASSERT_EQUAL(fixture_try_rtcp(f.rx, &rtcp), EALREADY);
	pkt = fixture_srtp(f.tx, FIXTURE_SSRC, 2);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pkt), 0);
	fixture_pair_close(&f);
}

static void of_too_many_ssrcs_the_one_longest_unheard_is_forgotten(void)
{
	struct fixture_packet pktv[RSRTP_SOURCES_MAX + 1], again;
	struct fixture_pair f;
	uint32_t i;

	pair_open(&f);
	for (i = 0; i < RSRTP_SOURCES_MAX; i++) {
		pktv[i] = fixture_srtp(f.tx, i, 7);
		CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[i]), 0);
	}

	again = fixture_srtp(f.tx, 0, 8);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &again), 0);
	pktv[i] = fixture_srtp(f.tx, i, 7);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[i]), 0);

	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[0]), EALREADY);
	for (i = 2; i <= RSRTP_SOURCES_MAX; i++)
		CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[i]), EALREADY);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &pktv[1]), 0);

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

/* A receiver that got a new key while packets under the old one flow. */
static void rekey(struct fixture_pair *f, struct fixture_pair *next)
{
	const struct rsrtp_key key = fixture_key(RSRTP_AEAD_AES_256_GCM, 77);

	fixture_pair_open(next, &key);
	rsrtp_follow(next->rx, mem_ref(f->rx));
}

static void the_old_key_is_taken_until_the_new_one_is_used(void)
{
	struct fixture_packet oldv[6], fresh, forged, rtcp;
	struct fixture_pair f, next;
	unsigned i;

	pair_open(&f);
	for (i = 0; i < ARRAY_SIZE(oldv); i++)
		oldv[i] = fixture_srtp(f.tx, FIXTURE_SSRC, (uint16_t)i);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &oldv[0]), 0);

	rekey(&f, &next);
	fresh = fixture_srtp(next.tx, FIXTURE_SSRC, 6);
	rtcp = fixture_srtcp(f.tx, FIXTURE_SSRC);

	CU_ASSERT_EQUAL(fixture_try(next.rx, &oldv[0]), EALREADY);
	CU_ASSERT_EQUAL(fixture_try(next.rx, &oldv[1]), 0);
	CU_ASSERT_EQUAL(fixture_try_rtcp(next.rx, &rtcp), 0);
	forged = fresh;
	forged.p[30] ^= 1;
	CU_ASSERT_EQUAL(fixture_try(next.rx, &forged), EBADMSG);
	CU_ASSERT_EQUAL(fixture_try(next.rx, &oldv[2]), 0);

	CU_ASSERT_EQUAL(fixture_try(next.rx, &fresh), 0);
	CU_ASSERT_EQUAL(fixture_try(next.rx, &oldv[3]), EBADMSG);

	fixture_pair_close(&f);
	fixture_pair_close(&next);
}

static void a_key_never_used_is_passed_over(void)
{
	struct fixture_packet pkt;
	struct fixture_pair f, never, next;

	pair_open(&f);
	rekey(&f, &never);
	rekey(&never, &next);
	pkt = fixture_srtp(f.tx, FIXTURE_SSRC, 1);
	CU_ASSERT_EQUAL(fixture_try(next.rx, &pkt), 0);
	pkt = fixture_srtp(never.tx, FIXTURE_SSRC, 2);
	CU_ASSERT_EQUAL(fixture_try(next.rx, &pkt), 0); /* the same key as next's here */

	fixture_pair_close(&f);
	fixture_pair_close(&never);
	fixture_pair_close(&next);
}

/* RFC 3711 section 3.3.1 keeps the ROC over a change of key, most senders begin again at 0. */
static void after_a_rekey_the_roc_goes_on_or_begins_again(void)
{
	const unsigned wraps = 20; /* more than a receiver would try */
	unsigned kept;

	for (kept = 0; kept < 2; kept++) {

		struct fixture_packet pkt;
		struct fixture_pair f, next;
		unsigned i;

		pair_open(&f);
		for (i = 0; i < wraps; i++)
			(void)srtp_wrap(f.tx, f.rx, FIXTURE_SSRC);

		rekey(&f, &next);
		pkt = kept ? srtp_at_roc(next.tx, FIXTURE_SSRC, wraps)
			   : fixture_srtp(next.tx, FIXTURE_SSRC, 11);
		CU_ASSERT_EQUAL(fixture_try(next.rx, &pkt), 0);

		fixture_pair_close(&f);
		fixture_pair_close(&next);
	}
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
	{"a packet is taken once", a_packet_is_taken_once},
	{"a sequence number is sent once", a_sequence_number_is_sent_once},
	{"a source that begins again is renumbered to follow on", a_source_that_begins_again_is_renumbered},
	{"late and doubled packets are no new beginning", late_and_doubled_packets_are_no_new_beginning},
	{"the wrap of the sequence number is followed, losses and late packets included",
	 the_wrap_of_the_sequence_number_is_followed},
	{"a start at the border of sequence numbers is followed", a_start_at_the_border_is_followed},
	{"a receiver may join in mid-stream", a_receiver_may_join_in_mid_stream},
	{"10,000 forged SSRCs displace nobody", forged_ssrcs_displace_nobody},
	{"of too many SSRCs the one longest unheard is forgotten",
	 of_too_many_ssrcs_the_one_longest_unheard_is_forgotten},
	{"an MKI stands before the tag, behind it with GCM", an_mki_stands_before_or_behind_the_tag},
	{"an unencrypted SRTCP packet is taken", an_unencrypted_srtcp_packet_is_taken},
	{"the old key is taken until the new one is used", the_old_key_is_taken_until_the_new_one_is_used},
	{"a key never used is passed over", a_key_never_used_is_passed_over},
	{"after a rekey the ROC goes on or begins again", after_a_rekey_the_roc_goes_on_or_begins_again},
	{"keys that cannot be are refused, equal ones known", keys_that_cannot_be_are_refused},
	{NULL, NULL},
};

const struct unit_suite srtp_suite = {"srtp", testv};

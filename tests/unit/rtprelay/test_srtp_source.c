/**
 * @file test_srtp_source.c  Sources under a key: what comes once, wraps, joins, too many of them, and new keys
 */
#include <string.h>
#include <re.h>
#include "srtp_cipher.h"
#include "srtp_fixture.h"
#include "unit.h"

enum { OTHER = 0x0badcafe };

static void pair_open(struct fixture_pair *f)
{
	const struct rsrtp_key key = fixture_key(RSRTP_AES_CM_128_HMAC_SHA1_80, 1);

	fixture_pair_open(f, &key);
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

static const struct unit_test testv[] = {
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
	{"the old key is taken until the new one is used", the_old_key_is_taken_until_the_new_one_is_used},
	{"a key never used is passed over", a_key_never_used_is_passed_over},
	{"after a rekey the ROC goes on or begins again", after_a_rekey_the_roc_goes_on_or_begins_again},
	{NULL, NULL},
};

const struct unit_suite srtp_source_suite = {"srtp_source", testv};

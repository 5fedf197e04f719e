/**
 * @file test_srtp_libre.c  SRTP with libre's at the other end, whose telephones are baresip
 */
#include <string.h>
#include <re.h>
#include "srtp_fixture.h"
#include "unit.h"

/** Suites by both names. */
static const struct {
	enum rsrtp_suite ours;
	enum srtp_suite libre;
	bool rtcp; /* libre shortens the tag of SRTCP, too, where RFC 4568 section 6.2.2 keeps 80 bits */
} suitev[] = {
	{RSRTP_AES_CM_128_HMAC_SHA1_80, SRTP_AES_CM_128_HMAC_SHA1_80, true},
	{RSRTP_AES_CM_128_HMAC_SHA1_32, SRTP_AES_CM_128_HMAC_SHA1_32, false},
	{RSRTP_AES_256_CM_HMAC_SHA1_80, SRTP_AES_256_CM_HMAC_SHA1_80, true},
	{RSRTP_AES_256_CM_HMAC_SHA1_32, SRTP_AES_256_CM_HMAC_SHA1_32, false},
	{RSRTP_AEAD_AES_128_GCM, SRTP_AES_128_GCM, true},
	{RSRTP_AEAD_AES_256_GCM, SRTP_AES_256_GCM, true},
};

struct peers {
	const char *name;
	struct rsrtp *ours;
	struct srtp *libre;
	struct mbuf *mb;
};

static void peers_open(struct peers *p, size_t i)
{
	const struct rsrtp_key key = fixture_key(suitev[i].ours, 9);

	memset(p, 0, sizeof(*p));
	p->name = rsrtp_transform(suitev[i].ours)->name;
	CU_ASSERT_EQUAL_FATAL(rsrtp_alloc(&p->ours, &key), 0);
	CU_ASSERT_EQUAL_FATAL(srtp_alloc(&p->libre, suitev[i].libre, key.master, rsrtp_master_size(key.suite),
					 0),
			      0);
	p->mb = mbuf_alloc(FIXTURE_PACKET_MAX);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->mb);
}

static void peers_close(struct peers *p)
{
	mem_deref(p->ours);
	mem_deref(p->libre);
	mem_deref(p->mb);
}

typedef int(libre_h)(struct srtp *srtp, struct mbuf *mb);

/* Let libre work on a packet. */
static int libre_do(struct peers *p, libre_h *h, struct fixture_packet *pkt)
{
	int err;

	mbuf_rewind(p->mb);
	(void)mbuf_write_mem(p->mb, pkt->p, pkt->len);
	mbuf_set_pos(p->mb, 0);
	err = h(p->libre, p->mb);
	mbuf_set_pos(p->mb, 0);
	pkt->len = mbuf_get_left(p->mb);
	memcpy(pkt->p, p->mb->buf, pkt->len);

	return err;
}

static void what_we_protect_libre_unprotects(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suitev); i++) {

		struct peers p;
		uint32_t seq, failed = 0, n;

		peers_open(&p, i);

		for (seq = 65000; seq < 65000 + 70000; seq++) {

			const struct fixture_packet plain = fixture_rtp(FIXTURE_SSRC, (uint16_t)seq);
			struct fixture_packet pkt = fixture_srtp(p.ours, FIXTURE_SSRC, (uint16_t)seq);

			failed += libre_do(&p, srtp_decrypt, &pkt) || !fixture_same(&pkt, &plain);
		}

		for (n = 0; suitev[i].rtcp && n < 100; n++) {

			const struct fixture_packet plain = fixture_rtcp(FIXTURE_SSRC);
			struct fixture_packet pkt = fixture_srtcp(p.ours, FIXTURE_SSRC);

			failed += libre_do(&p, srtcp_decrypt, &pkt) || !fixture_same(&pkt, &plain);
		}

		CU_ASSERT_ROW(0 == failed, p.name);
		peers_close(&p);
	}
}

static void what_libre_protects_we_unprotect(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suitev); i++) {

		struct peers p;
		uint32_t seq, failed = 0, n;

		peers_open(&p, i);

		for (seq = 65000; seq < 65000 + 70000; seq++) {

			const struct fixture_packet plain = fixture_rtp(FIXTURE_SSRC, (uint16_t)seq);
			struct fixture_packet pkt = plain;

			failed += libre_do(&p, srtp_encrypt, &pkt) || fixture_same(&pkt, &plain) ||
				  rsrtp_unprotect(p.ours, pkt.p, &pkt.len) || !fixture_same(&pkt, &plain);
		}

		for (n = 0; suitev[i].rtcp && n < 100; n++) {

			const struct fixture_packet plain = fixture_rtcp(FIXTURE_SSRC);
			struct fixture_packet pkt = plain;

			failed += libre_do(&p, srtcp_encrypt, &pkt) || fixture_same(&pkt, &plain) ||
				  rsrtcp_unprotect(p.ours, pkt.p, &pkt.len) || !fixture_same(&pkt, &plain);
		}

		CU_ASSERT_ROW(0 == failed, p.name);
		peers_close(&p);
	}
}

static const struct unit_test testv[] = {
	{"what we protect libre unprotects, over the wrap", what_we_protect_libre_unprotects},
	{"what libre protects we unprotect, over the wrap", what_libre_protects_we_unprotect},
	{NULL, NULL},
};

const struct unit_suite srtp_libre_suite = {"srtp_libre", testv};

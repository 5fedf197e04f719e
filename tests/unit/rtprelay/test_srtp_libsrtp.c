/**
 * @file test_srtp_libsrtp.c  SRTP with libsrtp2 at the other end
 */
#include <string.h>
#include <re.h>
#include <srtp2/srtp.h>
#include "srtp_fixture.h"
#include "unit.h"

typedef void(policy_h)(srtp_crypto_policy_t *policy);

/**
 * Suites, and how libsrtp is told of them. AES-192 is not among them: libsrtp 2.5 derives its session keys with
 * AES-256 and not as RFC 6188 has it, whose vectors ours gives.
 */
static const struct {
	enum rsrtp_suite suite;
	policy_h *rtp;
	policy_h *rtcp;
} suitev[] = {
	{RSRTP_AES_CM_128_HMAC_SHA1_80, srtp_crypto_policy_set_rtp_default,
	 srtp_crypto_policy_set_rtcp_default},
	{RSRTP_AES_CM_128_HMAC_SHA1_32, srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
	 srtp_crypto_policy_set_rtcp_default},
	{RSRTP_AES_256_CM_HMAC_SHA1_80, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
	 srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
	{RSRTP_AES_256_CM_HMAC_SHA1_32, srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
	 srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80},
	{RSRTP_AEAD_AES_128_GCM, srtp_crypto_policy_set_aes_gcm_128_16_auth,
	 srtp_crypto_policy_set_aes_gcm_128_16_auth},
	{RSRTP_AEAD_AES_256_GCM, srtp_crypto_policy_set_aes_gcm_256_16_auth,
	 srtp_crypto_policy_set_aes_gcm_256_16_auth},
};

static uint8_t mki[] = {0, 0, 1, 44};

enum { MKI = 300 };

struct peers {
	const char *name;
	struct rsrtp_key key;
	struct rsrtp *ours;
	srtp_t libsrtp;
	bool mki;
};

/* libsrtp's context for the same key; `inbound`: it receives. */
static void libsrtp_open(struct peers *p, size_t i, bool inbound)
{
	srtp_master_key_t master = {.key = p->key.master, .mki_id = mki, .mki_size = sizeof(mki)};
	srtp_master_key_t *masterv[] = {&master};
	srtp_policy_t policy;

	memset(&policy, 0, sizeof(policy));
	suitev[i].rtp(&policy.rtp);
	suitev[i].rtcp(&policy.rtcp);
	policy.ssrc.type = inbound ? ssrc_any_inbound : ssrc_any_outbound;
	if (p->mki) {
		policy.keys = masterv;
		policy.num_master_keys = 1;
	}
	else {
		policy.key = p->key.master;
	}

	CU_ASSERT_EQUAL_FATAL(srtp_create(&p->libsrtp, &policy), srtp_err_status_ok);
}

static void peers_open(struct peers *p, size_t i, bool inbound, bool with_mki)
{
	memset(p, 0, sizeof(*p));
	p->name = rsrtp_transform(suitev[i].suite)->name;
	p->key = fixture_key(suitev[i].suite, 9);
	p->mki = with_mki;
	if (with_mki) {
		p->key.mki = MKI;
		p->key.mki_size = sizeof(mki);
	}

	CU_ASSERT_EQUAL_FATAL(rsrtp_alloc(&p->ours, &p->key), 0);
	libsrtp_open(p, i, inbound);
}

static void peers_close(struct peers *p)
{
	mem_deref(p->ours);
	(void)srtp_dealloc(p->libsrtp);
}

typedef srtp_err_status_t(libsrtp_h)(srtp_ctx_t *ctx, void *p, int *len, unsigned use_mki);

static srtp_err_status_t rtp_protect(srtp_ctx_t *ctx, void *p, int *len, unsigned use_mki)
{
	return srtp_protect_mki(ctx, p, len, use_mki, 0);
}

static srtp_err_status_t rtcp_protect(srtp_ctx_t *ctx, void *p, int *len, unsigned use_mki)
{
	return srtp_protect_rtcp_mki(ctx, p, len, use_mki, 0);
}

/* Let libsrtp work on a packet. */
static srtp_err_status_t libsrtp_do(struct peers *p, libsrtp_h *h, struct fixture_packet *pkt)
{
	int len = (int)pkt->len;
	const srtp_err_status_t status = h(p->libsrtp, pkt->p, &len, p->mki);

	pkt->len = (size_t)len;

	return status;
}

static bool to_libsrtp(struct peers *p, uint16_t seq)
{
	const struct fixture_packet plain = fixture_rtp(FIXTURE_SSRC, seq);
	struct fixture_packet pkt = fixture_srtp(p->ours, FIXTURE_SSRC, seq);

	return !libsrtp_do(p, srtp_unprotect_mki, &pkt) && fixture_same(&pkt, &plain);
}

static bool to_libsrtp_rtcp(struct peers *p)
{
	const struct fixture_packet plain = fixture_rtcp(FIXTURE_SSRC);
	struct fixture_packet pkt = fixture_srtcp(p->ours, FIXTURE_SSRC);

	return !libsrtp_do(p, srtp_unprotect_rtcp_mki, &pkt) && fixture_same(&pkt, &plain);
}

static bool from_libsrtp(struct peers *p, uint16_t seq)
{
	const struct fixture_packet plain = fixture_rtp(FIXTURE_SSRC, seq);
	struct fixture_packet pkt = plain;

	return !libsrtp_do(p, rtp_protect, &pkt) && !fixture_same(&pkt, &plain) &&
	       !rsrtp_unprotect(p->ours, pkt.p, &pkt.len) && fixture_same(&pkt, &plain);
}

static bool from_libsrtp_rtcp(struct peers *p)
{
	const struct fixture_packet plain = fixture_rtcp(FIXTURE_SSRC);
	struct fixture_packet pkt = plain;

	return !libsrtp_do(p, rtcp_protect, &pkt) && !fixture_same(&pkt, &plain) &&
	       !rsrtcp_unprotect(p->ours, pkt.p, &pkt.len) && fixture_same(&pkt, &plain);
}

static void suite_exchange(size_t i, bool inbound, bool with_mki)
{
	const struct rsrtp_transform *tf = rsrtp_transform(suitev[i].suite);

	/* libsrtp 2.5 looks for the MKI of SRTCP before a tag of SRTP's length */
	const bool rtcp = !with_mki || !inbound || tf->rtp_tag_size == tf->rtcp_tag_size;
	struct peers p;
	uint32_t seq, n, failed = 0;

	peers_open(&p, i, inbound, with_mki);

	for (seq = 65000; seq < 65000 + 70000; seq++) {

		if (seq % 10 == 3) /* lost */
			continue;
		failed += inbound ? !to_libsrtp(&p, (uint16_t)seq) : !from_libsrtp(&p, (uint16_t)seq);
	}

	for (n = 0; rtcp && n < 100; n++)
		failed += inbound ? !to_libsrtp_rtcp(&p) : !from_libsrtp_rtcp(&p);

	CU_ASSERT_ROW(0 == failed, p.name);
	peers_close(&p);
}

static void what_we_protect_libsrtp_unprotects(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suitev); i++)
		suite_exchange(i, true, false);
}

static void what_libsrtp_protects_we_unprotect(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suitev); i++)
		suite_exchange(i, false, false);
}

static void with_an_mki_too(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suitev); i++) {
		suite_exchange(i, true, true);
		suite_exchange(i, false, true);
	}
}

/* A packet of four, late by 60 over the wrap, is not lost on either side. */
static void late_packets_are_taken_as_libsrtp_takes_them(void)
{
	struct fixture_packet latev[20];
	struct peers p;
	uint32_t i, failed = 0;

	peers_open(&p, 0, false, false);

	for (i = 0; i < 80; i++) {

		struct fixture_packet pkt = fixture_rtp(FIXTURE_SSRC, (uint16_t)(65500 + i));

		CU_ASSERT_EQUAL_FATAL(libsrtp_do(&p, rtp_protect, &pkt), srtp_err_status_ok);

		if (i % 4 == 0)
			latev[i / 4] = pkt;
		else
			failed += 0 != fixture_try(p.ours, &pkt);
	}

	for (i = 0; i < ARRAY_SIZE(latev); i++) {
		failed += 0 != fixture_try(p.ours, &latev[i]);
		failed += EALREADY != fixture_try(p.ours, &latev[i]);
	}

	CU_ASSERT_EQUAL(failed, 0);
	peers_close(&p);
}

static const struct unit_test testv[] = {
	{"what we protect libsrtp unprotects, over the wrap", what_we_protect_libsrtp_unprotects},
	{"what libsrtp protects we unprotect, over the wrap", what_libsrtp_protects_we_unprotect},
	{"the same with an MKI", with_an_mki_too},
	{"late packets over the wrap are taken", late_packets_are_taken_as_libsrtp_takes_them},
	{NULL, NULL},
};

static const struct unit_suite libsrtp_suite = {"srtp_libsrtp", testv};

int main(int argc, char *argv[])
{
	static const struct unit_suite *const unit_suitev[] = {&libsrtp_suite, NULL};
	int code;

	if (srtp_init() != srtp_err_status_ok)
		return 2;

	code = unit_main(unit_suitev, argc, argv);
	(void)srtp_shutdown();

	return code;
}

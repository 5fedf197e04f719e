/**
 * @file srtp_bench.c  What SRTP costs a packet: ours beside libsrtp2's and libre's, each suite
 *
 * usage: srtp_bench [--json]
 *
 * A packet is protected and unprotected again, 160 bytes behind an RTP header. The three take turns, the
 * best of their rounds counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <re.h>
#ifdef HAVE_LIBSRTP
#include <srtp2/srtp.h>
#endif
#include "srtp.h"

enum { PACKET_SIZE = 172, BUFFER_SIZE = 256, PACKETS = 5000, ROUNDS = 40 };

/** A sender and a receiver of one implementation. */
struct ends {
	struct rsrtp *tx, *rx;
	struct srtp *libre_tx, *libre_rx;
	struct mbuf *mb;
#ifdef HAVE_LIBSRTP
	srtp_t libsrtp_tx, libsrtp_rx;
#endif
};

/** One implementation; true is success. */
struct engine {
	const char *name;
	bool (*open)(struct ends *ends, const struct rsrtp_key *key);
	bool (*pass)(struct ends *ends, uint8_t *p);
};

static bool ours_open(struct ends *ends, const struct rsrtp_key *key)
{
	return !rsrtp_alloc(&ends->tx, key) && !rsrtp_alloc(&ends->rx, key);
}

static bool ours_pass(struct ends *ends, uint8_t *p)
{
	size_t len = PACKET_SIZE;

	return !rsrtp_protect(ends->tx, p, &len, BUFFER_SIZE) && !rsrtp_unprotect(ends->rx, p, &len);
}

static bool libre_open(struct ends *ends, const struct rsrtp_key *key)
{
	static const int suitev[RSRTP_SUITES] = {
		[RSRTP_AES_CM_128_HMAC_SHA1_80] = SRTP_AES_CM_128_HMAC_SHA1_80,
		[RSRTP_AES_CM_128_HMAC_SHA1_32] = SRTP_AES_CM_128_HMAC_SHA1_32,
		[RSRTP_AES_192_CM_HMAC_SHA1_80] = -1,
		[RSRTP_AES_192_CM_HMAC_SHA1_32] = -1,
		[RSRTP_AES_256_CM_HMAC_SHA1_80] = SRTP_AES_256_CM_HMAC_SHA1_80,
		[RSRTP_AES_256_CM_HMAC_SHA1_32] = SRTP_AES_256_CM_HMAC_SHA1_32,
		[RSRTP_AEAD_AES_128_GCM] = SRTP_AES_128_GCM,
		[RSRTP_AEAD_AES_256_GCM] = SRTP_AES_256_GCM,
	};
	const size_t size = rsrtp_master_size(key->suite);
	const int suite = suitev[key->suite];

	ends->mb = mbuf_alloc(BUFFER_SIZE);

	return suite >= 0 && ends->mb &&
	       !srtp_alloc(&ends->libre_tx, (enum srtp_suite)suite, key->master, size, 0) &&
	       !srtp_alloc(&ends->libre_rx, (enum srtp_suite)suite, key->master, size, 0);
}

static bool libre_pass(struct ends *ends, uint8_t *p)
{
	struct mbuf *mb = ends->mb;

	mbuf_rewind(mb);
	(void)mbuf_write_mem(mb, p, PACKET_SIZE);
	mbuf_set_pos(mb, 0);
	if (srtp_encrypt(ends->libre_tx, mb))
		return false;

	mbuf_set_pos(mb, 0);

	return !srtp_decrypt(ends->libre_rx, mb);
}

#ifdef HAVE_LIBSRTP
static bool libsrtp_one(srtp_t *srtp, const struct rsrtp_key *key, srtp_ssrc_type_t type)
{
	typedef void(policy_h)(srtp_crypto_policy_t * policy);
	static policy_h *const policyv[RSRTP_SUITES] = {
		[RSRTP_AES_CM_128_HMAC_SHA1_80] = srtp_crypto_policy_set_rtp_default,
		[RSRTP_AES_CM_128_HMAC_SHA1_32] = srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32,
		[RSRTP_AES_192_CM_HMAC_SHA1_80] = srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80,
		[RSRTP_AES_192_CM_HMAC_SHA1_32] = srtp_crypto_policy_set_aes_cm_192_hmac_sha1_32,
		[RSRTP_AES_256_CM_HMAC_SHA1_80] = srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80,
		[RSRTP_AES_256_CM_HMAC_SHA1_32] = srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32,
		[RSRTP_AEAD_AES_128_GCM] = srtp_crypto_policy_set_aes_gcm_128_16_auth,
		[RSRTP_AEAD_AES_256_GCM] = srtp_crypto_policy_set_aes_gcm_256_16_auth,
	};
	uint8_t master[RSRTP_MASTER_SIZE_MAX];
	srtp_policy_t policy;

	memcpy(master, key->master, sizeof(master));
	memset(&policy, 0, sizeof(policy));
	policyv[key->suite](&policy.rtp);
	policyv[key->suite](&policy.rtcp);
	policy.ssrc.type = type;
	policy.key = master;

	return !srtp_create(srtp, &policy);
}

static bool libsrtp_open(struct ends *ends, const struct rsrtp_key *key)
{
	return libsrtp_one(&ends->libsrtp_tx, key, ssrc_any_outbound) &&
	       libsrtp_one(&ends->libsrtp_rx, key, ssrc_any_inbound);
}

static bool libsrtp_pass(struct ends *ends, uint8_t *p)
{
	int len = PACKET_SIZE;

	return !srtp_protect(ends->libsrtp_tx, p, &len) && !srtp_unprotect(ends->libsrtp_rx, p, &len);
}
#endif

static void ends_close(struct ends *ends)
{
	mem_deref(ends->tx);
	mem_deref(ends->rx);
	mem_deref(ends->libre_tx);
	mem_deref(ends->libre_rx);
	mem_deref(ends->mb);
#ifdef HAVE_LIBSRTP
	if (ends->libsrtp_tx)
		(void)srtp_dealloc(ends->libsrtp_tx);
	if (ends->libsrtp_rx)
		(void)srtp_dealloc(ends->libsrtp_rx);
#endif
}

static const struct engine enginev[] = {
	{"tandem", ours_open, ours_pass},
#ifdef HAVE_LIBSRTP
	{"libsrtp", libsrtp_open, libsrtp_pass},
#endif
	{"libre", libre_open, libre_pass},
};

enum { ENGINES = sizeof(enginev) / sizeof(enginev[0]) };

static double cpu_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

/* us for a packet there and back. */
static double round_us(const struct engine *engine, struct ends *ends, unsigned *seq)
{
	uint8_t p[BUFFER_SIZE] = {0x80, 0x08};
	const double begin_us = cpu_us();
	unsigned i;

	for (i = 0; i < PACKETS; i++, ++*seq) {

		p[2] = (uint8_t)(*seq >> 8);
		p[3] = (uint8_t)*seq;

		if (!engine->pass(ends, p)) {
			(void)fprintf(stderr, "srtp_bench: %s lost packet %u\n", engine->name, *seq);
			exit(1);
		}
	}

	return (cpu_us() - begin_us) / PACKETS;
}

/* The best round of each; 0: it does not know the suite. */
static void suite_measure(enum rsrtp_suite suite, double bestv[ENGINES])
{
	struct rsrtp_key key = {.suite = suite};
	struct ends endsv[ENGINES];
	unsigned seqv[ENGINES] = {0}, round, i;
	bool knownv[ENGINES];

	memset(endsv, 0, sizeof(endsv));
	for (i = 0; i < sizeof(key.master); i++)
		key.master[i] = (uint8_t)(i * 7);

	for (i = 0; i < ENGINES; i++) {
		knownv[i] = enginev[i].open(&endsv[i], &key);
		bestv[i] = 0;
	}

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < ENGINES; i++) {

			const double us = knownv[i] ? round_us(&enginev[i], &endsv[i], &seqv[i]) : 0;

			if (!round || us < bestv[i])
				bestv[i] = us;
		}
	}

	for (i = 0; i < ENGINES; i++)
		ends_close(&endsv[i]);
}

static void row_print(const char *suite, const double bestv[ENGINES], bool json)
{
	unsigned i;

	if (!json)
		(void)printf("%-26s", suite);

	for (i = 0; i < ENGINES; i++) {

		if (json && bestv[i] > 0)
			(void)printf("{\"bench\":\"srtp\",\"metric\":\"%s_packet_us\",\"value\":%.3f,"
				     "\"unit\":\"us\",\"at\":{\"suite\":\"%s\"}}\n",
				     enginev[i].name, bestv[i], suite);
		else if (!json && bestv[i] > 0)
			(void)printf(" %9.3f", bestv[i]);
		else if (!json)
			(void)printf(" %9s", "-");
	}

	if (!json)
		(void)printf("\n");
}

int main(int argc, char *argv[])
{
	const bool json = argc > 1 && 0 == strcmp(argv[1], "--json");
	unsigned i;

#ifdef HAVE_LIBSRTP
	if (srtp_init() != srtp_err_status_ok)
		return 1;
#endif
	if (!json) {
		(void)printf("%-26s", "us per packet and back");
		for (i = 0; i < ENGINES; i++)
			(void)printf(" %9s", enginev[i].name);
		(void)printf("\n");
	}

	for (i = 0; i < RSRTP_SUITES; i++) {

		double bestv[ENGINES];

		suite_measure((enum rsrtp_suite)i, bestv);
		row_print(rsrtp_transform((enum rsrtp_suite)i)->name, bestv, json);
	}

#ifdef HAVE_LIBSRTP
	(void)srtp_shutdown();
#endif

	return 0;
}

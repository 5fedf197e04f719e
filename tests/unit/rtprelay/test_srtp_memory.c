/**
 * @file test_srtp_memory.c  SRTP and memory: none is taken for a packet, and where there is none nothing breaks
 *
 * OpenSSL's allocations are counted through its hooks, libre's through memory_short.
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include "memory_short.h"
#include "srtp_cipher.h"
#include "srtp_fixture.h"
#include "srtp_memory.h"
#include "unit.h"

enum { NEVER = -1 };

static int64_t openssl_left = NEVER; /* allocations until the one that fails */
static bool openssl_failed;
static uint64_t openssl_taken;
static int64_t openssl_held;

static bool openssl_fails(void)
{
	++openssl_taken;
	if (openssl_left == NEVER || openssl_left--)
		return false;

	openssl_failed = true;

	return true;
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
	void *p = openssl_fails() ? NULL : malloc(size);

	openssl_held += p != NULL;

	return p;
}

static void *openssl_realloc(void *p, size_t size, const char *file, int line)
{
	if (openssl_fails())
		return NULL;

	openssl_held += p == NULL;

	return realloc(p, size);
}

static void openssl_free(void *p, const char *file, int line)
{
	openssl_held -= p != NULL;
	free(p);
}

bool srtp_memory_hook(void)
{
	return CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free);
}

static void short_of(int64_t n)
{
	openssl_left = n;
	openssl_failed = false;
}

static void packets_pass(struct fixture_pair *f, uint16_t begin, uint16_t count)
{
	uint16_t seq;

	for (seq = begin; seq < begin + count; seq++) {

		struct fixture_packet pkt = fixture_srtp(f->tx, FIXTURE_SSRC, seq);
		struct fixture_packet rtcp = fixture_srtcp(f->tx, FIXTURE_SSRC);
		struct fixture_packet forged = pkt;

		forged.p[20] ^= 1;
		CU_ASSERT_EQUAL(fixture_try(f->rx, &forged), EBADMSG);
		rsrtp_word_write(forged.p + 8, seq);
		CU_ASSERT_EQUAL(fixture_try(f->rx, &forged), EBADMSG);
		CU_ASSERT_EQUAL(fixture_try(f->rx, &pkt), 0);
		CU_ASSERT_EQUAL(fixture_try(f->rx, &pkt), EALREADY);
		CU_ASSERT_EQUAL(fixture_try_rtcp(f->rx, &rtcp), 0);
	}
}

static void no_packet_takes_memory(void)
{
	unsigned suite;

	for (suite = 0; suite < RSRTP_SUITES; suite++) {

		const struct rsrtp_key key = fixture_key((enum rsrtp_suite)suite, 1);
		struct fixture_pair f;
		uint64_t taken;

		fixture_pair_open(&f, &key);
		packets_pass(&f, 1, 1);

		taken = openssl_taken;
		memory_count(true);
		memory_short(0);
		packets_pass(&f, 2, 200);
		memory_count(false);
		CU_ASSERT(!memory_enough());
		CU_ASSERT_ROW(taken == openssl_taken, rsrtp_transform((enum rsrtp_suite)suite)->name);

		fixture_pair_close(&f);
	}
}

static void without_memory_there_is_no_context_and_no_leak(void)
{
	const struct rsrtp_key key = fixture_key(RSRTP_AEAD_AES_128_GCM, 1);
	struct rsrtp *srtp = NULL;
	uint32_t n, failed = 0;
	int64_t held;

	CU_ASSERT_EQUAL_FATAL(rsrtp_alloc(&srtp, &key), 0); /* what OpenSSL keeps for ever is there now */
	srtp = mem_deref(srtp);
	ERR_raise(ERR_LIB_USER, ERR_R_MALLOC_FAILURE);
	ERR_clear_error();
	held = openssl_held;

	for (n = 0; n < 100; n++) {

		int err;

		short_of(n);
		err = rsrtp_alloc(&srtp, &key);
		short_of(NEVER);
		CU_ASSERT(!err == !!srtp);
		failed += err != 0;
		srtp = mem_deref(srtp);
		ERR_clear_error();
		CU_ASSERT_EQUAL(openssl_held, held);
	}

	CU_ASSERT(failed > 5);
	CU_ASSERT(failed < 100);

	for (n = 0; n < 10; n++) {

		int err;

		memory_count(true);
		memory_short(n);
		err = rsrtp_alloc(&srtp, &key);
		memory_count(false);
		CU_ASSERT_EQUAL(memory_enough(), err == ENOMEM);
		CU_ASSERT(!err == !!srtp);
		srtp = mem_deref(srtp);
		CU_ASSERT_EQUAL(openssl_held, held);
	}
}

static void without_memory_an_ssrc_waits_for_its_next_packet(void)
{
	const struct rsrtp_key key = fixture_key(RSRTP_AES_CM_128_HMAC_SHA1_80, 1);
	struct fixture_packet pkt = fixture_rtp(FIXTURE_SSRC, 1), plain = pkt, first, second;
	struct fixture_pair f;

	fixture_pair_open(&f, &key);
	memory_count(true);
	memory_short(0);
	CU_ASSERT_EQUAL(rsrtp_protect(f.tx, pkt.p, &pkt.len, sizeof(pkt.p)), ENOMEM);
	CU_ASSERT(fixture_same(&pkt, &plain));
	first = fixture_srtp(f.tx, FIXTURE_SSRC, 1);
	second = fixture_srtp(f.tx, FIXTURE_SSRC, 2);
	memory_short(0);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &first), ENOMEM);
	CU_ASSERT_EQUAL(fixture_try(f.rx, &second), 0);
	memory_count(false);
	(void)memory_enough();
	fixture_pair_close(&f);
}

static const struct unit_test testv[] = {
	{"no packet takes memory, true, forged or repeated", no_packet_takes_memory},
	{"without memory there is no context and no leak", without_memory_there_is_no_context_and_no_leak},
	{"without memory an SSRC waits for its next packet",
	 without_memory_an_ssrc_waits_for_its_next_packet},
	{NULL, NULL},
};

const struct unit_suite srtp_memory_suite = {"srtp_memory", testv};

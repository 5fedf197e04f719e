/**
 * @file srtp_suite.c  The crypto suites of SRTP and a master key for one
 */
#include <re.h>
#include <openssl/crypto.h>
#include "srtp_suite.h"

/* SRTCP keeps 80 bits where SRTP has 32 (RFC 4568 section 6.2.2, RFC 6188 section 4). */
static const struct rsrtp_transform transformv[RSRTP_SUITES] = {
	[RSRTP_AES_CM_128_HMAC_SHA1_80] = {"AES_CM_128_HMAC_SHA1_80", "AES-128-CTR", "AES-128-CTR", 16, 14,
					   10, 10, false},
	[RSRTP_AES_CM_128_HMAC_SHA1_32] = {"AES_CM_128_HMAC_SHA1_32", "AES-128-CTR", "AES-128-CTR", 16, 14, 4,
					   10, false},
	[RSRTP_AES_192_CM_HMAC_SHA1_80] = {"AES_192_CM_HMAC_SHA1_80", "AES-192-CTR", "AES-192-CTR", 24, 14,
					   10, 10, false},
	[RSRTP_AES_192_CM_HMAC_SHA1_32] = {"AES_192_CM_HMAC_SHA1_32", "AES-192-CTR", "AES-192-CTR", 24, 14, 4,
					   10, false},
	[RSRTP_AES_256_CM_HMAC_SHA1_80] = {"AES_256_CM_HMAC_SHA1_80", "AES-256-CTR", "AES-256-CTR", 32, 14,
					   10, 10, false},
	[RSRTP_AES_256_CM_HMAC_SHA1_32] = {"AES_256_CM_HMAC_SHA1_32", "AES-256-CTR", "AES-256-CTR", 32, 14, 4,
					   10, false},
	[RSRTP_AEAD_AES_128_GCM] = {"AEAD_AES_128_GCM", "AES-128-GCM", "AES-128-CTR", 16, 12, 16, 16, true},
	[RSRTP_AEAD_AES_256_GCM] = {"AEAD_AES_256_GCM", "AES-256-GCM", "AES-256-CTR", 32, 12, 16, 16, true},
};

const struct rsrtp_transform *rsrtp_transform(enum rsrtp_suite suite)
{
	return &transformv[suite];
}

int rsrtp_suite_find(enum rsrtp_suite *suite, const struct pl *name)
{
	unsigned i;

	for (i = 0; i < RSRTP_SUITES; i++) {

		if (pl_strcasecmp(name, transformv[i].name))
			continue;

		*suite = (enum rsrtp_suite)i;
		return 0;
	}

	return ENOTSUP;
}

size_t rsrtp_master_size(enum rsrtp_suite suite)
{
	return (size_t)transformv[suite].key_size + transformv[suite].salt_size;
}

bool rsrtp_key_same(const struct rsrtp_key *a, const struct rsrtp_key *b)
{
	return a->suite == b->suite && a->mki == b->mki && a->mki_size == b->mki_size &&
	       0 == CRYPTO_memcmp(a->master, b->master, rsrtp_master_size(a->suite));
}

void rsrtp_key_wipe(struct rsrtp_key *key)
{
	OPENSSL_cleanse(key, sizeof(*key));
}

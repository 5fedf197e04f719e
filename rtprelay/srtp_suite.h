/**
 * @file srtp_suite.h  The crypto suites of SRTP and a master key for one; prefix rsrtp: libre has srtp_*
 */
#ifndef TANDEM_RELAY_SRTP_SUITE_H
#define TANDEM_RELAY_SRTP_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <re.h>

/** RFC 4568 section 6.2, RFC 6188 section 4, RFC 7714 section 14.2; the order is of no meaning. */
enum rsrtp_suite {
	RSRTP_AES_CM_128_HMAC_SHA1_80,
	RSRTP_AES_CM_128_HMAC_SHA1_32,
	RSRTP_AES_192_CM_HMAC_SHA1_80,
	RSRTP_AES_192_CM_HMAC_SHA1_32,
	RSRTP_AES_256_CM_HMAC_SHA1_80,
	RSRTP_AES_256_CM_HMAC_SHA1_32,
	RSRTP_AEAD_AES_128_GCM,
	RSRTP_AEAD_AES_256_GCM,
	RSRTP_SUITES,
};

enum {
	RSRTP_KEY_SIZE_MAX = 32,
	RSRTP_SALT_SIZE_MAX = 14,
	RSRTP_MASTER_SIZE_MAX = RSRTP_KEY_SIZE_MAX + RSRTP_SALT_SIZE_MAX,
	RSRTP_TAG_SIZE_MAX = 16,
	RSRTP_MKI_SIZE_MAX = 128, /* RFC 4568 section 6.1 */
};

/** What a suite is made of; sizes in bytes. */
struct rsrtp_transform {
	const char *name;      /* as in a=crypto (IANA) */
	const char *cipher;    /* OpenSSL's name of the packet cipher */
	const char *prf;       /* OpenSSL's name of the cipher keys are derived with */
	uint8_t key_size;      /* master and session encryption key */
	uint8_t salt_size;     /* master and session salt */
	uint8_t rtp_tag_size;  /* authentication tag of SRTP */
	uint8_t rtcp_tag_size; /* and of SRTCP: never shortened (RFC 4568 section 6.2.2) */
	bool aead;             /* the cipher authenticates, there is no HMAC */
};

/** A master key of one sender. Whoever holds one wipes it (rsrtp_key_wipe). */
struct rsrtp_key {
	enum rsrtp_suite suite;
	uint8_t master[RSRTP_MASTER_SIZE_MAX]; /* key, then salt */
	uint64_t mki;                          /* the master key identifier its packets carry … */
	uint8_t mki_size;                      /* … in so many bytes; 0: none */
};

/** What a suite is made of. */
const struct rsrtp_transform *rsrtp_transform(enum rsrtp_suite suite);

/** Find a suite by its name in a=crypto. 0 or ENOTSUP. */
int rsrtp_suite_find(enum rsrtp_suite *suite, const struct pl *name);

/** Bytes of key and salt together. */
size_t rsrtp_master_size(enum rsrtp_suite suite);

/** Are both the same suite, key, salt and MKI? In constant time. */
bool rsrtp_key_same(const struct rsrtp_key *a, const struct rsrtp_key *b);

/** Forget a key for good. */
void rsrtp_key_wipe(struct rsrtp_key *key);

#endif

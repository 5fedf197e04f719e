/**
 * @file srtp_cipher.c  Encryption and authentication of SRTP or SRTCP packets under their session keys
 *
 * HMAC-SHA1 is built on OpenSSL's SHA_CTX, which OpenSSL 3 calls deprecated: it is a plain value, so that the
 * two halves of the key are hashed once and copied for each packet. EVP_MAC and EVP_MD_CTX_copy allocate
 * twice a packet and take twice as long (docs/decisions/0008-srtp.md).
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <string.h>
#include <re.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include "srtp_cipher.h"

enum { IV_SIZE = 16, INDEX_SIZE = 6, HMAC_BLOCK = 64 };

struct rsrtp_cipher {
	EVP_CIPHER_CTX *evp; /* keyed; each packet only brings its IV */
	SHA_CTX inner;       /* HMAC: the key's inner and outer pad are in */
	SHA_CTX outer;
	uint8_t salt[RSRTP_SALT_SIZE_MAX];
	uint8_t salt_size;
	uint8_t tag_size;
	bool aead;
	bool word_in_aad; /* SRTCP: RFC 7714 section 9.2; SRTP has its ROC in the IV */
};

static void destructor(void *arg)
{
	struct rsrtp_cipher *c = arg;

	EVP_CIPHER_CTX_free(c->evp);
	OPENSSL_cleanse(c, sizeof(*c));
}

/* RFC 2104. The key is shorter than a block. */
static void hmac_key(struct rsrtp_cipher *c, const uint8_t *key, size_t size)
{
	uint8_t ipad[HMAC_BLOCK], opad[HMAC_BLOCK];
	size_t i;

	for (i = 0; i < HMAC_BLOCK; i++) {

		const uint8_t k = i < size ? key[i] : 0;

		ipad[i] = k ^ 0x36;
		opad[i] = k ^ 0x5c;
	}

	(void)SHA1_Init(&c->inner);
	(void)SHA1_Update(&c->inner, ipad, sizeof(ipad));
	(void)SHA1_Init(&c->outer);
	(void)SHA1_Update(&c->outer, opad, sizeof(opad));

	OPENSSL_cleanse(ipad, sizeof(ipad));
	OPENSSL_cleanse(opad, sizeof(opad));
}

static int cipher_key(struct rsrtp_cipher *c, const char *name, const uint8_t *key)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	int err = ENOMEM;

	if (!cipher)
		return ENOTSUP;

	c->evp = EVP_CIPHER_CTX_new();
	if (c->evp && EVP_EncryptInit_ex2(c->evp, cipher, key, NULL, NULL))
		err = 0;

	EVP_CIPHER_free(cipher);

	return err;
}

int rsrtp_cipher_alloc(struct rsrtp_cipher **cp, enum rsrtp_suite suite, enum rsrtp_label label,
		       const struct rsrtp_session_keys *keys)
{
	const struct rsrtp_transform *tf = rsrtp_transform(suite);
	struct rsrtp_cipher *c;
	int err;

	c = mem_zalloc(sizeof(*c), destructor);
	if (!c)
		return ENOMEM;

	err = cipher_key(c, tf->cipher, keys->enc);
	if (err)
		goto out;

	hmac_key(c, keys->auth, sizeof(keys->auth));
	memcpy(c->salt, keys->salt, tf->salt_size);
	c->salt_size = tf->salt_size;
	c->tag_size = label == RSRTP_LABEL_RTP ? tf->rtp_tag_size : tf->rtcp_tag_size;
	c->aead = tf->aead;
	c->word_in_aad = label == RSRTP_LABEL_RTCP;

out:
	if (err)
		mem_deref(c);
	else
		*cp = c;

	return err;
}

size_t rsrtp_cipher_tag_size(const struct rsrtp_cipher *c)
{
	return c->tag_size;
}

/*
 * The salt, with SSRC and 48-bit index XORed into it. In counter mode it is 14 bytes, before a counter of
 * blocks (RFC 3711 section 4.1.1), in GCM 12 (RFC 7714 sections 8.1 and 9.1): in both the index ends it.
 */
static void iv_make(const struct rsrtp_cipher *c, const struct rsrtp_unit *unit, uint8_t iv[IV_SIZE])
{
	uint8_t *index = iv + c->salt_size - INDEX_SIZE;
	uint8_t word[4], *ssrc = index - sizeof(word);
	unsigned i;

	memset(iv, 0, IV_SIZE);
	memcpy(iv, c->salt, c->salt_size);
	rsrtp_word_write(word, unit->ssrc);

	for (i = 0; i < sizeof(word); i++)
		ssrc[i] ^= word[i];

	for (i = 0; i < INDEX_SIZE; i++)
		index[i] ^= (uint8_t)(unit->index >> 8 * (INDEX_SIZE - 1 - i));
}

static bool crypt_text(struct rsrtp_cipher *c, const struct rsrtp_unit *unit)
{
	uint8_t *text = unit->p + unit->clear;
	int outl;

	return EVP_CipherUpdate(c->evp, text, &outl, text, (int)(unit->len - unit->clear));
}

static bool counter_crypt(struct rsrtp_cipher *c, const struct rsrtp_unit *unit)
{
	uint8_t iv[IV_SIZE];

	iv_make(c, unit, iv);

	return EVP_CipherInit_ex2(c->evp, NULL, NULL, iv, 1, NULL) && crypt_text(c, unit);
}

/* RFC 3711 section 4.2.1: over the packet and the word behind it. */
static void hmac_make(const struct rsrtp_cipher *c, const struct rsrtp_unit *unit,
		      uint8_t mac[SHA_DIGEST_LENGTH])
{
	SHA_CTX sha = c->inner;
	uint8_t word[4];

	rsrtp_word_write(word, unit->word);
	(void)SHA1_Update(&sha, unit->p, unit->len);
	(void)SHA1_Update(&sha, word, sizeof(word));
	(void)SHA1_Final(mac, &sha);

	sha = c->outer;
	(void)SHA1_Update(&sha, mac, SHA_DIGEST_LENGTH);
	(void)SHA1_Final(mac, &sha);
}

static bool gcm_start(struct rsrtp_cipher *c, const struct rsrtp_unit *unit, int enc)
{
	uint8_t iv[IV_SIZE];

	iv_make(c, unit, iv);

	return EVP_CipherInit_ex2(c->evp, NULL, NULL, iv, enc, NULL);
}

static bool gcm_aad(struct rsrtp_cipher *c, const struct rsrtp_unit *unit)
{
	uint8_t word[4];
	int outl;

	rsrtp_word_write(word, unit->word);

	return EVP_CipherUpdate(c->evp, NULL, &outl, unit->p, (int)unit->clear) &&
	       (!c->word_in_aad || EVP_CipherUpdate(c->evp, NULL, &outl, word, sizeof(word)));
}

static bool gcm_seal(struct rsrtp_cipher *c, const struct rsrtp_unit *unit, uint8_t *tag)
{
	int outl;

	return gcm_start(c, unit, 1) && gcm_aad(c, unit) && crypt_text(c, unit) &&
	       EVP_CipherFinal_ex(c->evp, tag, &outl) &&
	       EVP_CIPHER_CTX_ctrl(c->evp, EVP_CTRL_AEAD_GET_TAG, c->tag_size, tag);
}

static bool gcm_verify(struct rsrtp_cipher *c, const struct rsrtp_unit *unit, const uint8_t *tag)
{
	uint8_t copy[RSRTP_TAG_SIZE_MAX], none[1];
	int outl;

	memcpy(copy, tag, c->tag_size);

	return gcm_start(c, unit, 0) &&
	       EVP_CIPHER_CTX_ctrl(c->evp, EVP_CTRL_AEAD_SET_TAG, c->tag_size, copy) && gcm_aad(c, unit) &&
	       crypt_text(c, unit) && EVP_CipherFinal_ex(c->evp, none, &outl);
}

/* GCM decrypts while it authenticates; its keystream, applied once more, undoes that. */
static int gcm_open(struct rsrtp_cipher *c, const struct rsrtp_unit *unit, const uint8_t *tag)
{
	if (gcm_verify(c, unit, tag))
		return 0;

	if (gcm_start(c, unit, 1))
		(void)crypt_text(c, unit);

	return EBADMSG;
}

int rsrtp_cipher_seal(struct rsrtp_cipher *c, const struct rsrtp_unit *unit, uint8_t *tag)
{
	uint8_t mac[SHA_DIGEST_LENGTH];

	if (c->aead)
		return gcm_seal(c, unit, tag) ? 0 : EIO;

	if (!counter_crypt(c, unit))
		return EIO;

	hmac_make(c, unit, mac);
	memcpy(tag, mac, c->tag_size);

	return 0;
}

int rsrtp_cipher_open(struct rsrtp_cipher *c, const struct rsrtp_unit *unit, const uint8_t *tag)
{
	uint8_t mac[SHA_DIGEST_LENGTH];

	if (c->aead)
		return gcm_open(c, unit, tag);

	hmac_make(c, unit, mac);
	if (CRYPTO_memcmp(mac, tag, c->tag_size) || !counter_crypt(c, unit))
		return EBADMSG;

	return 0;
}

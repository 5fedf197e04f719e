/**
 * @file srtp_key.c  Session keys, derived from a master key (RFC 3711 section 4.3, RFC 7714 section 11)
 */
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include "srtp_key.h"

enum { IV_SIZE = 16, LABEL_POS = 7 };

/* AES_CM(master key, (label ^ master salt) * 2^16): what it makes of zeros. */
static bool derive(EVP_CIPHER_CTX *prf, const uint8_t *salt, uint8_t label, uint8_t *out, int size)
{
	uint8_t iv[IV_SIZE] = {0};
	int outl;

	memcpy(iv, salt, RSRTP_SALT_SIZE_MAX);
	iv[LABEL_POS] ^= label;
	memset(out, 0, (size_t)size);

	return EVP_EncryptInit_ex2(prf, NULL, NULL, iv, NULL) &&
	       EVP_EncryptUpdate(prf, out, &outl, out, size);
}

static int keys_fill(struct rsrtp_session_keys *keys, const struct rsrtp_key *key, enum rsrtp_label label,
		     EVP_CIPHER_CTX *prf)
{
	const struct rsrtp_transform *tf = rsrtp_transform(key->suite);
	uint8_t salt[RSRTP_SALT_SIZE_MAX] = {0}; /* a shorter one has zeros behind it */
	bool ok;

	memcpy(salt, key->master + tf->key_size, tf->salt_size);

	ok = derive(prf, salt, (uint8_t)label, keys->enc, tf->key_size) &&
	     derive(prf, salt, (uint8_t)(label + 1), keys->auth, sizeof(keys->auth)) &&
	     derive(prf, salt, (uint8_t)(label + 2), keys->salt, tf->salt_size);
	OPENSSL_cleanse(salt, sizeof(salt));

	return ok ? 0 : ENOMEM;
}

int rsrtp_keys_derive(struct rsrtp_session_keys *keys, const struct rsrtp_key *key, enum rsrtp_label label)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, rsrtp_transform(key->suite)->prf, NULL);
	EVP_CIPHER_CTX *prf = EVP_CIPHER_CTX_new();
	int err = ENOMEM;

	memset(keys, 0, sizeof(*keys));

	if (!cipher)
		err = ENOTSUP;
	else if (prf && EVP_EncryptInit_ex2(prf, cipher, key->master, NULL, NULL))
		err = keys_fill(keys, key, label, prf);

	EVP_CIPHER_CTX_free(prf);
	EVP_CIPHER_free(cipher);

	return err;
}

void rsrtp_keys_wipe(struct rsrtp_session_keys *keys)
{
	OPENSSL_cleanse(keys, sizeof(*keys));
}

/**
 * @file sdes.c  The a=crypto attribute of SDP (RFC 4568)
 */
#include <string.h>
#include <re.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include "sdes.h"
#include "sdp_line.h"

enum {
	TAG_DIGITS_MAX = 9,
	LIFETIME_POWER_MAX = 48,
	NUMBER_DIGITS_MAX = 19,
	BASE64_SIZE_MAX = (RSRTP_MASTER_SIZE_MAX + 2) / 3 * 4,
};

#define LIFETIME_MAX (UINT64_C(1) << LIFETIME_POWER_MAX)

static int refuse(int err, const char **reason, const char *why)
{
	*reason = why;

	return err;
}

static bool number_decode(uint64_t *num, const struct pl *pl, size_t digits_max)
{
	size_t i;

	if (!pl->l || pl->l > digits_max)
		return false;

	for (i = 0; i < pl->l; i++)
		if (pl->p[i] < '0' || pl->p[i] > '9')
			return false;

	*num = pl_u64(pl);

	return true;
}

/* The text up to a separator; it is taken off `rest`, with the separator. */
static struct pl part_next(struct pl *rest, char separator)
{
	struct pl part = *rest;
	const char *p = pl_strchr(rest, separator);

	part.l = p ? (size_t)(p - rest->p) : rest->l;
	pl_advance(rest, (ssize_t)(part.l + (p ? 1 : 0)));

	return part;
}

/* 0 to 63; 64: not a character of base64. */
static unsigned base64_value(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(alphabet, c) : NULL;

	return p ? (unsigned)(p - alphabet) : 64;
}

/* Section 6.1 lets the padding be left out, and libre's decoder takes any character. */
static bool base64_exact(uint8_t *out, size_t size, struct pl text)
{
	uint32_t bits = 0;
	size_t n = 0;
	unsigned count = 0;

	for (; text.l && text.p[text.l - 1] == '='; --text.l)
		if (++count > 2)
			return false;

	if (text.l != (size * 8 + 5) / 6)
		return false;

	for (count = 0; text.l; pl_advance(&text, 1)) {

		const unsigned value = base64_value(*text.p);

		if (value > 63)
			return false;

		bits = bits << 6 | value;
		count += 6;

		if (count >= 8 && n < size) {
			count -= 8;
			out[n++] = (uint8_t)(bits >> count);
		}
	}

	return n == size;
}

static bool lifetime_valid(struct pl pl)
{
	uint64_t num;

	if (pl.l > 2 && 0 == memcmp(pl.p, "2^", 2)) {
		pl_advance(&pl, 2);
		return number_decode(&num, &pl, 2) && num <= LIFETIME_POWER_MAX;
	}

	return number_decode(&num, &pl, NUMBER_DIGITS_MAX) && num > 0 && num <= LIFETIME_MAX;
}

/* MKI ":" length. */
static int mki_decode(struct rsrtp_key *key, struct pl pl, const char **reason)
{
	const struct pl value = part_next(&pl, ':');
	uint64_t size;

	if (!number_decode(&size, &pl, 3) || !size || size > RSRTP_MKI_SIZE_MAX)
		return refuse(EBADMSG, reason, "the MKI's length is not 1 to 128");

	if (!number_decode(&key->mki, &value, NUMBER_DIGITS_MAX))
		return refuse(EBADMSG, reason, "the MKI is no number of at most 19 digits");

	if (size < 8 && key->mki >> 8 * size)
		return refuse(EBADMSG, reason, "the MKI does not fit its length");

	key->mki_size = (uint8_t)size;

	return 0;
}

/* "inline:" key||salt ["|" lifetime] ["|" MKI ":" length], section 6.1. */
static int key_decode(struct rsrtp_key *key, struct pl param, const char **reason)
{
	const struct pl method = part_next(&param, ':');
	const struct pl text = part_next(&param, '|');
	struct pl part;

	if (pl_strcasecmp(&method, "inline"))
		return refuse(ENOTSUP, reason, "the key method is not inline");

	if (!base64_exact(key->master, rsrtp_master_size(key->suite), text))
		return refuse(EBADMSG, reason, "the key is not base64 of the suite's length");

	if (!param.l)
		return 0;

	part = part_next(&param, '|');
	if (!pl_strchr(&part, ':')) {

		if (!lifetime_valid(part))
			return refuse(EBADMSG, reason, "the lifetime is not 1 to 2^48 packets");
		if (!param.l)
			return 0;
		part = part_next(&param, '|');
	}

	if (param.l)
		return refuse(EBADMSG, reason, "something stands behind the MKI");

	return mki_decode(key, part, reason);
}

/* Section 6.3; what changes the packets must be understood. */
static int session_param_check(const struct pl *param, const char **reason)
{
	static const char *const harmlessv[] = {"KDR=0", "WSH=", "FEC_KEY=", "FEC_ORDER=", "-"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(harmlessv); i++) {

		struct pl start = *param;

		start.l = MIN(start.l, strlen(harmlessv[i]));
		if (0 == pl_strcasecmp(&start, harmlessv[i]))
			return 0;
	}

	if (param->l > 2 && 0 == memcmp(param->p, "UN", 2))
		return refuse(ENOTSUP, reason, "unencrypted or unauthenticated media is not offered");

	return refuse(ENOTSUP, reason, "a session parameter is not supported");
}

static int line_decode(struct sdes *sdes, struct pl rest, const char **reason)
{
	struct pl field, keys;
	uint64_t tag;
	int err;

	if (!sdp_field_next(&field, &rest) || !number_decode(&tag, &field, TAG_DIGITS_MAX))
		return refuse(EBADMSG, reason, "the tag is no number of at most 9 digits");
	sdes->tag = (uint32_t)tag;

	if (!sdp_field_next(&field, &rest))
		return refuse(EBADMSG, reason, "there is no crypto suite");
	if (rsrtp_suite_find(&sdes->key.suite, &field))
		return refuse(ENOTSUP, reason, "the crypto suite is not supported");

	if (!sdp_field_next(&keys, &rest))
		return refuse(EBADMSG, reason, "there is no key");
	err = key_decode(&sdes->key, part_next(&keys, ';'), reason);

	while (!err && sdp_field_next(&field, &rest))
		err = session_param_check(&field, reason);

	return err;
}

int sdes_decode(struct sdes *sdes, const struct pl *value, const char **reason)
{
	struct sdes line;
	int err;

	memset(&line, 0, sizeof(line));
	err = line_decode(&line, *value, reason);
	if (!err)
		*sdes = line;

	sdes_wipe(&line);

	return err;
}

int sdes_make(struct sdes *sdes, uint32_t tag, enum rsrtp_suite suite)
{
	if (tag > SDES_TAG_MAX)
		return ERANGE;

	memset(sdes, 0, sizeof(*sdes));
	sdes->tag = tag;
	sdes->key.suite = suite;

	return RAND_priv_bytes(sdes->key.master, (int)rsrtp_master_size(suite)) == 1 ? 0 : EIO;
}

int sdes_print(struct re_printf *pf, const struct sdes *sdes)
{
	const struct rsrtp_key *key = &sdes->key;
	char text[BASE64_SIZE_MAX];
	size_t len = sizeof(text);
	int err;

	err = base64_encode(key->master, rsrtp_master_size(key->suite), text, &len);
	if (!err)
		err = re_hprintf(pf, "%u %s inline:%b", sdes->tag, rsrtp_transform(key->suite)->name, text,
				 len);
	if (!err && sdes->lifetime)
		err = re_hprintf(pf, "|" SDES_LIFETIME);
	if (!err && key->mki_size)
		err = re_hprintf(pf, "|%llu:%u", key->mki, key->mki_size);

	OPENSSL_cleanse(text, sizeof(text));

	return err;
}

void sdes_wipe(struct sdes *sdes)
{
	rsrtp_key_wipe(&sdes->key);
}

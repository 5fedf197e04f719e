/**
 * @file keying.c  The SRTP keys of one party's m-line, as SDES carries them (RFC 4568)
 */
#include <string.h>
#include <re.h>
#include "keying.h"

struct keying {
	struct sdes oursv[RSRTP_SUITES]; /* by suite; their tags are those of our last offer */
	bool madev[RSRTP_SUITES];
	bool offeredv[RSRTP_SUITES];

	uint32_t seen;           /* suites of its last offer, as bits */
	struct sdes theirs;      /* of its last offer or answer */
	bool chosen;             /* … which had one */
	struct rsrtp_key rx, tx; /* in force */
	bool settled;
	bool lifetime;
};

/* The strongest first, and of each cipher the long tag before the short one. */
static const struct keying_suites all = {
	.v = {RSRTP_AEAD_AES_256_GCM, RSRTP_AEAD_AES_128_GCM, RSRTP_AES_256_CM_HMAC_SHA1_80,
	      RSRTP_AES_256_CM_HMAC_SHA1_32, RSRTP_AES_192_CM_HMAC_SHA1_80, RSRTP_AES_192_CM_HMAC_SHA1_32,
	      RSRTP_AES_CM_128_HMAC_SHA1_80, RSRTP_AES_CM_128_HMAC_SHA1_32},
	.c = RSRTP_SUITES,
};

static void keying_destructor(void *arg)
{
	struct keying *k = arg;
	unsigned i;

	for (i = 0; i < RSRTP_SUITES; i++)
		sdes_wipe(&k->oursv[i]);
	sdes_wipe(&k->theirs);
	rsrtp_key_wipe(&k->rx);
	rsrtp_key_wipe(&k->tx);
}

int keying_alloc(struct keying **kp)
{
	struct keying *k = mem_zalloc(sizeof(*k), keying_destructor);

	if (!k)
		return ENOMEM;

	*kp = k;

	return 0;
}

const struct keying_suites *keying_suites_all(void)
{
	return &all;
}

static bool suite_in(const struct keying_suites *suites, enum rsrtp_suite suite)
{
	unsigned i;

	for (i = 0; i < suites->c; i++)
		if (suites->v[i] == suite)
			return true;

	return false;
}

int keying_offer_read(struct keying *k, const struct pl *linev, unsigned n,
		      const struct keying_suites *suites)
{
	struct sdes sdes;
	const char *reason;
	unsigned i;

	k->chosen = false;
	k->seen = 0;

	for (i = 0; i < n; i++) {

		if (sdes_decode(&sdes, &linev[i], &reason) || !suite_in(suites, sdes.key.suite))
			continue;

		k->seen |= 1U << sdes.key.suite;
		if (!k->chosen)
			k->theirs = sdes;
		k->chosen = true;
	}

	sdes_wipe(&sdes);

	return k->chosen ? 0 : ENOTSUP;
}

uint32_t keying_offered(const struct keying *k)
{
	return k->seen;
}

uint32_t keying_agreed(const struct keying *k)
{
	return k->settled ? 1U << k->rx.suite : 0;
}

int keying_answer_read(struct keying *k, const struct pl *linev, unsigned n)
{
	const char *reason;
	unsigned i;

	k->chosen = false;

	for (i = 0; i < n && !k->chosen; i++) {

		if (sdes_decode(&k->theirs, &linev[i], &reason))
			continue;

		/* each suite is offered once, so it says which line was taken, also to who numbers its own */
		k->chosen = k->offeredv[k->theirs.key.suite];
	}

	return k->chosen ? 0 : EBADMSG;
}

static int ours_make(struct keying *k, enum rsrtp_suite suite, uint32_t tag)
{
	struct sdes *ours = &k->oursv[suite];
	int err = 0;

	if (!k->madev[suite])
		err = sdes_make(ours, tag, suite);

	k->madev[suite] = k->madev[suite] || !err;
	ours->tag = tag;
	ours->lifetime = k->lifetime;

	return err;
}

void keying_lifetime_set(struct keying *k, bool on)
{
	k->lifetime = on;
}

int keying_offer_write(struct keying *k, const struct keying_suites *suites, char **linev, unsigned *n)
{
	unsigned i;
	int err = 0;

	*n = 0;
	memset(k->offeredv, 0, sizeof(k->offeredv));

	for (i = 0; i < suites->c && !err; i++) {

		const enum rsrtp_suite suite = suites->v[i];

		err = ours_make(k, suite, i + 1);
		err = err ? err : re_sdprintf(&linev[i], "%H", sdes_print, &k->oursv[suite]);
		*n += !err;
		k->offeredv[suite] = !err;
	}

	return err;
}

int keying_answer_write(struct keying *k, char **linep)
{
	int err;

	if (!k->chosen)
		return ENOENT;

	err = ours_make(k, k->theirs.key.suite, k->theirs.tag);

	return err ? err : re_sdprintf(linep, "%H", sdes_print, &k->oursv[k->theirs.key.suite]);
}

int keying_settle(struct keying *k, struct keying_change *change)
{
	const struct rsrtp_key *rx = &k->theirs.key, *tx = &k->oursv[k->theirs.key.suite].key;

	memset(change, 0, sizeof(*change));
	if (!k->chosen || !k->madev[rx->suite])
		return ENOENT;

	if (!k->settled || !rsrtp_key_same(&k->rx, rx))
		change->rx = rx;
	if (!k->settled || !rsrtp_key_same(&k->tx, tx))
		change->tx = tx;

	k->rx = *rx;
	k->tx = *tx;
	k->settled = true;

	return 0;
}

/**
 * @file session.c  Who is logged in
 */
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <re.h>
#include "session.h"

enum { DIGEST_SIZE = 32, SECRET_SIZE = 32 };

struct session {
	uint8_t digest[DIGEST_SIZE]; /* SHA-256 of the token: what is compared tells nothing of a token */
	uint64_t opened_ms;
	uint64_t used_ms;
	bool open;
};

struct sessions {
	struct session sessionv[SESSION_MAX];
};

int sessions_alloc(struct sessions **ssp)
{
	*ssp = mem_zalloc(sizeof(**ssp), NULL);

	return *ssp ? 0 : ENOMEM;
}

static bool digest_of(uint8_t digest[DIGEST_SIZE], const char *token, size_t len)
{
	return EVP_Digest(token, len, digest, NULL, EVP_sha256(), NULL) == 1;
}

static struct session *session_find(struct sessions *ss, const struct pl *token)
{
	uint8_t digest[DIGEST_SIZE];
	size_t i;

	if (token->l != SESSION_TOKEN_SIZE - 1 || !digest_of(digest, token->p, token->l))
		return NULL;

	for (i = 0; i < SESSION_MAX; i++)
		if (ss->sessionv[i].open && !CRYPTO_memcmp(ss->sessionv[i].digest, digest, DIGEST_SIZE))
			return &ss->sessionv[i];

	return NULL;
}

/* A free place, or that of the session unused for longest. */
static struct session *place_take(struct sessions *ss)
{
	struct session *oldest = &ss->sessionv[0];
	size_t i;

	for (i = 0; i < SESSION_MAX; i++) {

		struct session *s = &ss->sessionv[i];

		if (!s->open)
			return s;

		if (s->used_ms < oldest->used_ms)
			oldest = s;
	}

	return oldest;
}

int session_open(struct sessions *ss, char token[SESSION_TOKEN_SIZE], uint64_t now_ms)
{
	uint8_t secret[SECRET_SIZE];
	struct session *s;

	if (RAND_bytes(secret, sizeof(secret)) != 1)
		return EIO;

	if (re_snprintf(token, SESSION_TOKEN_SIZE, "%w", secret, sizeof(secret)) < 0)
		return EIO;

	s = place_take(ss);
	s->open = digest_of(s->digest, token, SESSION_TOKEN_SIZE - 1);
	s->opened_ms = now_ms;
	s->used_ms = now_ms;

	return s->open ? 0 : EIO;
}

bool session_valid(struct sessions *ss, const struct pl *token, uint64_t now_ms)
{
	struct session *s = session_find(ss, token);

	if (!s)
		return false;

	s->open = now_ms - s->used_ms < SESSION_IDLE_MS && now_ms - s->opened_ms < SESSION_AGE_MAX_MS;
	s->used_ms = now_ms;

	return s->open;
}

void session_close(struct sessions *ss, const struct pl *token)
{
	struct session *s = session_find(ss, token);

	if (s)
		s->open = false;
}

void sessions_clear(struct sessions *ss)
{
	memset(ss->sessionv, 0, sizeof(ss->sessionv));
}

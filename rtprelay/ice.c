/**
 * @file ice.c  ICE-lite: connectivity checks are answered, none are made (RFC 8445 section 2.5, 7.3)
 */
#include <string.h>
#include <openssl/rand.h>
#include <re.h>
#include "ice.h"

/* The 64 characters of ice-char (RFC 8839 section 5.4): six random bits each. */
static int random_text(char *text, size_t size)
{
	static const char charv[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t bytev[ICE_PWD_SIZE];
	size_t i;

	if (RAND_bytes(bytev, (int)size) != 1)
		return EIO;

	for (i = 0; i < size - 1; i++)
		text[i] = charv[bytev[i] & 0x3f];
	text[size - 1] = '\0';

	return 0;
}

int ice_credentials_make(struct ice_credentials *own)
{
	const int err = random_text(own->ufrag, sizeof(own->ufrag));

	return err ? err : random_text(own->pwd, sizeof(own->pwd));
}

static bool allowed(struct ice_allowance *a, uint32_t rate, uint64_t now_us)
{
	const uint64_t second = now_us / 1000000;

	if (a->second != second) {
		a->second = second;
		a->used = 0;
	}

	return a->used++ < rate;
}

/* RFC 8445 7.3: "ours:theirs"; theirs is not looked at, for the password proves more. */
static bool username_ours(const struct ice *ice, const struct pl *username)
{
	const size_t len = strlen(ice->own.ufrag);

	return username->l > len && username->p[len] == ':' && !memcmp(username->p, ice->own.ufrag, len);
}

/*
 * RFC 8489 9.1.3, 6.3.1; RFC 8445 7.3.1.1: a lite agent is always the controlled one, so that a peer
 * which believes to be is told to change its role.
 */
static uint16_t check_code(const struct ice *ice, const struct binding *b)
{
	if (!b->username.p || !b->integrity)
		return 400;

	if (!username_ours(ice, &b->username) || !binding_authentic(b, ice->own.pwd))
		return 401;

	if (b->unknownc)
		return 420;

	return b->controlled ? 487 : 0;
}

enum ice_verdict ice_handle(struct ice *ice, const uint8_t *p, size_t len, const struct sa *src,
			    uint64_t now_us, struct ice_response *r)
{
	struct binding_response response = {.src = src};
	struct binding b;

	r->len = 0;
	r->priority = 0;

	if (!ice->own.ufrag[0])
		return ICE_DROPPED;

	if (binding_is_silent(p, len))
		return ICE_NOTED;

	if (binding_decode(&b, p, len))
		return ICE_DROPPED;

	if (!(username_ours(ice, &b.username) ? allowed(&ice->peer, ICE_PEER_RATE, now_us)
					      : allowed(&ice->stranger, ICE_STRANGER_RATE, now_us)))
		return ICE_DROPPED;

	response.code = check_code(ice, &b);
	if (response.code != 400 && response.code != 401)
		response.key = ice->own.pwd;

	r->len = binding_respond(r->buf, &b, &response);
	r->priority = b.priority;

	if (response.code)
		return ICE_REFUSED;

	return b.use_candidate ? ICE_NOMINATED : ICE_CHECKED;
}

/**
 * @file throttle.c  How soon a password may be tried again
 */
#include <string.h>
#include <re.h>
#include "throttle.h"

enum { KEY_SIZE = 8, WAIT_FIRST_MS = 1000 };

struct peer {
	uint8_t key[KEY_SIZE];
	unsigned failures; /* 0: the place is free */
	uint64_t failed_ms;
	uint64_t until_ms;
};

struct throttle {
	struct peer peerv[THROTTLE_PEER_MAX];
	unsigned budget;
	uint64_t refilled_ms;
};

int throttle_alloc(struct throttle **tp, uint64_t now_ms)
{
	struct throttle *t;

	t = mem_zalloc(sizeof(*t), NULL);
	if (!t)
		return ENOMEM;

	t->budget = THROTTLE_BUDGET;
	t->refilled_ms = now_ms;
	*tp = t;

	return 0;
}

static void peer_key(uint8_t key[KEY_SIZE], const struct sa *sa)
{
	memset(key, 0, KEY_SIZE);

	if (sa_af(sa) == AF_INET6)
		memcpy(key, &sa->u.in6.sin6_addr, KEY_SIZE);
	else
		memcpy(key, &sa->u.in.sin_addr, sizeof(sa->u.in.sin_addr));
}

static struct peer *peer_find(struct throttle *t, const struct sa *sa)
{
	uint8_t key[KEY_SIZE];
	size_t i;

	peer_key(key, sa);

	for (i = 0; i < THROTTLE_PEER_MAX; i++)
		if (t->peerv[i].failures && !memcmp(t->peerv[i].key, key, KEY_SIZE))
			return &t->peerv[i];

	return NULL;
}

/* A free place, or that of the address which failed longest ago. */
static struct peer *peer_add(struct throttle *t, const struct sa *sa)
{
	struct peer *oldest = &t->peerv[0];
	size_t i;

	for (i = 0; i < THROTTLE_PEER_MAX; i++) {

		struct peer *p = &t->peerv[i];

		if (!p->failures) {
			oldest = p;
			break;
		}

		if (p->failed_ms < oldest->failed_ms)
			oldest = p;
	}

	memset(oldest, 0, sizeof(*oldest));
	peer_key(oldest->key, sa);

	return oldest;
}

static void budget_refill(struct throttle *t, uint64_t now_ms)
{
	const uint64_t tries = (now_ms - t->refilled_ms) / THROTTLE_REFILL_MS;

	t->refilled_ms += tries * THROTTLE_REFILL_MS;
	t->budget = (unsigned)MIN(t->budget + tries, (uint64_t)THROTTLE_BUDGET);
}

uint64_t throttle_take(struct throttle *t, const struct sa *sa, uint64_t now_ms)
{
	struct peer *p = peer_find(t, sa);

	if (p && now_ms - p->failed_ms >= THROTTLE_FORGET_MS)
		p->failures = 0;

	if (p && p->failures && now_ms < p->until_ms)
		return p->until_ms - now_ms;

	budget_refill(t, now_ms);
	if (!t->budget)
		return THROTTLE_REFILL_MS;

	--t->budget;

	return 0;
}

void throttle_failed(struct throttle *t, const struct sa *sa, uint64_t now_ms)
{
	struct peer *p = peer_find(t, sa);
	uint64_t wait_ms = 0;
	unsigned over;

	if (!p)
		p = peer_add(t, sa);

	++p->failures;
	p->failed_ms = now_ms;

	if (p->failures > THROTTLE_FREE) {
		over = MIN(p->failures - THROTTLE_FREE - 1, 16u);
		wait_ms = MIN((uint64_t)WAIT_FIRST_MS << over, (uint64_t)THROTTLE_WAIT_MAX_MS);
	}

	p->until_ms = now_ms + wait_ms;
}

void throttle_passed(struct throttle *t, const struct sa *sa)
{
	struct peer *p = peer_find(t, sa);

	if (p)
		p->failures = 0;
}

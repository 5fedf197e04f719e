/**
 * @file rate_cache.c  Snapshots of rates, read once: a slot each by the hash of its text, the last one stays
 */
#include <string.h>
#include "rate_cache.h"
#include "rate_text.h"

enum { SLOTS = 4096 };

struct slot {
	char *text;
	size_t len;
	struct rate rate;
	struct rate_terms terms;
};

struct rate_cache {
	struct slot *slotv[SLOTS];
};

static void slot_destructor(void *arg)
{
	struct slot *s = arg;

	mem_deref(s->text);
	mem_deref((void *)s->terms.zone);
}

static void cache_destructor(void *arg)
{
	struct rate_cache *c = arg;
	size_t i;

	for (i = 0; i < SLOTS; i++)
		mem_deref(c->slotv[i]);
}

int rate_cache_alloc(struct rate_cache **cp)
{
	*cp = mem_zalloc(sizeof(**cp), cache_destructor);

	return *cp ? 0 : ENOMEM;
}

static int slot_alloc(struct slot **sp, const struct pl *snapshot)
{
	struct slot *s = mem_zalloc(sizeof(*s), slot_destructor);
	int err;

	if (!s)
		return ENOMEM;

	s->len = snapshot->l;
	err = pl_strdup(&s->text, snapshot);
	err = err ? err : rate_snapshot_decode(&s->rate, &s->terms, snapshot->p, snapshot->l);
	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}

int rate_cache_price(struct rate_cache *c, const struct pl *snapshot, int64_t answer_us, int64_t duration_ms,
		     struct rate_price *price)
{
	struct slot **slot = &c->slotv[hash_joaat((const uint8_t *)snapshot->p, snapshot->l) % SLOTS];
	struct slot *fresh = NULL;
	int err;

	if (!*slot || (*slot)->len != snapshot->l || memcmp((*slot)->text, snapshot->p, snapshot->l)) {

		err = slot_alloc(&fresh, snapshot);
		if (err)
			return err;

		mem_deref(*slot);
		*slot = fresh;
	}

	return rate_price(price, &(*slot)->rate, &(*slot)->terms, answer_us, duration_ms);
}

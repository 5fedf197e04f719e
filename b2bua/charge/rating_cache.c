/**
 * @file rating_cache.c  What tariffs said of numbers: a slot each by the digits that decide, the last one stays
 */
#include <string.h>
#include "rating_cache.h"

enum { SLOTS = 4096 };

struct slot {
	struct rating *rating;
	char digits[RATE_PREFIX_SIZE];
};

struct rating_cache {
	struct slot slotv[SLOTS];
	uint64_t lengths; /* bit n: something may be known by n digits */
};

static void cache_destructor(void *arg)
{
	rating_cache_forget(arg);
}

int rating_cache_alloc(struct rating_cache **cp)
{
	*cp = mem_zalloc(sizeof(**cp), cache_destructor);

	return *cp ? 0 : ENOMEM;
}

void rating_cache_forget(struct rating_cache *c)
{
	for (size_t i = 0; i < SLOTS && c->lengths; i++)
		c->slotv[i].rating = mem_deref(c->slotv[i].rating);

	c->lengths = 0;
}

static size_t slot_index(uint32_t tariff_hash, const char *number, size_t digits)
{
	return (tariff_hash ^ hash_joaat((const uint8_t *)number, digits)) % SLOTS;
}

void rating_cache_learn(struct rating_cache *c, const char *number, struct rating *r)
{
	const struct pl known = {number, (size_t)r->reach.digits};
	struct slot *slot;

	if (r->reach.digits < 0 || known.l >= sizeof(slot->digits))
		return;

	slot = &c->slotv[slot_index(hash_joaat_str(r->tariff), number, known.l)];
	mem_deref(slot->rating);
	slot->rating = mem_ref(r);
	(void)pl_strcpy(&known, slot->digits, sizeof(slot->digits));
	c->lengths |= UINT64_C(1) << known.l;
}

static bool holds(const struct slot *slot, const char *tariff, const char *number, size_t digits,
		  int64_t at_us)
{
	const struct rating *r = slot->rating;

	return r && (size_t)r->reach.digits == digits && at_us >= r->reach.from_us &&
	       at_us < r->reach.until_us && !strncmp(slot->digits, number, digits) &&
	       !strcmp(r->tariff, tariff);
}

struct rating *rating_cache_find(const struct rating_cache *c, const char *tariff, const char *number,
				 int64_t at_us)
{
	const uint32_t tariff_hash = hash_joaat_str(tariff);
	const size_t most = MIN(strlen(number), (size_t)RATE_PREFIX_SIZE - 1);

	for (size_t digits = 0; digits <= most; digits++) {
		const struct slot *slot;

		if (!(c->lengths >> digits & 1))
			continue;

		slot = &c->slotv[slot_index(tariff_hash, number, digits)];
		if (holds(slot, tariff, number, digits, at_us))
			return slot->rating;
	}

	return NULL;
}

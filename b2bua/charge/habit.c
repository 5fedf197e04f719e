/**
 * @file habit.c  What an account does out of its habit
 */
#include <string.h>
#include "../store/model.h"
#include "country.h"
#include "habit.h"

struct country {
	struct le le;
	char code[COUNTRY_SIZE];
	int64_t since_us; /* the first answered call; INT64_MAX: none */
	bool refused;
};

struct habit {
	struct list countryl;
	bool has_new; /* a call to a new country is up */
	uint64_t blocked_ms;

	/* when the last calls were, in a ring: `next` is the oldest of them */
	uint64_t *ringv;
	uint32_t ringc, next;
};

static void destructor(void *arg)
{
	struct habit *g = arg;

	list_flush(&g->countryl);
	mem_deref(g->ringv);
}

int habit_alloc(struct habit **gp)
{
	*gp = mem_zalloc(sizeof(**gp), destructor);

	return *gp ? 0 : ENOMEM;
}

/* ---------------------------------------------------------------- countries */

static struct country *country_find(const struct habit *g, const struct pl *code)
{
	struct le *le;

	for (le = list_head(&g->countryl); le; le = le->next) {

		struct country *c = le->data;

		if (!pl_strcmp(code, c->code))
			return c;
	}

	return NULL;
}

static struct country *country_get(struct habit *g, const struct pl *code)
{
	struct country *c = country_find(g, code);

	if (c)
		return c;

	c = mem_zalloc(sizeof(*c), NULL);
	if (!c)
		return NULL;

	(void)pl_strcpy(code, c->code, sizeof(c->code));
	c->since_us = INT64_MAX;
	list_append(&g->countryl, &c->le, c);

	return c;
}

bool habit_knows(const struct habit *g, const struct pl *country, int64_t now_us)
{
	const struct country *c = country_find(g, country);

	return c && c->since_us <= now_us - INT64_C(1000000) * HABIT_KNOWN_AFTER_S;
}

bool habit_learn(struct habit *g, const struct pl *country, int64_t answer_us)
{
	struct country *c = country_get(g, country);

	if (!c || c->since_us != INT64_MAX)
		return false;

	c->since_us = answer_us;

	return true;
}

bool habit_refused(struct habit *g, const struct pl *country)
{
	struct country *c = country_get(g, country);

	if (!c || c->refused)
		return false;

	c->refused = true;

	return true;
}

bool habit_new_take(struct habit *g)
{
	if (g->has_new)
		return false;

	g->has_new = true;

	return true;
}

void habit_new_give(struct habit *g)
{
	g->has_new = false;
}

/* ---------------------------------------------------------------- bursts */

/* As long as there may be calls in a window; another length forgets those that were. */
static bool ring_fit(struct habit *g, uint32_t calls)
{
	uint64_t *ringv;

	if (g->ringc == calls)
		return true;

	ringv = mem_zalloc(calls * sizeof(*ringv), NULL);
	if (!ringv)
		return false;

	mem_deref(g->ringv);
	g->ringv = ringv;
	g->ringc = calls;
	g->next = 0;

	return true;
}

enum habit_verdict habit_call(struct habit *g, const struct burst_limit *burst, uint64_t now_ms)
{
	uint64_t oldest_ms;

	if (!burst->calls || !ring_fit(g, burst->calls))
		return HABIT_PASS;

	if (now_ms < g->blocked_ms)
		return HABIT_BLOCKED;

	oldest_ms = g->ringv[g->next];
	if (oldest_ms && now_ms - oldest_ms < UINT64_C(1000) * burst->window_s) {
		g->blocked_ms = now_ms + UINT64_C(1000) * burst->block_s;
		return HABIT_BURST;
	}

	g->ringv[g->next] = now_ms;
	g->next = (g->next + 1) % g->ringc;

	return HABIT_PASS;
}

void habit_block(struct habit *g, uint64_t until_ms)
{
	g->blocked_ms = until_ms;
}

bool habit_unblock(struct habit *g, uint64_t now_ms)
{
	const bool was_blocked = now_ms < g->blocked_ms;

	g->blocked_ms = 0;
	if (g->ringv)
		memset(g->ringv, 0, g->ringc * sizeof(*g->ringv));

	return was_blocked;
}

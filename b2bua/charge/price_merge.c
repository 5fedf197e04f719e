/**
 * @file price_merge.c  What a price list makes of the rates in force
 */
#include <string.h>
#include "price_merge.h"

/** The rates of one prefix, old and new. */
struct group {
	const struct price_row *oldv;
	size_t oldc;
	const struct price_line *newv;
	size_t newc;
};

const char *price_change_name(enum price_change change)
{
	static const char *const namev[PRICE_CHANGEC] = {
		[PRICE_NEW] = "new",     [PRICE_DEARER] = "dearer", [PRICE_CHEAPER] = "cheaper",
		[PRICE_OTHER] = "other", [PRICE_SAME] = "same",     [PRICE_GONE] = "gone",
	};

	return namev[change];
}

static struct group group_take(const struct price_merge *m, size_t *old, size_t *new)
{
	struct group g = {m->oldv + *old, 0, m->newv + *new, 0};
	const char *prefix;
	bool old_first;

	old_first = *new == m->newc || (*old < m->oldc && strcmp(g.oldv->prefix, g.newv->row.prefix) < 0);
	prefix = old_first ? g.oldv->prefix : g.newv->row.prefix;

	for (; *old < m->oldc && !strcmp(m->oldv[*old].prefix, prefix); ++*old)
		++g.oldc;
	for (; *new < m->newc && !strcmp(m->newv[*new].row.prefix, prefix); ++*new)
		++g.newc;

	return g;
}

/* ---------------------------------------------------------------- the difference */

static const struct price_row *row_at(const struct group *g, int64_t at_us)
{
	size_t i;

	for (i = 0; i < g->oldc; i++)
		if (g->oldv[i].from_us <= at_us && at_us < g->oldv[i].until_us)
			return &g->oldv[i];

	return NULL;
}

static bool row_same(const struct price_row *a, const struct price_row *b)
{
	return a->connect_fee_nano == b->connect_fee_nano && a->min_charge_nano == b->min_charge_nano &&
	       a->max_charge_nano == b->max_charge_nano && a->grace_s == b->grace_s &&
	       a->first_s == b->first_s && a->next_s == b->next_s && a->blocked == b->blocked &&
	       a->until_us == b->until_us && price_row_bands_equal(a, b);
}

static enum price_change change_of(const struct price_row *was, const struct price_row *now)
{
	if (!was)
		return PRICE_NEW;
	if (!now)
		return PRICE_GONE;
	if (was->per_minute_nano != now->per_minute_nano)
		return was->per_minute_nano < now->per_minute_nano ? PRICE_DEARER : PRICE_CHEAPER;

	return row_same(was, now) ? PRICE_SAME : PRICE_OTHER;
}

static void change_count(struct price_difference *diff, const struct price_merge *m, const struct group *g)
{
	const struct price_row *now = g->newc ? &g->newv[0].row : NULL;
	const struct price_row *was = row_at(g, MAX(now ? now->from_us : m->from_us, m->now_us));
	enum price_change change;

	if (!was && !now)
		return; /* it counted no more */

	change = !now && !m->replace ? PRICE_SAME : change_of(was, now);
	if (!diff->v[change].count++) {
		diff->v[change].was = was;
		diff->v[change].now = now;
	}
}

/* ---------------------------------------------------------------- the result */

static int old_write(const struct price_merge *m, const struct group *g, price_merge_h *h, void *arg)
{
	int64_t cut_us = m->replace ? m->from_us : INT64_MAX;
	size_t i;
	int err = 0;

	if (g->newc)
		cut_us = g->newv[0].row.from_us;

	for (i = 0; i < g->oldc && !err && g->oldv[i].from_us < cut_us; i++) {

		struct price_row row = g->oldv[i];

		row.until_us = MIN(row.until_us, cut_us);
		err = h(&row, arg);
	}

	return err;
}

static int group_write(const struct price_merge *m, const struct group *g, price_merge_h *h, void *arg)
{
	size_t i;
	int err;

	err = old_write(m, g, h, arg);
	for (i = 0; i < g->newc && !err; i++)
		err = h(&g->newv[i].row, arg);

	return err;
}

int price_merge(struct price_difference *diff, const struct price_merge *m, price_merge_h *h, void *arg)
{
	size_t old = 0, new = 0;
	int err = 0;

	memset(diff, 0, sizeof(*diff));

	while ((old < m->oldc || new < m->newc) && !err) {

		const struct group g = group_take(m, &old, &new);

		change_count(diff, m, &g);
		err = h ? group_write(m, &g, h, arg) : 0;
	}

	return err;
}

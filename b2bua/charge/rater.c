/**
 * @file rater.c  What a number costs, asked by the loop, looked up beside it
 *
 * A query is the asker's, a lookup the thread's: neither waits for the other. The loop alone ties them together,
 * and unties them when one goes. What was found the loop keeps, for numbers that begin alike.
 */
#include <errno.h>
#include <re.h>
#include "background.h"
#include "rater.h"
#include "rating_cache.h"

struct rater {
	struct background *background;
	struct rate_table *table; /* of its thread */
	const struct writer *writer;
	struct rating_cache *cache; /* of what was the database after `changes` */
	uint64_t changes;
};

struct lookup {
	struct rater_query *query; /* NULL: nobody asks any more */
	struct rater *rater;
	uint64_t changes; /* when it was asked */
	char *number;
	int64_t at_us;
	struct rating *ratingv[RATER_TARIFFS_MAX];
	char *tariffv[RATER_TARIFFS_MAX];
	size_t tariffc;
	int err;
};

struct rater_query {
	struct lookup *lookup; /* NULL: answered */
	rater_h *h;
	void *arg;
};

static void rater_destructor(void *arg)
{
	struct rater *r = arg;

	mem_deref(r->background);
	mem_deref(r->cache);
	mem_deref(r->table);
}

int rater_alloc(struct rater **rp, const char *data_dir, const struct writer *writer, char *errstr,
		size_t errsize)
{
	struct db *db = NULL;
	char *path = NULL;
	struct rater *r;
	int err;

	if (!rp || !data_dir)
		return EINVAL;

	r = mem_zalloc(sizeof(*r), rater_destructor);
	if (!r)
		return ENOMEM;

	r->writer = writer;
	err = rating_cache_alloc(&r->cache);
	err = err ? err : re_sdprintf(&path, "%s/tandem.db", data_dir);
	err = err ? err : db_open(&db, path, DB_READ, errstr, errsize);
	err = err ? err : rate_table_alloc(&r->table, db);
	err = err ? err : background_alloc(&r->background);
	if (err)
		mem_deref(r);
	else
		*rp = r;

	mem_deref(path);
	mem_deref(db);

	return err;
}

/* ---------------------------------------------------------------- what is known */

static void cache_renew(struct rater *r)
{
	const uint64_t changes = writer_changes(r->writer);

	if (r->changes != changes)
		rating_cache_forget(r->cache);
	r->changes = changes;
}

bool rater_knows(struct rater *r, struct rating *ratingv[], const char *number, const char *const tariffv[],
		 size_t tariffc, int64_t at_us)
{
	size_t i;

	cache_renew(r);
	for (i = 0; i < tariffc; i++) {
		ratingv[i] = rating_cache_find(r->cache, tariffv[i], number, at_us);
		if (!ratingv[i])
			return false;
	}

	return true;
}

/* ---------------------------------------------------------------- the lookup */

static void lookup_destructor(void *arg)
{
	struct lookup *l = arg;
	size_t i;

	for (i = 0; i < l->tariffc; i++) {
		mem_deref(l->ratingv[i]);
		mem_deref(l->tariffv[i]);
	}

	mem_deref(l->number);
}

static void lookup_job(void *arg)
{
	struct lookup *l = arg;

	l->err = rate_table_find_all(l->ratingv, l->rater->table, (const char *const *)l->tariffv, l->tariffc,
				     l->number, l->at_us);
}

static void answer(struct rater_query *q, const struct lookup *l, int err)
{
	size_t i;

	q->lookup = NULL;

	for (i = 0; i < l->tariffc && !err; i++)
		rating_hold(l->ratingv[i]);

	q->h(err, err ? NULL : l->ratingv, err ? 0 : l->tariffc, q->arg);
}

/* What a change came across may be of before it. */
static void learn(struct rater *r, const struct lookup *l)
{
	if (l->changes != writer_changes(r->writer))
		return;

	cache_renew(r);
	for (size_t i = 0; i < l->tariffc; i++) {
		rating_hold(l->ratingv[i]);
		rating_cache_learn(r->cache, l->number, l->ratingv[i]);
	}
}

static void lookup_done(int err, void *arg)
{
	struct lookup *l = arg;

	err = err ? err : l->err;
	if (!err)
		learn(l->rater, l);
	if (l->query)
		answer(l->query, l, err);

	mem_deref(l);
}

static int lookup_alloc(struct lookup **lp, struct rater *r, const char *number, const char *const tariffv[],
			size_t tariffc, int64_t at_us)
{
	struct lookup *l;
	int err;

	l = mem_zalloc(sizeof(*l), lookup_destructor);
	if (!l)
		return ENOMEM;

	l->rater = r;
	l->changes = writer_changes(r->writer);
	l->at_us = at_us;
	err = str_dup(&l->number, number);
	while (l->tariffc < tariffc && !err) {
		err = str_dup(&l->tariffv[l->tariffc], tariffv[l->tariffc]);
		++l->tariffc;
	}

	if (err)
		mem_deref(l);
	else
		*lp = l;

	return err;
}

/* ---------------------------------------------------------------- the query */

static void query_destructor(void *arg)
{
	struct rater_query *q = arg;

	if (q->lookup)
		q->lookup->query = NULL;
}

int rater_ask(struct rater_query **qp, struct rater *r, const char *number, const char *const tariffv[],
	      size_t tariffc, int64_t at_us, rater_h *h, void *arg)
{
	struct rater_query *q;
	struct lookup *l = NULL;
	int err;

	if (!qp || !r || !number || !h || tariffc > RATER_TARIFFS_MAX)
		return EINVAL;

	q = mem_zalloc(sizeof(*q), query_destructor);
	if (!q)
		return ENOMEM;

	q->h = h;
	q->arg = arg;

	err = lookup_alloc(&l, r, number, tariffv, tariffc, at_us);
	err = err ? err : background_run(r->background, lookup_job, lookup_done, l);
	if (err) {
		mem_deref(l);
		mem_deref(q);
		return err;
	}

	l->query = q;
	q->lookup = l;
	*qp = q;

	return 0;
}

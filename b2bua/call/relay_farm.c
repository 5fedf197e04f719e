/**
 * @file relay_farm.c  The media relays there are
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "relay_farm.h"

enum { HASH_SIZE = 16 };

struct member {
	struct relay_client *rc;
	int64_t credit; /* of the smooth weighted round: who has most is next */
};

struct relay_farm {
	struct member v[NG_TARGETS_MAX];
	size_t c;
};

static void destructor(void *arg)
{
	struct relay_farm *farm = arg;

	for (size_t i = 0; i < farm->c; i++)
		mem_deref(farm->v[i].rc);
}

static int targets_read(struct ng_targets *targets, const struct config *cfg, char *errstr, size_t errsize)
{
	const char *remedy = "a shorter folder: a unix socket's path has at most 107 bytes";
	struct pl pl;
	int err;

	pl_set_str(&pl, cfg->ng_target ? cfg->ng_target : "");
	err = ng_targets_decode(targets, &pl, &remedy);
	if (!err && !targets->c) {
		err = ng_target_unix(&targets->v[0], cfg->ng_socket);
		targets->c = 1;
	}

	if (err)
		(void)re_snprintf(errstr, errsize, "%s: give %s", pl.l ? "ng_target" : "ng_socket", remedy);

	return err;
}

int relay_farm_alloc(struct relay_farm **farmp, const struct config *cfg, char *errstr, size_t errsize)
{
	struct ng_targets targets;
	struct relay_farm *farm;
	int err;

	err = targets_read(&targets, cfg, errstr, errsize);
	if (err)
		return err;

	farm = mem_zalloc(sizeof(*farm), destructor);
	if (!farm)
		return ENOMEM;

	for (size_t i = 0; i < targets.c && !err; i++, farm->c++)
		err = relay_client_alloc(&farm->v[i].rc, &targets.v[i], cfg->run_dir, (unsigned)i, errstr,
					 errsize);

	if (err)
		mem_deref(farm);
	else
		*farmp = farm;

	return err;
}

void relay_farm_handlers_set(struct relay_farm *farm, relay_notify_h *notifyh, relay_news_h *newsh, void *arg)
{
	for (size_t i = 0; i < farm->c; i++)
		relay_handlers_set(farm->v[i].rc, notifyh, newsh, arg);
}

static bool is_fit(const struct relay_client *rc, uint32_t tried)
{
	return relay_up(rc) && relay_weight(rc) && !(tried & 1u << relay_index(rc));
}

bool relay_farm_up(const struct relay_farm *farm)
{
	for (size_t i = 0; i < farm->c; i++)
		if (is_fit(farm->v[i].rc, 0))
			return true;

	return false;
}

/* Each gains its weight, the richest is taken and pays what all have gained. */
struct relay_client *relay_farm_pick(struct relay_farm *farm, uint32_t tried)
{
	struct member *best = NULL;
	int64_t gained = 0;

	for (size_t i = 0; i < farm->c; i++) {

		struct member *m = &farm->v[i];

		if (!is_fit(m->rc, tried))
			continue;

		m->credit += relay_weight(m->rc);
		gained += relay_weight(m->rc);
		if (!best || m->credit > best->credit)
			best = m;
	}

	if (!best)
		return NULL;

	best->credit -= gained;

	return best->rc;
}

struct relay_client *relay_farm_find(const struct relay_farm *farm, const char *name)
{
	for (size_t i = 0; i < farm->c; i++)
		if (!name || !strcmp(relay_name(farm->v[i].rc), name))
			return farm->v[i].rc;

	return NULL;
}

/* ------------------------------------------------------------------ for the operator */

static int member_describe(struct odict *array, const struct relay_client *rc)
{
	struct odict *od = NULL;
	int err;

	err = odict_alloc(&od, HASH_SIZE);
	err = err ? err : relay_describe(rc, od);
	err = err ? err : odict_entry_add(array, "", ODICT_OBJECT, od);
	mem_deref(od);

	return err;
}

bool relay_farm_whole(const struct relay_farm *farm)
{
	for (size_t i = 0; i < farm->c; i++)
		if (!relay_up(farm->v[i].rc))
			return false;

	return true;
}

int relay_farm_describe(const struct relay_farm *farm, struct odict *od)
{
	struct relay_counters sum = {0};
	struct odict *array = NULL;
	int err;

	err = odict_entry_add(od, "state", ODICT_STRING, relay_farm_up(farm) ? "up" : "down");
	err = err ? err : odict_alloc(&array, HASH_SIZE);

	for (size_t i = 0; i < farm->c && !err; i++) {
		relay_counters_add(farm->v[i].rc, &sum);
		err = member_describe(array, farm->v[i].rc);
	}

	err = err ? err : relay_counters_describe(&sum, od);
	err = err ? err : odict_entry_add(od, "relays", ODICT_ARRAY, array);
	mem_deref(array);

	return err;
}

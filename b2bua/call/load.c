/**
 * @file load.c  Concurrent calls and outcomes by name
 */
#include <re.h>
#include "clock.h"
#include "load.h"

enum { NAME_SIZE = 128, FAILURE_SIZE = 64 };

/* Owned by the hash table: what is counted outlives the calls. */
struct counter {
	struct le he;
	char name[NAME_SIZE];
	uint32_t count;
	uint64_t attempts, answers, failures;
	int64_t failed_us;
	char failure[FAILURE_SIZE];
};

struct load {
	struct counter *counter;
};

static void counter_destructor(void *arg)
{
	struct counter *c = arg;

	hash_unlink(&c->he);
}

static void destructor(void *arg)
{
	struct load *load = arg;

	--load->counter->count;
	mem_deref(load->counter);
}

static bool name_handler(struct le *le, void *arg)
{
	const struct counter *c = le->data;

	return !str_cmp(c->name, arg);
}

static struct counter *find(const struct hash *ht, const char *kind, const char *name, char key[NAME_SIZE])
{
	(void)re_snprintf(key, NAME_SIZE, "%s/%s", kind, name);

	return list_ledata(hash_lookup(ht, hash_joaat_str(key), name_handler, key));
}

int load_take(struct load **loadp, struct hash *ht, const char *kind, const char *name, uint32_t max)
{
	char key[NAME_SIZE];
	struct counter *c = find(ht, kind, name, key);
	struct load *load;

	if (c && max && c->count >= max)
		return ENOSPC;

	if (!c) {
		c = mem_zalloc(sizeof(*c), counter_destructor);
		if (!c)
			return ENOMEM;

		str_ncpy(c->name, key, sizeof(c->name));
		hash_append(ht, hash_joaat_str(key), &c->he, c);
	}

	load = mem_zalloc(sizeof(*load), destructor);
	if (!load)
		return ENOMEM;

	++c->count;
	++c->attempts;
	load->counter = mem_ref(c);
	*loadp = load;

	return 0;
}

void load_answered(struct load *load)
{
	if (load)
		++load->counter->answers;
}

void load_failed(struct load *load, const char *why)
{
	if (!load)
		return;

	++load->counter->failures;
	load->counter->failed_us = clock_wall_us();
	str_ncpy(load->counter->failure, why, sizeof(load->counter->failure));
}

void load_figures(struct load_figures *lf, const struct hash *ht, const char *kind, const char *name)
{
	char key[NAME_SIZE];
	const struct counter *c = find(ht, kind, name, key);

	*lf = (struct load_figures){.failure = ""};
	if (!c)
		return;

	lf->active = c->count;
	lf->attempts = c->attempts;
	lf->answers = c->answers;
	lf->failures = c->failures;
	lf->failed_us = c->failed_us;
	lf->failure = c->failure;
}

/**
 * @file load.c  Concurrent calls by name
 */
#include <re.h>
#include "load.h"

enum { NAME_SIZE = 128 };

struct counter {
	struct le he;
	char name[NAME_SIZE];
	uint32_t count;
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
	struct counter *c = mem_ref(find(ht, kind, name, key));
	struct load *load;

	if (c && max && c->count >= max) {
		mem_deref(c);
		return ENOSPC;
	}

	if (!c) {
		c = mem_zalloc(sizeof(*c), counter_destructor);
		if (!c)
			return ENOMEM;

		str_ncpy(c->name, key, sizeof(c->name));
		hash_append(ht, hash_joaat_str(key), &c->he, c);
	}

	load = mem_zalloc(sizeof(*load), destructor);
	if (!load) {
		mem_deref(c);
		return ENOMEM;
	}

	++c->count;
	load->counter = c;
	*loadp = load;

	return 0;
}

uint32_t load_count(const struct hash *ht, const char *kind, const char *name)
{
	char key[NAME_SIZE];
	const struct counter *c = find(ht, kind, name, key);

	return c ? c->count : 0;
}

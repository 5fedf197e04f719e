/**
 * @file trace_name.c  Names in a hash
 */
#include <string.h>
#include <re.h>
#include "trace_name.h"

enum { HASH_SIZE = 1024, NAMES_MAX = 50000 };

struct name {
	struct le he;
	enum trace_name_of of;
	uint32_t slots;
	size_t len;
	char text[];
};

struct trace_names {
	struct hash *ht;
	uint32_t count;
	uint32_t drop; /* slots that trace_names_drop() takes away */
};

struct key {
	enum trace_name_of of;
	const struct pl *name;
};

static void destructor(void *arg)
{
	struct trace_names *tn = arg;

	hash_flush(tn->ht);
	mem_deref(tn->ht);
}

int trace_names_alloc(struct trace_names **tnp)
{
	struct trace_names *tn;
	int err;

	tn = mem_zalloc(sizeof(*tn), destructor);
	if (!tn)
		return ENOMEM;

	err = hash_alloc(&tn->ht, HASH_SIZE);
	if (err)
		mem_deref(tn);
	else
		*tnp = tn;

	return err;
}

static bool key_handler(struct le *le, void *arg)
{
	const struct name *n = le->data;
	const struct key *key = arg;

	return n->of == key->of && n->len == key->name->l && !memcmp(n->text, key->name->p, n->len);
}

static struct name *find(const struct trace_names *tn, enum trace_name_of of, const struct pl *name)
{
	struct key key = {of, name};

	return list_ledata(hash_lookup(tn->ht, hash_joaat_pl(name), key_handler, &key));
}

static void name_destructor(void *arg)
{
	struct name *n = arg;

	hash_unlink(&n->he);
}

void trace_names_add(struct trace_names *tn, enum trace_name_of of, const struct pl *name, uint32_t slots)
{
	struct name *n = find(tn, of, name);

	if (n) {
		n->slots |= slots;
		return;
	}

	if (!slots || tn->count >= NAMES_MAX)
		return;

	n = mem_alloc(sizeof(*n) + name->l, name_destructor);
	if (!n)
		return;

	*n = (struct name){.of = of, .slots = slots, .len = name->l};
	memcpy(n->text, name->p, name->l);
	hash_append(tn->ht, hash_joaat_pl(name), &n->he, n);
	++tn->count;
}

uint32_t trace_names_slots(const struct trace_names *tn, enum trace_name_of of, const struct pl *name)
{
	const struct name *n = find(tn, of, name);

	return n ? n->slots : 0;
}

static bool drop_handler(struct le *le, void *arg)
{
	struct trace_names *tn = arg;
	struct name *n = le->data;

	n->slots &= ~tn->drop;
	if (!n->slots) {
		mem_deref(n);
		--tn->count;
	}

	return false;
}

void trace_names_drop(struct trace_names *tn, uint32_t slots)
{
	tn->drop = slots;
	(void)hash_apply(tn->ht, drop_handler, tn);
}

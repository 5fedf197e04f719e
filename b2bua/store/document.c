/**
 * @file document.c  All that is provisioned as one dictionary in normal form, and how it is changed
 */
#include <re.h>
#include "nearest.h"
#include "document.h"
#include "removal.h"

enum { HASH_SIZE = 16, OBJECTS_HASH_SIZE = 1024 };

/** One kind being merged. */
struct kind_merge {
	struct draft *draft;
	const struct merge *m;
	const struct kind *kind;
	struct object_source src;
	const struct odict *before; /* objects by name */
	struct odict *given;        /* what the JSON named, in normal form */
	struct odict *gone;         /* names that it removes; NULL: none */
	struct odict *origin;
};

static void draft_destructor(void *arg)
{
	struct draft *d = arg;

	list_flush(&d->changel);
	mem_deref(d->doc);
	mem_deref(d->origin);
	mem_deref(d->notes);
}

static void change_destructor(void *arg)
{
	struct change *c = arg;

	list_unlink(&c->le);
	mem_deref(c->before);
	mem_deref(c->after);
}

static struct odict *entry_dict(const struct odict_entry *e)
{
	return e ? e->u.odict : NULL;
}

const struct odict *document_objects(const struct odict *doc, const struct kind *kind)
{
	return entry_dict(odict_lookup(doc, kind->plural));
}

static bool object_equal(const struct odict *a, const struct odict *b)
{
	const struct le *le;

	for (le = a->lst.head; le; le = le->next) {

		const struct odict_entry *e = le->data;

		if (!value_equal(e, odict_lookup(b, e->key)))
			return false;
	}

	return true;
}

static int change_add(struct draft *d, const struct kind *kind, struct odict *before, struct odict *after)
{
	struct change *c;

	if (before && after && object_equal(before, after))
		return 0;

	c = mem_zalloc(sizeof(*c), change_destructor);
	if (!c)
		return ENOMEM;

	c->type = !before ? CHANGE_CREATE : after ? CHANGE_MODIFY : CHANGE_REMOVE;
	c->kind = kind;
	c->before = mem_ref(before);
	c->after = mem_ref(after);
	list_append(&d->changel, &c->le, c);

	return 0;
}

static int name_check(const struct kind_merge *km, const struct odict *json, const struct path *at,
		      const char **namep)
{
	const struct field *key = kind_key(km->kind);
	const struct path here = {at, key->name, 0};
	const struct odict_entry *e = odict_lookup(json, key->name), *first;

	if (!e)
		return fault_at(km->src.fault, &here, "is missing; give it: %s", key->help);

	if (e->type != ODICT_STRING)
		return fault_at(km->src.fault, &here, "has the wrong type; give a text in quotes");

	first = odict_lookup(km->origin, e->u.str);
	if (first)
		return fault_at(km->src.fault, &here, "%H stands in %s[%lld] already; give each once",
				quote_print, e->u.str, km->kind->plural, (long long)first->u.integer);

	*namep = e->u.str;

	return 0;
}

static int element_merge(struct kind_merge *km, const struct odict_entry *e, const struct path *at)
{
	const char *name = NULL;
	struct odict *o = NULL;
	int err;

	if (e->type != ODICT_OBJECT)
		return fault_at(km->src.fault, at, "has the wrong type; give an object { }");

	err = name_check(km, e->u.odict, at, &name);
	if (err)
		return err;

	err = object_read(&o, km->kind, entry_dict(odict_lookup(km->before, name)), e->u.odict, at, &km->src);
	if (err)
		return err;

	err = odict_entry_add(km->given, name, ODICT_OBJECT, o);
	if (!err)
		err = odict_entry_add(km->origin, name, ODICT_INT, (int64_t)at->index);

	mem_deref(o);

	return err;
}

static int elements_merge(struct kind_merge *km, const struct odict_entry *array)
{
	const struct path kind_at = {NULL, km->kind->plural, 0};
	const struct le *le;
	size_t i = 0;
	int err = 0;

	if (!array)
		return 0;

	if (array->type != ODICT_ARRAY)
		return fault_at(km->src.fault, &kind_at, "has the wrong type; give a list [ ] of objects");

	for (le = array->u.odict->lst.head; le && !err; le = le->next) {

		const struct path at = {&kind_at, NULL, i++};

		err = element_merge(km, le->data, &at);
	}

	return err;
}

static bool is_kept(const struct kind_merge *km, const char *name)
{
	return !km->m->prune && !(km->gone && odict_lookup(km->gone, name));
}

/** What was there keeps its place, changed or not; what is new follows in the order given. */
static int objects_join(struct kind_merge *km, struct odict *objects)
{
	const struct le *le;
	int err = 0;

	for (le = km->before ? km->before->lst.head : NULL; le && !err; le = le->next) {

		const struct odict_entry *was = le->data;
		const struct odict_entry *e = odict_lookup(km->given, was->key);
		struct odict *now = e ? e->u.odict : is_kept(km, was->key) ? was->u.odict : NULL;

		err = change_add(km->draft, km->kind, was->u.odict, now);
		if (now && !err)
			err = odict_entry_add(objects, was->key, ODICT_OBJECT, now);
	}

	for (le = km->given->lst.head; le && !err; le = le->next) {

		const struct odict_entry *e = le->data;

		if (odict_lookup(km->before, e->key))
			continue;

		err = change_add(km->draft, km->kind, NULL, e->u.odict);
		if (!err)
			err = odict_entry_add(objects, e->key, ODICT_OBJECT, e->u.odict);
	}

	return err;
}

static int many_merge(struct kind_merge *km, const struct odict_entry *json)
{
	const struct path at = {NULL, km->kind->plural, 0};
	struct odict *objects = NULL;
	int err;

	err = odict_alloc(&km->given, OBJECTS_HASH_SIZE);
	err |= odict_alloc(&km->origin, OBJECTS_HASH_SIZE);
	err |= odict_alloc(&objects, OBJECTS_HASH_SIZE);
	if (err)
		goto out;

	err = elements_merge(km, json);
	if (!err)
		err = removal_read(&km->gone, km->m, km->kind, km->before, km->given, km->src.fault);
	if (!err)
		err = objects_join(km, objects);
	if (!err && list_count(&objects->lst) > km->kind->max)
		err = fault_at(km->src.fault, &at, "come to %u; at most %zu can be kept",
			       list_count(&objects->lst), km->kind->max);
	if (!err)
		err = odict_entry_add(km->draft->doc, km->kind->plural, ODICT_ARRAY, objects);
	if (!err)
		err = odict_entry_add(km->draft->origin, km->kind->plural, ODICT_OBJECT, km->origin);

out:
	mem_deref(objects);
	mem_deref(km->given);
	mem_deref(km->gone);
	mem_deref(km->origin);

	return err;
}

static int single_merge(struct kind_merge *km, const struct odict_entry *json)
{
	const struct path at = {NULL, km->kind->plural, 0};
	struct odict *empty = NULL, *o = NULL;
	int err;

	if (json && json->type != ODICT_OBJECT)
		return fault_at(km->src.fault, &at, "has the wrong type; give an object { }");

	err = odict_alloc(&empty, 1);
	if (err)
		return err;

	err = object_read(&o, km->kind, km->before, json ? json->u.odict : empty, &at, &km->src);
	if (!err)
		err = change_add(km->draft, km->kind, (struct odict *)km->before, o);
	if (!err)
		err = odict_entry_add(km->draft->doc, km->kind->plural, ODICT_OBJECT, o);

	mem_deref(o);
	mem_deref(empty);

	return err;
}

static int kind_merge(struct draft *d, const struct merge *m, const struct kind *kind, struct fault *fault)
{
	struct kind_merge km = {
		.draft = d,
		.m = m,
		.kind = kind,
		.src = {m->form, fault, d->notes},
		.before = document_objects(m->old, kind),
	};
	const struct odict_entry *json = odict_lookup(m->json, kind->plural);

	return kind_key(kind) ? many_merge(&km, json) : single_merge(&km, json);
}

static int plurals_check(const struct odict *json, struct fault *fault)
{
	const struct le *le;
	struct nearest n;
	size_t i;

	for (le = json->lst.head; le; le = le->next) {

		const struct odict_entry *e = le->data;
		bool known = false;
		int err;

		if (!str_cmp(e->key, REMOVAL_KEY)) {
			err = removal_kinds_check(e, fault);
			if (err)
				return err;
			continue;
		}

		nearest_init(&n, e->key);

		for (i = 0; i < KINDC; i++) {
			known |= !str_cmp(kindv[i]->plural, e->key);
			nearest_offer(&n, kindv[i]->plural);
		}

		if (known)
			continue;

		(void)re_snprintf(fault->str, fault->size, "unknown kind of object %H; %s%s%s", quote_print,
				  e->key, n.name ? "did you mean \"" : "docs/config.md lists all",
				  n.name ? n.name : "", n.name ? "\"?" : "");
		return EINVAL;
	}

	return 0;
}

int draft_merge(struct draft **dp, const struct merge *m, struct fault *fault)
{
	struct draft *d;
	size_t i;
	int err;

	err = plurals_check(m->json, fault);
	if (err)
		return err;

	d = mem_zalloc(sizeof(*d), draft_destructor);
	if (!d)
		return ENOMEM;

	err = odict_alloc(&d->doc, HASH_SIZE);
	err |= odict_alloc(&d->origin, HASH_SIZE);
	err |= odict_alloc(&d->notes, HASH_SIZE);

	for (i = 0; i < KINDC && !err; i++)
		err = kind_merge(d, m, kindv[i], fault);

	if (err)
		mem_deref(d);
	else
		*dp = d;

	return err;
}

int draft_origin(const struct draft *d, const struct kind *kind, const char *name)
{
	const struct odict_entry *e = odict_lookup(entry_dict(odict_lookup(d->origin, kind->plural)), name);

	return e ? (int)e->u.integer : -1;
}

static int objects_write(struct mbuf *mb, const struct kind *kind, const struct odict *objects)
{
	const struct le *le;
	int err;

	err = mbuf_write_u8(mb, '[');

	for (le = objects->lst.head; le && !err; le = le->next) {

		const struct odict_entry *e = le->data;

		err = object_write(mb, kind, e->u.odict, FORM_JSON);
		if (!err && le->next)
			err = mbuf_write_str(mb, ", ");
	}

	return err ? err : mbuf_write_u8(mb, ']');
}

int document_write(struct mbuf *mb, const struct odict *doc, const struct kind *only)
{
	bool first = true;
	size_t i;
	int err;

	err = mbuf_write_u8(mb, '{');

	for (i = 0; i < KINDC && !err; i++) {

		const struct odict *objects = document_objects(doc, kindv[i]);

		if (only && only != kindv[i])
			continue;

		err = mbuf_printf(mb, "%s\"%s\": ", first ? "" : ", ", kindv[i]->plural);
		first = false;

		if (!err && kind_key(kindv[i]))
			err = objects_write(mb, kindv[i], objects);
		else if (!err)
			err = object_write(mb, kindv[i], objects, FORM_JSON);
	}

	return err ? err : mbuf_write_u8(mb, '}');
}

/**
 * @file build.c  Makes a model of a draft: resolves references and finds what does not fit together
 */
#include <string.h>
#include <re.h>
#include "nearest.h"
#include "build_part.h"
#include "check.h"

void build_enter(struct build *b, const struct odict *o)
{
	const char *name = object_name(b->kind, o);
	const int origin = draft_origin(b->draft, b->kind, name);

	b->o = o;
	b->kind_at = (struct path){NULL, b->kind->plural, 0};
	b->at = (struct path){&b->kind_at, NULL, (size_t)origin};

	if (origin < 0) {
		b->at.key = name;
		b->at.index = PATH_NAMED;
	}
}

/** Say what a reference names in vain, with the nearest name there is. */
int build_reference_fault(const struct build *b, const struct path *at, const char *kind, const char *name)
{
	const struct kind *ref = kind_find(kind);
	const struct odict *objects = document_objects(b->draft->doc, ref);
	const struct le *le;
	struct nearest n;

	nearest_init(&n, name);
	for (le = objects->lst.head; le; le = le->next)
		nearest_offer(&n, ((const struct odict_entry *)le->data)->key);

	if (n.name)
		return fault_at(b->fault, at, "there is no %s %H; did you mean %H?", kind, quote_print, name,
				quote_print, n.name);

	return fault_at(b->fault, at, "there is no %s %H; add it to \"%s\"", kind, quote_print, name,
			ref->plural);
}

/** A tariff may come later: calls go on, nothing is charged. Said only of what was just applied. */
int build_tariff_note(const struct build *b, const char *field, const char *name)
{
	const struct path at = {&b->at, field, 0};

	if (!name || b->at.key)
		return 0;

	if (odict_lookup(document_objects(b->draft->doc, kind_find("tariff")), name))
		return 0;

	return array_append(b->draft->notes, "%H: there is no tariff %H yet; add it to \"tariffs\"",
			    path_print, &at, quote_print, name);
}

int build_str_take(char **strp, const struct odict *o, const char *field)
{
	const char *str = odict_string(o, field);

	return str ? str_dup(strp, str) : 0;
}

uint32_t build_uint_get(const struct odict *o, const char *field)
{
	const struct odict_entry *e = odict_lookup(o, field);

	return e ? (uint32_t)e->u.integer : 0;
}

bool build_bool_get(const struct odict *o, const char *field)
{
	const struct odict_entry *e = odict_lookup(o, field);

	return e && e->u.boolean;
}

size_t build_list_size(const struct odict *o, const char *field)
{
	const struct odict_entry *e = odict_lookup(o, field);

	return e->type == ODICT_ARRAY ? list_count(&e->u.odict->lst) : 1;
}

/* ---------------------------------------------------------------- interfaces */

static void interface_destructor(void *arg)
{
	struct interface *i = arg;

	list_unlink(&i->le);
	mem_deref(i->name);
	mem_deref(i->listenv);
}

struct interface_build {
	const struct build *b;
	struct interface *interface;
};

static const struct interface *listen_owner(const struct model *m, const struct listen_addr *la)
{
	const struct le *le;
	size_t i;

	for (le = m->interfacel.head; le; le = le->next) {

		const struct interface *other = le->data;

		for (i = 0; i < other->listenc; i++)
			if (other->listenv[i].tp == la->tp &&
			    sa_cmp(&other->listenv[i].addr, &la->addr, SA_ALL))
				return other;
	}

	return NULL;
}

static int listen_add(const char *text, size_t index, void *arg)
{
	const struct interface_build *ib = arg;
	const struct path field = {&ib->b->at, "listen", 0}, at = {&field, NULL, index};
	struct listen_addr *la = &ib->interface->listenv[index];
	const struct interface *owner;
	int err;

	err = listen_decode(la, text);
	if (err)
		return err;

	owner = listen_owner(ib->b->m, la);
	if (owner)
		return fault_at(ib->b->fault, &at, "%H is what interface %H listens on; give each its own",
				quote_print, text, quote_print, owner->name);

	++ib->interface->listenc;

	return 0;
}

static struct sa *media_slot(struct interface *i, const struct sa *sa)
{
	return sa_af(sa) == AF_INET ? &i->media4 : &i->media6;
}

static int media_add(const char *text, size_t index, void *arg)
{
	const struct interface_build *ib = arg;
	const struct path field = {&ib->b->at, "media", 0}, at = {&field, NULL, index};
	struct sa *slot, sa;
	int err;

	err = address_decode(&sa, text);
	if (err)
		return err;

	slot = media_slot(ib->interface, &sa);
	if (sa_isset(slot, SA_ADDR))
		return fault_at(ib->b->fault, &at,
				"%H is a second address of its family; give one IPv4 and one "
				"IPv6 at most",
				quote_print, text);

	*slot = sa;

	return 0;
}

static void media_derive(struct interface *i)
{
	size_t n;

	for (n = 0; n < i->listenc; n++) {

		struct sa *slot = media_slot(i, &i->listenv[n].addr);

		if (sa_isset(slot, SA_ADDR))
			continue;

		*slot = i->listenv[n].addr;
		sa_set_port(slot, 0);
	}
}

static int interface_build(const struct build *b)
{
	struct interface_build ib = {b, NULL};
	int err;

	ib.interface = mem_zalloc(sizeof(*ib.interface), interface_destructor);
	if (!ib.interface)
		return ENOMEM;

	sa_init(&ib.interface->media4, AF_UNSPEC);
	sa_init(&ib.interface->media6, AF_UNSPEC);
	ib.interface->listenv =
		mem_zalloc(build_list_size(b->o, "listen") * sizeof(struct listen_addr), NULL);

	err = build_str_take(&ib.interface->name, b->o, "name");
	if (!ib.interface->listenv)
		err = ENOMEM;
	if (!err)
		err = object_items(b->o, "listen", listen_add, &ib);
	if (!err)
		err = object_items(b->o, "media", media_add, &ib);
	if (!err)
		err = model_name_add(b->m, NAME_INTERFACE, ib.interface->name, ib.interface);

	if (err) {
		mem_deref(ib.interface);
		return err;
	}

	if (!build_list_size(b->o, "media"))
		media_derive(ib.interface);

	list_append(&b->m->interfacel, &ib.interface->le, ib.interface);

	return 0;
}

/* ---------------------------------------------------------------- settings */

static int settings_build(struct build *b)
{
	b->at = b->kind_at; /* a single object is its kind's own place */
	b->m->refuse_unknown = !str_cmp(odict_string(b->o, "unknown_source"), "refuse");
	b->m->reserve_s = build_uint_get(b->o, "reserve_s");
	if (build_prefixes_get(&b->m->emergencyv, &b->m->emergencyc, b, "emergency"))
		return ENOMEM;

	return build_account_resolve(b, &b->m->default_account, "default_account");
}

/* Delivering is the web server's; here it counts only whether there is something to deliver. */
static int webhook_build(const struct build *b)
{
	b->m->webhookc += build_bool_get(b->o, "enabled");

	return 0;
}

/* ---------------------------------------------------------------- the whole */

typedef int(build_h)(const struct build *b);

static int kind_build(struct build *b, const char *kind, build_h *h)
{
	const struct odict *objects;
	const struct le *le;
	int err = 0;

	b->kind = kind_find(kind);
	objects = document_objects(b->draft->doc, b->kind);

	for (le = objects->lst.head; le && !err; le = le->next) {

		build_enter(b, ((const struct odict_entry *)le->data)->u.odict);
		err = h(b);
	}

	return err;
}

static int single_build(struct build *b)
{
	b->kind = kind_find("settings");
	build_enter(b, document_objects(b->draft->doc, b->kind));

	return settings_build(b);
}

int model_build(struct model **mp, struct draft *draft, struct fault *fault)
{
	struct build b = {.draft = draft, .fault = fault};
	int err;

	err = model_alloc(&b.m);
	if (err)
		return err;

	err = kind_build(&b, "interface", interface_build);
	if (!err)
		err = kind_build(&b, "account", build_account);
	if (!err)
		err = build_prepaid_note(&b);
	if (!err)
		err = single_build(&b);
	if (!err)
		err = kind_build(&b, "trunk", build_trunk);
	if (!err)
		err = build_sources(&b);
	if (!err)
		err = kind_build(&b, "route", build_route);
	if (!err)
		err = kind_build(&b, "webhook", webhook_build);

	if (err)
		mem_deref(b.m);
	else
		*mp = b.m;

	return err;
}

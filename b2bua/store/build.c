/**
 * @file build.c  Makes a model of a draft: resolves references and finds what does not fit together
 */
#include <string.h>
#include <re.h>
#include "money.h"
#include "nearest.h"
#include "build.h"
#include "check.h"

/** One object being built. */
struct build {
	struct model *m;
	struct draft *draft;
	struct fault *fault;
	const struct kind *kind;
	const struct odict *o;
	struct path kind_at, at; /* of the object */
};

static void build_enter(struct build *b, const struct odict *o)
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
static int reference_fault(const struct build *b, const struct path *at, const char *kind, const char *name)
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
static int tariff_note(const struct build *b, const char *field, const char *name)
{
	const struct path at = {&b->at, field, 0};

	if (!name || b->at.key)
		return 0;

	if (odict_lookup(document_objects(b->draft->doc, kind_find("tariff")), name))
		return 0;

	return array_append(b->draft->notes, "%H: there is no tariff %H yet; add it to \"tariffs\"",
			    path_print, &at, quote_print, name);
}

static int str_take(char **strp, const struct odict *o, const char *field)
{
	const char *str = odict_string(o, field);

	return str ? str_dup(strp, str) : 0;
}

static uint32_t uint_get(const struct odict *o, const char *field)
{
	const struct odict_entry *e = odict_lookup(o, field);

	return e ? (uint32_t)e->u.integer : 0;
}

static bool bool_get(const struct odict *o, const char *field)
{
	const struct odict_entry *e = odict_lookup(o, field);

	return e && e->u.boolean;
}

static size_t list_size(const struct odict *o, const char *field)
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
	ib.interface->listenv = mem_zalloc(list_size(b->o, "listen") * sizeof(struct listen_addr), NULL);

	err = str_take(&ib.interface->name, b->o, "name");
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

	if (!list_size(b->o, "media"))
		media_derive(ib.interface);

	list_append(&b->m->interfacel, &ib.interface->le, ib.interface);

	return 0;
}

/* ---------------------------------------------------------------- accounts */

static void account_destructor(void *arg)
{
	struct account *a = arg;

	list_unlink(&a->le);
	mem_deref(a->name);
	mem_deref(a->currency);
	mem_deref(a->tariff);
}

static int account_build(const struct build *b)
{
	struct account *a;
	struct pl balance;
	int err;

	a = mem_zalloc(sizeof(*a), account_destructor);
	if (!a)
		return ENOMEM;

	a->prepaid = !str_cmp(odict_string(b->o, "kind"), "prepaid");
	a->enabled = bool_get(b->o, "enabled");
	a->max_calls = uint_get(b->o, "max_calls");
	pl_set_str(&balance, odict_string(b->o, "balance"));

	err = str_take(&a->name, b->o, "name");
	err |= str_take(&a->currency, b->o, "currency");
	err |= str_take(&a->tariff, b->o, "tariff");
	err |= money_decode(&a->balance_nano, &balance);
	if (!err)
		err = tariff_note(b, "tariff", a->tariff);
	if (!err)
		err = model_name_add(b->m, NAME_ACCOUNT, a->name, a);

	if (err)
		mem_deref(a);
	else
		list_append(&b->m->accountl, &a->le, a);

	return err;
}

/* ---------------------------------------------------------------- settings */

static int account_resolve(const struct build *b, const struct account **ap, const char *field)
{
	const struct path at = {&b->at, field, 0};
	const char *name = odict_string(b->o, field);

	if (!name)
		return 0;

	*ap = model_account(b->m, name);

	return *ap ? 0 : reference_fault(b, &at, "account", name);
}

static int settings_build(struct build *b)
{
	b->at = b->kind_at; /* a single object is its kind's own place */
	b->m->refuse_unknown = !str_cmp(odict_string(b->o, "unknown_source"), "refuse");

	return account_resolve(b, &b->m->default_account, "default_account");
}

/* ---------------------------------------------------------------- trunks */

static void trunk_destructor(void *arg)
{
	struct trunk *t = arg;

	list_unlink(&t->le);
	mem_deref(t->name);
	mem_deref(t->matchv);
	mem_deref(t->target);
	mem_deref(t->cost_tariff);
}

static enum anchor_policy anchor_decode(const char *name)
{
	if (!str_cmp(name, "when_possible"))
		return ANCHOR_WHEN_POSSIBLE;

	return str_cmp(name, "off") ? ANCHOR_REQUIRED : ANCHOR_OFF;
}

static void failover_set(struct trunk *t, unsigned code, bool on)
{
	const unsigned bit = code - 300;

	if (on)
		t->failover[bit / 8] |= (uint8_t)(1u << bit % 8);
	else
		t->failover[bit / 8] &= (uint8_t) ~(1u << bit % 8);
}

static int failover_add(const char *text, size_t index, void *arg)
{
	struct trunk *t = arg;
	struct pl pl;
	unsigned code;

	if (!str_cmp(text, "timeout")) {
		failover_set(t, 700, true);
		return 0;
	}

	pl_set_str(&pl, text);

	if (pl.p[1] != 'x') {
		failover_set(t, pl_u32(&pl), true);
		return 0;
	}

	for (code = 0; code < 100; code++)
		failover_set(t, (unsigned)(text[0] - '0') * 100 + code, true);

	return 0;
}

/** What the callee said itself is final, whatever class was listed (RFC 3261 21.4.18, 21.6). */
static int failover_build(struct trunk *t, const struct odict *o)
{
	static const unsigned neverv[] = {486, 487, 600, 603};
	size_t i;
	int err;

	err = object_items(o, "failover", failover_add, t);

	for (i = 0; i < ARRAY_SIZE(neverv); i++)
		failover_set(t, neverv[i], false);

	return err;
}

static int match_add(const char *text, size_t index, void *arg)
{
	struct trunk *t = arg;

	return match_decode(&t->matchv[t->matchc++], text);
}

static int matches_build(struct trunk *t, const struct odict *o, const struct target *target)
{
	const size_t count = list_size(o, "match");

	t->matchv = mem_zalloc((count ? count : 1) * sizeof(*t->matchv), NULL);
	if (!t->matchv)
		return ENOMEM;

	if (count)
		return object_items(o, "match", match_add, t);

	if (t->target && sa_af(&target->addr) != AF_UNSPEC) {
		t->matchv[0].addr = target->addr;
		t->matchv[0].prefix = sa_af(&target->addr) == AF_INET ? 32 : 128;
		t->matchc = 1;
	}

	return 0;
}

static bool interface_reaches(const struct interface *i, const struct target *target)
{
	const enum sip_transp tp = target->tp;
	const int af = sa_af(&target->addr);
	size_t n;

	for (n = 0; n < i->listenc; n++)
		if ((tp == SIP_TRANSP_NONE || tp == i->listenv[n].tp) &&
		    (af == AF_UNSPEC || af == sa_af(&i->listenv[n].addr)))
			return true;

	return false;
}

static int target_check(const struct build *b, const struct trunk *t, const struct target *target)
{
	const struct path at = {&b->at, "target", 0};

	if (!t->target && !list_size(b->o, "match"))
		return fault_at(b->fault, &b->at,
				"has neither \"target\" nor \"match\", so no call could come "
				"from it or go to it; give one of them");

	if (t->target && !interface_reaches(t->interface, target))
		return fault_at(b->fault, &at,
				"%H cannot be reached from interface %H, which listens on no "
				"address of that family and transport; add one to its \"listen\"",
				quote_print, t->target, quote_print, t->interface->name);

	return 0;
}

static int trunk_refs(const struct build *b, struct trunk *t)
{
	const struct path at = {&b->at, "interface", 0};
	const char *name = odict_string(b->o, "interface");
	int err;

	t->interface = model_interface(b->m, name);
	if (!t->interface)
		return reference_fault(b, &at, "interface", name);

	t->account = b->m->default_account;
	err = account_resolve(b, &t->account, "account");
	if (err)
		return err;

	return tariff_note(b, "cost_tariff", t->cost_tariff);
}

static int trunk_fill(const struct build *b, struct trunk *t)
{
	struct target target = {SIP_TRANSP_NONE, {.len = 0}};
	int err;

	t->enabled = bool_get(b->o, "enabled");
	t->anchor = anchor_decode(odict_string(b->o, "anchor"));
	t->timeout_ms = uint_get(b->o, "timeout_s") * 1000;
	t->ring_timeout_ms = uint_get(b->o, "ring_timeout_s") * 1000;
	t->max_duration_ms = uint_get(b->o, "max_duration_s") * 1000;
	t->max_calls = uint_get(b->o, "max_calls");

	err = str_take(&t->name, b->o, "name");
	err |= str_take(&t->target, b->o, "target");
	err |= str_take(&t->cost_tariff, b->o, "cost_tariff");
	if (!err && t->target)
		err = target_decode(&target, t->target);
	if (!err)
		err = trunk_refs(b, t);
	if (!err)
		err = target_check(b, t, &target);
	if (!err)
		err = matches_build(t, b->o, &target);
	if (!err)
		err = failover_build(t, b->o);

	return err;
}

static int trunk_build(const struct build *b)
{
	struct trunk *t;
	int err;

	t = mem_zalloc(sizeof(*t), trunk_destructor);
	if (!t)
		return ENOMEM;

	err = trunk_fill(b, t);
	if (!err)
		err = model_name_add(b->m, NAME_TRUNK, t->name, t);

	if (err)
		mem_deref(t);
	else
		list_append(&b->m->trunkl, &t->le, t);

	return err;
}

/* ---------------------------------------------------------------- sources */

/** In which order trunks claim their sources: what is written comes before what is derived. */
static const struct claim {
	bool enabled, written;
} claimv[] = {{true, true}, {true, false}, {false, true}, {false, false}};

/** The fault stands at the trunk that was just applied, if only one of the two was. */
static int claim_fault(struct build *b, const struct trunk *t, size_t index, const struct trunk *owner)
{
	struct path field = {&b->at, "match", 0}, at = {&field, NULL, index};
	const struct odict *trunks = document_objects(b->draft->doc, b->kind);
	const bool mine = draft_origin(b->draft, b->kind, t->name) >= 0 ||
			  draft_origin(b->draft, b->kind, owner->name) < 0;

	build_enter(b, odict_lookup(trunks, mine ? t->name : owner->name)->u.odict);

	return fault_at(b->fault, mine ? &at : &field,
			"%j%s is a source of trunk %H on the same interface too; give it to one of them",
			&t->matchv[index].addr, sa_port(&t->matchv[index].addr) ? " with its port" : "",
			quote_print, mine ? owner->name : t->name);
}

static int trunk_claim(struct build *b, const struct trunk *t, bool exclusive)
{
	size_t i;
	int err;

	for (i = 0; i < t->matchc; i++) {

		const struct trunk *owner = NULL;

		err = model_match_add(b->m, t, &t->matchv[i], &owner);
		if (err)
			return err;

		if (owner && exclusive)
			return claim_fault(b, t, i, owner);
	}

	return 0;
}

static int sources_build(struct build *b)
{
	const struct odict *trunks = document_objects(b->draft->doc, b->kind);
	const struct le *le;
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(claimv); i++) {

		for (le = b->m->trunkl.head; le && !err; le = le->next) {

			const struct trunk *t = le->data;
			const bool written = list_size(odict_lookup(trunks, t->name)->u.odict, "match");

			if (t->enabled == claimv[i].enabled && written == claimv[i].written)
				err = trunk_claim(b, t, t->enabled && written);
		}
	}

	return err;
}

/* ---------------------------------------------------------------- routes */

static void route_destructor(void *arg)
{
	struct route *r = arg;

	hash_unlink(&r->he);
	list_unlink(&r->le);
	mem_deref(r->prefix);
	mem_deref(r->trunkv);
}

struct route_build {
	const struct build *b;
	struct route *route;
};

static int candidate_add(const char *text, size_t index, void *arg)
{
	const struct route_build *rb = arg;
	const struct path field = {&rb->b->at, "trunks", 0}, at = {&field, NULL, index};
	const struct trunk *t = model_trunk(rb->b->m, text);

	if (!t)
		return reference_fault(rb->b, &at, "trunk", text);

	if (!t->target)
		return fault_at(rb->b->fault, &at,
				"trunk %H has no \"target\", so no call can go to it; give it "
				"one or leave it out",
				quote_print, text);

	rb->route->trunkv[rb->route->trunkc++] = t;

	return 0;
}

static int route_build(const struct build *b)
{
	struct route_build rb = {b, NULL};
	int err;

	rb.route = mem_zalloc(sizeof(*rb.route), route_destructor);
	if (!rb.route)
		return ENOMEM;

	rb.route->trunkv = mem_zalloc(list_size(b->o, "trunks") * sizeof(*rb.route->trunkv), NULL);

	err = rb.route->trunkv ? str_take(&rb.route->prefix, b->o, "prefix") : ENOMEM;
	if (!err)
		err = object_items(b->o, "trunks", candidate_add, &rb);

	if (err) {
		mem_deref(rb.route);
		return err;
	}

	list_append(&b->m->routel, &rb.route->le, rb.route);
	model_route_add(b->m, rb.route);

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
		err = kind_build(&b, "account", account_build);
	if (!err)
		err = single_build(&b);
	if (!err)
		err = kind_build(&b, "trunk", trunk_build);
	if (!err)
		err = sources_build(&b);
	if (!err)
		err = kind_build(&b, "route", route_build);

	if (err)
		mem_deref(b.m);
	else
		*mp = b.m;

	return err;
}

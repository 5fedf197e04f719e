/**
 * @file model.c  What the operator provisioned, looked up: by name, by source, by number
 */
#include <string.h>
#include <re.h>
#include "build.h"

enum {
	NAME_BUCKETS = 1024,
	MATCH_BUCKETS = 1024,
	ROUTE_BUCKETS = 4096,
	FAILOVER_MIN = 300,
	FAILOVER_MAX = 699
};

struct name_entry {
	struct le he;
	enum name_type type;
	const char *name; /* the object's own */
	void *object;
};

struct match_entry {
	struct le he;
	const struct match *match;
	const struct trunk *trunk;
};

static void model_destructor(void *arg)
{
	struct model *m = arg;

	while (m->emergencyc)
		mem_deref(m->emergencyv[--m->emergencyc]);
	mem_deref(m->emergencyv);

	hash_flush(m->ht_name);
	hash_flush(m->ht_match);
	hash_clear(m->ht_route);
	mem_deref(m->ht_name);
	mem_deref(m->ht_match);
	mem_deref(m->ht_route);

	list_flush(&m->routel);
	list_flush(&m->trunkl);
	list_flush(&m->accountl);
	list_flush(&m->interfacel);
}

int model_alloc(struct model **mp)
{
	struct model *m;
	int err;

	m = mem_zalloc(sizeof(*m), model_destructor);
	if (!m)
		return ENOMEM;

	err = hash_alloc(&m->ht_name, NAME_BUCKETS);
	err |= hash_alloc(&m->ht_match, MATCH_BUCKETS);
	err |= hash_alloc(&m->ht_route, ROUTE_BUCKETS);

	if (err)
		mem_deref(m);
	else
		*mp = m;

	return err;
}

static void name_destructor(void *arg)
{
	struct name_entry *ne = arg;

	hash_unlink(&ne->he);
}

int model_name_add(struct model *m, enum name_type type, const char *name, void *object)
{
	struct name_entry *ne;

	ne = mem_zalloc(sizeof(*ne), name_destructor);
	if (!ne)
		return ENOMEM;

	ne->type = type;
	ne->name = name;
	ne->object = object;
	hash_append(m->ht_name, hash_fast_str(name), &ne->he, ne);

	return 0;
}

static void *name_find(const struct model *m, enum name_type type, const char *name)
{
	const struct le *le;

	if (!m || !name)
		return NULL;

	for (le = list_head(hash_list(m->ht_name, hash_fast_str(name))); le; le = le->next) {

		const struct name_entry *ne = le->data;

		if (ne->type == type && !str_cmp(ne->name, name))
			return ne->object;
	}

	return NULL;
}

const struct interface *model_interface(const struct model *m, const char *name)
{
	return name_find(m, NAME_INTERFACE, name);
}

const struct account *model_account(const struct model *m, const char *name)
{
	return name_find(m, NAME_ACCOUNT, name);
}

const struct trunk *model_trunk(const struct model *m, const char *name)
{
	return name_find(m, NAME_TRUNK, name);
}

static uint32_t match_key(const struct sa *addr, uint8_t prefix)
{
	return sa_hash(addr, SA_ALL) * 31 + prefix;
}

static const struct trunk *match_find(const struct model *m, const char *interface, const struct sa *addr,
				      uint8_t prefix)
{
	const struct le *le;

	for (le = list_head(hash_list(m->ht_match, match_key(addr, prefix))); le; le = le->next) {

		const struct match_entry *me = le->data;

		if (me->match->prefix == prefix && sa_cmp(&me->match->addr, addr, SA_ALL) &&
		    !str_cmp(me->trunk->interface->name, interface))
			return me->trunk;
	}

	return NULL;
}

static uint8_t addr_width(const struct sa *sa)
{
	return sa_af(sa) == AF_INET ? 32 : 128;
}

static void match_destructor(void *arg)
{
	struct match_entry *me = arg;

	hash_unlink(&me->he);
}

int model_match_add(struct model *m, const struct trunk *trunk, const struct match *match,
		    const struct trunk **takenp)
{
	struct match_entry *me;

	*takenp = match_find(m, trunk->interface->name, &match->addr, match->prefix);
	if (*takenp)
		return 0;

	me = mem_zalloc(sizeof(*me), match_destructor);
	if (!me)
		return ENOMEM;

	me->match = match;
	me->trunk = trunk;
	hash_append(m->ht_match, match_key(&match->addr, match->prefix), &me->he, me);

	if (match->prefix == addr_width(&match->addr))
		return 0;

	if (sa_af(&match->addr) == AF_INET)
		m->len4[match->prefix] = true;
	else
		m->len6[match->prefix] = true;

	return 0;
}

/** An IPv4 peer seen on an IPv6 socket (::ffff:a.b.c.d) is an IPv4 peer. */
static void addr_unmap(struct sa *sa)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	const uint16_t port = sa_port(sa);
	uint8_t in6[16];

	if (sa_af(sa) != AF_INET6)
		return;

	sa_in6(sa, in6);

	if (!memcmp(in6, mapped, sizeof(mapped)))
		sa_set_in(sa,
			  (uint32_t)in6[12] << 24 | (uint32_t)in6[13] << 16 | (uint32_t)in6[14] << 8 |
				  in6[15],
			  port);
}

static void addr_mask(struct sa *sa, uint8_t prefix)
{
	uint8_t in6[16];
	unsigned i;

	if (sa_af(sa) == AF_INET) {
		sa_set_in(sa, sa_in(sa) & (uint32_t)(0xffffffff00000000u >> MIN(prefix, 32)), 0);
		return;
	}

	sa_in6(sa, in6);
	for (i = prefix; i < 128; i++)
		in6[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	sa_set_in6(sa, in6, 0);
}

static const struct trunk *net_find(const struct model *m, const char *interface, const struct sa *src)
{
	const bool *len = sa_af(src) == AF_INET ? m->len4 : m->len6;
	const struct trunk *trunk;
	struct sa addr = *src;
	int prefix;

	for (prefix = addr_width(src) - 1; prefix >= 0; prefix--) {

		if (!len[prefix])
			continue;

		addr_mask(&addr, (uint8_t)prefix);
		trunk = match_find(m, interface, &addr, (uint8_t)prefix);
		if (trunk)
			return trunk;
	}

	return NULL;
}

bool model_is_emergency(const struct model *m, const char *number)
{
	size_t i;

	for (i = 0; i < m->emergencyc; i++)
		if (!str_cmp(m->emergencyv[i], number))
			return true;

	return false;
}

const struct trunk *model_match(const struct model *m, const char *interface, const struct sa *src)
{
	const struct trunk *trunk;
	struct sa addr;

	if (!m || !interface || !src)
		return NULL;

	addr = *src;
	addr_unmap(&addr);

	trunk = match_find(m, interface, &addr, addr_width(&addr));
	if (trunk)
		return trunk;

	sa_set_port(&addr, 0);

	trunk = match_find(m, interface, &addr, addr_width(&addr));

	return trunk ? trunk : net_find(m, interface, &addr);
}

bool model_has_media(const struct model *m, const struct sa *addr)
{
	const struct le *le;

	for (le = m->interfacel.head; le; le = le->next) {

		const struct interface *i = le->data;

		if (sa_cmp(&i->media4, addr, SA_ADDR) || sa_cmp(&i->media6, addr, SA_ADDR))
			return true;
	}

	return false;
}

static uint32_t prefix_key(const struct pl *pl)
{
	return pl->l ? hash_joaat((const uint8_t *)pl->p, pl->l) : 0;
}

void model_route_add(struct model *m, struct route *route)
{
	struct pl pl;

	pl_set_str(&pl, route->prefix);
	m->route_len_max = max(m->route_len_max, pl.l);
	hash_append(m->ht_route, prefix_key(&pl), &route->he, route);
}

const struct route *model_route(const struct model *m, const char *number)
{
	struct pl pl;

	if (!m || !number)
		return NULL;

	pl.p = number;
	pl.l = min(str_len(number), m->route_len_max);

	for (;; --pl.l) {

		const struct le *le;

		for (le = list_head(hash_list(m->ht_route, prefix_key(&pl))); le; le = le->next) {

			const struct route *route = le->data;

			if (!pl_strcmp(&pl, route->prefix))
				return route;
		}

		if (!pl.l)
			return NULL;
	}
}

static bool is_listed(const char *methods, const struct pl *met)
{
	struct pl rest, one;

	pl_set_str(&rest, methods);
	while (!re_regex(rest.p, rest.l, "[^, ]+", &one)) {
		if (!pl_cmp(&one, met))
			return true;
		pl_advance(&rest, one.p + one.l - rest.p);
	}

	return false;
}

bool trunk_passes(const struct trunk *t, const struct pl *met)
{
	return is_listed(t->methods, met);
}

bool trunk_passes_outside(const struct trunk *t, const struct pl *met)
{
	return is_listed(t->methods_outside, met);
}

bool trunk_fails_over(const struct trunk *t, uint16_t scode)
{
	unsigned bit;

	if (!t || (scode && (scode < FAILOVER_MIN || scode > FAILOVER_MAX)))
		return false;

	bit = scode ? scode - FAILOVER_MIN : FAILOVER_MAX + 1 - FAILOVER_MIN;

	return t->failover[bit / 8] & 1u << bit % 8;
}

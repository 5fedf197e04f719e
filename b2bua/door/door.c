/**
 * @file door.c  The interfaces there are, kept in step with the model, and what is counted at them
 */
#include <re.h>
#include "log.h"
#include "../dns/resolver.h"
#include "../leg/secure.h"
#include "../leg/stack.h"
#include "guard.h"
#include "iface.h"
#include "trace.h"

struct door {
	struct engine *e;
	struct list ifacel;
	struct list newl;      /* between PREPARE and COMMIT or ABORT */
	struct secure *secure; /* NULL: no TLS */
	struct resolver *resolver;
	struct guard *guard;
	uint64_t countv[DOOR_COUNTC];
	struct trace *trace;
};

/* Outside any handler of libre's: what the interfaces hold goes with them, at once. */
static void ifaces_drop(struct list *ifacel)
{
	struct le *le;

	for (le = ifacel->head; le; le = le->next)
		stack_flush(iface_stack(le->data));

	list_flush(ifacel);
}

static void destructor(void *arg)
{
	struct door *d = arg;

	ifaces_drop(&d->newl);
	ifaces_drop(&d->ifacel);
	mem_deref(d->resolver);
	mem_deref(d->guard);
	mem_deref(d->trace);
	mem_deref(d->secure);
}

static struct iface *find(const struct list *list, const char *name)
{
	struct le *le;

	for (le = list->head; le; le = le->next)
		if (!str_cmp(iface_name(le->data), name))
			return le->data;

	return NULL;
}

static int prepare(struct door *d, const struct model *m, char *errstr, size_t errsize)
{
	struct iface *iface;
	char what[256];
	struct le *le;
	size_t i = 0;
	int err = 0;

	for (le = m->interfacel.head; le && !err; le = le->next, i++) {
		const struct interface *conf = le->data;

		what[0] = '\0';
		iface = door_iface(d, conf->name);
		if (iface && !iface_moves(iface, conf)) {
			err = iface_probe(iface, conf, what, sizeof(what));
		}
		else {
			err = iface_open(&iface, d, conf, what, sizeof(what));
			if (!err)
				iface_enlist(iface, &d->newl);
		}

		if (err)
			(void)re_snprintf(errstr, errsize, "interface %s: %s", conf->name, what);
	}

	if (err)
		ifaces_drop(&d->newl);

	return err;
}

static void commit(struct door *d, const struct model *m)
{
	struct le *le = d->ifacel.head;

	while (le) {
		struct iface *iface = le->data;
		const struct interface *conf = model_interface(m, iface_name(iface));

		le = le->next;

		if (conf && !find(&d->newl, iface_name(iface))) {
			iface_change(iface, conf);
			continue;
		}

		/* calls on it keep it, and with it the sockets, until they end */
		log_info("interface %s: closed", iface_name(iface));
		iface_enlist(iface, NULL);
		mem_deref(iface);
	}

	while ((le = d->newl.head)) {
		struct iface *iface = le->data;

		iface_enlist(iface, &d->ifacel);
		iface_announce(iface);
	}
}

/* The first call to a name shall not wait for name servers. */
static void names_learn(struct door *d, const struct model *m)
{
	for (struct le *le = m->trunkl.head; le; le = le->next) {
		const struct trunk *t = le->data;
		const struct iface *iface = door_iface(d, t->interface->name);
		struct hops hops;
		struct uri uri;
		struct pl pl;

		pl_set_str(&pl, t->target);
		if (iface && t->target && !uri_decode(&uri, &pl) && uri.af == AF_UNSPEC)
			(void)resolver_find(NULL, &hops, d->resolver, stack_sip(iface_stack(iface)), &uri, 0,
					    NULL, NULL);
	}
}

int door_change(enum store_step step, struct model *m, char *errstr, size_t errsize, void *arg)
{
	struct door *d = arg;

	switch (step) {

	case STORE_PREPARE:
		return prepare(d, m, errstr, errsize);

	case STORE_COMMIT:
		commit(d, m);
		names_learn(d, m);
		return 0;

	default:
		ifaces_drop(&d->newl);
		return 0;
	}
}

int door_alloc(struct door **dp, struct engine *e, struct model *m, char *errstr, size_t errsize)
{
	struct door *d;
	int err;

	d = mem_zalloc(sizeof(*d), destructor);
	if (!d)
		return ENOMEM;

	d->e = e;
	err = resolver_alloc(&d->resolver, e->cfg->dns_servers);
	err = err ? err : guard_alloc(&d->guard, e->cfg->sip_connections, e->cfg->sip_connections_source);
	err = err ? err : trace_alloc(&d->trace, e->cfg, store_background(e->store));
	if (!err && str_isset(e->cfg->tls_cert))
		err = secure_alloc(&d->secure, e->cfg->tls_cert, e->cfg->tls_key, errstr, errsize);
	err = err ? err : prepare(d, m, errstr, errsize);
	if (err) {
		mem_deref(d);
		return err;
	}

	trace_lines(d->trace, log_level_get() <= LOG_DEBUG);
	commit(d, m);
	names_learn(d, m);
	*dp = d;

	return 0;
}

struct iface *door_iface(const struct door *d, const char *name)
{
	return find(&d->ifacel, name);
}

struct secure *door_secure(const struct door *d)
{
	return d->secure;
}

struct resolver *door_resolver(const struct door *d)
{
	return d->resolver;
}

void door_reload(struct door *d)
{
	char errstr[256] = "out of memory";

	resolver_reload(d->resolver);
	if (!d->secure)
		log_info("reload: no tls_cert is configured, so there is nothing to read again");
	else if (secure_reload(d->secure, errstr, sizeof(errstr)))
		log_error("reload: %s; the certificate read before stays", errstr);
	else
		log_info("reload: tls_cert and tls_key were read again, for connections from now on");
}

struct engine *door_engine(const struct door *d)
{
	return d->e;
}

void door_count(struct door *d, enum door_count what)
{
	++d->countv[what];
}

void door_trace(struct door *d, bool on)
{
	trace_lines(d->trace, on);
}

struct trace *door_tracer(const struct door *d)
{
	return d ? d->trace : NULL;
}

struct leg *door_replaced(const struct door *d, const struct refer_replaces *r)
{
	struct leg *leg = NULL;

	for (struct le *le = d->ifacel.head; le && !leg; le = le->next)
		leg = stack_replaced(iface_stack(le->data), r);

	return leg;
}

bool door_sent(const struct door *d, const struct sip_msg *msg)
{
	struct le *le;

	for (le = d->ifacel.head; le; le = le->next)
		if (stack_sent(iface_stack(le->data), msg))
			return true;

	return false;
}

uint32_t door_legs(const struct door *d)
{
	uint32_t legs = 0;
	struct le *le;

	for (le = d->ifacel.head; le; le = le->next)
		legs += stack_legs(iface_stack(le->data));

	return legs;
}

int door_describe(const struct door *d, struct odict *od)
{
	static const char *const names[DOOR_COUNTC] = {
		"undecodable", "keepalive", "malformed_400", "unknown_source",
		"method_405",  "stray_481", "hops_483",
	};
	uint64_t strays = 0;
	struct le *le;
	int err = 0;

	for (size_t i = 0; i < DOOR_COUNTC; i++)
		err |= odict_entry_add(od, names[i], ODICT_INT, (int64_t)d->countv[i]);

	for (le = d->ifacel.head; le; le = le->next)
		strays += stack_stray_responses(iface_stack(le->data));

	err |= odict_entry_add(od, "connections", ODICT_INT, (int64_t)guard_counts(d->guard)->open);
	err |= odict_entry_add(od, "connections_refused", ODICT_INT,
			       (int64_t)guard_counts(d->guard)->refused);
	err |= odict_entry_add(od, "connections_cut", ODICT_INT, (int64_t)guard_counts(d->guard)->cut);
	err |= odict_entry_add(od, "stray_responses", ODICT_INT, (int64_t)strays);
	err |= odict_entry_add(od, "legs", ODICT_INT, (int64_t)door_legs(d));

	return err;
}

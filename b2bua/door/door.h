/**
 * @file door.h  The SIP interfaces: their sockets, and who is let in
 */
#ifndef TANDEM_DOOR_H
#define TANDEM_DOOR_H

#include <re.h>
#include "../engine.h"

struct door;
struct iface;
struct stack;
struct trace;
struct secure;
struct leg;
struct refer_replaces;
struct resolver;

/** What was turned away at the door: counted, never a row each. */
enum door_count {
	DOOR_UNDECODABLE, /* no SIP message */
	DOOR_KEEPALIVE,
	DOOR_MALFORMED, /* 400 */
	DOOR_UNKNOWN,   /* source that no trunk matches */
	DOOR_METHOD,    /* 405 */
	DOOR_STRAY,     /* 481: no such dialog or transaction */
	DOOR_HOPS,      /* 483 outside a call attempt */
	DOOR_COUNTC,
};

/** Open the interfaces of a model. errstr names the interface, the address and the remedy. */
int door_alloc(struct door **dp, struct engine *e, struct model *m, char *errstr, size_t errsize);

/** Interfaces follow a change of the model: a store_change_h with the door as argument. */
int door_change(enum store_step step, struct model *m, char *errstr, size_t errsize, void *arg);


struct iface *door_iface(const struct door *d, const char *name);
/** TLS of all interfaces; NULL without tls_cert. */
struct secure *door_secure(const struct door *d);

/** Names to addresses, for all interfaces. */
struct resolver *door_resolver(const struct door *d);

/** Read the TLS certificate and key again, and where the name servers are, of which all is forgotten that they said;
 *  connections that are open stay. */
void door_reload(struct door *d);

struct engine *door_engine(const struct door *d);
const char *iface_name(const struct iface *iface);
struct stack *iface_stack(const struct iface *iface);
struct door *iface_door(const struct iface *iface);

/** The interface's address of a family for a URI's host; any family when it has none of that. */
const struct sa *iface_addr(const struct iface *iface, int af);

/** True if so much waits behind this message, for so long, that a new call is better refused than begun. Connections
 *  are never behind: TCP slows their senders down. */
bool iface_is_behind(const struct iface *iface, const struct sip_msg *msg);

/** The leg that a Replaces header names, on whichever interface; NULL: none. */
struct leg *door_replaced(const struct door *d, const struct refer_replaces *r);

/** True if a request outside a dialog is one that we sent ourselves, by whichever interface (RFC 3261 8.2.2.2). */
bool door_sent(const struct door *d, const struct sip_msg *msg);

/** Log one line for each SIP message in and out, at level debug; off it costs nothing. */
void door_trace(struct door *d, bool on);

/** What sees every message; NULL without a door. */
struct trace *door_tracer(const struct door *d);

/** Legs alive on all interfaces. */
uint32_t door_legs(const struct door *d);

void door_count(struct door *d, enum door_count what);

/** Interfaces and counters, for `tandemctl status`. */
int door_describe(const struct door *d, struct odict *od);

#endif

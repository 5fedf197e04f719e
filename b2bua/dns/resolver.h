/**
 * @file resolver.h  From SIP URIs with host names to addresses, without ever waiting
 *
 * One for the process. Addresses that failed lately come last.
 */
#ifndef TANDEM_RESOLVER_H
#define TANDEM_RESOLVER_H

#include <re.h>
#include "walk.h"

struct resolver;
struct resolution;

/** The addresses, or an error: EDESTADDRREQ where the name leads nowhere. Called once. */
typedef void(resolve_h)(int err, const struct hops *hops, void *arg);

/**
 * Make a resolver.
 *
 * @param servers  "ADDR, ADDR:PORT, …"; "": those of /etc/resolv.conf
 */
int resolver_alloc(struct resolver **rp, const char *servers);

/**
 * Resolve a URI for the transports of a SIP stack.
 *
 * @param r      NULL: every name leads nowhere
 * @param resp   EINPROGRESS: set; deref to give up. It is not cleared.
 * @param hops   0: set
 * @param sip    its sockets say what can be spoken; referenced
 * @param uri    its host may be an address, too
 * @param seed   the same gives the same order of what has equal rights, as long as DNS says the same
 *
 * Without a handler and `resp` it is learned for who asks later.
 *
 * @return 0 (known already), EINPROGRESS (resolveh will be called), EDESTADDRREQ, …
 */
int resolver_find(struct resolution **resp, struct hops *hops, struct resolver *r, struct sip *sip,
		  const struct uri *uri, uint32_t seed, resolve_h *resolveh, void *arg);

/** Nothing, or nothing good, was heard from an address: for some seconds others are tried before it. */
void resolver_failed(struct resolver *r, const struct hop *hop);

/** Forget what name servers said, and read /etc/resolv.conf again where the servers come from there. */
void resolver_reload(struct resolver *r);

#endif

/**
 * @file cache.h  What the name servers said, for as long as it holds
 *
 * Answers hold for their TTL, that there is none as well (RFC 2308). When nobody answers, what was known before
 * goes on (RFC 8767): an outage of DNS alone ends no calls. Bounded: what was not used the longest gives way.
 */
#ifndef TANDEM_DNS_CACHE_H
#define TANDEM_DNS_CACHE_H

#include <re.h>
#include "ask.h"

struct dns_cache;

/** An answer came, or none will. */
typedef void(dns_cache_h)(void *arg);

/**
 * Make a cache that asks these servers.
 *
 * @param servers  copied; none: every name is unknown
 * @param hosts    path of a hosts file, which is read again when it has changed
 */
int dns_cache_alloc(struct dns_cache **cp, const struct dns_servers *servers, const char *hosts,
		    dns_cache_h *cacheh, void *arg);

/**
 * The records of a name and type; NULL: asked for, and cacheh will be called.
 *
 * @param since_ms  what was answered since then is taken even if it does not hold any more: who began then
 *                  must come to an end
 */
const struct list *dns_cache_find(struct dns_cache *c, const char *name, uint16_t type, uint64_t since_ms);

/** Ask other servers from now on, for everything. */
void dns_cache_reset(struct dns_cache *c, const struct dns_servers *servers);

#endif

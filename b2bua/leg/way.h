/**
 * @file way.h  The addresses that a request may go to, tried in turn
 *
 * Most requests have one: the address in the URI, which libre takes from there. A way is made for the others:
 *
 *   name in the URI           what DNS says (RFC 3263), each address once
 *   too large for UDP         TCP to the same address first (RFC 3261 18.1.1)
 *   caller by TCP or TLS      its own connection first, then its Contact (RFC 5923)
 *   Contact behind a NAT      where its messages come from
 */
#ifndef TANDEM_WAY_H
#define TANDEM_WAY_H

#include <re.h>
#include "dns/resolver.h"

struct leg;

enum { WAY_HOST_SIZE = 64 };

struct way {
	struct hops hops;
	uint32_t i; /* the one that is tried */
	bool named; /* DNS gave them: each can stand in for another */
	bool large;
	struct leg *leg;               /* outlives us */
	struct resolution *resolution; /* under way; NULL */
	resolve_h *foundh;
	void *arg;
};

/** The URI to send to; a SIPS one as libre knows it, for what is sent to the next hop alone (RFC 3261 26.2.2). */
int way_uri(struct uri *uri, const struct leg *leg);

/** True if the address in way_uri's `uri` is the only place to go to. `size` of the message in bytes. */
bool way_is_plain(const struct leg *leg, const struct uri *uri, size_t size);

/**
 * Find where to go.
 *
 * @param wp      set, also at EINPROGRESS; deref it to give up
 * @param foundh  called at EINPROGRESS
 *
 * @return 0, EINPROGRESS, EDESTADDRREQ
 */
int way_find(struct way **wp, struct leg *leg, size_t size, resolve_h *foundh, void *arg);

/** The place that is tried, as a URI; `host` holds its text. */
void way_hop_uri(struct uri *uri, char host[WAY_HOST_SIZE], const struct way *w);

/** On to the next place; only to another address where `elsewhere`. False: there is none. */
bool way_next(struct way *w, bool elsewhere);

/** True if way_next(w, true) leads somewhere. */
bool way_leads_elsewhere(const struct way *w);

#endif

/**
 * @file ng_cookie.h  Replies kept for a while, so that a repeated request is not carried out again
 */
#ifndef TANDEM_NG_COOKIE_H
#define TANDEM_NG_COOKIE_H

#include <stdint.h>
#include <re.h>
#include "ng_peer.h"

enum { NG_COOKIE_KEEP_MS = 10000 };

struct ng_cookies;

/** Bounded: past `bytes_max` of replies the oldest go first, before their time. */
int ng_cookies_alloc(struct ng_cookies **ncp, size_t bytes_max);

/** The reply given to this client's cookie, if it is still kept. Valid until the next ng_cookies_add. */
bool ng_cookies_find(const struct ng_cookies *nc, const struct ng_peer *peer, const struct pl *cookie,
		     struct pl *reply);

/** Keep a reply. */
void ng_cookies_add(struct ng_cookies *nc, const struct ng_peer *peer, const struct pl *cookie,
		    const struct mbuf *reply, uint64_t now_ms);

/** Let go of replies past their time. */
void ng_cookies_expire(struct ng_cookies *nc, uint64_t now_ms);

uint32_t ng_cookies_count(const struct ng_cookies *nc);

#endif

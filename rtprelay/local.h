/**
 * @file local.h  Which of our addresses a party sees
 *
 * By the address the client names (tandem-local), else by the name of an interface (direction), else by the
 * first interface of the configuration, else by the route to the party. Behind a one-to-one NAT a party is
 * told another address than the one its packets arrive at: the advertised one.
 */
#ifndef TANDEM_RELAY_LOCAL_H
#define TANDEM_RELAY_LOCAL_H

#include <re.h>

struct locals;

/**
 * Read the configuration: "NAME=ADDRESS[!ADVERTISED]", several parted by commas or spaces; a name may have an
 * IPv4 and an IPv6 address.
 *
 * @param lp    returned; mem_deref it
 * @param text  may be empty
 * @param why   on error: what is wrong and what to write
 * @param size  of why
 *
 * @return 0, EINVAL or ENOMEM
 */
int locals_alloc(struct locals **lp, const char *text, char *why, size_t size);

/** The address of an interface; `af` AF_UNSPEC: whichever stands first. 0 or ENOENT. */
int locals_by_name(const struct locals *l, struct sa *local, const struct pl *name, int af);

/** The address of the first interface of that family. 0 or ENOENT. */
int locals_first(const struct locals *l, struct sa *local, int af);

/** What a party is told in place of a local address: mostly itself. */
void locals_shown(const struct locals *l, struct sa *shown, const struct sa *local);

/** Which of our addresses faces this one, by the routing table; nothing is sent. 0 or an errno. */
int local_by_route(struct sa *local, const struct sa *dst);

#endif

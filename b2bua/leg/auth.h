/**
 * @file auth.h  What a leg that we dial logs on with, and to whom it says so
 *
 * A challenge is an attempt to make us compute with a password. It is answered for one realm, and only to
 * the address that the dialled target answered from (CVE-2021-41158: whoever was called could have any
 * gateway's response). A leg without credentials has no struct auth and answers nothing.
 */
#ifndef TANDEM_AUTH_H
#define TANDEM_AUTH_H

#include <re.h>
#include "leg.h"

struct auth;

/** `target` is the URI dialled. */
int auth_alloc(struct auth **authp, const struct leg_credentials *cred, const char *target);

/** Where responses to the first INVITE come from: the only one that is told anything. */
void auth_peer_set(struct auth *auth, const struct sa *peer);

/** True if a request to this URI goes to that address, or to the very host and port that were dialled. */
bool auth_may_go(const struct auth *auth, const struct uri *next_hop);

/**
 * Take the challenges of a 401 or 407: the strongest algorithm of each kind, of the one realm.
 *
 * @param answered which kinds this request has answered already; one of these is taken only when stale
 *
 * @return 0: the request may be sent again; EACCES: not to be answered; ENOENT: nothing here that we could answer
 */
int auth_take(struct auth *auth, const struct sip_msg *msg, unsigned *answered);

/** Print the header lines for a request, none before a challenge. An ACK has those of its INVITE (RFC 3261 22.1). */
int auth_print(struct mbuf *mb, struct auth *auth, const char *met, const char *uri);

#endif

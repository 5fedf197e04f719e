/**
 * @file ng.h  The NG protocol's framing, for both ends: cookie, space, dictionary (docs/ng.md)
 */
#ifndef TANDEM_NG_H
#define TANDEM_NG_H

#include <stdbool.h>
#include <re.h>
#include "bencode.h"

enum {
	NG_COOKIE_MAX = 255,
	NG_DATAGRAM_MAX = 65507, /* the largest UDP payload over IPv4 */
};

/** One datagram taken apart. The cookie points into the packet, as may the values of `doc`. */
struct ng_msg {
	struct pl cookie;
	bool json;        /* the dictionary came as JSON; a reply goes back the same way */
	struct bdoc *doc; /* owned: ng_msg_reset */
	const struct bval *dict;
};

/**
 * Take a datagram apart; it must stay in memory as long as `msg` is used.
 *
 * @return 0; EBADMSG: no cookie, or the dictionary is malformed; EOVERFLOW: over a limit of bencode.h;
 *         ENOMEM. After an error the cookie is set if there was one, so that an error can be replied.
 */
int ng_decode(struct ng_msg *msg, const struct pl *pl);

/** Free what ng_decode allocated. */
void ng_msg_reset(struct ng_msg *msg);

/** Begin a message: the cookie, a space, an open dictionary for the bwrite_* calls; ng_end closes it. */
void ng_begin(struct bwriter *w, struct mbuf *mb, const struct pl *cookie, bool json);

/** Close the dictionary. Returns the first error of the whole message. */
int ng_end(struct bwriter *w);

/** A whole error reply: {result: error, error-reason: …}. */
int ng_error(struct mbuf *mb, const struct pl *cookie, bool json, const char *reason);

/**
 * What a reply says, for the client.
 *
 * @param reason  set to error-reason (or to the result itself when there is none); may be NULL
 *
 * @return 0 (ok or pong), EREMOTEIO (any other result), EBADMSG (no result: this is not a reply)
 */
int ng_result(const struct ng_msg *reply, struct pl *reason);

#endif

/**
 * @file exchange.h  An offer or answer being carried out; what offer.c and the exchange_*.c share
 */
#ifndef TANDEM_RELAY_EXCHANGE_H
#define TANDEM_RELAY_EXCHANGE_H

#include <stdbool.h>
#include <re.h>
#include "ng_flags.h"
#include "session.h"

struct exchange {
	struct session *s;
	const struct ng_flags *flags;
	const struct rsdp *sdp;
	struct party *from; /* whose SDP this is */
	struct party *to;   /* who is to have it */
	struct party *made; /* by this request: gone if it fails */
	bool answer;
	bool anew; /* another party than before speaks in place of `from` */
	char *why;

	/* a=crypto lines for `to` */
	struct {
		char *v[KEYING_LINES_MAX];
		unsigned c;
	} linesv[RSDP_MEDIA_MAX];
};

/** Note why a request fails; returns `err`. */
int exchange_fail(const struct exchange *x, int err, const char *fmt, ...);

/** Free what was made on the way. */
void exchange_reset(struct exchange *x);

/** Change the session as the SDP says: ports, addresses, keys. */
int exchange_media(struct exchange *x);

/** Write the SDP that goes on. */
int exchange_sdp(struct exchange *x, struct mbuf *mb);

/** True for an m-line whose packets go through us. */
bool exchange_relays(const struct rsdp_media *sdp);

#endif

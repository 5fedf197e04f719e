/**
 * @file walk.h  Where a SIP URI with a host name leads (RFC 3263): a pure function of DNS records
 *
 *   NAPTR  which transports the domain has, by order and preference
 *    └─ SRV  which hosts and ports serve one, by priority and weight (RFC 2782)
 *        └─ A, AAAA  their addresses
 *
 * The walk asks for the records that it needs. Where one is not known yet it goes on as far as it can, so that
 * all that is missing at once is asked for at once, and is begun anew when it came.
 */
#ifndef TANDEM_WALK_H
#define TANDEM_WALK_H

#include <re.h>

enum { HOPS_MAX = 16 };

/** An address to send to. */
struct hop {
	enum sip_transp tp;
	struct sa addr;
};

/** Addresses in the order in which they are to be tried. */
struct hops {
	struct hop v[HOPS_MAX];
	uint32_t n;
};

/** What a URI says, and what can be spoken here. */
struct walk_want {
	const char *host;   /* or an address */
	uint16_t port;      /* 0: not said */
	enum sip_transp tp; /* SIP_TRANSP_NONE: not said */
	bool sips;
	/** True if there is a socket for a transport; of a family, or of any (AF_UNSPEC). */
	bool (*speaksh)(enum sip_transp tp, int af, void *arg);
	/** The records of a name and type (struct dnsrr), none if there are none; NULL: not known yet. */
	const struct list *(*findh)(const char *name, uint16_t type, void *arg);
	void *arg;
};

/**
 * Walk from a URI to addresses.
 *
 * @param seed  what chance is drawn from; the same seed and records give the same order
 *
 * @return 0, EAGAIN (records are awaited), EDESTADDRREQ (it leads nowhere)
 */
int walk(struct hops *hops, const struct walk_want *want, uint32_t seed);

#endif

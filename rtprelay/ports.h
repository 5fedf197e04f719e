/**
 * @file ports.h  Pairs of UDP ports, even for RTP and odd for RTCP, on each local address
 *
 * A pair given back rests for the quarantine before it is given out again, so that late packets of
 * one call never reach another. Some pairs are bound before they are asked for, while nothing else is to
 * be done: opening sockets is much of what an offer costs. Used by the control thread only, but for ports_is_ours.
 */
#ifndef TANDEM_PORTS_H
#define TANDEM_PORTS_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>

enum {
	PORTS_ADDR_MAX = 64,
	PORTS_READY_MAX = 16, /* pairs of each address that wait, bound */
};

struct ports;

/** Two bound sockets. mem_deref closes them and sends the pair to quarantine. */
struct port_pair {
	int fdv[2];      /* RTP, RTCP */
	struct sa local; /* with the RTP port; RTCP's is one higher */

	/* the rest belongs to ports.c */
	struct le le;
	struct ports *ports; /* NULL while it is not given out */
	struct pool *pool;
	uint16_t index;
};

/** What statistics say of one local address, in pairs. */
struct ports_count {
	struct sa local;
	uint32_t total;
	uint32_t used;
	uint32_t quarantined;
};

struct ports_config {
	uint16_t port_min;
	uint16_t port_max;
	uint32_t quarantine_s;
	int tos; /* DSCP << 2 of each socket */
};

int ports_alloc(struct ports **portsp, const struct ports_config *cfg);

/**
 * Bind a free pair on a local address.
 *
 * @param pairp     returned pair
 * @param ports     the pools
 * @param local     the address; its port is not looked at
 *
 * @return 0, ENOSPC (none free, or too many addresses in use), EADDRNOTAVAIL (not an address of
 *         this machine), or another errno of socket(2) or bind(2)
 */
int ports_bind(struct port_pair **pairp, struct ports *ports, const struct sa *local);

/** What every new socket's packets are marked with. */
int ports_tos(const struct ports *ports);

/** True if an address and port belong to a pair now given out here. Any thread. */
bool ports_is_ours(const struct ports *ports, const struct sa *sa);

/** Fill at most `n` counts; returns how many addresses there are. */
size_t ports_count(const struct ports *ports, struct ports_count *countv, size_t n);

#endif

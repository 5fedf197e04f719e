/**
 * @file network.h  A list of addresses and networks, and whether an address is in one of them
 */
#ifndef TANDEM_NETWORK_H
#define TANDEM_NETWORK_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>

enum { NETWORKS_MAX = 64 };

/** A network: the first `bits` of an address in 16 bytes, IPv4 as it is mapped into IPv6. */
struct network {
	uint8_t addr[16];
	uint8_t bits;
};

struct networks {
	struct network v[NETWORKS_MAX];
	unsigned c;
};

/**
 * Read a list: "192.0.2.7, 10.0.0.0/8 2001:db8::/32", parted by commas or blanks.
 *
 * @param bad  set to what is wrong on error
 *
 * @return 0, EINVAL (not an address or network), EOVERFLOW (more than NETWORKS_MAX)
 */
int networks_decode(struct networks *nets, const struct pl *text, struct pl *bad);

/** Is this address in one of the networks? Its port does not matter. */
bool networks_have(const struct networks *nets, const struct sa *sa);

#endif

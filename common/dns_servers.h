/**
 * @file dns_servers.h  The name servers to ask, as the operator writes them
 */
#ifndef TANDEM_DNS_SERVERS_H
#define TANDEM_DNS_SERVERS_H

#include <re.h>

enum { DNS_SERVERS_MAX = 8 };

struct dns_servers {
	struct sa v[DNS_SERVERS_MAX];
	uint32_t n;
};

/**
 * Read a list: "192.0.2.53, 192.0.2.54:5353 [2001:db8::53]:53", parted by commas or blanks; port 53 where none
 * is said.
 *
 * @param bad  set to what is wrong on error
 *
 * @return 0, EINVAL (not an address), EOVERFLOW (more than DNS_SERVERS_MAX)
 */
int dns_servers_decode(struct dns_servers *servers, const struct pl *text, struct pl *bad);

#endif

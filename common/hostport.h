/**
 * @file hostport.h  "192.0.2.1:5060" and "[2001:db8::1]:5060", as the operator writes them
 */
#ifndef TANDEM_HOSTPORT_H
#define TANDEM_HOSTPORT_H

#include <re.h>

/** A number of at most nine digits and nothing else. EINVAL. */
int decimal_decode(uint32_t *num, const struct pl *pl);

/** A numeric address with a port from 1 to 65535; IPv6 stands in brackets, and nothing else does. EINVAL. */
int hostport_decode(struct sa *sa, const struct pl *pl);

#endif

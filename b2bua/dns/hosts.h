/**
 * @file hosts.h  /etc/hosts, before any name server is asked
 */
#ifndef TANDEM_HOSTS_H
#define TANDEM_HOSTS_H

#include <re.h>

/**
 * The addresses of a name in the text of a hosts file, as records.
 *
 * @param rrl   A or AAAA records (struct dnsrr) are appended; each is one reference
 * @param text  lines "ADDRESS NAME NAME…"; "#" begins a comment; what is malformed is passed over
 * @param type  DNS_TYPE_A or DNS_TYPE_AAAA; of others there are none
 *
 * @return true if the name has a line of any family: then no name server is to be asked
 */
bool hosts_find(struct list *rrl, const struct pl *text, const char *name, uint16_t type);

#endif

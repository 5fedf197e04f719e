/**
 * @file pcap.h  Messages as a capture file, as tcpdump writes them
 */
#ifndef TANDEM_CTL_PCAP_H
#define TANDEM_CTL_PCAP_H

#include <stdio.h>
#include <re.h>

/** Write the file's header: packets begin with their IP header (LINKTYPE_RAW). */
int pcap_begin(FILE *f);

/**
 * Write a message as one UDP datagram, whatever it was transported by.
 *
 * @return 0, EAFNOSUPPORT (not two addresses of one family), EMSGSIZE or what writing failed with
 */
int pcap_write(FILE *f, int64_t time_us, const struct sa *src, const struct sa *dst, const uint8_t *p,
	       size_t len);

#endif

/**
 * @file pcap.h  Messages as a capture file, as tcpdump writes them
 */
#ifndef TANDEM_PCAP_H
#define TANDEM_PCAP_H

#include <re.h>

/** Append the file's header: packets begin with their IP header (LINKTYPE_RAW). */
int pcap_begin(struct mbuf *mb);

/**
 * Append a message as one UDP datagram, whatever it was transported by.
 *
 * @return 0, ENOMEM, EAFNOSUPPORT (not two addresses of one family) or EMSGSIZE; then nothing is appended
 */
int pcap_write(struct mbuf *mb, int64_t time_us, const struct sa *src, const struct sa *dst, const void *p,
	       size_t len);

#endif

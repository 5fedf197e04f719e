/**
 * @file srtp.h  SRTP and SRTCP under one master key (RFC 3711, 6188, 7714); prefix rsrtp: libre has srtp_*
 *
 * One struct rsrtp is one direction: all packets, RTP and RTCP, that one master key protects, whatever
 * their SSRCs. It belongs to one thread at a time. Nothing is allocated for a packet but the state of an
 * SSRC, once its first packet has proved authentic; beyond RSRTP_SOURCES_MAX the one longest unheard goes.
 *
 * Packets are worked on in place. When a packet is refused, neither it nor any state has changed; only
 * with ENOMEM the packet is lost.
 *
 * Errors of all four: EINVAL (no RTP or RTCP, or too short), EBADMSG (not authentic), EALREADY (seen
 * before, or too old to tell), EKEYEXPIRED (the key may not protect more packets), EOVERFLOW (no room for
 * the tag), ENOMEM.
 */
#ifndef TANDEM_RELAY_SRTP_H
#define TANDEM_RELAY_SRTP_H

#include <stddef.h>
#include <stdint.h>
#include "srtp_suite.h"

enum {
	RSRTP_SOURCES_MAX = 16,

	/* what protecting may add to a packet: SRTCP index, MKI, tag */
	RSRTP_TRAILER_MAX = 4 + RSRTP_MKI_SIZE_MAX + RSRTP_TAG_SIZE_MAX,
};

struct rsrtp;

/**
 * Make the context of one direction.
 *
 * @param srtpp  set on success; mem_deref wipes its keys
 * @param key    the master key; not kept
 *
 * @return 0, ENOMEM, ENOTSUP (OpenSSL lacks the cipher)
 */
int rsrtp_alloc(struct rsrtp **srtpp, const struct rsrtp_key *key);

/**
 * The sender was given a new key: until its first packet under it, packets under the old one are taken, too.
 *
 * Only for unprotecting, before the first packet.
 *
 * @param srtp  the new context
 * @param old   the one it follows; the reference is taken over. NULL: nothing happens
 */
void rsrtp_follow(struct rsrtp *srtp, struct rsrtp *old);

/**
 * Make an RTP packet an SRTP packet.
 *
 * What was sent under a sequence number is never sent differently under the same one (RFC 3711 section 9.1):
 * a duplicate, or one more than 127 packets late, is EALREADY. A source that begins again with lower numbers
 * and the same SSRC would be silent for minutes: from its second packet on it is renumbered to follow on.
 *
 * @param p     the packet
 * @param len   its length; set to the longer one on success
 * @param size  of the buffer at p
 */
int rsrtp_protect(struct rsrtp *srtp, uint8_t *p, size_t *len, size_t size);

/** Make an SRTP packet an RTP packet; `len` becomes shorter. */
int rsrtp_unprotect(struct rsrtp *srtp, uint8_t *p, size_t *len);

/** The same for a compound RTCP packet. */
int rsrtcp_protect(struct rsrtp *srtp, uint8_t *p, size_t *len, size_t size);
int rsrtcp_unprotect(struct rsrtp *srtp, uint8_t *p, size_t *len);

#endif

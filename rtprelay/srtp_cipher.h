/**
 * @file srtp_cipher.h  Encryption and authentication of SRTP or SRTCP packets under their session keys
 *
 * Knows neither sequence numbers nor replays, and nothing is allocated between alloc and mem_deref.
 */
#ifndef TANDEM_RELAY_SRTP_CIPHER_H
#define TANDEM_RELAY_SRTP_CIPHER_H

#include <stddef.h>
#include <stdint.h>
#include "srtp_key.h"

struct rsrtp_cipher;

/** A packet, without what protection puts behind it. */
struct rsrtp_unit {
	uint8_t *p;
	size_t len;
	size_t clear; /* so many bytes are authenticated only, the others encrypted, too */
	uint32_t ssrc;
	uint64_t index; /* ROC and sequence number, or the SRTCP index: never the same twice */
	uint32_t word;  /* authenticated behind the packet: the ROC of RTP, E bit and index of RTCP */
};

/**
 * Make a cipher for one kind of packets.
 *
 * @param cp     set on success; mem_deref wipes its keys
 * @param suite  which
 * @param label  RTP or RTCP
 * @param keys   their session keys; not kept
 *
 * @return 0, ENOMEM, ENOTSUP (OpenSSL lacks the cipher)
 */
int rsrtp_cipher_alloc(struct rsrtp_cipher **cp, enum rsrtp_suite suite, enum rsrtp_label label,
		       const struct rsrtp_session_keys *keys);

/** Bytes of its authentication tag. */
size_t rsrtp_cipher_tag_size(const struct rsrtp_cipher *c);

/** Encrypt a packet in place and write its tag. 0, or EIO (OpenSSL failed: the packet is lost). */
int rsrtp_cipher_seal(struct rsrtp_cipher *c, const struct rsrtp_unit *unit, uint8_t *tag);

/** Check a packet's tag and decrypt it in place. 0, or EBADMSG: the packet is as it was. */
int rsrtp_cipher_open(struct rsrtp_cipher *c, const struct rsrtp_unit *unit, const uint8_t *tag);

/** A 32-bit word as it stands in a packet. */
static inline void rsrtp_word_write(uint8_t *p, uint32_t word)
{
	p[0] = (uint8_t)(word >> 24);
	p[1] = (uint8_t)(word >> 16);
	p[2] = (uint8_t)(word >> 8);
	p[3] = (uint8_t)word;
}

#endif

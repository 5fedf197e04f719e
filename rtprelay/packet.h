/**
 * @file packet.h  What a datagram is: RFC 7983 and RFC 5761 demultiplexing, RFC 3550 header checks
 */
#ifndef TANDEM_PACKET_H
#define TANDEM_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACKET_PT_PCMU = 0, PACKET_PT_PCMA = 8, PACKET_PT_CN = 13 };

enum packet_kind {
	PACKET_RTP,
	PACKET_RTCP,
	PACKET_STUN,
	PACKET_DTLS,
	PACKET_OTHER,     /* none of these: ZRTP, TURN channels, keep-alives of one byte, … */
	PACKET_MALFORMED, /* RTP's or RTCP's first bits, but the header does not hold */
};

/** The fixed header of an RTP packet (RFC 3550 section 5.1), in host byte order. */
struct packet_rtp {
	uint32_t ssrc;
	uint32_t timestamp;
	uint16_t seq;
	uint8_t pt;
	bool marker;
};

/**
 * Tell what a datagram is.
 *
 * @param p       the datagram
 * @param len     its length
 * @param secure  SRTP: what stands behind the header is encrypted and not looked at
 * @param rtp     set when the kind is PACKET_RTP
 */
enum packet_kind packet_classify(const uint8_t *p, size_t len, bool secure, struct packet_rtp *rtp);

/**
 * True if an RTP packet that packet_classify accepted carries no sound: comfort noise, a silence
 * descriptor (no codec's speech frame is as short), or G.711 whose first samples are all the same.
 * Only of payloads in the clear.
 */
bool packet_is_silence(const uint8_t *p, size_t len);

/**
 * Put silence in place of the samples of an RTP packet that packet_classify accepted; its header, and so its
 * numbers and times, stay. Only of payloads in the clear.
 *
 * @return false if it is not G.711: silence cannot be told from a payload type alone
 */
bool packet_silence(uint8_t *p, size_t len);

/** Big-endian words of a packet. */
static inline uint16_t packet_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t packet_u32(const uint8_t *p)
{
	return (uint32_t)packet_u16(p) << 16 | packet_u16(p + 2);
}

#endif

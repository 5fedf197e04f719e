/**
 * @file packet.c  What a datagram is: RFC 7983 and RFC 5761 demultiplexing, RFC 3550 header checks
 */
#include <string.h>
#include "packet.h"

enum { RTP_HEADER_SIZE = 12, RTCP_SIZE_MIN = 8 };

/* RFC 3550 appendix A.1: the CSRC list, the extension and the padding must fit in the packet. */
static bool rtp_fits(const uint8_t *p, size_t len, bool secure)
{
	size_t need = RTP_HEADER_SIZE + (size_t)(p[0] & 0x0f) * 4;

	if (p[0] & 0x10) {

		if (len < need + 4)
			return false;
		need += 4 + (size_t)packet_u16(p + need + 2) * 4;
	}

	if (len < need)
		return false;

	/* the padding count of SRTP is encrypted */
	if (p[0] & 0x20 && !secure)
		return p[len - 1] > 0 && p[len - 1] <= len - need;

	return true;
}

static enum packet_kind rtp_decode(const uint8_t *p, size_t len, bool secure, struct packet_rtp *rtp)
{
	if (len < RTP_HEADER_SIZE || !rtp_fits(p, len, secure))
		return PACKET_MALFORMED;

	rtp->marker = p[1] & 0x80;
	rtp->pt = p[1] & 0x7f;
	rtp->seq = packet_u16(p + 2);
	rtp->timestamp = packet_u32(p + 4);
	rtp->ssrc = packet_u32(p + 8);

	return PACKET_RTP;
}

enum packet_kind packet_classify(const uint8_t *p, size_t len, bool secure, struct packet_rtp *rtp)
{
	if (!len)
		return PACKET_OTHER;

	if (p[0] <= 3)
		return PACKET_STUN;

	if (p[0] >= 20 && p[0] <= 63)
		return PACKET_DTLS;

	if (p[0] < 128 || p[0] > 191)
		return PACKET_OTHER;

	/* RFC 5761 section 4: RTCP packet types 192 to 223 */
	if (len >= 2 && p[1] >= 192 && p[1] <= 223)
		return len < RTCP_SIZE_MIN ? PACKET_MALFORMED : PACKET_RTCP;

	return rtp_decode(p, len, secure, rtp);
}

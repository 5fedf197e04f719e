/**
 * @file packet.c  What a datagram is: RFC 7983 and RFC 5761 demultiplexing, RFC 3550 header checks
 */
#include <string.h>
#include "packet.h"

enum {
	RTP_HEADER_SIZE = 12,
	RTCP_SIZE_MIN = 8,
	SILENCE_SIZE_MAX =
		8, /* the longest silence descriptor is AMR-WB's, 7 bytes; speech has 10 and more */
	SAMPLES_LOOKED_AT = 16,
	PCMU_SILENCE = 0xff, /* G.711: zero, in each law */
	PCMA_SILENCE = 0xd5,
};

/* The header with its CSRC list and extension; SIZE_MAX: they do not fit in the packet. */
static size_t rtp_header_size(const uint8_t *p, size_t len)
{
	size_t size = RTP_HEADER_SIZE + (size_t)(p[0] & 0x0f) * 4;

	if (p[0] & 0x10) {

		if (len < size + 4)
			return SIZE_MAX;
		size += 4 + (size_t)packet_u16(p + size + 2) * 4;
	}

	return len < size ? SIZE_MAX : size;
}

/* RFC 3550 appendix A.1: the CSRC list, the extension and the padding must fit in the packet. */
static bool rtp_fits(const uint8_t *p, size_t len, bool secure)
{
	const size_t need = rtp_header_size(p, len);

	if (need == SIZE_MAX)
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

static bool all_equal(const uint8_t *p, size_t len)
{
	return len < 2 || !memcmp(p, p + 1, len - 1);
}

bool packet_is_silence(const uint8_t *p, size_t len)
{
	const size_t head = len < RTP_HEADER_SIZE ? SIZE_MAX : rtp_header_size(p, len);
	uint8_t pt;

	if (head == SIZE_MAX)
		return false;

	pt = p[1] & 0x7f;
	if (pt == PACKET_PT_CN || len - head <= SILENCE_SIZE_MAX)
		return true;

	if (pt != PACKET_PT_PCMU && pt != PACKET_PT_PCMA)
		return false;

	return all_equal(p + head, len - head < SAMPLES_LOOKED_AT ? len - head : SAMPLES_LOOKED_AT);
}

bool packet_silence(uint8_t *p, size_t len)
{
	const size_t head = rtp_header_size(p, len), padding = p[0] & 0x20 ? p[len - 1] : 0;
	const uint8_t pt = p[1] & 0x7f;

	if ((pt != PACKET_PT_PCMU && pt != PACKET_PT_PCMA) || head == SIZE_MAX || head + padding > len)
		return false;

	memset(p + head, pt == PACKET_PT_PCMU ? PCMU_SILENCE : PCMA_SILENCE, len - head - padding);

	return true;
}

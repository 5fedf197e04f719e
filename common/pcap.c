/**
 * @file pcap.c  The classic capture format, with IP and UDP headers made here (RFC 791, 8200, 768)
 */
#include <errno.h>
#include <netinet/in.h>
#include <re.h>
#include "pcap.h"

enum {
	LINKTYPE_RAW = 101,
	SNAPLEN = 65535,
	HOP_LIMIT = 64,
	IP4_LEN = 20,
	IP6_LEN = 40,
	UDP_LEN = 8,
};

/* What belongs to the format is in this machine's byte order; a reader tells it by the magic number. */
int pcap_begin(struct mbuf *mb)
{
	int err;

	err = mbuf_write_u32(mb, 0xa1b2c3d4);
	err |= mbuf_write_u16(mb, 2); /* version 2.4 */
	err |= mbuf_write_u16(mb, 4);
	err |= mbuf_write_u64(mb, 0); /* time zone and accuracy: nobody's */
	err |= mbuf_write_u32(mb, SNAPLEN);
	err |= mbuf_write_u32(mb, LINKTYPE_RAW);

	return err;
}

static int record_write(struct mbuf *mb, int64_t time_us, size_t len)
{
	int err;

	err = mbuf_write_u32(mb, (uint32_t)(time_us / 1000000));
	err |= mbuf_write_u32(mb, (uint32_t)(time_us % 1000000));
	err |= mbuf_write_u32(mb, (uint32_t)len);
	err |= mbuf_write_u32(mb, (uint32_t)len);

	return err;
}

/** Put the checksum (RFC 1071) of what was written from `start` on, and of `sum`, at `at`; a 0 would mean none. */
static void checksum_set(struct mbuf *mb, size_t start, size_t at, uint32_t sum)
{
	uint16_t value;

	for (size_t i = start; i < mb->end; i++)
		sum += (i - start) % 2 ? mb->buf[i] : (uint32_t)mb->buf[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);

	value = (uint16_t)~sum ? (uint16_t)~sum : 0xffff;
	mb->buf[at] = (uint8_t)(value >> 8);
	mb->buf[at + 1] = (uint8_t)value;
}

static int ip4_write(struct mbuf *mb, const struct sa *src, const struct sa *dst, size_t len)
{
	const size_t start = mb->pos;
	int err;

	err = mbuf_write_u16(mb, htons(0x4500)); /* version 4, five words of header */
	err |= mbuf_write_u16(mb, htons((uint16_t)(IP4_LEN + len)));
	err |= mbuf_write_u32(mb, 0); /* no fragment */
	err |= mbuf_write_u16(mb, htons(HOP_LIMIT << 8 | IPPROTO_UDP));
	err |= mbuf_write_u16(mb, 0);
	err |= mbuf_write_mem(mb, (const uint8_t *)&src->u.in.sin_addr, 4);
	err |= mbuf_write_mem(mb, (const uint8_t *)&dst->u.in.sin_addr, 4);
	if (!err)
		checksum_set(mb, start, start + 10, 0);

	return err;
}

static int ip6_write(struct mbuf *mb, const struct sa *src, const struct sa *dst, size_t len)
{
	int err;

	err = mbuf_write_u32(mb, htonl(6U << 28)); /* version 6 */
	err |= mbuf_write_u16(mb, htons((uint16_t)len));
	err |= mbuf_write_u16(mb, htons(IPPROTO_UDP << 8 | HOP_LIMIT));
	err |= mbuf_write_mem(mb, (const uint8_t *)&src->u.in6.sin6_addr, 16);
	err |= mbuf_write_mem(mb, (const uint8_t *)&dst->u.in6.sin6_addr, 16);

	return err;
}

/* Either IP header ends with the addresses, which the checksum covers, too. */
static int udp_write(struct mbuf *mb, const struct sa *src, const struct sa *dst, const void *p, size_t len)
{
	const size_t start = mb->pos, addresses = sa_af(src) == AF_INET6 ? 32 : 8;
	int err;

	err = mbuf_write_u16(mb, htons(sa_port(src)));
	err |= mbuf_write_u16(mb, htons(sa_port(dst)));
	err |= mbuf_write_u16(mb, htons((uint16_t)(UDP_LEN + len)));
	err |= mbuf_write_u16(mb, 0);
	err |= mbuf_write_mem(mb, p, len);
	if (!err)
		checksum_set(mb, start - addresses, start + 6, IPPROTO_UDP + UDP_LEN + (uint32_t)len);

	return err;
}

int pcap_write(struct mbuf *mb, int64_t time_us, const struct sa *src, const struct sa *dst, const void *p,
	       size_t len)
{
	const size_t start = mb->pos;
	const bool ip6 = sa_af(src) == AF_INET6;
	int err;

	if (sa_af(src) != sa_af(dst) || (!ip6 && sa_af(src) != AF_INET))
		return EAFNOSUPPORT;
	if (len > SNAPLEN - IP6_LEN - UDP_LEN)
		return EMSGSIZE;

	err = record_write(mb, time_us, (ip6 ? IP6_LEN : IP4_LEN) + UDP_LEN + len);
	err |= ip6 ? ip6_write(mb, src, dst, UDP_LEN + len) : ip4_write(mb, src, dst, UDP_LEN + len);
	err = err ? err : udp_write(mb, src, dst, p, len);
	if (err)
		mb->pos = mb->end = start;

	return err;
}

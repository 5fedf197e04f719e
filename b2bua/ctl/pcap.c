/**
 * @file pcap.c  The classic capture format, with IP and UDP headers made here (RFC 791, 8200, 768)
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>
#include <re.h>
#include "pcap.h"

enum {
	LINKTYPE_RAW = 101,
	SNAPLEN = 65535,
	HOP_LIMIT = 64,
	HEADERS_MAX = sizeof(struct ip6_hdr) + sizeof(struct udphdr),
};

/** As they stand in the file; a reader tells the byte order by the magic number. */
struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snaplen, linktype;
};

struct record_header {
	uint32_t sec, usec, kept, len;
};

/** What the checksum of UDP covers beside the datagram, for both families alike. */
struct datagram {
	uint8_t headers[HEADERS_MAX];
	size_t ip_len;
	uint32_t sum; /* of the addresses */
};

static int bytes_write(FILE *f, const void *p, size_t len)
{
	return fwrite(p, 1, len, f) == len ? 0 : EIO;
}

int pcap_begin(FILE *f)
{
	const struct file_header h = {.magic = 0xa1b2c3d4,
				      .major = 2,
				      .minor = 4,
				      .snaplen = SNAPLEN,
				      .linktype = LINKTYPE_RAW};

	return bytes_write(f, &h, sizeof(h));
}

/** Add 16-bit words in network order (RFC 1071). */
static uint32_t sum_add(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;

	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);

	return htons((uint16_t)~sum);
}

static void ip4_make(struct datagram *d, const struct sa *src, const struct sa *dst, size_t udp_len)
{
	struct ip ip = {.ip_v = 4, .ip_hl = 5, .ip_ttl = HOP_LIMIT, .ip_p = IPPROTO_UDP};

	ip.ip_len = htons((uint16_t)(sizeof(ip) + udp_len));
	ip.ip_src = src->u.in.sin_addr;
	ip.ip_dst = dst->u.in.sin_addr;
	ip.ip_sum = sum_fold(sum_add(0, &ip, sizeof(ip)));
	memcpy(d->headers, &ip, sizeof(ip));
	d->ip_len = sizeof(ip);
	d->sum = sum_add(sum_add(0, &ip.ip_src, sizeof(ip.ip_src)), &ip.ip_dst, sizeof(ip.ip_dst));
}

static void ip6_make(struct datagram *d, const struct sa *src, const struct sa *dst, size_t udp_len)
{
	struct ip6_hdr ip = {.ip6_src = src->u.in6.sin6_addr, .ip6_dst = dst->u.in6.sin6_addr};

	ip.ip6_flow = htonl(6U << 28);
	ip.ip6_plen = htons((uint16_t)udp_len);
	ip.ip6_nxt = IPPROTO_UDP;
	ip.ip6_hlim = HOP_LIMIT;
	memcpy(d->headers, &ip, sizeof(ip));
	d->ip_len = sizeof(ip);
	d->sum = sum_add(sum_add(0, &ip.ip6_src, sizeof(ip.ip6_src)), &ip.ip6_dst, sizeof(ip.ip6_dst));
}

static void udp_make(struct datagram *d, const struct sa *src, const struct sa *dst, const uint8_t *p,
		     size_t len)
{
	const size_t udp_len = sizeof(struct udphdr) + len;
	struct udphdr udp = {0};
	uint32_t sum = d->sum + IPPROTO_UDP + (uint32_t)udp_len;

	udp.source = htons(sa_port(src));
	udp.dest = htons(sa_port(dst));
	udp.len = htons((uint16_t)udp_len);
	udp.check = sum_fold(sum_add(sum_add(sum, &udp, sizeof(udp)), p, len));
	if (!udp.check)
		udp.check = 0xffff;
	memcpy(d->headers + d->ip_len, &udp, sizeof(udp));
}

int pcap_write(FILE *f, int64_t time_us, const struct sa *src, const struct sa *dst, const uint8_t *p,
	       size_t len)
{
	const size_t udp_len = sizeof(struct udphdr) + len;
	struct record_header r = {.sec = (uint32_t)(time_us / 1000000),
				  .usec = (uint32_t)(time_us % 1000000)};
	struct datagram d;
	int err;

	if (len > SNAPLEN - HEADERS_MAX)
		return EMSGSIZE;

	if (sa_af(src) == AF_INET && sa_af(dst) == AF_INET)
		ip4_make(&d, src, dst, udp_len);
	else if (sa_af(src) == AF_INET6 && sa_af(dst) == AF_INET6)
		ip6_make(&d, src, dst, udp_len);
	else
		return EAFNOSUPPORT;

	udp_make(&d, src, dst, p, len);
	r.kept = r.len = (uint32_t)(d.ip_len + udp_len);

	err = bytes_write(f, &r, sizeof(r));
	err = err ? err : bytes_write(f, d.headers, d.ip_len + sizeof(struct udphdr));

	return err ? err : bytes_write(f, p, len);
}

/**
 * @file rtcp.c  What sender and receiver reports say (RFC 3550 section 6.4)
 */
#include <string.h>
#include <re.h>
#include "packet.h"
#include "rtcp.h"

enum { PT_SENDER_REPORT = 200, PT_RECEIVER_REPORT = 201, SENDER_INFO_SIZE = 20, BLOCK_SIZE = 24 };

static void sender_read(const uint8_t *p, rtcp_report_h *h, void *arg)
{
	struct rtcp_report report = {
		.ssrc = packet_u32(p + 4),
		.ntp_middle = packet_u32(p + 10),
	};

	h(&report, arg);
}

static void block_read(const uint8_t *p, rtcp_report_h *h, void *arg)
{
	const uint32_t lost24 = packet_u32(p + 4) & 0xffffff;
	struct rtcp_report report = {
		.is_block = true,
		.ssrc = packet_u32(p),
		.lost = (int32_t)lost24 - (lost24 & 0x800000 ? 0x1000000 : 0),
		.jitter = packet_u32(p + 12),
		.ntp_middle = packet_u32(p + 16),
		.delay = packet_u32(p + 20),
	};

	h(&report, arg);
}

/* One packet of the compound, `len` bytes as its header says. */
static unsigned packet_read(const uint8_t *p, size_t len, rtcp_report_h *h, void *arg)
{
	unsigned blocks = p[0] & 0x1f, n = 0;
	size_t pos = 8;

	if (p[1] != PT_SENDER_REPORT && p[1] != PT_RECEIVER_REPORT)
		return 0;

	if (p[1] == PT_SENDER_REPORT) {

		pos += SENDER_INFO_SIZE;
		if (len < pos)
			return 0;

		sender_read(p, h, arg);
		++n;
	}

	for (; blocks && pos + BLOCK_SIZE <= len; blocks--, pos += BLOCK_SIZE, n++)
		block_read(p + pos, h, arg);

	return n;
}

unsigned rtcp_reports_read(const uint8_t *p, size_t len, rtcp_report_h *h, void *arg)
{
	unsigned n = 0;

	while (len >= 8 && p[0] >> 6 == 2) {

		const size_t size = ((size_t)packet_u16(p + 2) + 1) * 4;

		if (size > len)
			break;

		if (size >= 8)
			n += packet_read(p, size, h, arg);

		p += size;
		len -= size;
	}

	return n;
}

void rtcp_passed_add(struct rtcp_passed *passed, uint32_t ntp_middle, uint64_t now_us)
{
	const size_t i = passed->next++ % ARRAY_SIZE(passed->sentv);

	passed->sentv[i].ntp_middle = ntp_middle;
	passed->sentv[i].at_us = now_us;
}

uint64_t rtcp_round_trip_us(const struct rtcp_passed *passed, const struct rtcp_report *block,
			    uint64_t now_us)
{
	const uint64_t held_us = (uint64_t)block->delay * 1000000 / 65536;
	size_t i;

	if (!block->ntp_middle)
		return 0;

	for (i = 0; i < ARRAY_SIZE(passed->sentv); i++) {

		const uint64_t at_us = passed->sentv[i].at_us;

		if (at_us && passed->sentv[i].ntp_middle == block->ntp_middle && now_us > at_us + held_us)
			return now_us - at_us - held_us;
	}

	return 0;
}

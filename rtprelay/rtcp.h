/**
 * @file rtcp.h  What sender and receiver reports say (RFC 3550 section 6.4)
 */
#ifndef TANDEM_RTCP_H
#define TANDEM_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A sender report's sender, or one report block; which of the two says `is_block`. */
struct rtcp_report {
	bool is_block;
	uint32_t ssrc; /* the sender; in a block the source reported on */
	uint32_t
		ntp_middle; /* sender: the middle 32 bits of its NTP time; block: LSR, the last of them it saw */
	uint32_t delay;     /* block: DLSR, since then, in 1/65536 s */
	int32_t lost;       /* block: cumulative, may be negative */
	uint32_t jitter;    /* block: in timestamp units */
};

typedef void(rtcp_report_h)(const struct rtcp_report *report, void *arg);

/**
 * Read the reports of a compound packet in order, as far as its headers hold.
 *
 * @return reports read
 */
unsigned rtcp_reports_read(const uint8_t *p, size_t len, rtcp_report_h *h, void *arg);

/** When a sender report was passed on, to know the round-trip time from the answer to it. */
struct rtcp_passed {
	struct {
		uint32_t ntp_middle;
		uint64_t at_us;
	} sentv[4];
	uint8_t next;
};

void rtcp_passed_add(struct rtcp_passed *passed, uint32_t ntp_middle, uint64_t now_us);

/** Round-trip time in us between us and who sent this block; 0 when it answers nothing we passed on. */
uint64_t rtcp_round_trip_us(const struct rtcp_passed *passed, const struct rtcp_report *block,
			    uint64_t now_us);

#endif

/**
 * @file srtp_fixture.h  Keys, packets and directions for the tests of SRTP
 */
#ifndef TANDEM_TEST_SRTP_FIXTURE_H
#define TANDEM_TEST_SRTP_FIXTURE_H

#include <stdint.h>
#include <stdio.h>
#include "srtp.h"

enum { FIXTURE_PACKET_MAX = 512, FIXTURE_SSRC = 0x5501a0b2 };

struct fixture_packet {
	uint8_t p[FIXTURE_PACKET_MAX];
	size_t len;
};

/** A key of a suite, without MKI; another seed gives another key. */
struct rsrtp_key fixture_key(enum rsrtp_suite suite, uint8_t seed);

/** Sender and receiver of one key. mem_deref both. */
struct fixture_pair {
	struct rsrtp *tx;
	struct rsrtp *rx;
};

void fixture_pair_open(struct fixture_pair *f, const struct rsrtp_key *key);
void fixture_pair_close(struct fixture_pair *f);

/** An RTP packet of 160 bytes of payload that tell its sequence number. */
struct fixture_packet fixture_rtp(uint32_t ssrc, uint16_t seq);

/** A compound RTCP packet: SR and SDES. */
struct fixture_packet fixture_rtcp(uint32_t ssrc);

/** Protected: must succeed. */
struct fixture_packet fixture_srtp(struct rsrtp *tx, uint32_t ssrc, uint16_t seq);
struct fixture_packet fixture_srtcp(struct rsrtp *tx, uint32_t ssrc);

/** Unprotect a copy. */
int fixture_try(struct rsrtp *rx, const struct fixture_packet *pkt);
int fixture_try_rtcp(struct rsrtp *rx, const struct fixture_packet *pkt);

bool fixture_same(const struct fixture_packet *a, const struct fixture_packet *b);

/** Bytes of hexadecimal text. */
size_t fixture_hex(uint8_t *p, size_t size, const char *text);

/* A table's row that failed is named. */
#define CU_ASSERT_ROW(cond, name)                                               \
	do {                                                                    \
		const bool ok_ = (cond);                                        \
		if (!ok_)                                                       \
			(void)fprintf(stderr, "\n    %s: %s\n", (name), #cond); \
		CU_ASSERT(ok_);                                                 \
	} while (0)

#endif

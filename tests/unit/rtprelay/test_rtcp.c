/**
 * @file test_rtcp.c  Reports, read from compounds of every length
 */
#include <string.h>
#include <re.h>
#include "rtcp.h"
#include "unit.h"

/* A sender report with two blocks, an SDES, and a receiver report with one block. */
static const uint8_t compound[] = {
	0x82, 200,  0,    18,   0,    0,    0,    1,                     /* SSRC 1 */
	0xaa, 0xaa, 0x12, 0x34, 0x56, 0x78, 0xbb, 0xbb,                  /* NTP: the middle is 12345678 */
	0,    0,    0,    0,    0,    0,    0,    0,    0,    0,   0, 0, /* RTP time, packets, bytes */
	0,    0,    0,    2,    9,    0,    0,    7,    0,    0,   0, 0, 0, 0, 0, 80, /* about 2: lost 7, jitter 80 */
	0x11, 0x11, 0x11, 0x11, 0,    1,    0,    0, /* LSR, DLSR of one second */
	0,    0,    0,    3,    0,    0xff, 0xff, 0xfe, 0,    0,   0, 0, 0, 0, 0, 0, /* about 3: lost -2 */
	0,    0,    0,    0,    0,    0,    0,    0,    0x81, 202, 0, 2, 0, 0, 0, 1,  1, 1,
	'x',  0,    0x81, 201,  0,    7,    0,    0,    0,    4,   0, 0, 0, 5, 0, 0,  0, 1,
	0,    0,    0,    0,    0,    0,    0,    0,    0,    0,   0, 0, 0, 0, 0, 0,
};

struct seen {
	struct rtcp_report reportv[8];
	unsigned n;
};

static void report_handler(const struct rtcp_report *report, void *arg)
{
	struct seen *seen = arg;

	if (seen->n < ARRAY_SIZE(seen->reportv))
		seen->reportv[seen->n] = *report;
	++seen->n;
}

static void every_report_of_a_compound_is_read(void)
{
	struct seen seen = {.n = 0};

	CU_ASSERT_EQUAL(rtcp_reports_read(compound, sizeof(compound), report_handler, &seen), 4);
	CU_ASSERT_EQUAL_FATAL(seen.n, 4);
	CU_ASSERT(!seen.reportv[0].is_block);
	CU_ASSERT_EQUAL(seen.reportv[0].ssrc, 1);
	CU_ASSERT_EQUAL(seen.reportv[0].ntp_middle, 0x12345678);
	CU_ASSERT_EQUAL(seen.reportv[1].ssrc, 2);
	CU_ASSERT_EQUAL(seen.reportv[1].lost, 7);
	CU_ASSERT_EQUAL(seen.reportv[1].jitter, 80);
	CU_ASSERT_EQUAL(seen.reportv[1].ntp_middle, 0x11111111);
	CU_ASSERT_EQUAL(seen.reportv[1].delay, 65536);
	CU_ASSERT_EQUAL(seen.reportv[2].lost, -2);
	CU_ASSERT_EQUAL(seen.reportv[3].ssrc, 5);
	CU_ASSERT(seen.reportv[3].is_block);
}

/* The copy has no byte behind the cut, so that a sanitizer sees every read too far. */
static void a_compound_cut_anywhere_is_read_up_to_there(void)
{
	unsigned last = 0;
	size_t len;

	for (len = 0; len <= sizeof(compound); len++) {

		struct seen seen = {.n = 0};
		uint8_t *copy = mem_alloc(len ? len : 1, NULL);
		unsigned n;

		memcpy(copy, compound, len);
		n = rtcp_reports_read(copy, len, report_handler, &seen);
		CU_ASSERT(n >= last && n <= 4);
		last = n;
		mem_deref(copy);
	}

	CU_ASSERT_EQUAL(last, 4);
}

static void a_count_of_blocks_beyond_the_packet_is_not_believed(void)
{
	uint8_t p[32] = {0x9f, 201, 0, 7};
	struct seen seen = {.n = 0};

	CU_ASSERT_EQUAL(rtcp_reports_read(p, sizeof(p), report_handler, &seen), 1);
}

static void the_round_trip_is_what_is_left_of_the_time(void)
{
	struct rtcp_report block = {.is_block = true, .ntp_middle = 0x1234, .delay = 65536 / 2};
	struct rtcp_passed passed;

	memset(&passed, 0, sizeof(passed));
	CU_ASSERT_EQUAL(rtcp_round_trip_us(&passed, &block, 2000000), 0);

	rtcp_passed_add(&passed, 0x1234, 1000000);
	CU_ASSERT_EQUAL(rtcp_round_trip_us(&passed, &block, 1530000), 30000);
	CU_ASSERT_EQUAL(rtcp_round_trip_us(&passed, &block, 1400000), 0);

	block.ntp_middle = 0x9999;
	CU_ASSERT_EQUAL(rtcp_round_trip_us(&passed, &block, 1530000), 0);
	block.ntp_middle = 0;
	CU_ASSERT_EQUAL(rtcp_round_trip_us(&passed, &block, 1530000), 0);
}

static const struct unit_test testv[] = {
	{"every report of a compound is read", every_report_of_a_compound_is_read},
	{"a compound cut anywhere is read up to there", a_compound_cut_anywhere_is_read_up_to_there},
	{"more blocks than fit are not believed", a_count_of_blocks_beyond_the_packet_is_not_believed},
	{"the round trip is the time less the delay held", the_round_trip_is_what_is_left_of_the_time},
	{NULL, NULL},
};

const struct unit_suite rtcp_suite = {"rtcp", testv};

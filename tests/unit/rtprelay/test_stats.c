/**
 * @file test_stats.c  Loss, bursts, jitter and packet time against RFC 3550 and by hand
 */
#include <string.h>
#include <re.h>
#include "stats.h"
#include "unit.h"

static void feed_rtp(struct stats_source *src, const struct packet_rtp *rtp, uint32_t rate_hz,
		     uint64_t now_us)
{
	const struct stats_packet pkt = {.rtp = rtp, .rate_hz = rate_hz, .now_us = now_us};

	stats_source_update(src, &pkt);
}

static void feed(struct stats_source *src, uint32_t seq, uint32_t timestamp, uint64_t now_us)
{
	const struct packet_rtp rtp = {.ssrc = 1, .seq = (uint16_t)seq, .timestamp = timestamp};

	feed_rtp(src, &rtp, 8000, now_us);
}

static struct stats_figures figures(const struct stats_source *src)
{
	struct stats_figures f;

	stats_source_read(src, &f);

	return f;
}

/** Sequence numbers as they arrive, ended by -1, and what they come to. */
static void sequence_numbers_tell_what_became_of_packets(void)
{
	static const struct {
		const char *name;
		int32_t seqv[16];
		uint64_t expected, lost, duplicates, reordered, bursts, burst_max;
	} vectorv[] = {
		{"none", {1, 2, 3, 4, -1}, 4, 0, 0, 0, 0, 0},
		{"one", {1, 2, 4, -1}, 4, 1, 0, 0, 1, 1},
		{"two in a row", {1, 4, 5, -1}, 5, 2, 0, 0, 1, 2},
		{"two apart", {1, 3, 5, -1}, 5, 2, 0, 0, 2, 1},
		{"a short and a long burst", {1, 3, 4, 9, 10, -1}, 10, 5, 0, 0, 2, 4},
		{"in order over the wrap", {65534, 65535, 0, 1, -1}, 4, 0, 0, 0, 0, 0},
		{"lost at the wrap", {65534, 1, -1}, 4, 2, 0, 0, 1, 2},
		{"reordered", {1, 3, 2, 4, -1}, 4, 0, 0, 1, 0, 0},
		{"reordered over the wrap", {65535, 1, 0, 2, -1}, 4, 0, 0, 1, 0, 0},
		{"a late one splits a burst", {1, 5, 3, -1}, 5, 2, 0, 1, 2, 1},
		{"a duplicate makes good for nothing", {1, 2, 2, 4, -1}, 4, 1, 1, 0, 1, 1},
		{"the same three times more", {1, 1, 1, 1, -1}, 1, 0, 3, 0, 0, 0},
		{"a late one twice", {1, 3, 2, 2, -1}, 3, 0, 1, 1, 0, 0},
		{"a late one of before the start", {100, 99, 101, -1}, 2, 0, 0, 1, 0, 0},
		{"too late to be of use", {1, 80, 2, 81, -1}, 81, 78, 0, 1, 1, 78},
		{"one wild packet is not a jump", {1, 2, 30000, 3, 4, -1}, 4, 0, 0, 0, 0, 0},
		{"two in a row are a restart", {1, 2, 4, 30000, 30001, 30002, 30004, -1}, 8, 2, 0, 0, 2, 1},
		{"a hole of thousands", {1, 2900, -1}, 2900, 2898, 0, 0, 1, 2898},
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct stats_source src;
		struct stats_figures f;

		memset(&src, 0, sizeof(src));
		for (j = 0; vectorv[i].seqv[j] >= 0; j++)
			feed(&src, (uint32_t)vectorv[i].seqv[j], 0, 0);

		f = figures(&src);
		if (f.lost != vectorv[i].lost || f.bursts != vectorv[i].bursts)
			(void)fprintf(stderr, "\n    %s: %llu lost in %llu bursts\n", vectorv[i].name,
				      (unsigned long long)f.lost, (unsigned long long)f.bursts);
		CU_ASSERT_EQUAL(f.expected, vectorv[i].expected);
		CU_ASSERT_EQUAL(f.lost, vectorv[i].lost);
		CU_ASSERT_EQUAL(f.burst_lost, vectorv[i].lost);
		CU_ASSERT_EQUAL(f.duplicates, vectorv[i].duplicates);
		CU_ASSERT_EQUAL(f.reordered, vectorv[i].reordered);
		CU_ASSERT_EQUAL(f.bursts, vectorv[i].bursts);
		CU_ASSERT_EQUAL(f.burst_max, vectorv[i].burst_max);
	}
}

/* The same, whether the losses still are in the window or have left it long ago. */
static void bursts_do_not_depend_on_the_window(void)
{
	static const uint32_t lostv[][2] = {{10, 1}, {20, 3}, {63, 2}, {70, 64}, {150, 65}, {300, 7}};
	uint32_t tail, seq;
	size_t i;

	for (tail = 0; tail < 200; tail++) {

		struct stats_source src;
		struct stats_figures f;

		memset(&src, 0, sizeof(src));
		for (seq = 0; seq < 310 + tail; seq++) {

			bool lost = false;

			for (i = 0; i < ARRAY_SIZE(lostv); i++)
				lost |= seq >= lostv[i][0] && seq < lostv[i][0] + lostv[i][1];
			if (!lost)
				feed(&src, seq, 0, 0);
		}

		f = figures(&src);
		CU_ASSERT_EQUAL(f.lost, 142);
		CU_ASSERT_EQUAL(f.burst_lost, 142);
		CU_ASSERT_EQUAL(f.bursts, 6);
		CU_ASSERT_EQUAL(f.burst_max, 65);
	}
}

static void several_wraps_are_counted(void)
{
	struct stats_source src;
	struct stats_figures f;
	uint32_t seq;

	memset(&src, 0, sizeof(src));
	for (seq = 0; seq < 5 * 65536; seq++)
		if (seq % 1000 != 999)
			feed(&src, seq, 0, 0);

	f = figures(&src);
	CU_ASSERT_EQUAL(f.expected, 5 * 65536);
	CU_ASSERT_EQUAL(f.lost, 5 * 65536 / 1000);
	CU_ASSERT_EQUAL(f.bursts, f.lost);
}

static void a_new_ssrc_keeps_the_sums(void)
{
	struct packet_rtp rtp = {.ssrc = 2, .seq = 50000};
	struct stats_source src;
	struct stats_figures f;

	memset(&src, 0, sizeof(src));
	feed(&src, 1, 0, 0);
	feed(&src, 4, 0, 0);
	feed_rtp(&src, &rtp, 8000, 0);
	f = figures(&src);
	CU_ASSERT_EQUAL(f.lost, 2);
	CU_ASSERT_EQUAL(f.bursts, 1);
	CU_ASSERT_EQUAL(f.ssrc, 2);
	rtp.seq = 50002;
	feed_rtp(&src, &rtp, 8000, 0);
	f = figures(&src);
	CU_ASSERT_EQUAL(f.expected, 7);
	CU_ASSERT_EQUAL(f.lost, 3);
	CU_ASSERT_EQUAL(f.bursts, 2);
}

static void an_even_stream_has_no_jitter(void)
{
	struct stats_source src;
	uint32_t i;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < 1000; i++)
		feed(&src, i, i * 160 + 0xffffff00, 1000000000ULL + i * 20000ULL);

	CU_ASSERT_EQUAL(figures(&src).jitter_us, 0);
}

/* A.8 with |D| of a constant 80 units (10 ms) settles where J = |D|. */
static void jitter_settles_at_the_mean_deviation(void)
{
	struct stats_source src;
	uint32_t i;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < 1000; i++)
		feed(&src, i, i * 160, 1000000 + i * 20000ULL + (i % 2) * 10000);

	CU_ASSERT(figures(&src).jitter_us > 9000);
	CU_ASSERT(figures(&src).jitter_us < 11000);
}

/* The first steps by hand, in sixteenths of a unit: 8; 8 + 8 - 1 = 15; 15 + 0 - 1 = 14. */
static void jitter_follows_appendix_a_8(void)
{
	static const struct {
		uint64_t now_us;
		uint64_t jitter_us;
	} vectorv[] = {
		{0, 0},
		{21000, 62},
		{40000, 117},
		{60000, 109},
	};
	struct stats_source src;
	uint32_t i;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {
		feed(&src, i, i * 160, 1000000 + vectorv[i].now_us);
		CU_ASSERT_EQUAL(figures(&src).jitter_us, vectorv[i].jitter_us);
	}
}

static void a_new_time_base_is_not_jitter(void)
{
	struct stats_source src;

	memset(&src, 0, sizeof(src));
	feed(&src, 1, 0, 0);
	feed(&src, 2, 160, 20000);
	feed(&src, 3, 0x7fffffff, 40000);
	CU_ASSERT_EQUAL(figures(&src).jitter_us, 0);
	feed(&src, 4, 0x7fffffffU + 160, 60000);
	CU_ASSERT_EQUAL(figures(&src).jitter_us, 0);
}

/* A sender whose clock stands still while it is silent, with the marker on the first packet after. */
static void the_packet_after_a_silence_is_not_jitter(void)
{
	struct packet_rtp rtp = {.ssrc = 1};
	struct stats_source src;
	uint64_t now_us = 1000000;
	int i;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < 100; i++, rtp.seq++, rtp.timestamp += 160, now_us += 20000) {

		rtp.marker = i % 20 == 0;
		now_us += rtp.marker ? 3000000 : 0;
		feed_rtp(&src, &rtp, 8000, now_us);
	}

	CU_ASSERT_EQUAL(figures(&src).jitter_us, 0);
	CU_ASSERT_EQUAL(figures(&src).lost, 0);
}

/* RFC 4733: the packets of a key press share a timestamp; RFC 3389: comfort noise comes when it likes. */
static void key_presses_and_comfort_noise_are_neither_jitter_nor_codec(void)
{
	struct packet_rtp rtp = {.ssrc = 1};
	struct stats_source src;
	struct stats_figures f;
	uint32_t i;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < 100; i++, rtp.seq++) {

		const bool key = i % 20 > 15, noise = i % 20 == 15;

		rtp.pt = key ? 101 : noise ? PACKET_PT_CN : 0;
		if (!key)
			rtp.timestamp = i * 160;
		feed_rtp(&src, &rtp, key ? 0 : 8000, 1000000 + i * 20000ULL + (noise ? 9000 : 0));
	}

	f = figures(&src);
	CU_ASSERT_EQUAL(f.jitter_us, 0);
	CU_ASSERT_EQUAL(f.lost, 0);
	CU_ASSERT_EQUAL(f.pt, 0);
	CU_ASSERT_EQUAL(f.ptime_us, 20000);
}

static void no_clock_no_jitter(void)
{
	struct packet_rtp rtp = {.ssrc = 1, .pt = 101};
	struct stats_source src;
	int i;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < 10; i++, rtp.seq++)
		feed_rtp(&src, &rtp, 0, (uint64_t)i * 50000);

	CU_ASSERT_EQUAL(figures(&src).jitter_us, 0);
	CU_ASSERT_EQUAL(figures(&src).rate_hz, 0);
}

/** Packets of `step` units each, some of them lost; the packet time is what most of them carry. */
static void the_packet_time_is_what_packets_carry(void)
{
	static const struct {
		uint32_t rate_hz, step;
		uint32_t ptime_us;
	} vectorv[] = {
		{8000, 80, 10000},   {8000, 160, 20000},   {8000, 240, 30000},
		{48000, 960, 20000}, {48000, 2880, 60000}, {16000, 320, 20000},
	};
	size_t i;
	uint32_t k;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct stats_source src;

		memset(&src, 0, sizeof(src));
		for (k = 0; k < 50; k++) {

			const struct packet_rtp rtp = {.ssrc = 1,
						       .pt = 96,
						       .seq = (uint16_t)k,
						       .timestamp = k * vectorv[i].step + (k == 20 ? 7 : 0)};

			if (k % 7 != 3)
				feed_rtp(&src, &rtp, vectorv[i].rate_hz, k * 20000ULL);
		}

		CU_ASSERT_EQUAL(figures(&src).ptime_us, vectorv[i].ptime_us);
		CU_ASSERT_EQUAL(figures(&src).rate_hz, vectorv[i].rate_hz);
		CU_ASSERT_EQUAL(figures(&src).pt, 96);
	}
}

static void the_packet_time_follows_a_change(void)
{
	struct stats_source src;
	uint32_t i, timestamp = 0;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < 200; i++) {
		feed(&src, i, timestamp, i * 20000ULL);
		timestamp += i < 100 ? 160 : 240;
	}

	CU_ASSERT_EQUAL(figures(&src).ptime_us, 30000);
}

static void silence_is_counted_and_sound_remembered(void)
{
	struct packet_rtp rtp = {.ssrc = 1};
	struct stats_source src;
	struct stats_figures f;
	int i;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < 100; i++, rtp.seq++, rtp.timestamp += 160) {

		const struct stats_packet pkt = {.rtp = &rtp,
						 .rate_hz = 8000,
						 .silent = i >= 40,
						 .now_us = (uint64_t)i * 20000 + 1};

		stats_source_update(&src, &pkt);
	}

	f = figures(&src);
	CU_ASSERT_EQUAL(f.silent, 60);
	CU_ASSERT_EQUAL(f.sound_us, 39 * 20000 + 1);
}

static const struct unit_test testv[] = {
	{"sequence numbers tell what became of packets (RFC 3550 A.1, A.3)",
	 sequence_numbers_tell_what_became_of_packets},
	{"bursts do not depend on the window", bursts_do_not_depend_on_the_window},
	{"several wraps are counted", several_wraps_are_counted},
	{"a new SSRC keeps the sums", a_new_ssrc_keeps_the_sums},
	{"an even stream has no jitter, over the wrap of its timestamp", an_even_stream_has_no_jitter},
	{"jitter settles at the mean deviation", jitter_settles_at_the_mean_deviation},
	{"jitter follows RFC 3550 A.8", jitter_follows_appendix_a_8},
	{"a new time base is not jitter", a_new_time_base_is_not_jitter},
	{"the packet after a silence is not jitter", the_packet_after_a_silence_is_not_jitter},
	{"key presses and comfort noise are neither jitter nor codec",
	 key_presses_and_comfort_noise_are_neither_jitter_nor_codec},
	{"without a clock rate there is no jitter", no_clock_no_jitter},
	{"the packet time is what packets carry", the_packet_time_is_what_packets_carry},
	{"the packet time follows a change", the_packet_time_follows_a_change},
	{"silence is counted and sound remembered", silence_is_counted_and_sound_remembered},
	{NULL, NULL},
};

const struct unit_suite stats_suite = {"stats", testv};

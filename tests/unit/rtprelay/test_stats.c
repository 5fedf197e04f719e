/**
 * @file test_stats.c  Loss and jitter against RFC 3550
 */
#include <string.h>
#include <re.h>
#include "stats.h"
#include "unit.h"

static void feed(struct stats_source *src, uint32_t seq, uint32_t timestamp, uint64_t now_us)
{
	const struct packet_rtp rtp = {.ssrc = 1, .seq = (uint16_t)seq, .timestamp = timestamp};

	stats_source_update(src, &rtp, 8000, now_us);
}

/** Sequence numbers as they arrive, ended by -1, and what is lost after them. */
static void loss_follows_rfc_3550(void)
{
	static const struct {
		const char *name;
		int32_t seqv[16];
		uint64_t lost;
	} vectorv[] = {
		{"none", {1, 2, 3, 4, -1}, 0},
		{"one", {1, 2, 4, -1}, 1},
		{"in order over the wrap", {65534, 65535, 0, 1, -1}, 0},
		{"lost at the wrap", {65534, 1, -1}, 2},
		{"reordered", {1, 3, 2, 4, -1}, 0},
		{"reordered over the wrap", {65535, 1, 0, 2, -1}, 0},
		{"a duplicate hides a loss, as in A.3", {1, 2, 2, 4, -1}, 0},
		{"never below none", {1, 1, 1, 1, -1}, 0},
		{"a late one of before the start", {100, 99, 101, -1}, 0},
		{"one wild packet is not a jump", {1, 2, 30000, 3, 4, -1}, 0},
		{"two in a row are a restart", {1, 2, 4, 30000, 30001, 30002, 30004, -1}, 2},
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct stats_source src;

		memset(&src, 0, sizeof(src));
		for (j = 0; vectorv[i].seqv[j] >= 0; j++)
			feed(&src, (uint32_t)vectorv[i].seqv[j], 0, 0);

		if (stat_get(&src.lost) != vectorv[i].lost)
			(void)fprintf(stderr, "\n    %s: got %llu\n", vectorv[i].name,
				      (unsigned long long)stat_get(&src.lost));
		CU_ASSERT_EQUAL(stat_get(&src.lost), vectorv[i].lost);
	}
}

static void several_wraps_are_counted(void)
{
	struct stats_source src;
	uint32_t seq;

	memset(&src, 0, sizeof(src));
	for (seq = 0; seq < 5 * 65536; seq++)
		if (seq % 1000)
			feed(&src, seq, 0, 0);

	CU_ASSERT_EQUAL(stat_get(&src.lost), 5 * 65536 / 1000);
}

static void a_new_ssrc_keeps_what_was_lost(void)
{
	struct packet_rtp rtp = {.ssrc = 2, .seq = 50000};
	struct stats_source src;

	memset(&src, 0, sizeof(src));
	feed(&src, 1, 0, 0);
	feed(&src, 4, 0, 0);
	stats_source_update(&src, &rtp, 8000, 0);
	CU_ASSERT_EQUAL(stat_get(&src.lost), 2);
	CU_ASSERT_EQUAL(stat_get(&src.ssrc), 2);
	rtp.seq = 50002;
	stats_source_update(&src, &rtp, 8000, 0);
	CU_ASSERT_EQUAL(stat_get(&src.lost), 3);
}

static void an_even_stream_has_no_jitter(void)
{
	struct stats_source src;
	uint32_t i;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < 1000; i++)
		feed(&src, i, i * 160 + 0xffffff00, 1000000000ULL + i * 20000ULL);

	CU_ASSERT_EQUAL(stat_get(&src.jitter_us), 0);
}

/* A.8 with |D| of a constant 80 units (10 ms) settles where J = |D|. */
static void jitter_settles_at_the_mean_deviation(void)
{
	struct stats_source src;
	uint32_t i;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < 1000; i++)
		feed(&src, i, i * 160, 1000000 + i * 20000ULL + (i % 2) * 10000);

	CU_ASSERT(stat_get(&src.jitter_us) > 9000);
	CU_ASSERT(stat_get(&src.jitter_us) < 11000);
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
		CU_ASSERT_EQUAL(stat_get(&src.jitter_us), vectorv[i].jitter_us);
	}
}

static void a_new_time_base_is_not_jitter(void)
{
	struct stats_source src;

	memset(&src, 0, sizeof(src));
	feed(&src, 1, 0, 0);
	feed(&src, 2, 160, 20000);
	feed(&src, 3, 0x7fffffff, 40000);
	CU_ASSERT_EQUAL(stat_get(&src.jitter_us), 0);
	feed(&src, 4, 0x7fffffffU + 160, 60000);
	CU_ASSERT_EQUAL(stat_get(&src.jitter_us), 0);
}

static void no_clock_no_jitter(void)
{
	struct packet_rtp rtp = {.ssrc = 1, .pt = 101};
	struct stats_source src;
	int i;

	memset(&src, 0, sizeof(src));
	for (i = 0; i < 10; i++, rtp.seq++)
		stats_source_update(&src, &rtp, 0, (uint64_t)i * 50000);

	CU_ASSERT_EQUAL(stat_get(&src.jitter_us), 0);
}

static const struct unit_test testv[] = {
	{"loss follows RFC 3550 A.1 and A.3", loss_follows_rfc_3550},
	{"several wraps are counted", several_wraps_are_counted},
	{"a new SSRC keeps what was lost before", a_new_ssrc_keeps_what_was_lost},
	{"an even stream has no jitter, over the wrap of its timestamp", an_even_stream_has_no_jitter},
	{"jitter settles at the mean deviation", jitter_settles_at_the_mean_deviation},
	{"jitter follows RFC 3550 A.8", jitter_follows_appendix_a_8},
	{"a new time base is not jitter", a_new_time_base_is_not_jitter},
	{"without a clock rate there is no jitter", no_clock_no_jitter},
	{NULL, NULL},
};

const struct unit_suite stats_suite = {"stats", testv};

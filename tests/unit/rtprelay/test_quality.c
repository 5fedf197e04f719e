/**
 * @file test_quality.c  Ten-second ratings and what they come to over a call
 */
#include <string.h>
#include <re.h>
#include "codec.h"
#include "quality.h"
#include "unit.h"

/** A stream of 50 packets a second, looked at once a second. */
struct listener {
	struct quality q;
	struct stats_figures f;
	struct quality_input in;
	struct quality_entry ended;
	unsigned endedc;
};

static void listener_init(struct listener *l, enum codec codec)
{
	memset(l, 0, sizeof(*l));
	l->f.ptime_us = 20000;
	l->in.figures = &l->f;
	l->in.codec = codec_emodel(codec, true);
	l->in.now_ms = 1000000;
}

/** `s` seconds in which `lost` of 50 packets each second are lost, in one burst or each for itself. */
static void listen_to(struct listener *l, unsigned s, unsigned lost, bool burst)
{
	while (s--) {

		l->f.expected += 50;
		l->f.lost += lost;
		l->f.received = l->f.expected - l->f.lost;
		l->f.burst_lost = l->f.lost;
		l->f.bursts += burst ? lost > 0 : lost;
		l->in.now_ms += 1000;
		l->endedc += quality_sample(&l->q, &l->in, &l->ended);
	}
}

static struct quality_report report_of(const struct listener *l)
{
	struct quality_report report;

	quality_read(&l->q, &l->in, &report);

	return report;
}

static void a_clean_call_is_rated_as_the_codec_can_be(void)
{
	struct quality_report r;
	struct listener l;

	listener_init(&l, CODEC_PCMA);
	listen_to(&l, 35, 0, false);
	r = report_of(&l);
	CU_ASSERT_EQUAL(l.endedc, 3);
	CU_ASSERT_EQUAL(r.mos_x100, 441);
	CU_ASSERT_EQUAL(r.rating_x10, 932);
	CU_ASSERT_EQUAL(r.samples, 4);
	CU_ASSERT_EQUAL(r.entryc, 3);
	CU_ASSERT_EQUAL(r.entry_s, 10);
	CU_ASSERT_EQUAL(r.lowest.entry.mos_x100, 441);
	CU_ASSERT_EQUAL(r.burst_ratio_x100, 100);
}

static void the_worst_ten_seconds_are_remembered(void)
{
	struct quality_report r;
	struct listener l;

	listener_init(&l, CODEC_PCMA);
	listen_to(&l, 11, 0, false);
	listen_to(&l, 10, 10, false); /* 20 %: 93.2 - 95 * 20 / 45.1 = 51.07 */
	CU_ASSERT_EQUAL(l.ended.mos_x100, emodel_mos_x100(51.07));
	CU_ASSERT_EQUAL(l.ended.loss_x100, 2000);
	listen_to(&l, 10, 0, false);
	r = report_of(&l);
	CU_ASSERT_EQUAL(r.entryc, 3);
	CU_ASSERT_EQUAL(r.lowest.entry.mos_x100, emodel_mos_x100(51.07));
	CU_ASSERT_EQUAL(r.lowest.at_ms, 1021000);
	CU_ASSERT_EQUAL(r.highest.entry.mos_x100, 441);
	CU_ASSERT_EQUAL(r.entryv[1].mos_x100, emodel_mos_x100(51.07));
	CU_ASSERT_EQUAL(r.entryv[2].mos_x100, 441);

	/* the mean of R by packets: (550 x 93.2 + 500 x 51.07 + 500 x 93.2) / 1550 */
	CU_ASSERT_EQUAL(r.rating_x10, 796);
	CU_ASSERT_EQUAL(r.loss_x100, 645);
}

static void mos_falls_with_loss_with_bursts_with_jitter_and_with_delay(void)
{
	unsigned last = 450, lost;
	struct listener l, even;

	for (lost = 0; lost <= 50; lost += 5) {
		listener_init(&l, CODEC_G729);
		listen_to(&l, 11, lost, false);
		CU_ASSERT(report_of(&l).mos_x100 <= last);
		last = report_of(&l).mos_x100;
	}
	CU_ASSERT(last < 120);

	listener_init(&even, CODEC_PCMA);
	listen_to(&even, 11, 5, false);
	listener_init(&l, CODEC_PCMA);
	listen_to(&l, 11, 5, true);
	CU_ASSERT(report_of(&l).mos_x100 < report_of(&even).mos_x100);
	CU_ASSERT_EQUAL(report_of(&l).burst_ratio_x100, 450);

	listener_init(&l, CODEC_PCMA);
	l.f.jitter_us = 100000;
	listen_to(&l, 11, 5, false);
	CU_ASSERT(report_of(&l).mos_x100 < report_of(&even).mos_x100);
	CU_ASSERT_EQUAL(report_of(&l).jitter_us, 100000);

	listener_init(&l, CODEC_PCMA);
	l.in.round_trip_us = 600000;
	listen_to(&l, 11, 5, false);
	CU_ASSERT(report_of(&l).mos_x100 < report_of(&even).mos_x100);
	CU_ASSERT_EQUAL(report_of(&l).lowest.entry.round_trip_ms, 600);
}

static void a_short_call_is_rated_too_but_a_few_packets_are_not(void)
{
	struct listener l;

	listener_init(&l, CODEC_PCMU);
	CU_ASSERT_EQUAL(report_of(&l).mos_x100, 0);
	l.f.expected = l.f.received = QUALITY_PACKETS_MIN - 1;
	CU_ASSERT_EQUAL(report_of(&l).mos_x100, 0);
	l.f.expected = l.f.received = QUALITY_PACKETS_MIN;
	CU_ASSERT_EQUAL(report_of(&l).mos_x100, 441);
	listen_to(&l, 2, 10, false);
	CU_ASSERT(report_of(&l).mos_x100 < 400);
	CU_ASSERT_EQUAL(report_of(&l).lowest.entry.mos_x100, report_of(&l).mos_x100);
	CU_ASSERT_EQUAL(report_of(&l).samples, 1);
}

static void what_was_not_sent_is_not_rated(void)
{
	struct quality_report r;
	struct listener l;

	listener_init(&l, CODEC_PCMU);
	listen_to(&l, 11, 0, false);
	l.in.now_ms += 60000; /* on hold */
	CU_ASSERT_TRUE(quality_sample(&l.q, &l.in, &l.ended));
	CU_ASSERT_EQUAL(l.ended.mos_x100, 0);
	r = report_of(&l);
	CU_ASSERT_EQUAL(r.mos_x100, 441);
	CU_ASSERT_EQUAL(r.samples, 1);
	CU_ASSERT_EQUAL(r.entryc, 2);
}

static void an_unknown_codec_is_not_rated_but_measured(void)
{
	struct listener l;

	listener_init(&l, CODEC_UNKNOWN);
	l.f.jitter_us = 700;
	listen_to(&l, 25, 5, true);
	CU_ASSERT_EQUAL(report_of(&l).mos_x100, 0);
	CU_ASSERT_EQUAL(report_of(&l).lowest.at_ms, 0);
	CU_ASSERT_EQUAL(report_of(&l).loss_x100, 1000);
	CU_ASSERT_EQUAL(report_of(&l).jitter_us, 700);
	CU_ASSERT_EQUAL(l.ended.loss_x100, 1000);
}

/* Six hours: the shape stays, and the worst interval does too. */
static void the_progression_of_a_long_call_keeps_its_size(void)
{
	struct quality_report r;
	struct listener l;
	unsigned i;

	listener_init(&l, CODEC_PCMA);
	listen_to(&l, 3 * 3600, 0, false);
	listen_to(&l, 10, 25, false);
	listen_to(&l, 3 * 3600, 5, false);
	r = report_of(&l);
	CU_ASSERT(r.entryc > QUALITY_ENTRIES / 2 && r.entryc <= QUALITY_ENTRIES);
	CU_ASSERT(r.entry_s * r.entryc >= 6 * 3600);
	CU_ASSERT(r.entry_s * (r.entryc - 1) < 6 * 3600);
	CU_ASSERT_EQUAL(r.entryv[0].mos_x100, 441);
	for (i = 1; i < r.entryc; i++)
		CU_ASSERT(r.entryv[i].mos_x100 <= r.entryv[i - 1].mos_x100);
	CU_ASSERT_EQUAL(r.entryv[r.entryc - 1].loss_x100, 1000);
	CU_ASSERT(r.lowest.entry.loss_x100 > 4000);
	CU_ASSERT(sizeof(struct quality) <= 512);
}

static const struct unit_test testv[] = {
	{"a clean call is rated as the codec can be", a_clean_call_is_rated_as_the_codec_can_be},
	{"the worst ten seconds are remembered", the_worst_ten_seconds_are_remembered},
	{"MOS falls with loss, with bursts, with jitter and with delay",
	 mos_falls_with_loss_with_bursts_with_jitter_and_with_delay},
	{"a short call is rated too, but a few packets are not",
	 a_short_call_is_rated_too_but_a_few_packets_are_not},
	{"what was not sent is not rated", what_was_not_sent_is_not_rated},
	{"an unknown codec is not rated, but measured", an_unknown_codec_is_not_rated_but_measured},
	{"the progression of a long call keeps its size", the_progression_of_a_long_call_keeps_its_size},
	{NULL, NULL},
};

const struct unit_suite quality_suite = {"quality", testv};

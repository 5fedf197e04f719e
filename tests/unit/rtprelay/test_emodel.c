/**
 * @file test_emodel.c  R and MOS against ITU-T G.107 and figures worked by hand
 */
#include <math.h>
#include <re.h>
#include "codec.h"
#include "unit.h"

static double rating(enum codec codec, double loss, double burst_ratio, double delay_ms)
{
	const struct emodel_path path = {.loss = loss, .burst_ratio = burst_ratio, .delay_ms = delay_ms};

	return emodel_rating(codec_emodel(codec, true), &path);
}

/** G.107 annex B, also the table of its user satisfaction limits (G.109). */
static void mos_follows_annex_b(void)
{
	static const struct {
		double r;
		unsigned mos_x100;
	} vectorv[] = {
		{93.2, 441}, {90, 434}, {80, 402}, {70, 360},  {60, 310},  {50, 258},
		{0, 100},    {-5, 100}, {3, 100},  {100, 450}, {130, 450},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++)
		CU_ASSERT_EQUAL(emodel_mos_x100(vectorv[i].r), vectorv[i].mos_x100);
}

static void mos_never_rises_as_r_falls(void)
{
	unsigned last = 450;
	int r;

	for (r = 1000; r >= 0; r--) {
		CU_ASSERT(emodel_mos_x100(r / 10.0) <= last);
		last = emodel_mos_x100(r / 10.0);
	}
	CU_ASSERT_EQUAL(last, 100);
}

/** By hand from Ie,eff = Ie + (95 - Ie) Ppl / (Ppl / BurstR + Bpl) and Idd. */
static void ratings_follow_g_107(void)
{
	static const struct {
		const char *name;
		enum codec codec;
		double loss, burst_ratio, delay_ms;
		double r;
	} vectorv[] = {
		{"the default connection", CODEC_PCMA, 0, 1, 0, 93.2},
		{"G.711 with concealment, 1 %", CODEC_PCMU, 0.01, 1, 0, 89.560},
		{"G.711 with concealment, 5 %", CODEC_PCMU, 0.05, 1, 0, 77.419},
		{"G.711, 5 % in bursts twice as long", CODEC_PCMU, 0.05, 2, 0, 75.990},
		{"G.729", CODEC_G729, 0, 1, 0, 82.2},
		{"G.729, 2 %", CODEC_G729, 0.02, 1, 0, 74.2},
		{"G.723.1", CODEC_G723, 0, 1, 0, 78.2},
		{"GSM", CODEC_GSM, 0, 1, 0, 73.2},
		{"AMR at 12.2", CODEC_AMR, 0, 1, 0, 88.2},
		{"100 ms cost nothing", CODEC_PCMU, 0, 1, 100, 93.2},
		{"200 ms", CODEC_PCMU, 0, 1, 200, 90.158},
		{"400 ms", CODEC_PCMU, 0, 1, 400, 69.127},
		{"G.722 on the wideband scale", CODEC_G722, 0, 1, 0, 116 / 1.29},
		{"Opus on the fullband scale", CODEC_OPUS, 0, 1, 0, 127.8 / 1.48},
		{"all lost", CODEC_G729, 1, 1, 0, 11.608},
		{"all lost, and late", CODEC_G729, 1, 1, 400, 0},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		const double r = rating(vectorv[i].codec, vectorv[i].loss, vectorv[i].burst_ratio,
					vectorv[i].delay_ms);

		if (fabs(r - vectorv[i].r) > 0.01)
			(void)fprintf(stderr, "\n    %s: got %.3f\n", vectorv[i].name, r);
		CU_ASSERT_DOUBLE_EQUAL(r, vectorv[i].r, 0.01);
	}
}

static void without_concealment_g711_falls_far_faster(void)
{
	const struct emodel_path path = {.loss = 0.01, .burst_ratio = 1};

	CU_ASSERT_DOUBLE_EQUAL(emodel_rating(codec_emodel(CODEC_PCMA, false), &path), 93.2 - 95 / 5.3, 0.01);
	CU_ASSERT_PTR_EQUAL(codec_emodel(CODEC_G729, false), codec_emodel(CODEC_G729, true));
}

/** lost, bursts, loss ratio, BurstR. */
static void the_burst_ratio_is_one_when_losses_are_random(void)
{
	static const double vectorv[][4] = {
		{0, 0, 0, 1},        {100, 90, 0.1, 1}, /* 10 % at random: runs of 1.11 on average */
		{100, 100, 0.1, 1},                     /* more even than random counts as random */
		{100, 25, 0.1, 3.6}, {100, 1, 0.1, 8},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++)
		CU_ASSERT_DOUBLE_EQUAL(emodel_burst_ratio(vectorv[i][0], vectorv[i][1], vectorv[i][2]),
				       vectorv[i][3], 0.001);
}

static void codecs_are_known_by_name_and_static_payload_type(void)
{
	static const struct {
		const char *name;
		int pt;
		enum codec codec;
	} vectorv[] = {
		{"PCMU", 0, CODEC_PCMU},     {"pcma", 8, CODEC_PCMA},
		{"G729", 18, CODEC_G729},    {"G723", 4, CODEC_G723},
		{"G722", 9, CODEC_G722},     {"GSM", 3, CODEC_GSM},
		{"iLBC", 97, CODEC_UNKNOWN}, {"telephone-event", 101, CODEC_UNKNOWN},
		{"", 200, CODEC_UNKNOWN},    {"CN", 13, CODEC_UNKNOWN},
	};
	struct pl pl;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {
		pl_set_str(&pl, vectorv[i].name);
		CU_ASSERT_EQUAL(codec_by_pt((uint8_t)vectorv[i].pt), vectorv[i].codec);
		if (vectorv[i].codec)
			CU_ASSERT_EQUAL(codec_by_name(&pl), vectorv[i].codec);
	}

	pl_set_str(&pl, "OPUS");
	CU_ASSERT_EQUAL(codec_by_name(&pl), CODEC_OPUS);
	pl_set_str(&pl, "ilbc");
	CU_ASSERT_EQUAL(codec_by_name(&pl), CODEC_ILBC);
	pl_set_str(&pl, "telephone-event");
	CU_ASSERT_EQUAL(codec_by_name(&pl), CODEC_UNKNOWN);
	CU_ASSERT_PTR_NULL(codec_emodel(CODEC_UNKNOWN, true));
	CU_ASSERT_PTR_NULL(codec_name(CODEC_UNKNOWN));
	CU_ASSERT_STRING_EQUAL(codec_name(CODEC_AMR_WB), "AMR-WB");
}

static const struct unit_test testv[] = {
	{"MOS follows G.107 annex B", mos_follows_annex_b},
	{"MOS never rises as R falls", mos_never_rises_as_r_falls},
	{"ratings follow G.107", ratings_follow_g_107},
	{"without concealment G.711 falls far faster", without_concealment_g711_falls_far_faster},
	{"the burst ratio is one when losses are random", the_burst_ratio_is_one_when_losses_are_random},
	{"codecs are known by name and static payload type",
	 codecs_are_known_by_name_and_static_payload_type},
	{NULL, NULL},
};

const struct unit_suite emodel_suite = {"emodel", testv};

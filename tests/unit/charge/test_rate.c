/**
 * @file test_rate.c  Prices that are known, and times of the week as text
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "charge/rate_band.h"
#include "charge/rate_text.h"
#include "unit.h"
#include "zone.h"

static const int64_t unit = 1000000000;

/* Wednesday, 21 January 2026, 00:00 UTC */
#define WEDNESDAY_US (INT64_C(1768953600) * 1000000)

static const struct {
	const char *what;
	const char *rate;
	int64_t at_s; /* after Wednesday's midnight */
	int64_t duration_ms;
	int64_t amount_nano, billed_s;
} pricev[] = {
	{"by the second", "\"per_minute\":\"0.60\"", 0, 61000, 610000000, 61},
	{"a begun second counts", "\"per_minute\":\"0.60\"", 0, 60001, 610000000, 61},
	{"60/60", "\"per_minute\":\"0.30\",\"first\":60,\"next\":60", 0, 61000, 600000000, 120},
	{"60/60, to the last millisecond", "\"per_minute\":\"0.30\",\"first\":60,\"next\":60", 0, 60000,
	 300000000, 60},
	{"30/6", "\"per_minute\":\"0.60\",\"first\":30,\"next\":6", 0, 31000, 360000000, 36},
	{"connect fee", "\"per_minute\":\"0.60\",\"connect_fee\":\"0.10\"", 0, 1000, 110000000, 1},
	{"connect fee alone", "\"per_minute\":\"0.00\",\"connect_fee\":\"0.10\"", 0, 1000, 100000000, 1},
	{"within the grace", "\"per_minute\":\"0.60\",\"connect_fee\":\"0.10\",\"grace\":5", 0, 5000, 0, 0},
	{"beyond the grace all counts", "\"per_minute\":\"0.60\",\"grace\":5", 0, 5001, 60000000, 6},
	{"at once", "\"per_minute\":\"0.60\"", 0, 0, 0, 0},
	{"at least", "\"per_minute\":\"0.60\",\"min_charge\":\"0.05\"", 0, 1000, 50000000, 1},
	{"at most", "\"per_minute\":\"0.60\",\"max_charge\":\"1.00\"", 0, 3600000, 1000000000, 3600},
	{"a third, to the nano", "\"per_minute\":\"0.20\",\"decimals\":9", 0, 1000, 3333333, 1},
	{"a third, up", "\"per_minute\":\"0.20\",\"decimals\":4,\"rounding\":\"up\"", 0, 1000, 3400000, 1},
	{"a third, down", "\"per_minute\":\"0.20\",\"decimals\":4,\"rounding\":\"down\"", 0, 1000, 3300000,
	 1},
	{"a half goes up", "\"per_minute\":\"0.30\",\"decimals\":2", 0, 1000, 10000000, 1},
	{"a price change inside", "\"per_minute\":\"0.60\",\"bands\":[\"wed 08:00-18:00 1.20\"]",
	 7 * 3600 + 3570, 60000, 900000000, 60},
	{"… and out again", "\"per_minute\":\"0.60\",\"bands\":[\"wed 08:00-08:01 1.20\"]", 7 * 3600 + 3570,
	 120000, 1800000000, 120},
	{"overnight", "\"per_minute\":\"0.60\",\"bands\":[\"tue 22:00-06:00 0.30\"]", 5 * 3600 + 3570, 60000,
	 450000000, 60},
	{"the first of two counts",
	 "\"per_minute\":\"0.60\",\"bands\":[\"wed 08:00-09:00 1.20\",\"mon-sun 00:00-24:00 0.10\"]",
	 7 * 3600 + 3570, 60000, 650000000, 60},
	{"in its own time zone",
	 "\"per_minute\":\"0.60\",\"bands\":[\"wed 08:00-18:00 1.20\"],\"zone\":\"Asia/Shanghai\"", -30,
	 60000, 900000000, 60},
};

static void test_prices(void)
{
	char text[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pricev); i++) {

		struct rate_price price = {0};
		struct rate_terms terms;
		struct rate rate;

		(void)re_snprintf(text, sizeof(text), "{\"prefix\":\"86\",%s}", pricev[i].rate);
		CU_ASSERT_EQUAL_FATAL(rate_snapshot_decode(&rate, &terms, text, strlen(text)), 0);
		CU_ASSERT_EQUAL(rate_price(&price, &rate, &terms, WEDNESDAY_US + pricev[i].at_s * 1000000,
					   pricev[i].duration_ms),
				0);
		if (price.amount_nano != pricev[i].amount_nano || price.billed_s != pricev[i].billed_s)
			(void)re_fprintf(stderr, "%s: %lld, %lld s\n", pricev[i].what, price.amount_nano,
					 price.billed_s);
		CU_ASSERT_EQUAL(price.amount_nano, pricev[i].amount_nano);
		CU_ASSERT_EQUAL(price.billed_s, pricev[i].billed_s);
		mem_deref((void *)terms.zone);
	}
}

/* Half past two does not come on 29 March in Berlin, and comes twice on 25 October. */
static void test_clocks_change(void)
{
	const char text[] = "{\"prefix\":\"\",\"per_minute\":\"0.00\",\"bands\":[\"sun 02:00-03:00 0.60\"],"
			    "\"zone\":\"Europe/Berlin\"}";
	const int64_t march_us = INT64_C(1774742400) * 1000000;   /* 01:00 in Berlin */
	const int64_t october_us = INT64_C(1792882800) * 1000000; /* 01:00 in Berlin */
	struct rate_price price;
	struct rate_terms terms;
	struct rate rate;

	CU_ASSERT_EQUAL_FATAL(rate_snapshot_decode(&rate, &terms, text, strlen(text)), 0);
	CU_ASSERT_EQUAL(rate_price(&price, &rate, &terms, march_us, INT64_C(4) * 3600 * 1000), 0);
	CU_ASSERT_EQUAL(price.amount_nano, 0);
	CU_ASSERT_EQUAL(rate_price(&price, &rate, &terms, october_us, INT64_C(5) * 3600 * 1000), 0);
	CU_ASSERT_EQUAL(price.amount_nano, INT64_C(120) * 6 * unit / 10);
	mem_deref((void *)terms.zone);
}

/* A line that is never hung up is not for nothing. */
static void test_horizon(void)
{
	const struct rate rate = {.next_s = 60, .per_minute_nano = unit};
	const struct rate_terms terms = {.decimals = 9};
	struct rate_price price;

	CU_ASSERT_EQUAL(rate_price(&price, &rate, &terms, 0, (int64_t)RATE_HORIZON_S * 1000 * 2), 0);
	CU_ASSERT_EQUAL(price.billed_s, RATE_HORIZON_S);
	CU_ASSERT_EQUAL(price.amount_nano, RATE_HORIZON_S / 60 * unit);
}

static void test_limits(void)
{
	struct rate rate = {.next_s = 1, .per_minute_nano = INT64_MAX};
	const struct rate_terms terms = {.decimals = 9};
	struct rate_price price;

	CU_ASSERT_EQUAL(rate_price(&price, &rate, &terms, 0, -1), EINVAL);
	CU_ASSERT_EQUAL(rate_price(&price, &rate, &terms, 0, 60000), 0);
	CU_ASSERT_EQUAL(price.amount_nano, INT64_MAX);
	CU_ASSERT_EQUAL(rate_price(&price, &rate, &terms, 0, 61000), ERANGE);
	CU_ASSERT_EQUAL(rate_affords_ms(&rate, &terms, 0, INT64_MAX), 60000);
}

static const struct {
	const char *text, *shown;
} bandv[] = {
	{"mon 08:00-18:00 0.10", "mon 08:00-18:00 0.10"},
	{"mon-fri 18:00-08:00 0.1", "mon,tue,wed,thu,fri 18:00-08:00 0.10"},
	{"sat,sun 00:00-24:00 0", "sat,sun 00:00-24:00 0.00"},
	{"sat-mon 09:00-09:00 0.000000001", "mon,sat,sun 09:00-09:00 0.000000001"},
	{"SUN 23:59-00:00 1.00", "sun 23:59-24:00 1.00"},
};

static void test_bands(void)
{
	char shown[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bandv); i++) {
		struct rate_band band;
		struct pl pl;

		pl_set_str(&pl, bandv[i].text);
		CU_ASSERT_EQUAL_FATAL(rate_band_decode(&band, &pl), 0);
		(void)re_snprintf(shown, sizeof(shown), "%H", rate_band_encode, &band);
		CU_ASSERT_STRING_EQUAL(shown, bandv[i].shown);
	}
}

static void test_bands_refused(void)
{
	static const char *const badv[] = {
		"",
		"mon",
		"mon 08:00-18:00",
		"mon 08:00-18:00 ",
		"mon 08:00-18:00 -1",
		"mon 08:00-18:00 1 2",
		"mon  08:00-18:00 1",
		"mon 8:00-18:00 1",
		"mon 08:60-18:00 1",
		"mon 08:00-24:01 1",
		"mon 24:00-08:00 1",
		"mo 08:00-18:00 1",
		"mon- 08:00-18:00 1",
		"mon,,tue 08:00-18:00 1",
		"mon-fri-sun 08:00-18:00 1",
		"mon 08:00+18:00 1",
	};
	struct rate_band band;
	struct pl pl;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(badv); i++) {
		pl_set_str(&pl, badv[i]);
		CU_ASSERT_EQUAL(rate_band_decode(&band, &pl), EINVAL);
	}
}

static const struct unit_test testv[] = {
	{"known calls have their known prices", test_prices},
	{"an hour that the clocks skip is not charged, one they repeat is twice", test_clocks_change},
	{"what goes on beyond all calls costs as much as the longest", test_horizon},
	{"times and amounts beyond all bounds are refused", test_limits},
	{"times of the week are read and written", test_bands},
	{"what is no time of the week is refused", test_bands_refused},
	{NULL, NULL},
};

const struct unit_suite rate_suite = {"rate", testv};

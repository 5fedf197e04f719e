/**
 * @file test_rate_table.c  Which rate counts for a number at a moment, read from a database
 */
#include <stdlib.h>
#include <string.h>
#include "charge/rater.h"
#include "rate_fixture.h"
#include "unit.h"
#include "zone.h"

enum { GUARD_MS = 5000, RANDOM_RATES = 400, RANDOM_ASKS = 4000 };

/* Its price; -1: no rate, -2: failed. */
static int64_t found(const struct rates *r, const char *number, int64_t at_us)
{
	struct rating *rating = NULL;
	int64_t nano = -1;

	if (rate_table_find(&rating, r->table, "t", number, at_us))
		return -2;

	if (rating->found)
		nano = rating->rate.per_minute_nano;
	mem_deref(rating);

	return nano;
}

static void test_longest_prefix(void)
{
	static const struct {
		const char *number;
		int64_t nano;
	} v[] = {
		{"8613800138000", 4},
		{"8613", 4},
		{"861", 3},
		{"8612", 3},
		{"8620", 2},
		{"86", 2},
		{"8", -1},
		{"85", -1},
		{"87", -1},
		{"9", -1},
		{"", -1},
		{"4930", 5},
		{"493", -1},
		{"4931", -1},
		{"49309", 6},
		{"49308", 5},
		{"86999999999", 2},
		{"0", -1},
		{"alice", -1},
		{"86alice", 2},
		{"\xff", -1},
		{"8613'--", 4},
		{"86138001380001380013800138001380013800138001380013800", 4},
	};
	struct rates r;
	size_t i;

	rates_open(&r);
	rates_add(&r, "86", 0, 0, 2);
	rates_add(&r, "861", 0, 0, 3);
	rates_add(&r, "8613", 0, 0, 4);
	rates_add(&r, "4930", 0, 0, 5);
	rates_add(&r, "49309", 0, 0, 6);
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		const int64_t nano = found(&r, v[i].number, 1);

		CU_ASSERT_EQUAL(nano, v[i].nano);
		if (nano != v[i].nano)
			(void)re_fprintf(stderr, "%s: %lld\n", v[i].number, (long long)nano);
	}
	rates_add(&r, "", 0, 0, 1);
	CU_ASSERT_EQUAL(found(&r, "1", 1), 1);
	CU_ASSERT_EQUAL(found(&r, "", 1), 1);
	CU_ASSERT_EQUAL(found(&r, "8", 1), 1);
	CU_ASSERT_EQUAL(found(&r, "alice", 1), 1);
	CU_ASSERT_EQUAL(found(&r, "8613", 1), 4);
	rates_close(&r);
}

static void test_in_force(void)
{
	static const struct {
		int64_t at_us, nano;
	} v[] = {{1, 1},  {9, 1},  {10, 3},   {19, 3},   {20, 1},
		 {29, 1}, {30, 4}, {1000, 4}, {2000, 2}, {3000, 2}};
	struct rates r;
	size_t i;

	rates_open(&r);
	rates_add(&r, "86", 0, 2000, 1);
	rates_add(&r, "86", 2000, 0, 2);
	rates_add(&r, "861", 10, 20, 3);
	rates_add(&r, "861", 30, 2000, 4);
	rates_add(&r, "8613", 5000, 0, 5);
	for (i = 0; i < ARRAY_SIZE(v); i++)
		CU_ASSERT_EQUAL(found(&r, "86138", v[i].at_us), v[i].nano);
	CU_ASSERT_EQUAL(found(&r, "8613", 4999), 2);
	CU_ASSERT_EQUAL(found(&r, "8613", 5000), 5);
	rates_close(&r);
}

static void test_random(void)
{
	static struct rates_row rowv[RANDOM_RATES];
	struct rates r;
	char number[12];
	size_t i;

	srandom(20261121);
	rates_open(&r);
	rates_random(&r, rowv, RANDOM_RATES);

	for (i = 0; i < RANDOM_ASKS; i++) {
		const int64_t at_us = random() % 300;

		rates_digits(number, 9);
		CU_ASSERT_EQUAL_FATAL(found(&r, number, at_us),
				      rates_longest(rowv, RANDOM_RATES, number, at_us));
	}
	rates_close(&r);
}

static void test_whole_rate(void)
{
	struct rating *rating = NULL;
	struct rates r;

	rates_open(&r);
	CU_ASSERT_EQUAL(
		db_exec(r.db, "UPDATE tariff SET zone = 'Europe/Berlin', rounding = 'up', decimals = 4;"
			      "INSERT INTO rate_row VALUES (2, '49', 5, 2000, 10, 11, 12, 13, 14, 15, 16, 1, "
			      "'[\"mon 00:00-24:00 0.20\",\"sat,sun 18:00-08:00 0.10\"]');"),
		0);
	CU_ASSERT_EQUAL_FATAL(rate_table_find(&rating, r.table, "t", "4930", 7), 0);
	CU_ASSERT_TRUE(rating->found && rating->rate.blocked);
	CU_ASSERT_STRING_EQUAL(rating->tariff, "t");
	CU_ASSERT_STRING_EQUAL(rating->currency, "CNY");
	CU_ASSERT_STRING_EQUAL(rating->rate.prefix, "49");
	CU_ASSERT_EQUAL(rating->valid_from_us, 5);
	CU_ASSERT_EQUAL(rating->valid_until_us, 2000);
	CU_ASSERT_EQUAL(rating->rate.per_minute_nano, 10);
	CU_ASSERT_EQUAL(rating->rate.connect_fee_nano, 11);
	CU_ASSERT_EQUAL(rating->rate.min_charge_nano, 12);
	CU_ASSERT_EQUAL(rating->rate.max_charge_nano, 13);
	CU_ASSERT_EQUAL(rating->rate.grace_s, 14);
	CU_ASSERT_EQUAL(rating->rate.first_s, 15);
	CU_ASSERT_EQUAL(rating->rate.next_s, 16);
	CU_ASSERT_EQUAL(rating->rate.bandc, 2);
	CU_ASSERT_EQUAL(rating->rate.bandv[1].per_minute_nano, 100000000);
	CU_ASSERT_EQUAL(rating->terms.rounding, RATE_UP);
	CU_ASSERT_EQUAL(rating->terms.decimals, 4);
	CU_ASSERT_STRING_EQUAL(rating->zone_name, "Europe/Berlin");
	CU_ASSERT_PTR_NOT_NULL_FATAL(rating->terms.zone);
	CU_ASSERT_EQUAL(zone_offset(rating->terms.zone, 0, NULL), 3600);
	mem_deref(rating);
	rates_close(&r);
}

static void test_no_rate(void)
{
	static const struct {
		const char *tariff, *currency;
	} v[] = {{"empty", "CNY"}, {"none", ""}, {"t", "CNY"}, {"t' OR 1 --", ""}, {"", ""}};
	struct rates r;
	size_t i;

	rates_open(&r);
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		struct rating *rating = NULL;

		CU_ASSERT_EQUAL_FATAL(rate_table_find(&rating, r.table, v[i].tariff, "86", 1), 0);
		CU_ASSERT_FALSE(rating->found);
		CU_ASSERT_STRING_EQUAL(rating->currency, v[i].currency);
		mem_deref(rating);
	}
	rates_close(&r);
}

static void test_unreadable(void)
{
	static const struct {
		const char *sql;
		int err;
	} v[] = {
		{"UPDATE tariff SET zone = 'Nowhere/None' WHERE name = 't'", ENOENT},
		{"UPDATE tariff SET zone = '../../etc/passwd' WHERE name = 't'", EINVAL},
		{"UPDATE tariff SET zone = 'UTC'; UPDATE rate_row SET bands = '[1]' WHERE list = 2", EBADMSG},
		{"UPDATE rate_row SET bands = '[\"mon\"]' WHERE list = 2", EBADMSG},
		{"UPDATE rate_row SET bands = 'x' WHERE list = 2", EBADMSG},
		{"UPDATE rate_row SET bands = '[]' WHERE list = 2", 0},
	};
	struct rating *rating = NULL;
	struct rates r;
	size_t i;

	rates_open(&r);
	rates_add(&r, "86", 0, 0, 1);
	CU_ASSERT_EQUAL(db_exec(r.db, "UPDATE rate_row SET bands = '[\"mon 00:00-24:00 1.00\"]'"), 0);
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		CU_ASSERT_EQUAL(db_exec(r.db, v[i].sql), 0);
		CU_ASSERT_EQUAL(rate_table_find(&rating, r.table, "t", "86", 1), v[i].err);
		rating = mem_deref(rating);
	}
	rates_close(&r);
}

/* ---------------------------------------------------------------- the rater */

struct asked {
	int answers, err;
	size_t ratingc;
	int64_t nanov[RATER_TARIFFS_MAX];
	struct rating *kept;
};

static void asked_handler(int err, struct rating *const ratingv[], size_t ratingc, void *arg)
{
	struct asked *a = arg;
	size_t i;

	++a->answers;
	a->err = err;
	a->ratingc = ratingc;
	for (i = 0; i < ratingc; i++)
		a->nanov[i] = ratingv[i]->found ? ratingv[i]->rate.per_minute_nano : -1;
	if (ratingc) {
		mem_deref(a->kept);
		a->kept = mem_ref(ratingv[0]);
	}

	re_cancel();
}

static void guard_handler(void *arg)
{
	re_cancel();
}

static void loop_turn(uint64_t ms)
{
	struct tmr tmr = {0};

	tmr_start(&tmr, ms, guard_handler, NULL);
	(void)re_main(NULL);
	tmr_cancel(&tmr);
}

static void test_asked(void)
{
	static const char *const tariffv[] = {"t", "none", "after", "t", "other"};
	static const int64_t nanov[] = {4, -1, 3, 4, 1};
	struct rater_query *q = NULL;
	struct rater *rater = NULL;
	struct asked a = {0};
	struct rates r;
	size_t i;

	rates_open(&r);
	rates_add(&r, "86", 0, 0, 4);
	CU_ASSERT_EQUAL(db_exec(r.db,
				"UPDATE tariff SET zone = 'Asia/Shanghai' WHERE name = 't'; UPDATE rate_row "
				"SET bands = '[\"mon 00:00-24:00 1.00\"]' WHERE list = 2"),
			0);
	CU_ASSERT_EQUAL_FATAL(rater_alloc(&rater, r.f.dir, NULL, r.f.errstr, sizeof(r.f.errstr)), 0);
	CU_ASSERT_EQUAL_FATAL(rater_ask(&q, rater, "86138", tariffv, 5, 1, asked_handler, &a), 0);
	CU_ASSERT_EQUAL(a.answers, 0);
	loop_turn(GUARD_MS);
	CU_ASSERT_EQUAL(a.answers, 1);
	CU_ASSERT_EQUAL(a.err, 0);
	CU_ASSERT_EQUAL_FATAL(a.ratingc, 5);
	for (i = 0; i < ARRAY_SIZE(nanov); i++)
		CU_ASSERT_EQUAL(a.nanov[i], nanov[i]);
	mem_deref(q);
	mem_deref(rater);
	/* a rating outlives the rater, its zone too */
	CU_ASSERT_EQUAL(zone_offset(a.kept->terms.zone, 0, NULL), 8 * 3600);
	mem_deref(a.kept);
	rates_close(&r);
}

static void test_cancelled(void)
{
	static const char *const tariffv[] = {"t"};
	struct rater_query *q = NULL;
	struct rater *rater = NULL;
	struct asked a = {0};
	struct rates r;

	rates_open(&r);
	CU_ASSERT_EQUAL_FATAL(rater_alloc(&rater, r.f.dir, NULL, r.f.errstr, sizeof(r.f.errstr)), 0);
	CU_ASSERT_EQUAL(rater_ask(&q, rater, "86138", tariffv, 1, 1, asked_handler, &a), 0);
	mem_deref(q);
	loop_turn(50);
	CU_ASSERT_EQUAL(a.answers, 0);
	CU_ASSERT_EQUAL(rater_ask(&q, rater, "86138", tariffv, RATER_TARIFFS_MAX + 1, 1, asked_handler, &a),
			EINVAL);
	mem_deref(rater);
	rates_close(&r);
}

static void test_rater_fails(void)
{
	static const char *const tariffv[] = {"other", "t"};
	struct rater_query *q = NULL;
	struct rater *rater = NULL;
	struct asked a = {0};
	struct rates r;

	rates_open(&r);
	rates_add(&r, "86", 0, 0, 4);
	CU_ASSERT_EQUAL(db_exec(r.db, "UPDATE rate_row SET bands = 'x' WHERE list = 2"), 0);
	CU_ASSERT_EQUAL_FATAL(rater_alloc(&rater, r.f.dir, NULL, r.f.errstr, sizeof(r.f.errstr)), 0);
	CU_ASSERT_EQUAL(rater_ask(&q, rater, "86138", tariffv, 2, 1, asked_handler, &a), 0);
	loop_turn(GUARD_MS);
	CU_ASSERT_EQUAL(a.answers, 1);
	CU_ASSERT_EQUAL(a.err, EBADMSG);
	CU_ASSERT_EQUAL(a.ratingc, 0);
	mem_deref(q);
	mem_deref(rater);
	CU_ASSERT_EQUAL(rater_alloc(&rater, "/nonexistent", NULL, r.f.errstr, sizeof(r.f.errstr)), ENOENT);
	rates_close(&r);
}

static const struct unit_test testv[] = {
	{"the longest prefix counts, whatever is behind it in the number", test_longest_prefix},
	{"a rate counts from its begin until before its end, else a shorter prefix does", test_in_force},
	{"random rates are found as the rule says", test_random},
	{"a rate comes with all its fields and its tariff's terms", test_whole_rate},
	{"no such tariff, and a tariff without such a rate, are answers", test_no_rate},
	{"what is no rate, or of an unknown zone, is an error and no price", test_unreadable},
	{"the rater answers once, later, for each tariff in its place", test_asked},
	{"who lets a query go is not answered", test_cancelled},
	{"the rater says what failed, without half an answer", test_rater_fails},
	{NULL, NULL},
};

const struct unit_suite rate_table_suite = {"rate table", testv};

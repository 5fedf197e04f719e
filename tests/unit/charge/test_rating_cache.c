/**
 * @file test_rating_cache.c  What is known of a number from others is what the table says of it
 */
#include <stdlib.h>
#include <string.h>
#include "charge/rater.h"
#include "charge/rating_cache.h"
#include "rate_fixture.h"
#include "store/writer.h"
#include "unit.h"

enum { GUARD_MS = 5000, RANDOM_LISTS = 20, RANDOM_ASKS = 2000, PERIODS_US = 300 };

/* ---------------------------------------------------------------- how far a rate reaches */

/* Found by the table for a number at moment 1; -2: it is not there. */
static struct rate_reach reach(const struct rates *r, const char *number)
{
	static const char *const tariffv[] = {"t"};
	struct rate_reach reach = {.digits = -2};
	struct rating *rating = NULL;

	if (!rate_table_find_all(&rating, r->table, tariffv, 1, number, 1))
		reach = rating->reach;
	mem_deref(rating);

	return reach;
}

static void test_reach(void)
{
	static const struct {
		const char *number;
		int digits;
		int64_t until_us;
	} v[] = {
		{"491512345", 3, INT64_MAX}, /* 49: no other begins with 491 */
		{"4930123", 4, 100},         /* 4930, which another one follows at 100 */
		{"49301", 4, 100},
		{"49310", 5, 100}, /* 49, until 4931 comes */
		{"4931", -1, 0},
		{"493", -1, 0}, /* of 49, but what follows decides */
		{"44", 2, INT64_MAX},
		{"4420", 2, INT64_MAX},
		{"8613", 4, 500}, /* until it is over */
		{"7", -1, 0},     /* no rate */
	};
	struct rates r;
	size_t i;

	rates_open(&r);
	rates_add(&r, "44", 0, 0, 1);
	rates_add(&r, "49", 0, 0, 2);
	rates_add(&r, "4930", 0, 100, 3);
	rates_add(&r, "4930", 100, 0, 4);
	rates_add(&r, "4931", 100, 0, 5);
	rates_add(&r, "86", 0, 500, 6);
	rates_add(&r, "8610", 0, 0, 7);
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		const struct rate_reach found = reach(&r, v[i].number);

		CU_ASSERT_EQUAL(found.digits, v[i].digits);
		if (v[i].digits >= 0)
			CU_ASSERT_EQUAL(found.until_us, v[i].until_us);
		if (found.digits != v[i].digits)
			(void)re_fprintf(stderr, "%s: %d\n", v[i].number, found.digits);
	}
	rates_close(&r);
}

/* ---------------------------------------------------------------- the cache */

/* Its price by the cache, or by the table, which the cache then learns. -1: no rate. */
static int64_t price(const struct rates *r, struct rating_cache *c, const char *number, int64_t at_us,
		     unsigned *known)
{
	static const char *const tariffv[] = {"t"};
	struct rating *rating = rating_cache_find(c, "t", number, at_us);
	int64_t nano;

	if (rating) {
		++*known;
		return rating->rate.per_minute_nano;
	}

	CU_ASSERT_EQUAL_FATAL(rate_table_find_all(&rating, r->table, tariffv, 1, number, at_us), 0);
	rating_cache_learn(c, number, rating);
	nano = rating->found ? rating->rate.per_minute_nano : -1;
	mem_deref(rating);

	return nano;
}

/* Time goes on, not in order: a clock may be set back. */
static void random_list(struct rates *r, size_t rowc, unsigned *known)
{
	static struct rates_row rowv[100];
	struct rating_cache *c = NULL;
	char number[12];
	size_t i;

	rates_random(r, rowv, rowc);
	CU_ASSERT_EQUAL_FATAL(rating_cache_alloc(&c), 0);
	for (i = 0; i < RANDOM_ASKS; i++) {
		const int64_t at_us = (int64_t)i * PERIODS_US / RANDOM_ASKS + random() % 20;

		rates_digits(number, 9);
		CU_ASSERT_EQUAL_FATAL(price(r, c, number, at_us, known),
				      rates_longest(rowv, rowc, number, at_us));
	}
	mem_deref(c);
	CU_ASSERT_EQUAL(db_exec(r->db, "DELETE FROM rate_row WHERE list = 2"), 0);
}

static void test_random(void)
{
	struct rates r;
	unsigned known = 0;
	size_t i;

	srandom(20261121);
	rates_open(&r);
	for (i = 0; i < RANDOM_LISTS; i++)
		random_list(&r, 5 + i * 5, &known);
	CU_ASSERT(known > RANDOM_LISTS * RANDOM_ASKS / 10); /* or nothing was tested */
	rates_close(&r);
}

static void test_forgotten(void)
{
	struct rating_cache *c = NULL;
	unsigned known = 0;
	struct rates r;

	rates_open(&r);
	rates_add(&r, "86", 0, 0, 4);
	CU_ASSERT_EQUAL_FATAL(rating_cache_alloc(&c), 0);
	CU_ASSERT_EQUAL(price(&r, c, "8613", 1, &known), 4);
	CU_ASSERT_EQUAL(price(&r, c, "8620", 2, &known), 4);
	CU_ASSERT_EQUAL(known, 1);
	CU_ASSERT_PTR_NULL(rating_cache_find(c, "other", "8613", 2));
	CU_ASSERT_PTR_NULL(rating_cache_find(c, "t", "87", 2));
	CU_ASSERT_PTR_NULL(rating_cache_find(c, "t", "", 2));
	rating_cache_forget(c);
	CU_ASSERT_PTR_NULL(rating_cache_find(c, "t", "8613", 2));
	mem_deref(c);
	rates_close(&r);
}

/* ---------------------------------------------------------------- the rater's */

struct changing {
	struct fixture f;
	struct writer *writer;
	struct rater *rater;
	struct rater_query *query;
	int64_t nano; /* what was answered last */
};

static void guard_handler(void *arg)
{
	(void)arg;
	re_cancel();
}

static void loop_turn(void)
{
	struct tmr tmr = {0};

	tmr_start(&tmr, GUARD_MS, guard_handler, NULL);
	(void)re_main(NULL);
	tmr_cancel(&tmr);
}

static void changing_open(struct changing *c)
{
	memset(c, 0, sizeof(*c));
	fixture_init(&c->f);
	CU_ASSERT_EQUAL_FATAL(writer_alloc(&c->writer, c->f.dir, "n1", c->f.errstr, sizeof(c->f.errstr)), 0);
	CU_ASSERT_EQUAL_FATAL(rater_alloc(&c->rater, c->f.dir, c->writer, c->f.errstr, sizeof(c->f.errstr)),
			      0);
}

static void changing_close(struct changing *c)
{
	mem_deref(c->query);
	mem_deref(c->rater);
	mem_deref(c->writer);
	fixture_close(&c->f);
}

static int sql_job(struct sqlite3 *db, void *arg)
{
	return sqlite3_exec(db, arg, NULL, NULL, NULL) == SQLITE_OK ? 0 : EINVAL;
}

static void job_done(int err, void *arg)
{
	(void)arg;
	CU_ASSERT_EQUAL(err, 0);
	re_cancel();
}

static void change(const struct changing *c, const char *sql)
{
	CU_ASSERT_EQUAL_FATAL(writer_submit(c->writer, sql_job, job_done, (void *)sql), 0);
	loop_turn();
}

static void asked_handler(int err, struct rating *const ratingv[], size_t ratingc, void *arg)
{
	struct changing *c = arg;

	c->nano = !err && ratingc && ratingv[0]->found ? ratingv[0]->rate.per_minute_nano : -1;
	re_cancel();
}

static const char *const tariffv[] = {"t", "t"};

static void ask(struct changing *c)
{
	c->query = mem_deref(c->query);
	CU_ASSERT_EQUAL_FATAL(rater_ask(&c->query, c->rater, "8613", tariffv, 2, 1, asked_handler, c), 0);
}

/* -2: not known. */
static int64_t known(const struct changing *c)
{
	struct rating *ratingv[2];

	return rater_knows(c->rater, ratingv, "8620", tariffv, 2, 1) ? ratingv[1]->rate.per_minute_nano : -2;
}

static void test_changed(void)
{
	struct changing c;

	changing_open(&c);
	change(&c, "INSERT INTO tariff (name, currency, list) VALUES ('t', 'CNY', 2);"
		   "INSERT INTO rate_row (list, prefix, per_minute_nano) VALUES (2, '86', 4);");
	CU_ASSERT_EQUAL(known(&c), -2);
	ask(&c);
	loop_turn();
	CU_ASSERT_EQUAL(c.nano, 4);
	CU_ASSERT_EQUAL(known(&c), 4);

	change(&c, "UPDATE rate_row SET per_minute_nano = 5;");
	CU_ASSERT_EQUAL(known(&c), -2);
	ask(&c);
	loop_turn();
	CU_ASSERT_EQUAL(c.nano, 5);
	CU_ASSERT_EQUAL(known(&c), 5);
	changing_close(&c);
}

/* The job is over, and the loop is told of it only after the question. */
static void test_changed_meanwhile(void)
{
	struct changing c;
	uint64_t changes;

	changing_open(&c);
	change(&c, "INSERT INTO tariff (name, currency, list) VALUES ('t', 'CNY', 2);"
		   "INSERT INTO rate_row (list, prefix, per_minute_nano) VALUES (2, '86', 4);");
	changes = writer_changes(c.writer);
	CU_ASSERT_EQUAL_FATAL(writer_submit(c.writer, sql_job, job_done,
					    (void *)"UPDATE rate_row SET per_minute_nano = 5;"),
			      0);
	sys_msleep(100);
	ask(&c);
	while (!c.nano || writer_changes(c.writer) == changes)
		loop_turn();
	CU_ASSERT_EQUAL(known(&c), -2);
	changing_close(&c);
}

static const struct unit_test testv[] = {
	{"a rate reaches as far as its digits decide, and until another begins", test_reach},
	{"over random lists and moments what is known is what the table says", test_random},
	{"another tariff, another number and what is forgotten are not known", test_forgotten},
	{"what is known is forgotten when a job may have changed it", test_changed},
	{"an answer that a change came across is not kept", test_changed_meanwhile},
	{NULL, NULL},
};

const struct unit_suite rating_cache_suite = {"rating cache", testv};

/**
 * @file test_habit.c  Countries that are new to an account, and bursts of calls
 */
#include <re.h>
#include "charge/habit.h"
#include "store/model.h"
#include "unit.h"

static const int64_t day_us = INT64_C(1000000) * HABIT_KNOWN_AFTER_S;

static void test_countries(void)
{
	const struct pl cuba = PL("53"), china = PL("86");
	struct habit *g;

	CU_ASSERT_EQUAL_FATAL(habit_alloc(&g), 0);
	CU_ASSERT_FALSE(habit_knows(g, &cuba, 5 * day_us));
	CU_ASSERT_TRUE(habit_learn(g, &cuba, 5 * day_us));
	CU_ASSERT_FALSE(habit_learn(g, &cuba, 5 * day_us + 1));
	CU_ASSERT_FALSE(habit_knows(g, &cuba, 6 * day_us - 1));
	CU_ASSERT_TRUE(habit_knows(g, &cuba, 6 * day_us));
	CU_ASSERT_FALSE(habit_knows(g, &china, 6 * day_us));
	mem_deref(g);
}

/* What is refused is told once, and is not known by that. */
static void test_refused(void)
{
	const struct pl cuba = PL("53"), china = PL("86");
	struct habit *g;

	CU_ASSERT_EQUAL_FATAL(habit_alloc(&g), 0);
	CU_ASSERT_TRUE(habit_refused(g, &cuba));
	CU_ASSERT_FALSE(habit_refused(g, &cuba));
	CU_ASSERT_TRUE(habit_refused(g, &china));
	CU_ASSERT_FALSE(habit_knows(g, &cuba, INT64_MAX));
	CU_ASSERT_TRUE(habit_learn(g, &cuba, day_us));
	mem_deref(g);
}

static void test_one_at_a_time(void)
{
	struct habit *g;

	CU_ASSERT_EQUAL_FATAL(habit_alloc(&g), 0);
	CU_ASSERT_TRUE(habit_new_take(g));
	CU_ASSERT_FALSE(habit_new_take(g));
	habit_new_give(g);
	CU_ASSERT_TRUE(habit_new_take(g));
	mem_deref(g);
}

/* Three in any ten seconds: the window slides. */
static void test_burst(void)
{
	static const struct burst_limit burst = {.calls = 3, .window_s = 10, .block_s = 60};
	static const struct {
		uint64_t at_ms;
		enum habit_verdict verdict;
	} casev[] = {
		{1000, HABIT_PASS},   {9000, HABIT_PASS},     {10000, HABIT_PASS},    {11000, HABIT_PASS},
		{18999, HABIT_BURST}, {18999, HABIT_BLOCKED}, {78998, HABIT_BLOCKED}, {78999, HABIT_PASS},
		{79000, HABIT_PASS},  {79000, HABIT_PASS},    {88998, HABIT_BURST},
	};
	struct habit *g;
	size_t i;

	CU_ASSERT_EQUAL_FATAL(habit_alloc(&g), 0);
	for (i = 0; i < ARRAY_SIZE(casev); i++)
		CU_ASSERT_EQUAL(habit_call(g, &burst, casev[i].at_ms), casev[i].verdict);
	mem_deref(g);
}

static void test_no_burst(void)
{
	static const struct burst_limit off = {.calls = 0, .window_s = 10, .block_s = 60};
	struct habit *g;
	unsigned i;

	CU_ASSERT_EQUAL_FATAL(habit_alloc(&g), 0);
	habit_block(g, 5000);
	for (i = 0; i < 1000; i++)
		CU_ASSERT_EQUAL(habit_call(g, &off, 1000), HABIT_PASS);
	mem_deref(g);
}

/* Who lets it call again lets it have its calls again, too. */
static void test_unblocked(void)
{
	static const struct burst_limit burst = {.calls = 1, .window_s = 10, .block_s = 60};
	struct habit *g;

	CU_ASSERT_EQUAL_FATAL(habit_alloc(&g), 0);
	CU_ASSERT_FALSE(habit_unblock(g, 1000));
	CU_ASSERT_EQUAL(habit_call(g, &burst, 1000), HABIT_PASS);
	CU_ASSERT_EQUAL(habit_call(g, &burst, 1000), HABIT_BURST);
	CU_ASSERT_TRUE(habit_unblock(g, 1001));
	CU_ASSERT_EQUAL(habit_call(g, &burst, 1001), HABIT_PASS);
	habit_block(g, 30000); /* as read after a restart */
	CU_ASSERT_EQUAL(habit_call(g, &burst, 29999), HABIT_BLOCKED);
	CU_ASSERT_EQUAL(habit_call(g, &burst, 30000), HABIT_PASS);
	mem_deref(g);
}

/* Another number of calls begins to count anew, and stays blocked. */
static void test_changed(void)
{
	static const struct burst_limit two = {.calls = 2, .window_s = 10, .block_s = 60};
	static const struct burst_limit one = {.calls = 1, .window_s = 10, .block_s = 60};
	struct habit *g;

	CU_ASSERT_EQUAL_FATAL(habit_alloc(&g), 0);
	CU_ASSERT_EQUAL(habit_call(g, &two, 1000), HABIT_PASS);
	CU_ASSERT_EQUAL(habit_call(g, &one, 1001), HABIT_PASS);
	CU_ASSERT_EQUAL(habit_call(g, &one, 1002), HABIT_BURST);
	CU_ASSERT_EQUAL(habit_call(g, &two, 1003), HABIT_BLOCKED);
	mem_deref(g);
}

static const struct unit_test testv[] = {
	{"a country is known a day after its first answered call", test_countries},
	{"a refused country is told once", test_refused},
	{"one call at a time to new countries", test_one_at_a_time},
	{"so many calls in any window, then none", test_burst},
	{"without a number of calls there is no burst", test_no_burst},
	{"an operator lets it call again", test_unblocked},
	{"a change of the limit begins to count anew", test_changed},
	{NULL, NULL},
};

const struct unit_suite habit_suite = {"habit", testv};

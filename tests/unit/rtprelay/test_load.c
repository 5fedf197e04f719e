/**
 * @file test_load.c  How busy the relay is, and when that is too much
 */
#include <errno.h>
#include <re.h>
#include "load.h"
#include "unit.h"

/* clang-format off */
static const struct {
	const char *line;
	int err;
	uint64_t busy, idle;
} statv[] = {
	{"cpu  100 20 30 400 50 6 7 8 9 10\n", 0, 171, 450}, /* a guest's time is in its user's already */
	{"cpu  100 20 30 400 50\n", 0, 150, 450},
	{"cpu  100 20 30 400\n", 0, 150, 400},
	{"cpu  100 20 30\n", EBADMSG, 0, 0},
	{"cpu0 100 20 30 400 50 6 7 8 9 10\n", EBADMSG, 0, 0},
	{"", EBADMSG, 0, 0},
};
/* clang-format on */

static void processor_time_is_read(void)
{
	uint64_t busy, idle;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(statv); i++) {

		CU_ASSERT_EQUAL(load_cpu_decode(statv[i].line, &busy, &idle), statv[i].err);
		if (statv[i].err)
			continue;

		CU_ASSERT_EQUAL(busy, statv[i].busy);
		CU_ASSERT_EQUAL(idle, statv[i].idle);
	}
}

static void rates_are_of_the_last_tick(void)
{
	struct load_total total = {.packets = 1000, .bytes = 200000, .errors = 5};
	struct load load = {.at_ms = 0};

	load_tick(&load, &total, 10000);
	CU_ASSERT_EQUAL(load.rate.packets, 0);

	total.packets += 3000;
	total.bytes += 600000;
	total.errors += 2;
	load_tick(&load, &total, 12000);
	CU_ASSERT_EQUAL(load.rate.packets, 1500);
	CU_ASSERT_EQUAL(load.rate.bytes, 300000);
	CU_ASSERT_EQUAL(load.rate.errors, 1);

	load_tick(&load, &total, 13000);
	CU_ASSERT_EQUAL(load.rate.packets, 0);
}

/* clang-format off */
static const struct {
	struct load load;
	struct config cfg;
	const char *limit;
} limitv[] = {
	{{.cpu_percent = 100, .average = 99, .rate.bytes = 1ULL << 40}, {.max_load = 0}, NULL},
	{{.cpu_percent = 80}, {.max_cpu_percent = 80}, NULL},
	{{.cpu_percent = 81}, {.max_cpu_percent = 80}, "CPU usage limit exceeded"},
	{{.average = 4.0}, {.max_load = 4}, NULL},
	{{.average = 4.1}, {.max_load = 4}, "Load limit exceeded"},
	{{.rate.bytes = 1250000}, {.max_bandwidth_mbit = 10}, NULL},
	{{.rate.bytes = 1250001}, {.max_bandwidth_mbit = 10}, "Bandwidth limit exceeded"},
};
/* clang-format on */

static void only_limits_that_are_set_count(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limitv); i++) {

		const char *limit = load_exceeds(&limitv[i].load, &limitv[i].cfg);

		CU_ASSERT_EQUAL(!limit, !limitv[i].limit);
		if (limit && limitv[i].limit)
			CU_ASSERT_STRING_EQUAL(limit, limitv[i].limit);
	}
}

static const struct unit_test testv[] = {
	{"processor time is read", processor_time_is_read},
	{"rates are of the last tick", rates_are_of_the_last_tick},
	{"only limits that are set count", only_limits_that_are_set_count},
	{NULL, NULL},
};

const struct unit_suite load_suite = {"load", testv};

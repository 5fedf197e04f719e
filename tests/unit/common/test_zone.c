/**
 * @file test_zone.c  Local time from zone files, against the C library
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <re.h>
#include "unit.h"
#include "zone.h"
#include "zone_rule.h"

static const char *const namev[] = {"UTC",
				    "Asia/Shanghai",
				    "Asia/Seoul",
				    "Europe/Berlin",
				    "Europe/Dublin",
				    "America/New_York",
				    "America/St_Johns",
				    "Australia/Lord_Howe",
				    "Pacific/Apia",
				    "Africa/Casablanca",
				    "America/Sao_Paulo",
				    "Antarctica/Troll",
				    "Asia/Kathmandu",
				    "Asia/Gaza",
				    "America/Nuuk"};

/* The C library's own word. */
static int32_t expected(time_t at)
{
	struct tm tm;

	(void)localtime_r(&at, &tm);

	return (int32_t)tm.tm_gmtoff;
}

static void library_zone(const char *name)
{
	(void)setenv("TZ", name, 1); /* NOLINT(concurrency-mt-unsafe): a test's only thread */
	tzset();
}

static void test_as_the_library(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(namev); i++) {
		struct zone *z = NULL;
		int64_t at;

		CU_ASSERT_EQUAL_FATAL(zone_load(&z, namev[i]), 0);
		library_zone(namev[i]);
		/* from before 1901 to after 2100, in steps of no round number */
		for (at = -2300000000; at < 4200000000; at += 86400 * 3 + 12345)
			CU_ASSERT_EQUAL(zone_offset(z, at, NULL), expected(at));
		mem_deref(z);
	}
	library_zone("UTC");
}

/* Nothing changes before the moment that was named, and a change there does. */
static void test_until(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(namev); i++) {
		struct zone *z = NULL;
		int64_t at = 946684800, until;

		CU_ASSERT_EQUAL_FATAL(zone_load(&z, namev[i]), 0);
		library_zone(namev[i]);
		while (at < 4200000000) {
			const int32_t offset = zone_offset(z, at, &until);

			CU_ASSERT_FATAL(until > at);
			if (until == INT64_MAX)
				break;
			CU_ASSERT_EQUAL(expected(until - 1), offset);
			CU_ASSERT_EQUAL(expected(until), zone_offset(z, until, NULL));
			at = until;
		}
		mem_deref(z);
	}
	library_zone("UTC");
}

static const struct {
	const char *rule;
	const char *at; /* UTC */
	int32_t offset_s;
	const char *until; /* NULL: never */
} rulev[] = {
	{"UTC0", "2050-01-01 00:00", 0, NULL},
	{"<+0545>-5:45", "2050-01-01 00:00", 20700, NULL},
	{"CET-1CEST,M3.5.0,M10.5.0/3", "2050-01-01 00:00", 3600, "2050-03-27 01:00"},
	{"CET-1CEST,M3.5.0,M10.5.0/3", "2050-03-27 00:59", 3600, "2050-03-27 01:00"},
	{"CET-1CEST,M3.5.0,M10.5.0/3", "2050-03-27 01:00", 7200, "2050-10-30 01:00"},
	{"CET-1CEST,M3.5.0,M10.5.0/3", "2050-12-31 23:59", 3600, "2051-03-26 01:00"},
	{"AEST-10AEDT,M10.1.0,M4.1.0/3", "2050-01-01 00:00", 39600, "2050-04-02 16:00"},
	{"AEST-10AEDT,M10.1.0,M4.1.0/3", "2050-12-31 23:59", 39600, "2051-04-01 16:00"},
	{"IST-1GMT0,M10.5.0,M3.5.0/1", "2050-01-01 00:00", 0, "2050-03-27 01:00"},
	{"XXX3YYY,J60,J300/-1", "2048-03-01 04:59", -10800, "2048-03-01 05:00"},
	{"XXX3YYY,59,300", "2049-03-01 05:00", -7200, "2049-10-28 04:00"},
};

static int64_t utc(const char *text)
{
	struct tm tm = {0};

	CU_ASSERT_PTR_NOT_NULL_FATAL(strptime(text, "%Y-%m-%d %H:%M", &tm));

	return timegm(&tm);
}

static void test_rules(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rulev); i++) {
		const int64_t wanted = rulev[i].until ? utc(rulev[i].until) : INT64_MAX;
		struct zone_rule rule;
		int64_t until = 0;
		struct pl pl;

		pl_set_str(&pl, rulev[i].rule);
		CU_ASSERT_EQUAL_FATAL(zone_rule_decode(&rule, &pl), 0);
		CU_ASSERT_EQUAL(zone_rule_offset(&rule, utc(rulev[i].at), &until), rulev[i].offset_s);
		CU_ASSERT_EQUAL(until, wanted);
	}
}

static void test_rules_refused(void)
{
	static const char *const badv[] = {"",
					   "CET",
					   "CET-25",
					   "CET-1CEST",
					   "-1",
					   "CET-1CEST,",
					   "<CET-1",
					   "CET-1CEST,M3.5.0",
					   "CET-1CEST,M13.5.0,M10.5.0",
					   "CET-1CEST,M3.6.0,M10.5.0",
					   "CET-1CEST,M3.5.7,M10.5.0",
					   "CET-1CEST,J0,J366",
					   "CET-1CEST,M3.5.0,M10.5.0x",
					   "CET-1CEST,M3.5.0/168,M10.5.0"};
	struct zone_rule rule;
	struct pl pl;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(badv); i++) {
		pl_set_str(&pl, badv[i]);
		CU_ASSERT_EQUAL(zone_rule_decode(&rule, &pl), EBADMSG);
	}
}

static void test_names(void)
{
	static const struct {
		const char *name;
		int err;
	} badv[] = {{"", EINVAL},
		    {"/etc/passwd", EINVAL},
		    {"../../../etc/passwd", EINVAL},
		    {"Asia/", EINVAL},
		    {"Europe/Berlin\n", EINVAL},
		    {"Asia", ENOENT},
		    {"Europe/Berlin/x", ENOENT},
		    {"Europe/Atlantis", ENOENT}};
	struct zone *z = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(badv); i++)
		CU_ASSERT_EQUAL(zone_load(&z, badv[i].name), badv[i].err);
	CU_ASSERT_PTR_NULL(z);
}

/* A file cut anywhere is refused, but where all that is missing is its last line's end. */
static void test_cut(void)
{
	uint8_t bytes[8192];
	struct zone *z = NULL;
	FILE *file = fopen("/usr/share/zoneinfo/Europe/Berlin", "rbe");
	size_t size, i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	size = fread(bytes, 1, sizeof(bytes), file);
	(void)fclose(file);
	CU_ASSERT_EQUAL(zone_decode(&z, bytes, size), 0);
	mem_deref(z);

	for (i = 0; i < size; i++)
		CU_ASSERT_EQUAL(zone_decode(&z, bytes, i), EBADMSG);
}

static const struct unit_test testv[] = {
	{"offsets are the C library's, in zones and times of all kinds", test_as_the_library},
	{"it changes when it was said to, and not before", test_until},
	{"a rule says when summer time begins and ends", test_rules},
	{"what is no rule is refused", test_rules_refused},
	{"a name stays inside the folder of zones", test_names},
	{"a file cut short is refused", test_cut},
	{NULL, NULL},
};

const struct unit_suite zone_suite = {"zone", testv};

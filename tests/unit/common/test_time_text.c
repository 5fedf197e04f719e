/**
 * @file test_time_text.c  Moments as text
 */
#include <errno.h>
#include "time_text.h"
#include "unit.h"

static void test_decoded(void)
{
	static const struct {
		const char *text;
		int64_t s;
	} v[] = {
		{"1970-01-01", 0},
		{"2026-07-01", 1782864000},
		{"2026-07-01T00:00", 1782864000},
		{"2026-07-01T00:00Z", 1782864000},
		{"2026-07-01 00:00:00", 1782864000},
		{"2026-07-01T08:00:00+08:00", 1782864000},
		{"2026-07-01T08:00:00+0800", 1782864000},
		{"2026-06-30T21:00:00-03", 1782864000},
		{"2026-07-01T05:45:00+05:45", 1782864000},
		{"2024-02-29T23:59:59Z", 1709251199},
		{"9999-12-31T23:59:59Z", 253402300799},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		struct pl pl;
		int64_t us = -1;

		pl_set_str(&pl, v[i].text);
		CU_ASSERT_EQUAL(time_text_decode(&us, &pl), 0);
		CU_ASSERT_EQUAL(us, v[i].s * 1000000);
	}
}

static void test_refused(void)
{
	static const char *const v[] = {
		"",
		"2026",
		"2026-7-1",
		"2026-02-30",
		"2026-13-01",
		"2026-00-01",
		"2023-02-29",
		"1969-12-31",
		"2026-07-01T",
		"2026-07-01T24:00",
		"2026-07-01T08:60",
		"2026-07-01T08:00:60",
		"2026-07-01T08",
		"2026-07-01T08:00:00+24:00",
		"2026-07-01T08:00:00+08:",
		"2026-07-01T08:00:00.5Z",
		"2026-07-01T08:00:00ZZ",
		"2026-07-01Z",
		"2026-07-01 ",
		" 2026-07-01",
		"1970-01-01T00:00:00+01:00",
		"01.07.2026",
		"\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6-07-01",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		struct pl pl;
		int64_t us;

		pl_set_str(&pl, v[i]);
		CU_ASSERT_EQUAL(time_text_decode(&us, &pl), EINVAL);
	}
}

static void test_encoded(void)
{
	char text[TIME_TEXT_SIZE];

	time_text_encode(text, 0);
	CU_ASSERT_STRING_EQUAL(text, "1970-01-01T00:00:00Z");
	time_text_encode(text, INT64_C(1782864000999999));
	CU_ASSERT_STRING_EQUAL(text, "2026-07-01T00:00:00Z");
	time_text_encode(text, INT64_C(253402300799000000));
	CU_ASSERT_STRING_EQUAL(text, "9999-12-31T23:59:59Z");
}

static const struct unit_test testv[] = {
	{"a day, a time and an offset are a moment", test_decoded},
	{"no such day, no such time, and anything else is refused", test_refused},
	{"a moment is written in UTC, to the second", test_encoded},
	{NULL, NULL},
};

const struct unit_suite time_text_suite = {"time text", testv};

/**
 * @file test_money.c  Amounts in nano units
 */
#include <errno.h>
#include <re.h>
#include "money.h"
#include "unit.h"

static const struct {
	const char *str;
	int64_t nano;
	const char *shown; /* NULL: as str */
} exactv[] = {
	{"0.00", 0, NULL},
	{"0", 0, "0.00"},
	{"-0", 0, "0.00"},
	{"1", 1000000000, "1.00"},
	{"12.30", 12300000000, NULL},
	{"0.30", 300000000, NULL},
	{"0.305", 305000000, NULL},
	{"0.000000001", 1, NULL},
	{"-0.000000001", -1, NULL},
	{"1.000000001", 1000000001, NULL},
	{"-5.5", -5500000000, "-5.50"},
	{"007.10", 7100000000, "7.10"},
	{"9223372036.854775807", INT64_MAX, NULL},
	{"-9223372036.854775808", INT64_MIN, NULL},
};

static const struct {
	const char *str;
	int err;
} refusedv[] = {
	{"", EINVAL},
	{"-", EINVAL},
	{".", EINVAL},
	{"1.", EINVAL},
	{".5", EINVAL},
	{"+1", EINVAL},
	{"--1", EINVAL},
	{"1.2.3", EINVAL},
	{"1,5", EINVAL},
	{" 1", EINVAL},
	{"1 ", EINVAL},
	{"1e3", EINVAL},
	{"0x10", EINVAL},
	{"nan", EINVAL},
	{"1.0000000000", EINVAL},
	{"9223372036.854775808", ERANGE},
	{"-9223372036.854775809", ERANGE},
	{"9223372037", ERANGE},
	{"99999999999999999999999999", ERANGE},
	{"18446744073.709551616", ERANGE},
};

static void test_exact(void)
{
	char str[MONEY_STRSIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exactv); i++) {
		int64_t nano = 42;
		struct pl pl;

		pl_set_str(&pl, exactv[i].str);
		CU_ASSERT_EQUAL(money_decode(&nano, &pl), 0);
		CU_ASSERT_EQUAL(nano, exactv[i].nano);

		money_encode(str, nano);
		CU_ASSERT_STRING_EQUAL(str, exactv[i].shown ? exactv[i].shown : exactv[i].str);
	}
}

static void test_refused(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusedv); i++) {
		int64_t nano = 42;
		struct pl pl;

		pl_set_str(&pl, refusedv[i].str);
		CU_ASSERT_EQUAL(money_decode(&nano, &pl), refusedv[i].err);
		CU_ASSERT_EQUAL(nano, 42);
	}

	CU_ASSERT_EQUAL(money_decode(NULL, &pl_null), EINVAL);
}

static void test_round_trip(void)
{
	uint64_t bits = 1;
	uint32_t i;

	for (i = 0; i < 10000; i++) {
		char str[MONEY_STRSIZE];
		const int64_t nano = (int64_t)bits >> i % 60;
		int64_t back = ~nano;
		struct pl pl;

		money_encode(str, nano);
		pl_set_str(&pl, str);
		CU_ASSERT_EQUAL(money_decode(&back, &pl), 0);
		CU_ASSERT_EQUAL(back, nano);
		bits = bits * UINT64_C(6364136223846793005) + 1442695040888963407;
	}
}

static const struct unit_test testv[] = {
	{"decimal strings become exact amounts and back", test_exact},
	{"what is no amount is refused and changes nothing", test_refused},
	{"every amount survives its decimal string", test_round_trip},
	{NULL, NULL},
};

const struct unit_suite money_suite = {"money", testv};

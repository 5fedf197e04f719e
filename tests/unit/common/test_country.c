/**
 * @file test_country.c  Which country a number belongs to
 */
#include <string.h>
#include <re.h>
#include "country.h"
#include "unit.h"

static void test_numbers(void)
{
	static const struct {
		const char *number, *country;
	} casev[] = {
		{"8613800138000", "86"},
		{"442071234567", "44"},
		{"12125551234", "1"},    /* New York */
		{"14165551234", "1"},    /* Toronto */
		{"18765551234", "1876"}, /* Jamaica */
		{"19395551234", "1939"}, /* Puerto Rico: the last of the list */
		{"12425551234", "1242"}, /* the Bahamas: the first */
		{"74951234567", "7"},
		{"77172123456", "77"},
		{"85221234567", "852"},
		{"2521234567", "252"},
		{"882161234567", "882"},
		{"9981234567", "998"},
		{"2012345", "20"}, /* as short as may be */
		{"861380013800012", "86"},
		{"201234", ""},
		{"8613800138000123", ""},
		{"013800138000", ""},
		{"86138001#8000", ""},
		{"8613x0138000", ""},
		{"alice", ""},
		{"", ""},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(casev); i++) {

		const struct pl code = country_of(casev[i].number);

		CU_ASSERT_EQUAL(code.l, strlen(casev[i].country));
		CU_ASSERT_FALSE(code.l && pl_strcmp(&code, casev[i].country));
	}
}

static void test_codes(void)
{
	static const char *const soundv[] = {"1", "7", "77", "44", "86", "852", "1876", "998"};
	static const char *const unsoundv[] = {"",
					       "0",
					       "8",
					       "85",
					       "441",
					       "1212",
					       "18765",
					       "x",
					       "+44",
					       "8521",
					       "123456789012345678901234567890"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(soundv); i++)
		CU_ASSERT_TRUE(country_is_code(soundv[i]));
	for (i = 0; i < ARRAY_SIZE(unsoundv); i++)
		CU_ASSERT_FALSE(country_is_code(unsoundv[i]));
	CU_ASSERT_FALSE(country_is_code(NULL));
}

static const struct unit_test testv[] = {
	{"a number's country is the longest code that is one", test_numbers},
	{"what is a country's code, and what is none", test_codes},
	{NULL, NULL},
};

const struct unit_suite country_suite = {"country", testv};

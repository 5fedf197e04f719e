/**
 * @file test_number.c  Telephone numbers in one form
 */
#include <string.h>
#include <re.h>
#include "route/number.h"
#include "unit.h"

static void test_normalise(void)
{
	static const struct {
		const char *user, *number;
	} v[] = {
		{"8613800138000", "8613800138000"},
		{"+8613800138000", "8613800138000"},
		{"008613800138000", "8613800138000"},
		{"+86-138.0013 (8000)", "8613800138000"},
		{"+86138;phone-context=example.com", "86138"},
		{"0755", "0755"},
		{"00", "00"},
		{"0", "0"},
		{"+", "+"},
		{"", ""},
		{";x=1", ""},
		{"alice", "alice"},
		{"86+138", "86+138"},
		{"--", "--"},
		{"1001#", "1001#"},
		{"%2b86-1%338", "86138"},
		{"%38%36138%3brn=1", "86138%3brn=1"},
		{"%00%0d1", "%00%0d1"},
		{"8613%", "8613%"},
		{"8613%3", "8613%3"},
		{"%30%30900123", "900123"},
		{"+900123x", "900123x"},
		{"00900-123#", "900123#"},
		{"9.00-x", "900-x"},
		{"1st.floor", "1st.floor"},
		{"(-x", "(-x"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		char number[NUMBER_SIZE];
		struct pl pl;

		pl_set_str(&pl, v[i].user);
		number_normalise(number, &pl);
		CU_ASSERT_STRING_EQUAL(number, v[i].number);
	}
}

static void test_bounded(void)
{
	static const char starts[][3] = {"1", "+1", "00", "a", "(1"};
	char user[300], number[NUMBER_SIZE];
	struct pl pl = {user, sizeof(user)};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		memset(user, '5', sizeof(user));
		memcpy(user, starts[i], strlen(starts[i]));
		number_normalise(number, &pl);
		CU_ASSERT_EQUAL(strlen(number), NUMBER_SIZE - 1);
	}
}

static void test_unset(void)
{
	char number[NUMBER_SIZE] = "x";

	number_normalise(number, &pl_null);
	CU_ASSERT_STRING_EQUAL(number, "");
}

static void test_user(void)
{
	static const struct {
		const char *uri, *user;
	} v[] = {
		{"sip:1001@192.0.2.1:5060;user=phone", "1001"},
		{"sips:+86138@h", "+86138"},
		{"sip:192.0.2.1", ""},
		{"tel:+86-138", "+86-138"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct uri uri;
		struct pl pl;

		pl_set_str(&pl, v[i].uri);
		CU_ASSERT_EQUAL_FATAL(uri_decode(&uri, &pl), 0);
		pl = number_user(&uri);
		CU_ASSERT_EQUAL(pl.l, strlen(v[i].user));
		CU_ASSERT(!pl.l || !pl_strcmp(&pl, v[i].user));
	}
}

static void test_dialled(void)
{
	static const struct {
		const char *uri, *user;
	} v[] = {
		{"sip:112;rn=+990012345;npdi@h", "112"},
		{"sip:86138@h;user=phone", "86138"},
		{"sip:;cic=+1234@h", ""},
		{"sip:h", ""},
		{"tel:+86138;rn=+99001", "+86138"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct uri uri;
		struct pl pl;

		pl_set_str(&pl, v[i].uri);
		CU_ASSERT_EQUAL_FATAL(uri_decode(&uri, &pl), 0);
		pl = number_dialled(&uri);
		CU_ASSERT_EQUAL(pl.l, strlen(v[i].user));
		CU_ASSERT(!pl.l || !pl_strcmp(&pl, v[i].user));
	}
}

static const struct unit_test testv[] = {
	{"a number is its E.164 digits, whatever is at its end or escaped; what is none stays",
	 test_normalise},
	{"what is dialled has no parameters", test_dialled},
	{"a long one is cut to the field", test_bounded},
	{"an unset one is empty", test_unset},
	{"the dialled user is sip's user and tel's subscriber", test_user},
	{NULL, NULL},
};

const struct unit_suite number_suite = {"number", testv};

/**
 * @file test_param.c  A request's path, query and cookies taken apart
 */
#include <string.h>
#include <re.h>
#include "param.h"
#include "unit.h"

static struct pl pl(const char *text)
{
	struct pl pl;

	pl_set_str(&pl, text);

	return pl;
}

static void test_decode(void)
{
	static const struct {
		const char *text;
		int err;
		const char *plain;
	} v[] = {
		{"", 0, ""},
		{"plain", 0, "plain"},
		{"a%40b%2Fc", 0, "a@b/c"},
		{"+86", 0, "+86"},
		{"%e4%bd%a0", 0, "\xe4\xbd\xa0"},
		{"%E4%BD%A0", 0, "\xe4\xbd\xa0"},
		{"%", EINVAL, NULL},
		{"%4", EINVAL, NULL},
		{"%4g", EINVAL, NULL},
		{"a%00b", EINVAL, NULL},
		{"a%0ab", EINVAL, NULL},
		{"%ff", EINVAL, NULL},
		{"%e4%bd", EINVAL, NULL},
		{"1234567", 0, "1234567"},
		{"12345678", EOVERFLOW, NULL},
		{"%31234567", 0, "1234567"},
	};
	char buf[8];

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		const struct pl text = pl(v[i].text);

		CU_ASSERT_EQUAL(param_decode(buf, sizeof(buf), &text), v[i].err);
		if (!v[i].err)
			CU_ASSERT_STRING_EQUAL(buf, v[i].plain);
	}
}

static void test_text(void)
{
	static const struct {
		const char *query;
		int err;
		const char *value;
	} v[] = {
		{"", ENOENT, NULL},
		{"?", ENOENT, NULL},
		{"?b=1", ENOENT, NULL},
		{"?aa=1", ENOENT, NULL},
		{"?a=1", 0, "1"},
		{"a=1", 0, "1"},
		{"?b=2&a=1", 0, "1"},
		{"?&&a=1&&", 0, "1"},
		{"?a", 0, ""},
		{"?a=", 0, ""},
		{"?a=b=c", 0, "b=c"},
		{"?a=1&a=1", EEXIST, NULL},
		{"?a=%zz", EINVAL, NULL},
		{"?a=%26b", 0, "&b"},
		{"?=a", ENOENT, NULL},
		{"?a=12345678", EOVERFLOW, NULL},
	};
	char buf[8];

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		const struct pl query = pl(v[i].query);

		CU_ASSERT_EQUAL(param_text(buf, sizeof(buf), &query, "a"), v[i].err);
		if (!v[i].err)
			CU_ASSERT_STRING_EQUAL(buf, v[i].value);
	}
}

static void test_number(void)
{
	static const struct {
		const char *query;
		int err;
		uint64_t value;
	} v[] = {
		{"", 0, 7},
		{"?n=1", 0, 1},
		{"?n=100", 0, 100},
		{"?n=0", ERANGE, 7},
		{"?n=101", ERANGE, 7},
		{"?n=", EINVAL, 7},
		{"?n=-1", EINVAL, 7},
		{"?n=1x", EINVAL, 7},
		{"?n=+1", EINVAL, 7},
		{"?n=18446744073709551617", EINVAL, 7},
		{"?n=99999999999999999999999", EOVERFLOW, 7},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		const struct pl query = pl(v[i].query);
		uint64_t value = 7;

		CU_ASSERT_EQUAL(param_number(&value, &query, "n", 1, 100), v[i].err);
		CU_ASSERT_EQUAL(value, v[i].value);
	}
}

static void test_known(void)
{
	static const struct {
		const char *query, *names;
		bool known;
	} v[] = {
		{"", "", true},
		{"?", "", true},
		{"?a=1", "", false},
		{"?a=1", "a", true},
		{"?a=1&b=2", "a", false},
		{"?a=1&b=2", "b a", true},
		{"?aa=1", "a aaa", false},
		{"?=1", "a", false},
	};
	struct pl unknown;

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		const struct pl query = pl(v[i].query);

		CU_ASSERT_EQUAL(param_known(&query, v[i].names, &unknown), v[i].known);
	}
}

static void test_cookie(void)
{
	static const struct {
		const char *header;
		const char *value; /* NULL: not there */
	} v[] = {
		{"", NULL},      {"id=1", "1"}, {"x=2; id=1", "1"}, {"x=2;id=1", "1"}, {"  id=1; x=2", "1"},
		{"xid=1", NULL}, {"id", ""},    {"x=id=1", NULL},   {";;;id=1", "1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		const struct pl header = pl(v[i].header);
		struct pl value;
		const bool found = param_cookie(&value, &header, "id");

		CU_ASSERT_EQUAL(found, v[i].value != NULL);
		if (found && v[i].value)
			CU_ASSERT_EQUAL(pl_strcmp(&value, v[i].value), 0);
	}
}

static void test_path(void)
{
	static const struct {
		const char *pattern, *path;
		const char *id; /* NULL: does not match */
	} v[] = {
		{"/", "/", ""},
		{"/a", "/a", ""},
		{"/a", "/a/", NULL},
		{"/a", "/", NULL},
		{"/a", "a", NULL},
		{"/a", "//a", NULL},
		{"/a", "", NULL},
		{"/a", "/A", NULL},
		{"/a", "/ab", NULL},
		{"/a/b", "/a", NULL},
		{"/a", "/a/b", NULL},
		{"/a/{id}", "/a/7", "7"},
		{"/a/{id}", "/a/", NULL},
		{"/a/{id}", "/a//", NULL},
		{"/a/{id}", "/a/7/", NULL},
		{"/a/{id}", "/a/7/8", NULL},
		{"/a/{id}", "/a/%2F", "%2F"},
		{"/a/{id}/b", "/a/7/b", "7"},
		{"/a/{id}/b", "/a//b", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		const struct pl path = pl(v[i].path);
		struct pl id;
		const bool matches = param_path(&id, v[i].pattern, &path);

		CU_ASSERT_EQUAL(matches, v[i].id != NULL);
		if (matches && v[i].id)
			CU_ASSERT_EQUAL(pl_strcmp(&id, v[i].id), 0);
	}
}

static const struct unit_test testv[] = {
	{"percent-encoding becomes plain UTF-8 or is refused", test_decode},
	{"a parameter is found once or refused", test_text},
	{"a number is whole and within its limits", test_number},
	{"a parameter nobody takes is noticed", test_known},
	{"a cookie is found by its whole name", test_cookie},
	{"a path matches segment by segment", test_path},
	{NULL, NULL},
};

const struct unit_suite param_suite = {"param", testv};

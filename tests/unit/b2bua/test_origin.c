/**
 * @file test_origin.c  The version in o= never falls, and rises with a change
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "call/origin.h"
#include "unit.h"

#define SDP(version, more) "v=0\r\no=- 7 " version " IN IP4 192.0.2.1\r\ns=-\r\n" more

static void test_versions(void)
{
	static const struct {
		const char *in, *out;
	} v[] = {
		{SDP("5", "m=1\r\n"), SDP("5", "m=1\r\n")},
		{SDP("5", "m=1\r\n"), SDP("5", "m=1\r\n")},
		{SDP("5", "m=2\r\n"), SDP("6", "m=2\r\n")},   /* changed, the version is not */
		{SDP("5", "m=2\r\n"), SDP("6", "m=2\r\n")},   /* the same again */
		{SDP("9", "m=2\r\n"), SDP("9", "m=2\r\n")},   /* raised by itself */
		{SDP("10", "m=3\r\n"), SDP("10", "m=3\r\n")}, /* changed and raised */
		{SDP("1", "m=3\r\n"), SDP("10", "m=3\r\n")},  /* falls */
		{SDP("99", ""), SDP("99", "")},
		{SDP("100", "m=1\r\n"), SDP("100", "m=1\r\n")},
		{SDP("99", "m=4\r\n"), SDP("101", "m=4\r\n")}, /* one digit more */
	};
	struct origin o = {.given = false};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = NULL;
		struct pl sdp;

		pl_set_str(&sdp, v[i].in);
		CU_ASSERT_EQUAL(origin_keep(&o, &sdp, &mb), 0);
		CU_ASSERT_EQUAL(pl_strcmp(&sdp, v[i].out), 0);
		CU_ASSERT_EQUAL(mb != NULL, strcmp(v[i].in, v[i].out) != 0);
		mem_deref(mb);
	}
}

/* What we cannot count with passes as it is, cut anywhere. */
static void test_odd_texts(void)
{
	static const char *const v[] = {
		"",
		"o=",
		"o=-",
		"o=- 1 2",
		"o=- 1 x IN\r\n",
		"o=- 1  2 IN\r\n",
		"v=0\r\ns=o=- 1 2 IN\r\n",
		"o=- 1 12345678901234567890 IN IP4 192.0.2.1\r\n",
		"o=- 1 -5 IN IP4 192.0.2.1\r\n",
	};
	struct origin o = {.given = false};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = NULL;
		struct pl sdp;

		pl_set_str(&sdp, v[i]);
		CU_ASSERT_EQUAL(origin_keep(&o, &sdp, &mb), 0);
		CU_ASSERT_PTR_NULL(mb);
		CU_ASSERT_PTR_EQUAL(sdp.p, v[i]);
		CU_ASSERT_FALSE(o.given);
	}
}

static void test_differs(void)
{
	static const struct {
		const char *a, *b;
		bool differs;
	} v[] = {
		{SDP("1", "m=1\r\n"), SDP("1", "m=1\r\n"), false},
		{SDP("1", "m=1\r\n"), SDP("22", "m=1\r\n"), false},
		{SDP("1", "m=1\r\n"), SDP("1", "m=2\r\n"), true},
		{SDP("1", ""), "", true},
		{"v=0\r\ns=1\r\n", "v=0\r\ns=2\r\n", true},
		{"v=0\r\n", "v=0\r\n", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct pl a, b;

		pl_set_str(&a, v[i].a);
		pl_set_str(&b, v[i].b);
		CU_ASSERT_EQUAL(origin_differs(&a, &b), v[i].differs);
		CU_ASSERT_EQUAL(origin_differs(&b, &a), v[i].differs);
	}
}

static const struct unit_test testv[] = {
	{"the version rises with a change and never falls", test_versions},
	{"a text without a usable version passes as it is", test_odd_texts},
	{"texts are compared without their o= lines", test_differs},
	{NULL, NULL},
};

const struct unit_suite origin_suite = {"origin", testv};

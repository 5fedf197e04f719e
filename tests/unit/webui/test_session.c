/**
 * @file test_session.c  Who is logged in
 */
#include <string.h>
#include <re.h>
#include "session.h"
#include "unit.h"

static bool valid(struct sessions *ss, const char *token, uint64_t now_ms)
{
	struct pl pl;

	pl_set_str(&pl, token);

	return session_valid(ss, &pl, now_ms);
}

static void test_tokens(void)
{
	char one[SESSION_TOKEN_SIZE], two[SESSION_TOKEN_SIZE];
	struct sessions *ss = NULL;
	struct pl pl;

	CU_ASSERT_EQUAL_FATAL(sessions_alloc(&ss), 0);
	CU_ASSERT_FALSE(valid(ss, "", 1000));
	CU_ASSERT_FALSE(valid(ss, "0000000000000000000000000000000000000000000000000000000000000000", 1000));

	CU_ASSERT_EQUAL(session_open(ss, one, 1000), 0);
	CU_ASSERT_EQUAL(session_open(ss, two, 1000), 0);
	CU_ASSERT_STRING_NOT_EQUAL(one, two);
	CU_ASSERT_EQUAL(strlen(one), SESSION_TOKEN_SIZE - 1);
	CU_ASSERT_TRUE(valid(ss, one, 1001));
	CU_ASSERT_TRUE(valid(ss, two, 1001));

	pl_set_str(&pl, one);
	session_close(ss, &pl);
	CU_ASSERT_FALSE(valid(ss, one, 1002));
	CU_ASSERT_TRUE(valid(ss, two, 1002));

	two[10] = two[10] == '0' ? '1' : '0';
	CU_ASSERT_FALSE(valid(ss, two, 1003));
	mem_deref(ss);
}

static void test_idle(void)
{
	char token[SESSION_TOKEN_SIZE];
	struct sessions *ss = NULL;

	CU_ASSERT_EQUAL_FATAL(sessions_alloc(&ss), 0);
	CU_ASSERT_EQUAL(session_open(ss, token, 0), 0);
	CU_ASSERT_TRUE(valid(ss, token, SESSION_IDLE_MS - 1));
	CU_ASSERT_TRUE(valid(ss, token, 2 * SESSION_IDLE_MS - 2));
	CU_ASSERT_FALSE(valid(ss, token, 3 * (uint64_t)SESSION_IDLE_MS - 2));
	CU_ASSERT_FALSE(valid(ss, token, 3 * (uint64_t)SESSION_IDLE_MS - 1)); /* for good */
	mem_deref(ss);
}

static void test_age(void)
{
	char token[SESSION_TOKEN_SIZE];
	struct sessions *ss = NULL;
	uint64_t now_ms;

	CU_ASSERT_EQUAL_FATAL(sessions_alloc(&ss), 0);
	CU_ASSERT_EQUAL(session_open(ss, token, 0), 0);

	for (now_ms = 0; now_ms < SESSION_AGE_MAX_MS; now_ms += 60000)
		CU_ASSERT_TRUE(valid(ss, token, now_ms));

	CU_ASSERT_FALSE(valid(ss, token, SESSION_AGE_MAX_MS));
	mem_deref(ss);
}

static void test_full(void)
{
	char tokenv[SESSION_MAX + 1][SESSION_TOKEN_SIZE];
	struct sessions *ss = NULL;
	size_t i;

	CU_ASSERT_EQUAL_FATAL(sessions_alloc(&ss), 0);

	for (i = 0; i < SESSION_MAX; i++)
		CU_ASSERT_EQUAL(session_open(ss, tokenv[i], 1000 + i), 0);

	CU_ASSERT_TRUE(valid(ss, tokenv[0], 5000)); /* used: the second is the oldest now */
	CU_ASSERT_EQUAL(session_open(ss, tokenv[SESSION_MAX], 5001), 0);
	CU_ASSERT_TRUE(valid(ss, tokenv[0], 5002));
	CU_ASSERT_FALSE(valid(ss, tokenv[1], 5002));
	CU_ASSERT_TRUE(valid(ss, tokenv[SESSION_MAX], 5002));

	sessions_clear(ss);
	for (i = 0; i <= SESSION_MAX; i++)
		CU_ASSERT_FALSE(valid(ss, tokenv[i], 5003));
	mem_deref(ss);
}

static const struct unit_test testv[] = {
	{"a token opens its own session until that is closed", test_tokens},
	{"a session unused for too long is over", test_idle},
	{"a session does not outlive its greatest age, however much it is used", test_age},
	{"one session too many ends the one unused for longest", test_full},
	{NULL, NULL},
};

const struct unit_suite session_suite = {"session", testv};

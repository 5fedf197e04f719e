/**
 * @file test_throttle.c  How soon a password may be tried again
 */
#include <re.h>
#include "throttle.h"
#include "unit.h"

static struct sa peer(const char *addr)
{
	struct sa sa;

	CU_ASSERT_EQUAL_FATAL(sa_set_str(&sa, addr, 1234), 0);

	return sa;
}

/* Fail until there is a wait, and return it. */
static uint64_t fail(struct throttle *t, const struct sa *sa, unsigned times, uint64_t now_ms)
{
	while (times--)
		throttle_failed(t, sa, now_ms);

	return throttle_take(t, sa, now_ms);
}

static void test_doubles(void)
{
	const struct sa sa = peer("192.0.2.1");
	struct throttle *t = NULL;

	CU_ASSERT_EQUAL_FATAL(throttle_alloc(&t, 0), 0);
	CU_ASSERT_EQUAL(fail(t, &sa, THROTTLE_FREE, 0), 0);
	CU_ASSERT_EQUAL(fail(t, &sa, 1, 0), 1000);
	CU_ASSERT_EQUAL(fail(t, &sa, 1, 0), 2000);
	CU_ASSERT_EQUAL(fail(t, &sa, 1, 0), 4000);
	CU_ASSERT_EQUAL(throttle_take(t, &sa, 3999), 1);
	CU_ASSERT_EQUAL(throttle_take(t, &sa, 4000), 0);
	CU_ASSERT_EQUAL(fail(t, &sa, 100, 5000), THROTTLE_WAIT_MAX_MS);
	mem_deref(t);
}

static void test_forgiven(void)
{
	const struct sa sa = peer("192.0.2.1");
	struct throttle *t = NULL;

	CU_ASSERT_EQUAL_FATAL(throttle_alloc(&t, 0), 0);
	CU_ASSERT_NOT_EQUAL(fail(t, &sa, 10, 0), 0);
	throttle_passed(t, &sa);
	CU_ASSERT_EQUAL(throttle_take(t, &sa, 0), 0);
	CU_ASSERT_EQUAL(fail(t, &sa, THROTTLE_FREE, 0), 0);

	CU_ASSERT_NOT_EQUAL(fail(t, &sa, 10, 0), 0);
	CU_ASSERT_EQUAL(throttle_take(t, &sa, THROTTLE_FORGET_MS), 0);
	CU_ASSERT_EQUAL(fail(t, &sa, 1, THROTTLE_FORGET_MS), 0);
	mem_deref(t);
}

static void test_addresses(void)
{
	const struct sa a = peer("192.0.2.1"), b = peer("192.0.2.2");
	const struct sa six = peer("2001:db8::1"), same = peer("2001:db8::ffff"),
			other = peer("2001:db8:0:1::1");
	struct throttle *t = NULL;

	CU_ASSERT_EQUAL_FATAL(throttle_alloc(&t, 0), 0);
	CU_ASSERT_NOT_EQUAL(fail(t, &a, 10, 0), 0);
	CU_ASSERT_EQUAL(throttle_take(t, &b, 0), 0);

	CU_ASSERT_NOT_EQUAL(fail(t, &six, 10, 0), 0);
	CU_ASSERT_NOT_EQUAL(throttle_take(t, &same, 0), 0);
	CU_ASSERT_EQUAL(throttle_take(t, &other, 0), 0);
	mem_deref(t);
}

static void test_budget(void)
{
	struct throttle *t = NULL;
	struct sa sa = peer("10.0.0.0");
	unsigned i;

	CU_ASSERT_EQUAL_FATAL(throttle_alloc(&t, 0), 0);

	for (i = 0; i < THROTTLE_BUDGET; i++) {
		sa.u.in.sin_addr.s_addr += 0x01000000;
		CU_ASSERT_EQUAL(throttle_take(t, &sa, 0), 0);
	}

	CU_ASSERT_EQUAL(throttle_take(t, &sa, 0), THROTTLE_REFILL_MS);
	CU_ASSERT_NOT_EQUAL(throttle_take(t, &sa, THROTTLE_REFILL_MS - 1), 0);
	CU_ASSERT_EQUAL(throttle_take(t, &sa, THROTTLE_REFILL_MS), 0);
	CU_ASSERT_NOT_EQUAL(throttle_take(t, &sa, THROTTLE_REFILL_MS), 0);

	/* an hour of quiet does not save up more than the budget */
	for (i = 0; i < THROTTLE_BUDGET; i++)
		CU_ASSERT_EQUAL(throttle_take(t, &sa, 3600000), 0);
	CU_ASSERT_NOT_EQUAL(throttle_take(t, &sa, 3600000), 0);
	mem_deref(t);
}

static void test_flood(void)
{
	const struct sa victim = peer("192.0.2.1");
	struct throttle *t = NULL;
	struct sa sa = peer("10.0.0.0");
	unsigned i;

	CU_ASSERT_EQUAL_FATAL(throttle_alloc(&t, 0), 0);

	for (i = 0; i < 10 * THROTTLE_PEER_MAX; i++) {
		sa.u.in.sin_addr.s_addr = htonl(0x0a000000 + i);
		throttle_failed(t, &sa, i);
	}

	CU_ASSERT_EQUAL(throttle_take(t, &victim, i), 0);
	CU_ASSERT_NOT_EQUAL(fail(t, &victim, 10, i), 0);
	mem_deref(t);
}

static const struct unit_test testv[] = {
	{"the first mistakes are free, then each doubles the wait up to a limit", test_doubles},
	{"the right password, or time, makes up for mistakes", test_forgiven},
	{"addresses count for themselves, IPv6 by the network", test_addresses},
	{"tries from all addresses share a budget", test_budget},
	{"more addresses than are remembered do no harm", test_flood},
	{NULL, NULL},
};

const struct unit_suite throttle_suite = {"throttle", testv};

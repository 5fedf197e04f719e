/**
 * @file test_uuid.c  UUIDv7
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "clock.h"
#include "unit.h"
#include "uuid.h"

static void test_rfc_example(void)
{
	static const uint8_t rnd[10] = {0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
	static const uint8_t ones[10] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	char str[UUID_STRSIZE];

	uuid7_from(str, UINT64_C(0x017f22e279b0), rnd); /* RFC 9562 appendix A.6 */
	CU_ASSERT_STRING_EQUAL(str, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");

	uuid7_from(str, UINT64_MAX, ones);
	CU_ASSERT_STRING_EQUAL(str, "ffffffff-ffff-7fff-bfff-ffffffffffff");
}

static uint64_t uuid_ms(const char *str)
{
	char hex[13];

	memcpy(hex, str, 8);
	memcpy(hex + 8, str + 9, 4);
	hex[12] = '\0';

	return strtoull(hex, NULL, 16);
}

static void test_time(void)
{
	const uint64_t before = (uint64_t)clock_wall_us() / 1000;
	char str[UUID_STRSIZE];

	uuid7(str);
	CU_ASSERT_EQUAL(strlen(str), UUID_STRSIZE - 1);
	CU_ASSERT_EQUAL(str[14], '7');
	CU_ASSERT_PTR_NOT_NULL(strchr("89ab", str[19]));
	CU_ASSERT(uuid_ms(str) >= before);
	CU_ASSERT(uuid_ms(str) <= before + 2000); /* earlier tests may have run the counter ahead */
}

enum { THREADS = 4, IDS = 20000 };

struct maker {
	char (*idv)[UUID_STRSIZE];
	uint32_t unordered;
};

static void *make_ids(void *arg)
{
	struct maker *maker = arg;
	size_t i;

	for (i = 0; i < IDS; i++) {
		uuid7(maker->idv[i]);
		if (i && strcmp(maker->idv[i - 1], maker->idv[i]) >= 0)
			++maker->unordered;
	}

	return NULL;
}

static int id_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The stamp, not only the random part, must differ: that is what keeps the order. */
static uint32_t count_equal_stamps(char (*idv)[UUID_STRSIZE], size_t idc)
{
	uint32_t equal = 0;
	size_t i;

	qsort(idv, idc, sizeof(idv[0]), id_compare);
	for (i = 1; i < idc; i++)
		equal += 0 == strncmp(idv[i - 1], idv[i], 18);

	return equal;
}

static void test_threads(void)
{
	char(*idv)[UUID_STRSIZE] = calloc((size_t)THREADS * IDS, UUID_STRSIZE);
	struct maker makerv[THREADS];
	pthread_t threadv[THREADS];
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(idv);
	memset(makerv, 0, sizeof(makerv));

	for (i = 0; i < THREADS; i++) {
		makerv[i].idv = idv + i * IDS;
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threadv[i], NULL, make_ids, &makerv[i]), 0);
	}

	for (i = 0; i < THREADS; i++) {
		CU_ASSERT_EQUAL(pthread_join(threadv[i], NULL), 0);
		CU_ASSERT_EQUAL(makerv[i].unordered, 0);
	}

	CU_ASSERT_EQUAL(count_equal_stamps(idv, (size_t)THREADS * IDS), 0);
	free(idv);
}

/* As behind an hour by which the clock was set back while nobody ran. */
static void test_follow(void)
{
	static const uint8_t rnd[10] = {0x0f, 0xff};
	char before[UUID_STRSIZE], after[UUID_STRSIZE];

	uuid7_from(before, (uint64_t)clock_wall_us() / 1000 + 3600000, rnd);
	CU_ASSERT_EQUAL(uuid7_follow(before), 0);
	uuid7(after);
	CU_ASSERT(strcmp(after, before) > 0);
	CU_ASSERT(uuid_ms(after) <= uuid_ms(before) + 1);

	CU_ASSERT_EQUAL(uuid7_follow("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"), 0);
	uuid7(before);
	CU_ASSERT(strcmp(before, after) > 0);

	CU_ASSERT_EQUAL(uuid7_follow(NULL), EINVAL);
	CU_ASSERT_EQUAL(uuid7_follow(""), EINVAL);
	CU_ASSERT_EQUAL(uuid7_follow("ffffffff-ffff-4fff-bfff-ffffffffffff"), EINVAL);
	CU_ASSERT_EQUAL(uuid7_follow("fffffffg-ffff-7fff-bfff-ffffffffffff"), EINVAL);
}

static const struct unit_test testv[] = {
	{"the RFC's example comes out", test_rfc_example},
	{"an id carries version, variant and the present", test_time},
	{"ids of all threads are unique and each thread's are in order", test_threads},
	{"ids follow one of an earlier process, whatever the clock says now", test_follow},
	{NULL, NULL},
};

const struct unit_suite uuid_suite = {"uuid", testv};

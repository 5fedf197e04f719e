/**
 * @file test_random.c  Random bytes
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "random.h"
#include "unit.h"

enum { DRAWN = 4096 };

static int number_cmp(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Of 4,096 numbers of 64 bits two are alike once in 2^41 runs. */
static bool all_differ(uint64_t *v, size_t n)
{
	qsort(v, n, sizeof(*v), number_cmp);

	for (size_t i = 1; i < n; i++)
		if (v[i] == v[i - 1])
			return false;

	return true;
}

static void test_no_bytes_are_handed_out_twice(void)
{
	uint64_t v[DRAWN];

	for (size_t i = 0; i < DRAWN; i++)
		random_take(&v[i], sizeof(v[i]));

	CU_ASSERT(all_differ(v, DRAWN));
}

static void test_a_size_that_does_not_divide_the_pool_is_filled(void)
{
	const uint8_t none[100] = {0};
	uint8_t bytev[100];

	for (size_t i = 0; i < 10; i++) {
		memset(bytev, 0, sizeof(bytev));
		random_take(bytev, sizeof(bytev));
		CU_ASSERT(memcmp(bytev, none, 50) && memcmp(bytev + 50, none, 50));
	}
}

static void *draw(void *arg)
{
	uint64_t *v = arg;

	for (size_t i = 0; i < DRAWN / 2; i++)
		random_take(&v[i], sizeof(v[i]));

	return NULL;
}

static void test_threads_draw_different_numbers(void)
{
	uint64_t v[DRAWN];
	pthread_t tid;

	CU_ASSERT_FATAL(!pthread_create(&tid, NULL, draw, v));
	(void)draw(v + DRAWN / 2);
	(void)pthread_join(tid, NULL);

	CU_ASSERT(all_differ(v, DRAWN));
}

/* The symbol that libre's rand_u64 and rand_u16 call is the program's. */
static void test_libre_draws_here(void)
{
	uint32_t (*bound)(void);
	uint64_t v[DRAWN];

	*(void **)&bound = dlsym(RTLD_DEFAULT, "rand_u32");
	CU_ASSERT(bound == rand_u32);

	for (size_t i = 0; i < DRAWN; i++)
		v[i] = rand_u64();

	CU_ASSERT(all_differ(v, DRAWN));
}

static const struct unit_test testv[] = {
	{"no bytes are handed out twice", test_no_bytes_are_handed_out_twice},
	{"a size that does not divide the pool is filled",
	 test_a_size_that_does_not_divide_the_pool_is_filled},
	{"threads draw different numbers", test_threads_draw_different_numbers},
	{"what libre draws comes from here", test_libre_draws_here},
	{NULL, NULL},
};

const struct unit_suite random_suite = {"random", testv};

/**
 * @file test_load.c  Limits of concurrent calls
 */
#include <errno.h>
#include <re.h>
#include "call/load.h"
#include "unit.h"

static struct hash *table(void)
{
	struct hash *ht = NULL;

	CU_ASSERT_EQUAL_FATAL(hash_alloc(&ht, 16), 0);

	return ht;
}

static void test_limit(void)
{
	struct load *a = NULL, *b = NULL, *c = NULL;
	struct hash *ht = table();

	CU_ASSERT_EQUAL(load_take(&a, ht, "trunk", "t", 2), 0);
	CU_ASSERT_EQUAL(load_take(&b, ht, "trunk", "t", 2), 0);
	CU_ASSERT_EQUAL(load_take(&c, ht, "trunk", "t", 2), ENOSPC);
	CU_ASSERT_PTR_NULL(c);
	CU_ASSERT_EQUAL(load_count(ht, "trunk", "t"), 2);

	a = mem_deref(a);
	CU_ASSERT_EQUAL(load_take(&c, ht, "trunk", "t", 2), 0);
	CU_ASSERT_EQUAL(load_count(ht, "trunk", "t"), 2);

	mem_deref(b);
	mem_deref(c);
	CU_ASSERT_EQUAL(load_count(ht, "trunk", "t"), 0);
	mem_deref(ht);
}

static void test_apart(void)
{
	struct load *a = NULL, *b = NULL, *c = NULL;
	struct hash *ht = table();

	CU_ASSERT_EQUAL(load_take(&a, ht, "trunk", "x", 1), 0);
	CU_ASSERT_EQUAL(load_take(&b, ht, "account", "x", 1), 0);
	CU_ASSERT_EQUAL(load_take(&c, ht, "trunk", "y", 1), 0);
	CU_ASSERT_EQUAL(load_count(ht, "trunk", "x"), 1);

	mem_deref(a);
	mem_deref(b);
	mem_deref(c);
	mem_deref(ht);
}

static void test_none(void)
{
	struct load *v[100] = {NULL};
	struct hash *ht = table();

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		CU_ASSERT_EQUAL(load_take(&v[i], ht, "trunk", "t", 0), 0);
	CU_ASSERT_EQUAL(load_count(ht, "trunk", "t"), ARRAY_SIZE(v));

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		mem_deref(v[i]);
	CU_ASSERT_EQUAL(load_count(ht, "trunk", "t"), 0);
	mem_deref(ht);
}

/* The limit may sink below what runs already: those go on, none is added. */
static void test_lowered(void)
{
	struct load *a = NULL, *b = NULL, *c = NULL;
	struct hash *ht = table();

	CU_ASSERT_EQUAL(load_take(&a, ht, "trunk", "t", 0), 0);
	CU_ASSERT_EQUAL(load_take(&b, ht, "trunk", "t", 0), 0);
	CU_ASSERT_EQUAL(load_take(&c, ht, "trunk", "t", 1), ENOSPC);

	mem_deref(a);
	CU_ASSERT_EQUAL(load_take(&c, ht, "trunk", "t", 1), ENOSPC);
	mem_deref(b);
	CU_ASSERT_EQUAL(load_take(&c, ht, "trunk", "t", 1), 0);
	mem_deref(c);
	mem_deref(ht);
}

static const struct unit_test testv[] = {
	{"a place over the limit is refused until one is given back", test_limit},
	{"kinds and names are counted apart", test_apart},
	{"no limit takes all", test_none},
	{"a lowered limit ends nothing and admits nothing", test_lowered},
	{NULL, NULL},
};

const struct unit_suite load_suite = {"load", testv};

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

static uint32_t active(const struct hash *ht, const char *kind, const char *name)
{
	struct load_figures lf;

	load_figures(&lf, ht, kind, name);

	return lf.active;
}

static void table_close(struct hash *ht)
{
	hash_flush(ht);
	mem_deref(ht);
}

static void test_limit(void)
{
	struct load *a = NULL, *b = NULL, *c = NULL;
	struct hash *ht = table();

	CU_ASSERT_EQUAL(load_take(&a, ht, "trunk", "t", 2), 0);
	CU_ASSERT_EQUAL(load_take(&b, ht, "trunk", "t", 2), 0);
	CU_ASSERT_EQUAL(load_take(&c, ht, "trunk", "t", 2), ENOSPC);
	CU_ASSERT_PTR_NULL(c);
	CU_ASSERT_EQUAL(active(ht, "trunk", "t"), 2);

	a = mem_deref(a);
	CU_ASSERT_EQUAL(load_take(&c, ht, "trunk", "t", 2), 0);
	CU_ASSERT_EQUAL(active(ht, "trunk", "t"), 2);

	mem_deref(b);
	mem_deref(c);
	CU_ASSERT_EQUAL(active(ht, "trunk", "t"), 0);
	table_close(ht);
}

static void test_apart(void)
{
	struct load *a = NULL, *b = NULL, *c = NULL;
	struct hash *ht = table();

	CU_ASSERT_EQUAL(load_take(&a, ht, "trunk", "x", 1), 0);
	CU_ASSERT_EQUAL(load_take(&b, ht, "account", "x", 1), 0);
	CU_ASSERT_EQUAL(load_take(&c, ht, "trunk", "y", 1), 0);
	CU_ASSERT_EQUAL(active(ht, "trunk", "x"), 1);

	mem_deref(a);
	mem_deref(b);
	mem_deref(c);
	table_close(ht);
}

static void test_none(void)
{
	struct load *v[100] = {NULL};
	struct hash *ht = table();

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		CU_ASSERT_EQUAL(load_take(&v[i], ht, "trunk", "t", 0), 0);
	CU_ASSERT_EQUAL(active(ht, "trunk", "t"), ARRAY_SIZE(v));

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		mem_deref(v[i]);
	CU_ASSERT_EQUAL(active(ht, "trunk", "t"), 0);
	table_close(ht);
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
	table_close(ht);
}

static void test_health(void)
{
	struct load *a = NULL, *b = NULL;
	struct hash *ht = table();
	struct load_figures lf;

	load_figures(&lf, ht, "trunk", "t");
	CU_ASSERT_EQUAL(lf.attempts, 0);
	CU_ASSERT_STRING_EQUAL(lf.failure, "");

	CU_ASSERT_EQUAL(load_take(&a, ht, "trunk", "t", 0), 0);
	CU_ASSERT_EQUAL(load_take(&b, ht, "trunk", "t", 0), 0);
	load_answered(a);
	load_failed(b, "no response");
	mem_deref(a);
	mem_deref(b);

	load_figures(&lf, ht, "trunk", "t");
	CU_ASSERT_EQUAL(lf.active, 0);
	CU_ASSERT_EQUAL(lf.attempts, 2);
	CU_ASSERT_EQUAL(lf.answers, 1);
	CU_ASSERT_EQUAL(lf.failures, 1);
	CU_ASSERT_TRUE(lf.failed_us > 0);
	CU_ASSERT_STRING_EQUAL(lf.failure, "no response");
	table_close(ht);
}

static const struct unit_test testv[] = {
	{"a place over the limit is refused until one is given back", test_limit},
	{"kinds and names are counted apart", test_apart},
	{"no limit takes all", test_none},
	{"what became of attempts outlives the calls", test_health},
	{"a lowered limit ends nothing and admits nothing", test_lowered},
	{NULL, NULL},
};

const struct unit_suite load_suite = {"load", testv};

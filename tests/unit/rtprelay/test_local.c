/**
 * @file test_local.c  Interfaces of the configuration, and what a party is told of them
 */
#include <string.h>
#include <re.h>
#include "local.h"
#include "unit.h"

static struct locals *locals(const char *text)
{
	struct locals *l = NULL;
	char why[128];

	CU_ASSERT_EQUAL_FATAL(locals_alloc(&l, text, why, sizeof(why)), 0);

	return l;
}

static bool is(const struct sa *sa, const char *addr)
{
	struct sa want;

	return !sa_set_str(&want, addr, 0) && sa_cmp(sa, &want, SA_ADDR);
}

static void an_interface_is_found_by_name_and_family(void)
{
	static const struct {
		const char *name; /* NULL: the first */
		int af;
		const char *addr; /* NULL: none */
	} vectorv[] = {
		{"inside", AF_UNSPEC, "10.0.0.1"}, {"inside", AF_INET6, "fd00::1"},
		{"outside", AF_INET, "192.0.2.1"}, {"outside", AF_INET6, NULL},
		{"else", AF_UNSPEC, NULL},         {"insid", AF_UNSPEC, NULL},
		{NULL, AF_UNSPEC, "10.0.0.1"},     {NULL, AF_INET6, "fd00::1"},
	};
	struct locals *l = locals("inside=10.0.0.1, inside=fd00::1 ,outside=192.0.2.1!203.0.113.9");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct pl name = PL_INIT;
		struct sa sa;
		int err;

		if (vectorv[i].name)
			pl_set_str(&name, vectorv[i].name);
		err = vectorv[i].name ? locals_by_name(l, &sa, &name, vectorv[i].af)
				      : locals_first(l, &sa, vectorv[i].af);
		CU_ASSERT_EQUAL(err, vectorv[i].addr ? 0 : ENOENT);
		if (!err && vectorv[i].addr)
			CU_ASSERT_TRUE(is(&sa, vectorv[i].addr));
	}

	mem_deref(l);
}

static void behind_a_nat_the_advertised_address_is_told(void)
{
	struct locals *l = locals("inside=10.0.0.1 outside=192.0.2.1!203.0.113.9");
	struct sa local, shown;

	(void)sa_set_str(&local, "192.0.2.1", 4000);
	locals_shown(l, &shown, &local);
	CU_ASSERT_TRUE(is(&shown, "203.0.113.9"));
	(void)sa_set_str(&local, "10.0.0.1", 4000);
	locals_shown(l, &shown, &local);
	CU_ASSERT_TRUE(is(&shown, "10.0.0.1"));
	locals_shown(NULL, &shown, &local);
	CU_ASSERT_TRUE(is(&shown, "10.0.0.1"));
	mem_deref(l);
}

static void what_is_no_interface_is_refused_by_name(void)
{
	static const char *const badv[] = {
		"x",
		"x=",
		"=10.0.0.1",
		"x=host.example",
		"x=0.0.0.0",
		"x=10.0.0.1!",
		"x=10.0.0.1!no",
		"x=10.0.0.1!fd00::1",
		"a=10.0.0.1 b=10.0",
		"a123456789012345678901234567890123456789012345678901234567890123=10.0.0.1",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(badv); i++) {

		struct locals *l = NULL;
		char why[128] = "";

		CU_ASSERT_EQUAL(locals_alloc(&l, badv[i], why, sizeof(why)), EINVAL);
		CU_ASSERT_PTR_NULL(l);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "is not NAME=ADDRESS"));
	}
}

static const struct unit_test testv[] = {
	{"an interface is found by name and family", an_interface_is_found_by_name_and_family},
	{"behind a NAT the advertised address is told", behind_a_nat_the_advertised_address_is_told},
	{"what is no interface is refused by name", what_is_no_interface_is_refused_by_name},
	{NULL, NULL},
};

const struct unit_suite local_suite = {"local", testv};

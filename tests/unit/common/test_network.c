/**
 * @file test_network.c  Lists of networks: what is in one of them and what is not
 */
#include <errno.h>
#include <stdio.h>
#include <re.h>
#include "network.h"
#include "unit.h"

/* clang-format off */
static const struct {
	const char *nets;
	const char *addr;
	bool in;
} vectorv[] = {
	{"192.0.2.7", "192.0.2.7", true},
	{"192.0.2.7", "192.0.2.6", false},
	{"192.0.2.7", "::ffff:192.0.2.7", true},   /* as a socket of both families sees it */
	{"192.0.2.7", "::192.0.2.7", false},
	{"10.0.0.0/8", "10.255.255.255", true},
	{"10.0.0.0/8", "11.0.0.0", false},
	{"10.0.0.0/8", "::ffff:10.1.2.3", true},
	{"10.0.0.0/8", "a00::1", false},
	{"10.20.30.40/8", "10.1.1.1", true},       /* bits behind the length do not count */
	{"192.0.2.128/25", "192.0.2.128", true},
	{"192.0.2.128/25", "192.0.2.127", false},
	{"192.0.2.0/31", "192.0.2.1", true},
	{"192.0.2.0/31", "192.0.2.2", false},
	{"192.0.2.7/32", "192.0.2.7", true},
	{"0.0.0.0/0", "203.0.113.1", true},
	{"0.0.0.0/0", "2001:db8::1", false},
	{"::/0", "2001:db8::1", true},
	{"::/0", "203.0.113.1", true},
	{"2001:db8::/33", "2001:db8:7fff::1", true},
	{"2001:db8::/33", "2001:db8:8000::1", false},
	{"127.0.0.0/8, ::1", "::1", true},
	{"127.0.0.0/8, ::1", "::2", false},
	{"127.0.0.0/8,\t::1 192.0.2.1", "192.0.2.1", true},
	{"", "127.0.0.1", false},
};
/* clang-format on */

static void an_address_is_in_a_network_or_not(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectorv); i++) {

		struct networks nets;
		struct pl text, bad;
		struct sa sa;

		pl_set_str(&text, vectorv[i].nets);
		CU_ASSERT_EQUAL(networks_decode(&nets, &text, &bad), 0);
		CU_ASSERT_EQUAL(sa_set_str(&sa, vectorv[i].addr, 5060), 0);
		if (networks_have(&nets, &sa) != vectorv[i].in)
			(void)printf("\n%s in %s\n", vectorv[i].addr, vectorv[i].nets);
		CU_ASSERT_EQUAL(networks_have(&nets, &sa), vectorv[i].in);
	}
}

static void what_is_no_network_is_named(void)
{
	struct networks nets;
	struct pl text, bad;

	pl_set_str(&text, "192.0.2.1, 192.0.2.0/x ::1");
	CU_ASSERT_EQUAL(networks_decode(&nets, &text, &bad), EINVAL);
	CU_ASSERT_EQUAL(pl_strcmp(&bad, "192.0.2.0/x"), 0);
}

static void a_list_is_bounded(void)
{
	char buf[NETWORKS_MAX * 8 + 8];
	struct networks nets;
	struct pl text, bad;
	size_t n = 0;
	int i;

	for (i = 0; i < NETWORKS_MAX; i++)
		n += (size_t)snprintf(buf + n, sizeof(buf) - n, "::%02x,", i);

	pl_set_str(&text, buf);
	CU_ASSERT_EQUAL(networks_decode(&nets, &text, &bad), 0);
	CU_ASSERT_EQUAL(nets.c, NETWORKS_MAX);

	(void)snprintf(buf + n, sizeof(buf) - n, "::1");
	pl_set_str(&text, buf);
	CU_ASSERT_EQUAL(networks_decode(&nets, &text, &bad), EOVERFLOW);
}

static const struct unit_test testv[] = {
	{"an address is in a network, or not", an_address_is_in_a_network_or_not},
	{"what is no network is named", what_is_no_network_is_named},
	{"a list is bounded", a_list_is_bounded},
	{NULL, NULL},
};

const struct unit_suite network_suite = {"network", testv};

/**
 * @file test_cookie.c  Kept replies: by client and cookie, for a while, within bounds
 */
#include <string.h>
#include <re.h>
#include "ng_cookie.h"
#include "unit.h"

static struct ng_peer peer(const char *path)
{
	struct ng_peer p = {.fd = 3};

	p.u.un.sun_family = AF_UNIX;
	strcpy(p.u.un.sun_path, path);
	p.len = (socklen_t)(sizeof(sa_family_t) + strlen(path));

	return p;
}

static void add(struct ng_cookies *nc, const char *path, const char *cookie, const char *reply,
		uint64_t now_ms)
{
	const struct ng_peer p = peer(path);
	struct mbuf *mb = mbuf_alloc(64);
	struct pl pl;

	pl_set_str(&pl, cookie);
	(void)mbuf_write_str(mb, reply);
	ng_cookies_add(nc, &p, &pl, mb, now_ms);
	mem_deref(mb);
}

static bool finds(const struct ng_cookies *nc, const char *path, const char *cookie, const char *reply)
{
	const struct ng_peer p = peer(path);
	struct pl pl, got;

	pl_set_str(&pl, cookie);

	return ng_cookies_find(nc, &p, &pl, &got) && !pl_strcmp(&got, reply);
}

static void a_reply_is_found_by_client_and_cookie(void)
{
	struct ng_cookies *nc;

	CU_ASSERT_EQUAL_FATAL(ng_cookies_alloc(&nc, 10000), 0);
	add(nc, "a", "1", "one", 0);
	add(nc, "a", "2", "two", 0);
	add(nc, "b", "1", "three", 0);
	CU_ASSERT(finds(nc, "a", "1", "one"));
	CU_ASSERT(finds(nc, "a", "2", "two"));
	CU_ASSERT(finds(nc, "b", "1", "three"));
	CU_ASSERT(!finds(nc, "b", "2", "two"));
	CU_ASSERT(!finds(nc, "a", "3", "one"));
	mem_deref(nc);
}

static void a_reply_is_kept_for_its_time(void)
{
	struct ng_cookies *nc;

	CU_ASSERT_EQUAL_FATAL(ng_cookies_alloc(&nc, 10000), 0);
	add(nc, "a", "1", "one", 1000);
	add(nc, "a", "2", "two", 2000);
	ng_cookies_expire(nc, 1000 + NG_COOKIE_KEEP_MS - 1);
	CU_ASSERT_EQUAL(ng_cookies_count(nc), 2);
	ng_cookies_expire(nc, 1000 + NG_COOKIE_KEEP_MS);
	CU_ASSERT_EQUAL(ng_cookies_count(nc), 1);
	CU_ASSERT(!finds(nc, "a", "1", "one"));
	CU_ASSERT(finds(nc, "a", "2", "two"));
	mem_deref(nc);
}

static void past_the_bound_the_oldest_go(void)
{
	struct ng_cookies *nc;
	char cookie[16];
	uint32_t i;

	CU_ASSERT_EQUAL_FATAL(ng_cookies_alloc(&nc, 4096), 0);
	for (i = 0; i < 1000; i++) {
		(void)re_snprintf(cookie, sizeof(cookie), "%u", i);
		add(nc, "a", cookie, "a reply of some length", 0);
	}

	CU_ASSERT(ng_cookies_count(nc) > 10);
	CU_ASSERT(ng_cookies_count(nc) < 60);
	CU_ASSERT(finds(nc, "a", "999", "a reply of some length"));
	CU_ASSERT(!finds(nc, "a", "0", "a reply of some length"));
	mem_deref(nc);
}

static const struct unit_test testv[] = {
	{"a reply is found by client and cookie", a_reply_is_found_by_client_and_cookie},
	{"a reply is kept for its time", a_reply_is_kept_for_its_time},
	{"past the bound the oldest go", past_the_bound_the_oldest_go},
	{NULL, NULL},
};

const struct unit_suite cookie_suite = {"ng_cookie", testv};

/**
 * @file test_model.c  Which trunk a source is, which route a number takes, which failure hunts on
 */
#include <re.h>
#include "unit.h"
#include "provision_fixture.h"

static const char trunks[] =
	"{\"interfaces\": [{\"name\": \"six\", \"listen\": [\"udp:[::1]:5060\"]}],"
	" \"trunks\": ["
	"{\"name\": \"all\", \"interface\": \"access\", \"match\": [\"0.0.0.0/0\"]},"
	"{\"name\": \"net8\", \"interface\": \"access\", \"match\": [\"10.0.0.0/8\"]},"
	"{\"name\": \"net24\", \"interface\": \"access\", \"match\": [\"10.1.2.0/24\"]},"
	"{\"name\": \"host\", \"interface\": \"access\", \"match\": [\"10.1.2.3\"]},"
	"{\"name\": \"port\", \"interface\": \"access\", \"match\": [\"10.1.2.3:5070\"]},"
	"{\"name\": \"other\", \"interface\": \"carrier\", \"match\": [\"10.1.2.3\"]},"
	"{\"name\": \"derived\", \"interface\": \"carrier\", \"target\": \"sip:10.9.9.9\"},"
	"{\"name\": \"derived2\", \"interface\": \"carrier\", \"target\": \"sip:10.9.9.9\"},"
	"{\"name\": \"written\", \"interface\": \"carrier\", \"target\": \"sip:10.8.8.8\"},"
	"{\"name\": \"written2\", \"interface\": \"carrier\", \"match\": [\"10.8.8.8:5060\"]},"
	"{\"name\": \"off\", \"interface\": \"carrier\", \"match\": [\"10.7.7.7\"], \"enabled\": false},"
	"{\"name\": \"on\", \"interface\": \"carrier\", \"match\": [\"10.7.7.7\"]},"
	"{\"name\": \"alone\", \"interface\": \"carrier\", \"match\": [\"10.6.6.6\"], \"enabled\": false},"
	"{\"name\": \"six64\", \"interface\": \"six\", \"match\": [\"2001:db8::/33\"]},"
	"{\"name\": \"six1\", \"interface\": \"six\", \"match\": [\"[2001:db8::1]:5060\"]},"
	"{\"name\": \"mapped\", \"interface\": \"six\", \"match\": [\"192.0.2.1\"]}]}";

/** Both the same text, or both none. */
static bool same(const char *a, const char *b)
{
	return a && b ? !str_cmp(a, b) : a == b;
}

static void sources(void)
{
	static const struct {
		const char *interface, *addr, *trunk;
	} v[] = {
		{"access", "10.1.2.3:5070", "port"},      {"access", "10.1.2.3:5071", "host"},
		{"access", "10.1.2.4:5070", "net24"},     {"access", "10.2.2.4:5070", "net8"},
		{"access", "11.2.2.4:5070", "all"},       {"carrier", "10.1.2.3:5070", "other"},
		{"carrier", "10.1.2.4:5070", NULL},       {"carrier", "10.9.9.9:5060", "derived"},
		{"carrier", "10.9.9.9:5061", NULL},       {"carrier", "10.8.8.8:5060", "written2"},
		{"carrier", "10.7.7.7:1", "on"},          {"carrier", "10.6.6.6:1", "alone"},
		{"nowhere", "10.1.2.3:5070", NULL},       {"six", "[2001:db8::1]:5060", "six1"},
		{"six", "[2001:db8::1]:5061", "six64"},   {"six", "[2001:db8:7fff::1]:5061", "six64"},
		{"six", "[2001:db8:8000::1]:5061", NULL}, {"six", "[::ffff:192.0.2.1]:5061", "mapped"},
	};
	struct provision p = {0};
	size_t i;

	CU_ASSERT_EQUAL_FATAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL_FATAL(provision_apply(&p, trunks, false), 0);

	for (i = 0; i < ARRAY_SIZE(v); i++) {

		const struct trunk *t;
		struct sa sa;

		CU_ASSERT_EQUAL_FATAL(sa_decode(&sa, v[i].addr, str_len(v[i].addr)), 0);
		t = model_match(p.model, v[i].interface, &sa);
		CU_ASSERT_TRUE(same(t ? t->name : NULL, v[i].trunk));
		if (!same(t ? t->name : NULL, v[i].trunk))
			(void)re_fprintf(stderr, "  %s %s: %s\n", v[i].interface, v[i].addr,
					 t ? t->name : "-");
	}

	provision_close(&p);
}

static void routes(void)
{
	static const struct {
		const char *number, *prefix;
	} v[] = {
		{"8610", "8610"}, {"861012345678", "8610"},
		{"8611", "86"},   {"86", "86"},
		{"8", NULL},      {"49", NULL},
		{"", NULL},       {"86101", "8610"},
		{"*21#", "*21"},  {"+8610", NULL},
	};
	struct provision p = {0};
	size_t i;

	CU_ASSERT_EQUAL_FATAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL_FATAL(provision_apply(&p,
					      "{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", "
					      "\"target\": \"sip:10.0.0.1\"}], \"routes\": [{\"prefix\": "
					      "\"86\", \"trunks\": [\"a\"]}, "
					      "{\"prefix\": \"8610\", \"trunks\": [\"a\"]}, {\"prefix\": "
					      "\"*21\", \"trunks\": [\"a\"]}]}",
					      false),
			      0);

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		const struct route *r = model_route(p.model, v[i].number);

		CU_ASSERT_TRUE(same(r ? r->prefix : NULL, v[i].prefix));
	}

	CU_ASSERT_EQUAL(provision_apply(&p, "{\"routes\": [{\"prefix\": \"\", \"trunks\": [\"a\"]}]}", false),
			0);
	CU_ASSERT_STRING_EQUAL(model_route(p.model, "49")->prefix, "");
	CU_ASSERT_STRING_EQUAL(model_route(p.model, "")->prefix, "");
	CU_ASSERT_STRING_EQUAL(model_route(p.model, "8610")->prefix, "8610");
	CU_ASSERT_PTR_EQUAL(model_route(p.model, "49")->trunkv[0], model_trunk(p.model, "a"));
	provision_close(&p);
}

static void failover(void)
{
	static const struct {
		const char *list;
		uint16_t yes[6], no[8];
	} v[] = {
		{"\"408\", \"5xx\", \"timeout\"",
		 {408, 500, 503, 599},
		 {404, 486, 487, 600, 603, 300, 499, 699}},
		{"\"503\"", {503}, {500, 408, 502, 504}},
		{"\"4xx\", \"6xx\", \"302\"", {404, 480, 488, 604, 302, 699}, {486, 487, 600, 603, 503, 301}},
		{"", {0}, {408, 503}},
	};
	struct provision p = {0};
	char json[256];
	size_t i, n;

	CU_ASSERT_EQUAL_FATAL(provision_apply(&p, provision_base, false), 0);

	for (i = 0; i < ARRAY_SIZE(v); i++) {

		const struct trunk *t;

		(void)re_snprintf(json, sizeof(json),
				  "{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", "
				  "\"target\": \"sip:10.0.0.1\", \"failover\": [%s]}]}",
				  v[i].list);
		CU_ASSERT_EQUAL_FATAL(provision_apply(&p, json, false), 0);
		t = model_trunk(p.model, "a");

		for (n = 0; n < ARRAY_SIZE(v[i].yes) && v[i].yes[n]; n++)
			CU_ASSERT_TRUE(trunk_fails_over(t, v[i].yes[n]));
		for (n = 0; n < ARRAY_SIZE(v[i].no) && v[i].no[n]; n++)
			CU_ASSERT_FALSE(trunk_fails_over(t, v[i].no[n]));

		CU_ASSERT_EQUAL(trunk_fails_over(t, 0), i == 0);
		CU_ASSERT_FALSE(trunk_fails_over(t, 200));
		CU_ASSERT_FALSE(trunk_fails_over(t, 700));
		CU_ASSERT_FALSE(trunk_fails_over(t, 65535));
	}

	provision_close(&p);
}

static void methods(void)
{
	static const struct {
		const char *list, *allow, *yes, *no;
	} v[] = {
		{"\"INFO\", \"OPTIONS\"", "INVITE, ACK, CANCEL, BYE, UPDATE, PRACK, INFO, OPTIONS", "OPTIONS",
		 "INF"},
		{"\"X-INFO\", \"NOTIFY\"", "INVITE, ACK, CANCEL, BYE, UPDATE, PRACK, OPTIONS, X-INFO, NOTIFY",
		 "X-INFO", "INFO"},
		{"", "INVITE, ACK, CANCEL, BYE, UPDATE, PRACK, OPTIONS", NULL, "OPTIONS"},
	};
	struct provision p = {0};
	char json[512];

	CU_ASSERT_EQUAL_FATAL(provision_apply(&p, provision_base, false), 0);

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		const struct trunk *t;
		struct pl yes, no;

		(void)re_snprintf(json, sizeof(json),
				  "{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", "
				  "\"target\": \"sip:10.0.0.1\", \"methods\": [%s]}]}",
				  v[i].list);
		CU_ASSERT_EQUAL_FATAL(provision_apply(&p, json, false), 0);
		t = model_trunk(p.model, "a");
		CU_ASSERT_STRING_EQUAL(t->allow, v[i].allow);
		pl_set_str(&no, v[i].no);
		CU_ASSERT_FALSE(trunk_passes(t, &no));
		if (!v[i].yes)
			continue;
		pl_set_str(&yes, v[i].yes);
		CU_ASSERT_TRUE(trunk_passes(t, &yes));
	}

	provision_close(&p);
}

static const struct unit_test testv[] = {
	{"a source is matched by port, then address, then the longest network", sources},
	{"a number takes the route of its longest prefix", routes},
	{"only listed failures hunt on", failover},
	{"only listed methods pass, and Allow names them", methods},
	{NULL, NULL},
};

const struct unit_suite model_suite = {"model", testv};

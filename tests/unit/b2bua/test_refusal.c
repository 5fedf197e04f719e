/**
 * @file test_refusal.c  What apply refuses, and in which words
 */
#include <string.h>
#include <re.h>
#include "unit.h"
#include "provision_fixture.h"

struct refusal {
	const char *json;
	const char *message; /* whole, or up to "..." */
};

static bool message_is(const char *errstr, const char *want)
{
	const char *dots = strstr(want, "...");

	return dots ? !strncmp(errstr, want, (size_t)(dots - want)) : !strcmp(errstr, want);
}

static void refused(const struct refusal *v, size_t n)
{
	struct provision p = {0};
	size_t i;

	for (i = 0; i < n; i++) {

		CU_ASSERT_EQUAL_FATAL(provision_apply(&p, provision_base, false), 0);
		CU_ASSERT_NOT_EQUAL(provision_apply(&p, v[i].json, false), 0);
		CU_ASSERT(message_is(p.errstr, v[i].message));

		if (!message_is(p.errstr, v[i].message))
			(void)re_fprintf(stderr, "  json: %s\n  got:  %s\n  want: %s\n", v[i].json, p.errstr,
					 v[i].message);

		provision_close(&p);
	}
}

static void wrong_types(void)
{
	static const struct refusal v[] = {
		{"{\"trunks\": {}}", "trunks: has the wrong type; give a list [ ] of objects"},
		{"{\"trunks\": [1]}", "trunks[0]: has the wrong type; give an object { }"},
		{"{\"trunks\": [{\"name\": 7}]}",
		 "trunks[0].name: has the wrong type; give a text in quotes"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": null}]}",
		 "trunks[0].interface: has the wrong type; give a text in quotes"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"enabled\": 1}]}",
		 "trunks[0].enabled: has the wrong type; give true or false without quotes"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"match\": \"127.0.0.1\"}]}",
		 "trunks[0].match: has the wrong type; give a list [ ] of texts"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"match\": [\"127.0.0.1\", "
		 "5]}]}",
		 "trunks[0].match[1]: has the wrong type; give a text in quotes"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"timeout_s\": 2.5}]}",
		 "trunks[0].timeout_s: has the wrong type; give a whole number without quotes"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"target\": 5}]}",
		 "trunks[0].target: has the wrong type; give a text in quotes or null"},
		{"{\"accounts\": [{\"name\": \"b\", \"currency\": \"CNY\", \"balance\": 10}]}",
		 "accounts[0].balance: has the wrong type; give the amount as text in quotes, for example "
		 "\"12.30\""},
		{"{\"settings\": []}", "settings: has the wrong type; give an object { }"},
		{"{\"tariffs\": [{\"name\": \"t\", \"currency\": \"CNY\", \"rates\": {}}]}",
		 "tariffs[0].rates: has the wrong type; give a list [ ] of objects or null"},
		{"{\"tariffs\": [{\"name\": \"t\", \"currency\": \"CNY\", \"rates\": [\"86\"]}]}",
		 "tariffs[0].rates[0]: has the wrong type; give an object { }"},
	};

	refused(v, ARRAY_SIZE(v));
}

static void unknown_names(void)
{
	static const struct refusal v[] = {
		{"{\"trunk\": []}", "unknown kind of object \"trunk\"; did you mean \"trunks\"?"},
		{"{\"subscribers\": []}", "unknown kind of object \"subscribers\"; docs/config.md lists all"},
		{"{\"trunks\": [{\"name\": \"a\", \"interfaces\": \"access\"}]}",
		 "trunks[0]: unknown field \"interfaces\"; did you mean \"interface\"?"},
		{"{\"trunks\": [{\"name\": \"a\", \"colour\": \"red\"}]}",
		 "trunks[0]: unknown field \"colour\"; remove it (docs/config.md lists all)"},
		{"{\"settings\": {\"unknown_sources\": \"drop\"}}",
		 "settings: unknown field \"unknown_sources\"; did you mean \"unknown_source\"?"},
		{"{\"tariffs\": [{\"name\": \"t\", \"currency\": \"CNY\", \"rates\": [{\"prefx\": "
		 "\"86\"}]}]}",
		 "tariffs[0].rates[0]: unknown field \"prefx\"; did you mean \"prefix\"?"},
		{"{\"trunks\": [{\"name\": \"a\", \"\\u001b[31m\": 1}]}",
		 "trunks[0]: unknown field \"\\u001b[31m\"; remove it (docs/config.md lists all)"},
	};

	refused(v, ARRAY_SIZE(v));
}

static void missing_fields(void)
{
	static const struct refusal v[] = {
		{"{\"trunks\": [{}]}", "trunks[0].name: is missing; give it: unique name"},
		{"{\"trunks\": [{\"name\": \"a\"}]}",
		 "trunks[0].interface: is missing; give it: where it is reached"},
		{"{\"interfaces\": [{\"name\": \"a\"}]}", "interfaces[0].listen: is missing; give it: ..."},
		{"{\"accounts\": [{\"name\": \"b\"}]}", "accounts[0].currency: is missing; give it: ..."},
		{"{\"routes\": [{\"trunks\": [\"a\"]}]}", "routes[0].prefix: is missing; give it: ..."},
		{"{\"tariffs\": [{\"name\": \"t\", \"currency\": \"CNY\", \"rates\": [{\"prefix\": "
		 "\"86\"}]}]}",
		 "tariffs[0].rates[0].per_minute: is missing; give it: price of a minute"},
	};

	refused(v, ARRAY_SIZE(v));
}

static void wrong_values(void)
{
	static const struct refusal v[] = {
		{"{\"interfaces\": [{\"name\": \"\", \"listen\": [\"udp:127.0.0.1:1\"]}]}",
		 "interfaces[0].name: \"\" is not a name; give it 1 to 64 bytes"},
		{"{\"interfaces\": [{\"name\": \"a\\n\", \"listen\": [\"udp:127.0.0.1:1\"]}]}",
		 "interfaces[0].name: \"a\\n\" is not a name; leave out control characters"},
		{"{\"accounts\": [{\"name\": \"@topup\", \"currency\": \"CNY\"}]}",
		 "accounts[0].name: \"@topup\" is not a name; it must not begin with a space or @, nor end "
		 "with a "
		 "space"},
		{"{\"interfaces\": [{\"name\": \"a\", \"listen\": []}]}",
		 "interfaces[0].listen: has 0 entries; give 1 to 16"},
		{"{\"interfaces\": [{\"name\": \"a\", \"listen\": [\"ws:127.0.0.1:5061\"]}]}",
		 "interfaces[0].listen[0]: \"ws:127.0.0.1:5061\" is not an address to listen on; ..."},
		{"{\"interfaces\": [{\"name\": \"a\", \"listen\": [\"udp:127.0.0.1\"]}]}",
		 "interfaces[0].listen[0]: \"udp:127.0.0.1\" is not an address to listen on; ..."},
		{"{\"interfaces\": [{\"name\": \"a\", \"listen\": [\"udp:::1:5060\"]}]}",
		 "interfaces[0].listen[0]: \"udp:::1:5060\" is not an address to listen on; ..."},
		{"{\"interfaces\": [{\"name\": \"a\", \"listen\": [\"udp:127.0.0.1:65536\"]}]}",
		 "interfaces[0].listen[0]: \"udp:127.0.0.1:65536\" is not an address to listen on; ..."},
		{"{\"interfaces\": [{\"name\": \"a\", \"listen\": [\"udp:0.0.0.0:5060\"]}]}",
		 "interfaces[0].listen[0]: \"udp:0.0.0.0:5060\" names no single address ..."},
		{"{\"interfaces\": [{\"name\": \"a\", \"listen\": [\"udp:127.0.0.1:7\", "
		 "\"udp:127.0.0.1:7\"]}]}",
		 "interfaces[0].listen[1]: \"udp:127.0.0.1:7\" stands in the list twice; remove one"},
		{"{\"interfaces\": [{\"name\": \"a\", \"listen\": [\"udp:127.0.0.1:7\"], \"media\": "
		 "\"host\"}]}",
		 "interfaces[0].media: \"host\" is not an address; ..."},
		{"{\"interfaces\": [{\"name\": \"a\", \"listen\": [\"udp:127.0.0.1:7\"], \"media\": "
		 "\"127.0.0.1:9\"}]}",
		 "interfaces[0].media: \"127.0.0.1:9\" is not an address; ..."},
		{"{\"interfaces\": [{\"name\": \"a\", \"listen\": [\"udp:127.0.0.1:7\"], "
		 "\"media\": [\"127.0.0.1\", \"127.0.0.2\"]}]}",
		 "interfaces[0].media[1]: \"127.0.0.2\" is a second address of its family; ..."},
		{"{\"accounts\": [{\"name\": \"b\", \"currency\": \"cny\"}]}",
		 "accounts[0].currency: \"cny\" is not a currency; ..."},
		{"{\"accounts\": [{\"name\": \"b\", \"currency\": \"CNY\", \"kind\": \"debit\"}]}",
		 "accounts[0].kind: \"debit\" is not known; write \"prepaid\" or \"postpaid\""},
		{"{\"accounts\": [{\"name\": \"b\", \"currency\": \"CNY\", \"balance\": \"1,5\"}]}",
		 "accounts[0].balance: \"1,5\" is not an amount; ..."},
		{"{\"accounts\": [{\"name\": \"b\", \"currency\": \"CNY\", \"balance\": \"99999999999\"}]}",
		 "accounts[0].balance: \"99999999999\" is too large; ..."},
		{"{\"accounts\": [{\"name\": \"b\", \"currency\": \"CNY\", \"max_calls\": -1}]}",
		 "accounts[0].max_calls: -1 is out of range; give 0 to 1000000"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"timeout_s\": 0}]}",
		 "trunks[0].timeout_s: 0 is out of range; give 1 to 32"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"anchor\": \"maybe\"}]}",
		 "trunks[0].anchor: \"maybe\" is not known; write \"required\", \"when_possible\" or "
		 "\"off\""},
		{"{\"routes\": [{\"prefix\": \"+86\", \"trunks\": [\"a\"]}]}",
		 "routes[0].prefix: \"+86\" is not a prefix; ..."},
		{"{\"routes\": [{\"prefix\": \"86\", \"trunks\": []}]}",
		 "routes[0].trunks: has 0 entries; give 1 to 32"},
		{"{\"settings\": {\"emergency\": [\"112\", \"\"]}}",
		 "settings.emergency[1]: \"\" is not a number; ..."},
		{"{\"settings\": {\"unknown_source\": \"allow\"}}",
		 "settings.unknown_source: \"allow\" is not known; write \"refuse\" or \"drop\""},
		{"{\"tariffs\": [{\"name\": \"t\", \"currency\": \"CNY\", \"rates\": "
		 "[{\"prefix\": \"86\", \"per_minute\": \"-1\"}]}]}",
		 "tariffs[0].rates[0].per_minute: is below zero; give 0 or more"},
		{"{\"tariffs\": [{\"name\": \"t\", \"currency\": \"CNY\", \"rates\": "
		 "[{\"prefix\": \"86\", \"per_minute\": \"1\"}, {\"prefix\": \"86\", \"per_minute\": "
		 "\"2\"}]}]}",
		 "tariffs[0].rates[1].prefix: \"86\" was given before; give each once"},
	};

	refused(v, ARRAY_SIZE(v));
}

/** Texts of one field of a trunk on interface access that are refused in the same words. */
static void texts_refused(const char *field, const char *const *textv, const char *message)
{
	struct provision p = {0};
	char json[512];
	size_t i;

	CU_ASSERT_EQUAL_FATAL(provision_apply(&p, provision_base, false), 0);

	for (i = 0; textv[i]; i++) {

		(void)re_snprintf(json, sizeof(json),
				  "{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", "
				  "%s%s\"%s\"%s}]}",
				  field, *message == '[' ? ": [" : ": ", textv[i],
				  *message == '[' ? "]" : "");
		CU_ASSERT_NOT_EQUAL(provision_apply(&p, json, false), 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(p.errstr, message));
		if (!strstr(p.errstr, message))
			(void)re_fprintf(stderr, "  %s: %s\n", json, p.errstr);
	}

	provision_close(&p);
}

static void wrong_targets(void)
{
	static const char *const textv[] = {"",
					    "sip:",
					    "127.0.0.1",
					    "sips:",
					    "sips:127.0.0.1;transport=udp",
					    "sips:127.0.0.1;transport=tcp",
					    "tel:+8610",
					    "sip:user@127.0.0.1",
					    "sip:127.0.0.1:0",
					    "sip:127.0.0.1:99999",
					    "sip:127.0.0.1:",
					    "sip:127.0.0.1:5060;transport=ws",
					    "sip:127.0.0.1;lr",
					    "sip:::1",
					    "sip:[::1",
					    "sip:[127.0.0.1]",
					    "sip:[::1]x",
					    "sip:1.2.3",
					    "sip:1.2.3.4.5",
					    "sip:a b",
					    "sip:a;transport=udp;transport=tcp",
					    "sip:host?X=1",
					    "sip:-host",
					    "sip:a/b",
					    "sip:a\\nb",
					    "sip:256.1.1.1",
					    "sip:a\\u00e9",
					    NULL};
	static const char *const nowherev[] = {"sip:0.0.0.0:5060", "sip:224.0.0.1", "sip:255.255.255.255",
					       NULL};

	texts_refused("\"target\"", textv, "is not a target; write");
	texts_refused("\"target\"", nowherev, "is not a target: calls cannot go to that address");
}

static void wrong_tls(void)
{
	static const char *const namev[] = {"", "[::1]", "a b", "host:5061", "1.2.3", "-a", "*.a", NULL};
	static const char *const filev[] = {"", "ca.pem", "./ca.pem", "/a\\nb", NULL};
	static const char *const targetv[] = {"sips:127.0.0.1", "sip:127.0.0.1;transport=tls",
					      "sips:[::1]:5061;transport=tls", "sips:host.test", NULL};

	texts_refused("\"tls_name\"", namev, "is no host; write");
	texts_refused("\"tls_ca\"", filev, "is no file's path; write");
	texts_refused("\"tls_cert\"", filev, "is no file's path; write");
	texts_refused("\"target\"", targetv, "cannot be reached from interface");
}

static void wrong_matches(void)
{
	static const char *const textv[] =
		{"",           "host",        "127.0.0.1:",        "127.0.0.1:0",  "127.0.0.1/33",
		 "127.0.0.1/", "127.0.0.1/a", "127.0.0.1:5060/24", "[::1]:70000",  "[127.0.0.1]:5060",
		 "127.0.0.1 ", "::1/129",     "1.2.3.4/-1",        "1.2.3.4/0000", NULL};
	static const char *const hostbitsv[] = {"10.0.0.1/24", "2001:db8::1/64", "128.0.0.0/0", NULL};
	size_t i;

	for (i = 0; i < 2; i++) {

		const char *const *v = i ? hostbitsv : textv;
		struct provision p = {0};
		char json[512];

		CU_ASSERT_EQUAL_FATAL(provision_apply(&p, provision_base, false), 0);

		for (; *v; v++) {
			(void)re_snprintf(json, sizeof(json),
					  "{\"trunks\": [{\"name\": \"a\", \"interface\": "
					  "\"access\", \"match\": [\"%s\"]}]}",
					  *v);
			CU_ASSERT_NOT_EQUAL(provision_apply(&p, json, false), 0);
			CU_ASSERT_PTR_NOT_NULL(
				strstr(p.errstr, i ? "is not a network: bits are set" : "is not a source;"));
		}

		provision_close(&p);
	}
}

static void failover_never(void)
{
	static const struct refusal v[] = {
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"failover\": [\"503\", "
		 "\"486\"]}]}",
		 "trunks[0].failover[1]: \"486\" is the callee's own word; no other trunk is tried after it, "
		 "so leave "
		 "it out"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"failover\": [\"2xx\"]}]}",
		 "trunks[0].failover[0]: \"2xx\" is not a reason to try the next trunk; ..."},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"failover\": [\"50\"]}]}",
		 "trunks[0].failover[0]: \"50\" is not a reason to try the next trunk; ..."},
	};

	refused(v, ARRAY_SIZE(v));
}

static void dangling(void)
{
	static const struct refusal v[] = {
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"acces\", \"match\": [\"127.0.0.1\"]}]}",
		 "trunks[0].interface: there is no interface \"acces\"; did you mean \"access\"?"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"dmz\", \"match\": [\"127.0.0.1\"]}]}",
		 "trunks[0].interface: there is no interface \"dmz\"; add it to \"interfaces\""},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"account\": \"acm\", "
		 "\"match\": [\"127.0.0.1\"]}]}",
		 "trunks[0].account: there is no account \"acm\"; did you mean \"acme\"?"},
		{"{\"routes\": [{\"prefix\": \"86\", \"trunks\": [\"ims-a\"]}]}",
		 "routes[0].trunks[0]: there is no trunk \"ims-a\"; add it to \"trunks\""},
		{"{\"settings\": {\"default_account\": \"nobody\"}}",
		 "settings.default_account: there is no account \"nobody\"; add it to \"accounts\""},
	};

	refused(v, ARRAY_SIZE(v));
}

static void conflicts(void)
{
	static const struct refusal v[] = {
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\"}]}",
		 "trunks[0]: has neither \"target\" nor \"match\", ..."},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"match\": [\"127.0.0.1\"]},"
		 "{\"name\": \"b\", \"interface\": \"access\", \"match\": [\"10.0.0.1\", \"127.0.0.1\"]}]}",
		 "trunks[1].match[1]: 127.0.0.1 is a source of trunk \"a\" on the same interface too; give "
		 "it to one of "
		 "them"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"match\": [\"10.0.0.0/8\"]},"
		 "{\"name\": \"b\", \"interface\": \"access\", \"match\": [\"10.0.0.0/8\"]}]}",
		 "trunks[1].match[0]: 10.0.0.0 is a source of trunk \"a\" ..."},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"match\": [\"127.0.0.1\"]},"
		 "{\"name\": \"a\", \"interface\": \"access\", \"match\": [\"127.0.0.2\"]}]}",
		 "trunks[1].name: \"a\" stands in trunks[0] already; give each once"},
		{"{\"interfaces\": [{\"name\": \"third\", \"listen\": [\"tcp:127.0.0.1:9\", "
		 "\"udp:127.0.0.1:5060\"]}]}",
		 "interfaces[0].listen[1]: \"udp:127.0.0.1:5060\" is what interface \"access\" listens on; "
		 "give each "
		 "its own"},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"match\": [\"127.0.0.1\"]}],"
		 "\"routes\": [{\"prefix\": \"\", \"trunks\": [\"a\"]}]}",
		 "routes[0].trunks[0]: trunk \"a\" has no \"target\", ..."},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"target\": \"sip:[::1]\"}]}",
		 "trunks[0].target: \"sip:[::1]\" cannot be reached from interface \"access\", ..."},
		{"{\"trunks\": [{\"name\": \"a\", \"interface\": \"carrier\", "
		 "\"target\": \"sip:127.0.0.1;transport=tcp\"}]}",
		 "trunks[0].target: \"sip:127.0.0.1;transport=tcp\" cannot be reached from interface "
		 "\"carrier\", ..."},
	};

	refused(v, ARRAY_SIZE(v));
}

/** The fault stands where the operator can mend it: in the file, not in what was there before. */
static void conflict_with_old(void)
{
	struct provision p = {0};

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL(
		provision_apply(&p,
				"{\"trunks\": ["
				"{\"name\": \"a\", \"interface\": \"access\", \"match\": [\"127.0.0.1\"]},"
				"{\"name\": \"b\", \"interface\": \"access\", \"match\": [\"127.0.0.2\"]}]}",
				false),
		0);
	CU_ASSERT_NOT_EQUAL(provision_apply(&p,
					    "{\"trunks\": ["
					    "{\"name\": \"a\", \"match\": [\"127.0.0.2\"]}]}",
					    false),
			    0);
	CU_ASSERT(message_is(p.errstr, "trunks[0].match: 127.0.0.2 is a source of trunk \"b\" ..."));

	/* what is not in the file is named */
	CU_ASSERT_NOT_EQUAL(provision_apply(&p,
					    "{\"interfaces\": [{\"name\": \"access\", "
					    "\"listen\": [\"udp:127.0.0.1:5060\"]}], \"trunks\": [{\"name\": "
					    "\"c\", \"interface\": \"access\", "
					    "\"match\": [\"127.0.0.1\"]}]}",
					    false),
			    0);
	CU_ASSERT(message_is(p.errstr, "trunks[0].match[0]: 127.0.0.1 is a source of trunk \"a\" ..."));
	provision_close(&p);
}

static void credentials(void)
{
	static const struct refusal v[] = {
		{LOGS_ON("\"auth_user\": \"u\""), "trunks[0].auth_password: is missing beside \"auth_user\"; "
						  "give it, for an export leaves it out"},
		{LOGS_ON("\"auth_password\": \"p\""), "trunks[0].auth_user: is missing beside "
						      "\"auth_password\"; give it, or null as the password"},
		{LOGS_ON("\"auth_user\": \"a\\\"b\", \"auth_password\": \"p\""),
		 "trunks[0].auth_user: \"a\\\"b\" cannot stand in a digest; ..."},
		{LOGS_ON("\"auth_user\": \"\", \"auth_password\": \"p\""),
		 "trunks[0].auth_user: \"\" cannot ..."},
		{LOGS_ON("\"auth_user\": \"u\", \"auth_password\": \"a\\nb\""),
		 "trunks[0].auth_password: is no password; ..."},
		{LOGS_ON("\"auth_user\": \"u\", \"auth_password\": \"p\", \"auth_realm\": \"a\\\\b\""),
		 "trunks[0].auth_realm: ..."},
	};

	refused(v, ARRAY_SIZE(v));
}

static const struct unit_test testv[] = {
	{"a value of the wrong type is refused with its path", wrong_types},
	{"an unknown name is refused and the nearest suggested", unknown_names},
	{"a field without default must be given", missing_fields},
	{"a wrong value is refused with the remedy", wrong_values},
	{"a target is a SIP URI of a host", wrong_targets},
	{"TLS wants names, files by their path, and an interface that has it", wrong_tls},
	{"a source is an address, with a port or a length", wrong_matches},
	{"a busy or a decline never tries the next trunk", failover_never},
	{"a reference to nothing is refused", dangling},
	{"objects that exclude each other are refused", conflicts},
	{"a conflict is told at the object in the file", conflict_with_old},
	{"credentials are complete and fit into a digest", credentials},
	{NULL, NULL},
};

const struct unit_suite refusal_suite = {"refusal", testv};

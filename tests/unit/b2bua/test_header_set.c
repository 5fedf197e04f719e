/**
 * @file test_header_set.c  What header rules take, and what they make of a message
 */
#include <string.h>
#include <re.h>
#include "json.h"
#include "leg/header_set.h"
#include "sip_text.h"
#include "unit.h"

static int rule_add(struct header_rules *rules, const struct odict *o, struct header_fault *fault)
{
	const struct header_rule_text text = {
		.actionv = {odict_string(o, "pass"), odict_string(o, "drop"), odict_string(o, "set"),
			    odict_string(o, "rename"), odict_string(o, "replace")},
		.value = odict_string(o, "value"),
		.to = odict_string(o, "to"),
		.match = odict_string(o, "match"),
		.with = odict_string(o, "with"),
	};

	return header_rules_add(rules, &text, fault);
}

static int rules_read(struct header_rules **rulesp, const char *json, struct header_fault *fault)
{
	struct odict *array = NULL;
	int err;

	CU_ASSERT_EQUAL_FATAL(json_read(&array, ODICT_ARRAY, json, strlen(json), NULL), 0);
	err = header_rules_alloc(rulesp);
	for (struct le *le = array->lst.head; le && !err; le = le->next)
		err = rule_add(*rulesp, ((struct odict_entry *)le->data)->u.odict, fault);

	mem_deref(array);

	return err;
}

static void value(struct pl *pl, enum subst_variable variable, const struct pl *name, void *arg)
{
	if (variable == SUBST_HEADER)
		*pl = header_value(arg, name);
	if (variable == SUBST_CALLER)
		pl_set_str(pl, "4001");
	if (variable == SUBST_CDR_ID)
		pl_set_str(pl, "0191");
}

static const char party[] = "\"Bob\" <sip:100@192.0.2.9>";

/* What goes on; `from` is what became of From. */
static void run(struct mbuf *mb, char *from, size_t size, const char *headers, const char *json, bool trusted)
{
	struct sip_msg *msg = sip_text("INVITE sip:x SIP/2.0\n%s\n", headers);
	const struct subst_values values = {value, msg};
	struct header_rules *rules = NULL;
	struct header_set *set = NULL;
	struct header_fault fault;
	struct header_cross cross = {.trusted = trusted};
	struct sa host;
	struct pl pl;

	CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
	(void)sa_set_str(&host, "192.0.2.9", 5060);
	cross.host = &host;
	pl_set_str(&pl, party);

	CU_ASSERT_EQUAL_FATAL(rules_read(&rules, json, &fault), 0);
	CU_ASSERT_EQUAL_FATAL(header_set_alloc(&set, msg, &cross), 0);
	CU_ASSERT_EQUAL(header_set_party(set, "From", &pl), 0);
	CU_ASSERT_EQUAL(header_set_apply(set, rules, &values, "pbx"), 0);
	CU_ASSERT_EQUAL(header_set_print(mb, set), 0);
	pl = header_set_party_of(set, "From");
	(void)pl_strcpy(&pl, from, size);

	mem_deref(set);
	mem_deref(rules);
	mem_deref(msg);
}

static void test_rules(void)
{
	static const struct {
		const char *headers, *rules, *passed;
	} v[] = {
		{"X-A: 1\nSubject: x\n", "[]", ""},
		{"X-A: 1\nx-b: 2\nY: 3\n", "[{\"pass\": \"X-a\"}]", "X-A: 1\r\n"},
		{"X-A: 1\nx-b: 2\nY: 3\n", "[{\"pass\": \"X-*\"}]", "X-A: 1\r\nx-b: 2\r\n"},
		{"Y: 3\ns: short\nCall-ID: c\nContact: <sip:a>\nf: <sip:b>\n", "[{\"pass\": \"*\"}]",
		 "Identity: 3\r\nSubject: short\r\n"},
		{"X-A: 1\nX-A: 2\n", "[{\"pass\": \"X-A\"}, {\"drop\": \"X-*\"}, {\"pass\": \"X-A\"}]", ""},
		{"Privacy: id\nReason: SIP;cause=200\n", "[{\"drop\": \"*\"}]", "Reason: SIP;cause=200\r\n"},
		{"X-A: 1\nX-A: 2\n", "[{\"set\": \"X-A\", \"value\": \"${caller}-$$${cdr_id}\"}]",
		 "X-A: 4001-$0191\r\n"},
		{"X-A\n Via: 1\nX B: 2\n", "[{\"pass\": \"*\"}]", ""},
		{"X-A: 1\n", "[{\"set\": \"X-B\", \"value\": \"${account}\"}]", ""},
		{"X-A: a\n", "[{\"set\": \"X-B\", \"value\": \"<${header:x-a}>\"}]", "X-B: <a>\r\n"},
		{"X-A: a\n b\n", "[{\"rename\": \"X-A\", \"to\": \"X-B\"}]", "X-B: a   b\r\n"},
		{"X-A: a\n", "[{\"replace\": \"X-A\", \"match\": \"a\", \"with\": \"b\"}]", ""},
		{"X-A: abcab\n",
		 "[{\"pass\": \"X-A\"}, {\"replace\": \"X-A\", \"match\": \"a(b)(z)?\", \"with\": "
		 "\"[$1$2$0]\"}]",
		 "X-A: [bab]cab\r\n"},
		{"X-A: abc\n",
		 "[{\"pass\": \"X-A\"}, {\"replace\": \"X-A\", \"match\": \"B\", \"with\": \"-\"}]",
		 "X-A: abc\r\n"},
		{"X-A: abc\n",
		 "[{\"pass\": \"X-A\"}, {\"replace\": \"X-A\", \"match\": \"(?i)B$|b\", \"with\": \"\"}]",
		 "X-A: ac\r\n"},
		{"P-Asserted-Identity: \"B\" <sip:1@10.0.0.1>\n",
		 "[{\"replace\": \"P-Asserted-Identity\", \"match\": \"@[^>]+\", \"with\": \"@ims\"}]",
		 "P-Asserted-Identity: \"B\" <sip:1@ims>\r\n"},
		{"Alert-Info: <http://10.0.0.1/ring>\n", "[]", ""},
		{"Alert-Info: <http://10.0.0.1/ring>\n", "[{\"pass\": \"Alert-Info\"}]",
		 "Alert-Info: <http://10.0.0.1/ring>\r\n"},
		{"Alert-Info: <urn:alert:source:external>\n", "[]",
		 "Alert-Info: <urn:alert:source:external>\r\n"},
		{"X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n",
		 "[{\"pass\": \"X-A\"}, {\"replace\": \"X-A\", \"match\": \"^(a+)+$\", \"with\": \"\"}]",
		 "X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\r\n"},
	};
	char from[64];

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = mbuf_alloc(256);

		run(mb, from, sizeof(from), v[i].headers, v[i].rules, true);
		CU_ASSERT_STRING_EQUAL(sip_text_of(mb), v[i].passed);
		CU_ASSERT_STRING_EQUAL(from, party);
		mem_deref(mb);
	}
}

/* Neither by itself nor by a rule. */
static void test_withheld(void)
{
	struct mbuf *mb = mbuf_alloc(256);
	char from[64];

	run(mb, from, sizeof(from),
	    "P-Asserted-Identity: <sip:1@h>\nDiversion: <sip:2@h>\nP-Preferred-Identity: <sip:1@h>\nPrivacy: "
	    "id\n",
	    "[{\"pass\": \"*\"}, {\"pass\": \"P-Asserted-Identity\"}]", false);
	CU_ASSERT_STRING_EQUAL(sip_text_of(mb), "Privacy: id\r\n");
	mem_deref(mb);
}

static void test_parties(void)
{
	static const struct {
		const char *rules, *from;
	} v[] = {
		{"[{\"set\": \"From\", \"value\": \"<sip:${caller}@h>\"}]", "<sip:4001@h>"},
		{"[{\"replace\": \"From\", \"match\": \"sip:1(\\\\d+)\", \"with\": \"sip:9$1\"}]",
		 "\"Bob\" <sip:900@192.0.2.9>"},
		{"[{\"replace\": \"From\", \"match\": \".*\", \"with\": \"rubbish\"}]", party},
		{"[{\"set\": \"From\", \"value\": \"\"}, {\"drop\": \"F*\"}, {\"set\": \"To\", \"value\": "
		 "\"x\"}]",
		 party},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = mbuf_alloc(256);
		char from[64];

		run(mb, from, sizeof(from), "X-A: 1\n", v[i].rules, true);
		CU_ASSERT_STRING_EQUAL(from, v[i].from);
		CU_ASSERT_STRING_EQUAL(sip_text_of(mb), "");
		mem_deref(mb);
	}
}

static void test_refused(void)
{
	static const struct {
		const char *rules, *key, *what;
	} v[] = {
		{"[{}]", NULL, "must do one thing"},
		{"[{\"pass\": \"X-A\", \"drop\": \"Y\"}]", NULL, "must do one thing"},
		{"[{\"pass\": \"\"}]", "pass", "is no header's name"},
		{"[{\"pass\": \"X A\"}]", "pass", "is no header's name"},
		{"[{\"pass\": \"X:*\"}]", "pass", "is no beginning"},
		{"[{\"drop\": \"via\"}]", "drop", "belongs to"},
		{"[{\"set\": \"i\", \"value\": \"\"}]", "set", "belongs to"},
		{"[{\"rename\": \"X-A\", \"to\": \"Contact\"}]", "to", "belongs to"},
		{"[{\"rename\": \"X-A\", \"to\": \"From\"}]", "to", "stands in every message"},
		{"[{\"rename\": \"X-A\"}]", "to", "is missing"},
		{"[{\"pass\": \"To\"}]", "pass", "stands in every message"},
		{"[{\"set\": \"f\", \"value\": \"\"}]", "set", "is a short form"},
		{"[{\"pass\": \"X-A\", \"with\": \"y\"}]", "with", "is not for this"},
		{"[{\"set\": \"X-A\", \"value\": \"${nobody}\"}]", "value", "names no variable"},
		{"[{\"set\": \"X-A\", \"value\": \"$1\"}]", "value", "has $0 to $9"},
		{"[{\"set\": \"X-A\", \"value\": \"${caller\"}]", "value", "has a single $"},
		{"[{\"replace\": \"X-A\", \"match\": \"(\", \"with\": \"\"}]", "match", "is no regular"},
		{"[{\"replace\": \"X-A\", \"match\": \"\\\\C\", \"with\": \"\"}]", "match", "is no regular"},
		{"[{\"replace\": \"X-A\", \"match\": \"a\", \"with\": \"$\"}]", "with", "has a single $"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct header_fault fault = {NULL, ""};
		struct header_rules *rules = NULL;

		CU_ASSERT_EQUAL(rules_read(&rules, v[i].rules, &fault), EINVAL);
		CU_ASSERT(v[i].key ? !str_cmp(fault.key, v[i].key) : !fault.key);
		CU_ASSERT(!strncmp(fault.what, v[i].what, strlen(v[i].what)));
		mem_deref(rules);
	}
}

static void test_privacy(void)
{
	static const struct {
		const char *headers;
		bool wanted;
	} v[] = {
		{"Privacy: id\n", true},        {"Privacy: critical; ID\n", true}, {"Privacy: user\n", true},
		{"Privacy: none\n", false},     {"Privacy: history\n", false},     {"X: id\n", false},
		{"Privacy: identity\n", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct sip_msg *msg = sip_text("INVITE sip:x SIP/2.0\n%s\n", v[i].headers);

		CU_ASSERT_PTR_NOT_NULL_FATAL(msg);
		CU_ASSERT_EQUAL(header_is_private(msg), v[i].wanted);
		mem_deref(msg);
	}
}

static const struct unit_test testv[] = {
	{"rules go one after another over what crosses", test_rules},
	{"no rule brings an identity to who is not trusted", test_withheld},
	{"of From and To only what still is an address counts", test_parties},
	{"a rule that cannot be is refused at its key", test_refused},
	{"privacy is wanted by id, user, header and session", test_privacy},
	{NULL, NULL},
};

const struct unit_suite header_set_suite = {"header_set", testv};

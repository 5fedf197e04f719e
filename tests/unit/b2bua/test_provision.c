/**
 * @file test_provision.c  What apply makes of what it takes
 */
#include <string.h>
#include <re.h>
#include "unit.h"
#include "json.h"
#include "provision_fixture.h"

static void example(void)
{
	static const char text[] =
		"{ \"interfaces\": [ {\"name\": \"access\",  \"listen\": [\"udp:127.0.0.1:5060\", "
		"\"tcp:127.0.0.1:5060\"], \"media\": \"127.0.0.1\"},"
		"  {\"name\": \"carrier\", \"listen\": [\"udp:127.0.0.1:5090\"], \"media\": \"127.0.0.1\"} ],"
		"  \"accounts\": [ {\"name\": \"acme\", \"kind\": \"prepaid\", \"currency\": \"CNY\", "
		"\"balance\": "
		"\"100.00\", \"tariff\": \"retail\"} ],"
		"  \"trunks\": [ {\"name\": \"pbx\", \"interface\": \"access\", \"account\": \"acme\", "
		"\"match\": "
		"[\"127.0.0.1:5070\"]},"
		"  {\"name\": \"ims-a\", \"interface\": \"carrier\", \"target\": \"sip:127.0.0.1:5080\", "
		"\"cost_tariff\": "
		"\"wholesale\"},"
		"  {\"name\": \"ims-b\", \"interface\": \"carrier\", \"target\": \"sip:127.0.0.1:5081\"} ],"
		"  \"routes\": [ {\"prefix\": \"86\", \"trunks\": [\"ims-a\", \"ims-b\"], \"strategy\": "
		"\"priority\"} ],"
		"  \"tariffs\": [ {\"name\": \"retail\", \"currency\": \"CNY\","
		"  \"rates\": [ {\"prefix\": \"86\", \"per_minute\": \"0.30\", \"connect_fee\": \"0\", "
		"\"first\": 60, "
		"\"next\": 60} ]} ] }";
	struct provision p = {0};
	const struct odict_entry *note;

	CU_ASSERT_EQUAL_FATAL(provision_apply(&p, text, false), 0);
	CU_ASSERT_EQUAL(list_count(&p.model->trunkl), 3);
	CU_ASSERT_EQUAL(model_account(p.model, "acme")->balance_nano, 100000000000);
	CU_ASSERT_TRUE(model_account(p.model, "acme")->prepaid);
	CU_ASSERT_STRING_EQUAL(model_account(p.model, "acme")->tariff, "retail");

	/* that a tariff is not there yet is said, and nothing more */
	CU_ASSERT_EQUAL_FATAL(list_count(&p.draft->notes->lst), 1);
	note = p.draft->notes->lst.tail->data;
	CU_ASSERT_STRING_EQUAL(note->u.str, "trunks[1].cost_tariff: there is no tariff \"wholesale\" yet; "
					    "add it to \"tariffs\"");
	provision_close(&p);
}

static void defaults(void)
{
	struct provision p = {0};
	const struct trunk *t;
	const struct interface *i;

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL_FATAL(provision_apply(&p,
					      "{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", "
					      "\"target\": \"sip:127.0.0.1\"}]}",
					      false),
			      0);

	t = model_trunk(p.model, "a");
	CU_ASSERT_TRUE(t->enabled);
	CU_ASSERT_EQUAL(t->anchor, ANCHOR_REQUIRED);
	CU_ASSERT_EQUAL(t->timeout_ms, 4000);
	CU_ASSERT_EQUAL(t->ring_timeout_ms, 60000);
	CU_ASSERT_EQUAL(t->max_duration_ms, 0);
	CU_ASSERT_EQUAL(t->max_calls, 0);
	CU_ASSERT_PTR_NULL(t->account);
	CU_ASSERT_TRUE(p.model->refuse_unknown);

	i = model_interface(p.model, "access");
	CU_ASSERT_TRUE(sa_isset(&i->media4, SA_ADDR));
	CU_ASSERT_EQUAL(sa_in(&i->media4), 0x7f000001);
	CU_ASSERT_EQUAL(sa_port(&i->media4), 0);
	CU_ASSERT_FALSE(sa_isset(&i->media6, SA_ADDR));
	CU_ASSERT_EQUAL(sa_in(&model_interface(p.model, "carrier")->media4), 0x7f000002);
	provision_close(&p);
}

static void kept_fields(void)
{
	struct provision p = {0};

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL(provision_apply(&p,
					"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", "
					"\"target\": \"sip:127.0.0.1\", \"timeout_s\": 7, \"account\": "
					"\"acme\"}]}",
					false),
			0);
	CU_ASSERT_EQUAL(provision_apply(&p, "{\"trunks\": [{\"name\": \"a\", \"max_calls\": 5}]}", false), 0);
	CU_ASSERT_EQUAL(model_trunk(p.model, "a")->timeout_ms, 7000);
	CU_ASSERT_EQUAL(model_trunk(p.model, "a")->max_calls, 5);
	CU_ASSERT_PTR_NOT_NULL(model_trunk(p.model, "a")->account);

	CU_ASSERT_EQUAL(provision_apply(&p, "{\"trunks\": [{\"name\": \"a\", \"account\": null}]}", false),
			0);
	CU_ASSERT_PTR_NULL(model_trunk(p.model, "a")->account);
	CU_ASSERT_EQUAL(provision_apply(&p, "{\"settings\": {\"default_account\": \"acme\"}}", false), 0);
	CU_ASSERT_PTR_EQUAL(model_trunk(p.model, "a")->account, model_account(p.model, "acme"));
	provision_close(&p);
}

/** The lines a change is described by, joined with newlines. */
static const char *changes(const struct provision *p)
{
	static char text[1024];
	struct odict *array = NULL;
	const struct le *le;
	int n = 0;

	CU_ASSERT_EQUAL_FATAL(odict_alloc(&array, 4), 0);
	CU_ASSERT_EQUAL(draft_describe(p->draft, array), 0);

	text[0] = '\0';
	for (le = array->lst.head; le; le = le->next)
		n += re_snprintf(text + n, sizeof(text) - (size_t)n, "%s\n",
				 ((const struct odict_entry *)le->data)->u.str);

	mem_deref(array);

	return text;
}

static void difference(void)
{
	struct provision p = {0};

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_STRING_EQUAL(changes(&p), "interface access: created\ninterface carrier: created\n"
					    "account acme: created\nsettings: created\n");
	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_STRING_EQUAL(changes(&p), "");

	CU_ASSERT_EQUAL(provision_apply(&p,
					"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", "
					"\"target\": \"sip:127.0.0.1\"}], \"routes\": [{\"prefix\": \"\", "
					"\"trunks\": [\"a\"]}]}",
					false),
			0);
	CU_ASSERT_STRING_EQUAL(changes(&p), "trunk a: created\nroute \"\": created\n");
	CU_ASSERT_EQUAL(provision_apply(&p,
					"{\"trunks\": [{\"name\": \"a\", \"timeout_s\": 6, "
					"\"match\": [\"10.0.0.1\"]}], \"settings\": {\"unknown_source\": "
					"\"drop\"}}",
					false),
			0);
	CU_ASSERT_STRING_EQUAL(changes(&p),
			       "settings: unknown_source \"refuse\" -> \"drop\"\n"
			       "trunk a: match [] -> [\"10.0.0.1\"]\ntrunk a: timeout_s 4 -> 6\n");
	CU_ASSERT_FALSE(p.model->refuse_unknown);
	provision_close(&p);
}

static void prune(void)
{
	struct provision p = {0};

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL(provision_apply(&p,
					"{\"trunks\": ["
					"{\"name\": \"a\", \"interface\": \"access\", \"target\": "
					"\"sip:127.0.0.1\", \"account\": \"acme\"},"
					"{\"name\": \"b\", \"interface\": \"carrier\", \"target\": "
					"\"sip:127.0.0.2\"}],"
					"\"routes\": [{\"prefix\": \"86\", \"trunks\": [\"a\", \"b\"]}]}",
					false),
			0);

	/* a route is named that needs a trunk which is not: nothing is removed */
	CU_ASSERT_NOT_EQUAL(provision_apply(&p, "{\"routes\": [{\"prefix\": \"86\"}]}", true), 0);
	CU_ASSERT_STRING_EQUAL(p.errstr,
			       "routes[0].trunks[0]: there is no trunk \"a\"; add it to \"trunks\"");
	CU_ASSERT_EQUAL(list_count(&p.model->trunkl), 2);

	CU_ASSERT_EQUAL(provision_apply(&p,
					"{\"interfaces\": [{\"name\": \"access\"}], "
					"\"trunks\": [{\"name\": \"a\", \"account\": null}]}",
					true),
			0);
	CU_ASSERT_STRING_EQUAL(changes(&p),
			       "interface carrier: removed\naccount acme: removed\n"
			       "trunk a: account \"acme\" -> null\ntrunk b: removed\nroute 86: removed\n");
	provision_close(&p);
}

static void removed(void)
{
	static const struct {
		const char *json, *complaint;
	} v[] = {
		{"{\"remove\": []}", "remove: has the wrong type; give an object { } of lists of names"},
		{"{\"remove\": {\"settings\": []}}",
		 "remove.settings: is no kind of object that has names; docs/config.md lists all"},
		{"{\"remove\": {\"trunks\": \"a\"}}",
		 "remove.trunks: has the wrong type; give a list [ ] of names"},
		{"{\"remove\": {\"trunks\": [7]}}",
		 "remove.trunks[0]: has the wrong type; give a name in quotes"},
		{"{\"remove\": {\"trunks\": [\"c\"]}}", "remove.trunks[0]: there is no trunk \"c\""},
		{"{\"remove\": {\"trunks\": [\"b\"]}, \"trunks\": [{\"name\": \"b\"}]}",
		 "remove.trunks[0]: \"b\" stands in \"trunks\", too; keep it or remove it"},
	};
	struct provision p = {0};
	size_t i;

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL(provision_apply(&p,
					"{\"trunks\": ["
					"{\"name\": \"a\", \"interface\": \"access\", \"match\": "
					"[\"10.0.0.1\"]},"
					"{\"name\": \"b\", \"interface\": \"carrier\", \"target\": "
					"\"sip:127.0.0.2\"}],"
					"\"routes\": [{\"prefix\": \"\", \"trunks\": [\"b\"]}]}",
					false),
			0);

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		CU_ASSERT_EQUAL(provision_apply(&p, v[i].json, false), EINVAL);
		CU_ASSERT_STRING_EQUAL(p.errstr, v[i].complaint);
	}

	/* a route still goes to it */
	CU_ASSERT_NOT_EQUAL(provision_apply(&p, "{\"remove\": {\"trunks\": [\"b\"]}}", false), 0);
	CU_ASSERT_EQUAL(list_count(&p.model->trunkl), 2);

	CU_ASSERT_EQUAL(provision_apply(&p,
					"{\"remove\": {\"trunks\": [\"b\", \"b\"], \"routes\": [\"\"]}, "
					"\"trunks\": [{\"name\": \"a\", \"timeout_s\": 6}]}",
					false),
			0);
	CU_ASSERT_STRING_EQUAL(changes(&p),
			       "trunk a: timeout_s 4 -> 6\ntrunk b: removed\nroute \"\": removed\n");
	provision_close(&p);
}

static void opening_balance(void)
{
	struct provision p = {0};
	const struct odict_entry *note;

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL(provision_apply(&p,
					"{\"accounts\": [{\"name\": \"acme\", \"balance\": \"100.000\"}]}",
					false),
			0);
	CU_ASSERT_EQUAL(list_count(&p.draft->notes->lst), 1);

	CU_ASSERT_EQUAL(provision_apply(&p, "{\"accounts\": [{\"name\": \"acme\", \"balance\": \"250\"}]}",
					false),
			0);
	CU_ASSERT_STRING_EQUAL(changes(&p), "");
	CU_ASSERT_EQUAL(model_account(p.model, "acme")->balance_nano, 100000000000);
	CU_ASSERT_EQUAL_FATAL(list_count(&p.draft->notes->lst), 2);
	note = p.draft->notes->lst.head->data;
	CU_ASSERT_STRING_EQUAL(note->u.str,
			       "accounts[0].balance: stays 100.00; it is set when the object is created");

	CU_ASSERT_NOT_EQUAL(provision_apply(&p, "{\"accounts\": [{\"name\": \"acme\", \"balance\": \"x\"}]}",
					    false),
			    0);
	provision_close(&p);
}

/* What it has, and what its calls hold, is in this currency. */
static void fixed_currency(void)
{
	struct provision p = {0};

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL(provision_apply(&p, "{\"accounts\": [{\"name\": \"acme\", \"currency\": \"CNY\"}]}",
					false),
			0);
	CU_ASSERT_EQUAL(provision_apply(&p, "{\"accounts\": [{\"name\": \"acme\", \"currency\": \"KWD\"}]}",
					false),
			EINVAL);
	CU_ASSERT_STRING_EQUAL(p.errstr, "accounts[0].currency: cannot become another than CNY once the "
					 "object is created; "
					 "create one of another name");
	CU_ASSERT_STRING_EQUAL(model_account(p.model, "acme")->currency, "CNY");
	provision_close(&p);
}

static void any_name(void)
{
	static const char *const namev[] = {"Robert'); DROP TABLE trunk;--",
					    "\xe4\xb8\xad\xe5\x9b\xbd \xe7\x94\xb5\xe4\xbf\xa1",
					    "a\\\"b",
					    "%s%n",
					    "${jndi:x}",
					    "\xf0\x9f\x93\x9e"};
	struct provision p = {0};
	char json[512];
	size_t i;

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);

	for (i = 0; i < ARRAY_SIZE(namev); i++) {
		(void)re_snprintf(json, sizeof(json),
				  "{\"trunks\": [{\"name\": \"%s\", \"interface\": \"access\", "
				  "\"match\": [\"10.0.0.%zu\"]}]}",
				  namev[i], i);
		CU_ASSERT_EQUAL(provision_apply(&p, json, false), 0);
	}

	CU_ASSERT_EQUAL(list_count(&p.model->trunkl), ARRAY_SIZE(namev));
	CU_ASSERT_PTR_NOT_NULL(model_trunk(p.model, namev[0]));
	CU_ASSERT_PTR_NOT_NULL(model_trunk(p.model, namev[1]));
	CU_ASSERT_PTR_NOT_NULL(model_trunk(p.model, "a\"b"));
	provision_close(&p);
}

static void export_is_apply(void)
{
	struct provision p = {0};
	struct mbuf *mb = mbuf_alloc(1024);

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL(provision_apply(&p,
					"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", "
					"\"target\": \"sip:127.0.0.1\"}], \"routes\": [{\"prefix\": \"\", "
					"\"trunks\": [\"a\"]}], \"tariffs\": "
					"[{\"name\": \"t\", \"currency\": \"CNY\", \"rates\": [{\"prefix\": "
					"\"86\", \"per_minute\": "
					"\"0.333333333\"}]}]}",
					false),
			0);

	CU_ASSERT_EQUAL_FATAL(document_write(mb, p.draft->doc, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(mbuf_write_u8(mb, 0), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)mb->buf, "\"per_minute\": \"0.333333333\""));

	CU_ASSERT_EQUAL(provision_apply(&p, (char *)mb->buf, true), 0);
	CU_ASSERT_STRING_EQUAL(changes(&p), "");
	CU_ASSERT_EQUAL(list_count(&p.draft->notes->lst), 1); /* that nothing is charged */

	mem_deref(mb);
	provision_close(&p);
}

static const char *exported(const struct provision *p)
{
	static char text[4096];
	struct mbuf *mb = mbuf_alloc(1024);

	CU_ASSERT_EQUAL_FATAL(document_write(mb, p->draft->doc, NULL), 0);
	CU_ASSERT_FATAL(mb->end < sizeof(text));
	(void)re_snprintf(text, sizeof(text), "%b", mb->buf, mb->end);
	mem_deref(mb);

	return text;
}

static void secrets(void)
{
	struct provision p = {0};

	CU_ASSERT_EQUAL(provision_apply(&p, provision_base, false), 0);
	CU_ASSERT_EQUAL(provision_apply(&p, LOGS_ON("\"auth_user\": \"u\", \"auth_password\": \"hush\""),
					false),
			0);
	CU_ASSERT_PTR_NOT_NULL(strstr(exported(&p), "\"auth_user\": \"u\""));
	CU_ASSERT_PTR_NULL(strstr(exported(&p), "auth_password"));
	CU_ASSERT_PTR_NULL(strstr(exported(&p), "hush"));

	CU_ASSERT_EQUAL(provision_apply(&p, exported(&p), true), 0);
	CU_ASSERT_STRING_EQUAL(changes(&p), "");
	CU_ASSERT_STRING_EQUAL(model_trunk(p.model, "a")->auth_password, "hush");

	CU_ASSERT_EQUAL(provision_apply(&p, LOGS_ON("\"auth_password\": \"other\""), false), 0);
	CU_ASSERT_STRING_EQUAL(changes(&p), "trunk a: auth_password changed\n");
	provision_close(&p);
}

static const struct unit_test testv[] = {
	{"the contract's example is taken", example},
	{"fields left out get their defaults", defaults},
	{"fields left out keep their values", kept_fields},
	{"a change is described by the lines that differ", difference},
	{"prune removes what is not named, or nothing", prune},
	{"remove removes what it names and no more, and says what is wrong with it", removed},
	{"a balance is set at birth only", opening_balance},
	{"an account keeps its currency", fixed_currency},
	{"a name may be any text", any_name},
	{"an export applied changes nothing", export_is_apply},
	{"a password is kept and never shown", secrets},
	{NULL, NULL},
};

const struct unit_suite provision_suite = {"provision", testv};

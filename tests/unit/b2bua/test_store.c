/**
 * @file test_store.c  Provisioning through the real writer into a real database, and back
 */
#include <string.h>
#include <re.h>
#include "unit.h"
#include "json.h"
#include "store/store.h"
#include "store_fixture.h"

enum { WAIT_MS = 10000 };

struct bench {
	struct fixture f;
	struct store *store;
	struct tmr tmr;

	int err; /* of the last apply; -1 = none came */
	char errstr[512];
	char changes[1024];

	/* of the change handler */
	char steps[64];
	int prepare_err;
};

static void bench_open(struct bench *b)
{
	CU_ASSERT_EQUAL_FATAL(fixture_start(&b->f), 0);
	CU_ASSERT_EQUAL_FATAL(store_alloc(&b->store, b->f.writer, b->f.dir, "127.0.0.1:5060", b->errstr,
					  sizeof(b->errstr)),
			      0);
}

static void bench_init(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	fixture_init(&b->f);
	bench_open(b);
	CU_ASSERT_EQUAL(store_keep_first(b->store), 0);
}

static void bench_stop(struct bench *b)
{
	b->store = mem_deref(b->store);
	fixture_stop(&b->f);
}

static void bench_close(struct bench *b)
{
	bench_stop(b);
	fixture_close(&b->f);
}

static void timeout_handler(void *arg)
{
	re_cancel();
}

static void done_handler(int err, const char *errstr, struct odict *result, void *arg)
{
	struct bench *b = arg;
	const struct odict_entry *e = odict_lookup(result, "changes");
	const struct le *le;
	int n = 0;

	b->err = err;
	str_ncpy(b->errstr, errstr ? errstr : "", sizeof(b->errstr));

	b->changes[0] = '\0';
	for (le = e ? e->u.odict->lst.head : NULL; le; le = le->next)
		n += re_snprintf(b->changes + n, sizeof(b->changes) - (size_t)n, "%s\n",
				 ((const struct odict_entry *)le->data)->u.str);

	re_cancel();
}

static int apply(struct bench *b, const char *text, bool prune, bool dry_run)
{
	struct json_fault fault;
	struct odict *json = NULL;

	CU_ASSERT_EQUAL_FATAL(json_read(&json, ODICT_OBJECT, text, strlen(text), &fault), 0);

	b->err = -1;
	CU_ASSERT_EQUAL(store_apply(b->store, json, prune, dry_run, done_handler, b), 0);
	mem_deref(json);

	if (b->err == -1) {
		tmr_start(&b->tmr, WAIT_MS, timeout_handler, NULL);
		(void)re_main(NULL);
		tmr_cancel(&b->tmr);
	}

	return b->err;
}

static char export[16384];

static void export_handler(int err, struct mbuf *json, void *arg)
{
	CU_ASSERT_EQUAL_FATAL(err, 0);
	CU_ASSERT_FATAL(json->end < sizeof(export));
	(void)re_snprintf(export, sizeof(export), "%b", json->buf, json->end);
	re_cancel();
}

static void loop_run(struct bench *b)
{
	tmr_start(&b->tmr, WAIT_MS, timeout_handler, NULL);
	(void)re_main(NULL);
	tmr_cancel(&b->tmr);
}

static char *export_text(struct bench *b)
{
	export[0] = '\0';
	CU_ASSERT_EQUAL_FATAL(store_export(b->store, NULL, export_handler, NULL), 0);
	loop_run(b);

	return export;
}

static const char full[] =
	"{\"interfaces\": [{\"name\": \"carrier\", \"listen\": [\"udp:127.0.0.1:5090\"], "
	"\"media\": [\"127.0.0.1\", \"::1\"]}],"
	" \"tariffs\": [{\"name\": \"retail\", \"currency\": \"CNY\", \"rates\": ["
	"    {\"prefix\": \"86\", \"per_minute\": \"0.30\", \"connect_fee\": "
	"\"0.000000001\", \"first\": 60, \"next\": 6},"
	"    {\"prefix\": \"49\", \"per_minute\": \"0.5\", \"min_charge\": \"0.1\", "
	"\"max_charge\": \"1000000\", \"grace\": 5, \"blocked\": true, "
	"\"bands\": [\"sat,sun 18:00-08:00 0.25\", \"mon 00:00-24:00 1\"], "
	"\"valid_from\": \"2026-07-01\", \"valid_until\": \"2026-08-01T00:00:00+02:00\"},"
	"    {\"prefix\": \"49\", \"per_minute\": \"0.5\", \"valid_until\": \"2026-07-01\"},"
	"    {\"prefix\": \"\", \"per_minute\": \"1\"}],"
	"    \"zone\": \"Europe/Berlin\", \"rounding\": \"up\", \"decimals\": 4}],"
	" \"accounts\": [{\"name\": \"acme\", \"kind\": \"postpaid\", \"currency\": "
	"\"CNY\", \"balance\": \"100.5\","
	"    \"tariff\": \"retail\", \"max_calls\": 30},"
	"    {\"name\": \"owes'\\\"; DROP TABLE account;--\", \"currency\": \"EUR\", "
	"\"balance\": \"-3\", \"enabled\": false}],"
	" \"settings\": {\"default_account\": \"acme\", \"unknown_source\": \"drop\"},"
	" \"trunks\": [{\"name\": \"z\", \"interface\": \"carrier\", \"target\": "
	"\"sip:127.0.0.1:5080\", \"cost_tariff\": \"none\","
	"    \"enabled\": false, \"anchor\": \"off\", \"timeout_s\": 5, "
	"\"ring_timeout_s\": 30, \"max_duration_s\": 7200, \"auth_user\": \"u\", "
	"\"auth_password\": \"open 'sesame'\", \"auth_realm\": \"r\","
	"    \"max_calls\": 9, \"failover\": []},"
	"    {\"name\": \"\xe4\xb8\xad\", \"interface\": \"access\", \"account\": "
	"\"acme\", \"match\": [\"10.0.0.1\", "
	"\"10.0.0.0/24\"], \"target\": \"sip:gw.example.net;transport=tcp\"}],"
	" \"routes\": [{\"prefix\": \"86\", \"trunks\": [\"\xe4\xb8\xad\", \"z\"]}, "
	"{\"prefix\": \"\", \"trunks\": [\"z\"]}]}";

static void survives_restart(void)
{
	struct bench b;
	char *before = NULL;

	bench_init(&b);
	CU_ASSERT_EQUAL(apply(&b, full, false, false), 0);
	CU_ASSERT_STRING_EQUAL(b.errstr, "");
	CU_ASSERT_EQUAL(str_dup(&before, export_text(&b)), 0);
	bench_stop(&b);

	bench_open(&b);
	CU_ASSERT_STRING_EQUAL(export_text(&b), before);
	CU_ASSERT_EQUAL(model_account(store_model(b.store), "acme")->balance_nano, 100500000000);
	CU_ASSERT_EQUAL(apply(&b, before, true, false), 0);
	CU_ASSERT_STRING_EQUAL(b.changes, "");
	CU_ASSERT_STRING_EQUAL(model_trunk(store_model(b.store), "z")->auth_password, "open 'sesame'");

	mem_deref(before);
	bench_close(&b);
}

static void columns(void)
{
	struct bench b;

	bench_init(&b);
	CU_ASSERT_EQUAL(apply(&b, full, false, false), 0);

	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM trunk"), 2);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT ring_timeout_ms FROM trunk WHERE name = 'z'"), 30000);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT enabled FROM trunk WHERE name = 'z'"), 0);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT per_minute_nano FROM rate WHERE prefix = '86'"),
			300000000);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT connect_fee_nano FROM rate WHERE prefix = '86'"), 1);
	CU_ASSERT_STRING_EQUAL(
		fixture_text(&b.f, "SELECT concat FROM (SELECT valid_from_us || ' ' || valid_until_us || ' ' "
				   "|| per_minute_nano || ' ' || min_charge_nano || ' ' || max_charge_nano "
				   "|| ' ' || grace_s || ' ' || blocked || ' ' || bands AS concat FROM rate "
				   "WHERE prefix = '49' ORDER BY valid_from_us DESC)"),
		"1782864000000000 1785535200000000 500000000 100000000 1000000000000000 5 1 "
		"[\"sat,sun 18:00-08:00 0.25\",\"mon 00:00-24:00 1\"]");
	CU_ASSERT_STRING_EQUAL(fixture_text(&b.f,
					    "SELECT zone || rounding || decimals || imported FROM tariff"),
			       "Europe/Berlinup40");
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT balance_nano FROM v_balance WHERE account = 'acme'"),
			100500000000);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT balance_nano FROM v_balance WHERE currency = 'EUR'"),
			-3000000000);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM account"), 2);
	CU_ASSERT_STRING_EQUAL(fixture_text(&b.f,
					    "SELECT group_concat(trunk) FROM (SELECT trunk FROM route_trunk "
					    "WHERE prefix = '86' ORDER BY position)"),
			       "\xe4\xb8\xad,z");
	CU_ASSERT_STRING_EQUAL(fixture_text(&b.f, "SELECT source FROM trunk_match WHERE position = 1"),
			       "10.0.0.0/24");

	/* a price list's rates are no concern of apply */
	CU_ASSERT_EQUAL(apply(&b, "{\"tariffs\": [{\"name\": \"retail\", \"rates\": null}]}", false, false),
			0);
	CU_ASSERT_STRING_EQUAL(b.changes, "tariff retail: rates changed\n");
	CU_ASSERT_EQUAL(apply(&b, "{\"tariffs\": [{\"name\": \"retail\", \"decimals\": 2}]}", false, false),
			0);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM rate"), 4);

	/* a list is replaced, not added to */
	CU_ASSERT_EQUAL(apply(&b,
			      "{\"trunks\": [{\"name\": \"\xe4\xb8\xad\", \"match\": [\"10.0.0.9\"]}],"
			      "\"tariffs\": [{\"name\": \"retail\", \"rates\": []}]}",
			      false, false),
			0);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM trunk_match"), 1);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM rate"), 0);
	bench_close(&b);
}

static void empty_folder(void)
{
	struct bench b;
	const struct interface *i;

	memset(&b, 0, sizeof(b));
	fixture_init(&b.f);
	bench_open(&b);
	i = model_interface(store_model(b.store), "access");
	CU_ASSERT_PTR_NOT_NULL_FATAL(i);
	if (!i)
		return; /* for the analyzer */
	CU_ASSERT_EQUAL(i->listenc, 2);
	CU_ASSERT_EQUAL(sa_port(&i->listenv[0].addr), 5060);
	CU_ASSERT_EQUAL(i->listenv[1].tp, SIP_TRANSP_TCP);
	CU_ASSERT_EQUAL(sa_in(&i->media4), 0x7f000001);

	/* until it could be bound, the next start may have another address */
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM interface"), 0);

	/* then it is kept, so that a later start with another address does not move it */
	CU_ASSERT_EQUAL(store_keep_first(b.store), 0);
	CU_ASSERT_EQUAL(apply(&b, "{\"settings\": {\"unknown_source\": \"drop\"}}", false, false), 0);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM interface"), 1);
	bench_close(&b);
}

static void wildcard_start(void)
{
	struct bench b;

	memset(&b, 0, sizeof(b));
	fixture_init(&b.f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&b.f), 0);
	CU_ASSERT_EQUAL(store_alloc(&b.store, b.f.writer, b.f.dir, "0.0.0.0:5060", b.errstr,
				    sizeof(b.errstr)),
			EINVAL);
	CU_ASSERT_PTR_EQUAL(strstr(b.errstr, "sip_listen: \"0.0.0.0:5060\" names no single address"),
			    b.errstr);
	bench_close(&b);
}

static void dry_run(void)
{
	struct bench b;
	const struct model *was;

	bench_init(&b);
	was = store_model(b.store);
	CU_ASSERT_EQUAL(apply(&b, full, false, true), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.changes, "trunk z: created\n"));
	CU_ASSERT_PTR_EQUAL(store_model(b.store), was);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM trunk"), 0);
	bench_close(&b);
}

static int change_handler(enum store_step step, struct model *m, char *errstr, size_t errsize, void *arg)
{
	static const char letterv[] = {'P', 'C', 'A'};
	struct bench *b = arg;
	const size_t n = strlen(b->steps);

	b->steps[n] = letterv[step];
	b->steps[n + 1] = '\0';

	/* the new model is in force at COMMIT, not before */
	CU_ASSERT_EQUAL(step == STORE_COMMIT, store_model(b->store) == m);

	if (step == STORE_PREPARE && b->prepare_err)
		(void)re_snprintf(errstr, errsize, "interfaces[0].listen[0]: in use");

	return step == STORE_PREPARE ? b->prepare_err : 0;
}

static void engine_has_its_say(void)
{
	struct bench b;
	struct model *was;

	bench_init(&b);
	store_change_handler(b.store, change_handler, &b);
	was = store_model(b.store);

	b.prepare_err = EADDRINUSE;
	CU_ASSERT_EQUAL(apply(&b, full, false, false), EADDRINUSE);
	CU_ASSERT_STRING_EQUAL(b.errstr, "interfaces[0].listen[0]: in use");
	CU_ASSERT_STRING_EQUAL(b.steps, "P");
	CU_ASSERT_PTR_EQUAL(store_model(b.store), was);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM trunk"), 0);

	b.prepare_err = 0;
	b.steps[0] = '\0';
	CU_ASSERT_EQUAL(apply(&b, full, false, false), 0);
	CU_ASSERT_STRING_EQUAL(b.steps, "PC");
	CU_ASSERT_PTR_NOT_EQUAL(store_model(b.store), was);

	/* nothing to change: nobody is bothered */
	b.steps[0] = '\0';
	CU_ASSERT_EQUAL(apply(&b, full, false, false), 0);
	CU_ASSERT_STRING_EQUAL(b.steps, "");
	bench_close(&b);
}

static void refused_by_database(void)
{
	struct bench b;
	struct model *was;

	bench_init(&b);
	CU_ASSERT_EQUAL(apply(&b, full, false, false), 0);
	bench_stop(&b);
	CU_ASSERT_EQUAL(fixture_exec(&b.f, "INSERT INTO subscriber (username, domain, account) VALUES ('u', "
					   "'d', 'acme')"),
			0);
	bench_open(&b);
	store_change_handler(b.store, change_handler, &b);
	was = store_model(b.store);

	CU_ASSERT_NOT_EQUAL(apply(&b,
				  "{\"interfaces\": [{\"name\": \"access\"}], "
				  "\"settings\": {\"default_account\": null}}",
				  true, false),
			    0);
	CU_ASSERT_PTR_NOT_NULL(strstr(b.errstr, "a subscriber still needs what would be removed"));
	CU_ASSERT_STRING_EQUAL(b.steps, "PA");
	CU_ASSERT_PTR_EQUAL(store_model(b.store), was);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM trunk"), 2);
	bench_close(&b);
}

static void count_handler(int err, const char *errstr, struct odict *result, void *arg)
{
	unsigned *left = arg;

	CU_ASSERT_EQUAL(err, 0);
	if (!--*left)
		re_cancel();
}

static void one_after_the_other(void)
{
	struct bench b;
	unsigned left = 20, i;

	bench_init(&b);

	for (i = 0; i < 20; i++) {

		struct odict *json = NULL;
		char text[256];

		(void)re_snprintf(text, sizeof(text),
				  "{\"trunks\": [{\"name\": \"t%u\", \"interface\": \"access\", "
				  "\"match\": [\"10.0.0.%u\"]}]}",
				  i, i + 1);
		CU_ASSERT_EQUAL_FATAL(json_read(&json, ODICT_OBJECT, text, strlen(text), NULL), 0);
		CU_ASSERT_EQUAL(store_apply(b.store, json, false, false, count_handler, &left), 0);
		mem_deref(json);
	}

	tmr_start(&b.tmr, WAIT_MS, timeout_handler, NULL);
	(void)re_main(NULL);
	tmr_cancel(&b.tmr);

	CU_ASSERT_EQUAL(left, 0);
	CU_ASSERT_EQUAL(list_count(&store_model(b.store)->trunkl), 20);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM trunk"), 20);
	bench_close(&b);
}

static void account_reborn(void)
{
	struct bench b;

	bench_init(&b);
	CU_ASSERT_EQUAL(
		apply(&b, "{\"accounts\": [{\"name\": \"a\", \"currency\": \"CNY\", \"balance\": \"10\"}]}",
		      false, false),
		0);
	CU_ASSERT_EQUAL(apply(&b, "{\"interfaces\": [{\"name\": \"access\"}]}", true, false), 0);
	CU_ASSERT_EQUAL(
		apply(&b, "{\"accounts\": [{\"name\": \"a\", \"currency\": \"CNY\", \"balance\": \"4\"}]}",
		      false, false),
		0);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT balance_nano FROM v_balance WHERE account = 'a'"),
			4000000000);
	CU_ASSERT_EQUAL(fixture_number(&b.f, "SELECT count(*) FROM ledger"), 2);
	bench_close(&b);
}

static const struct unit_test testv[] = {
	{"what is applied is there after a restart, word for word", survives_restart},
	{"every field has its column", columns},
	{"an empty folder has interface access", empty_folder},
	{"a wildcard address cannot be the first interface", wildcard_start},
	{"a dry run changes nothing", dry_run},
	{"the engine prepares before anything is stored", engine_has_its_say},
	{"what the database refuses is undone", refused_by_database},
	{"applies wait for each other", one_after_the_other},
	{"an account's opening balance is its balance, even the second time", account_reborn},
	{NULL, NULL},
};

const struct unit_suite store_suite = {"store", testv};

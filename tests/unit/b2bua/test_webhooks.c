/**
 * @file test_webhooks.c  What the web server reports of webhooks: kept, told when it turns, refused when malformed
 */
#include <string.h>
#include "json.h"
#include "store/webhooks.h"
#include "store_fixture.h"
#include "unit.h"

static const char hook_sql[] =
	"INSERT INTO webhook (name, url, events, secret) VALUES ('a', 'http://h/', '[]', 's')";

static int report(struct webhooks *w, const char *text)
{
	struct odict *list = NULL;
	int err;

	CU_ASSERT_EQUAL_FATAL(json_read(&list, ODICT_ARRAY, text, strlen(text), NULL), 0);
	err = webhooks_report(w, list);
	mem_deref(list);

	return err;
}

#define REPORT(state, delivered)                                                 \
	"[{\"name\": \"a\", \"state\": \"" state "\", \"delivered\": " delivered \
	", \"skipped\": 2, \"behind\": 5, \"behind_s\": 1, \"failures\": 3, \"error\": \"HTTP 500\"}]"

static void begin(struct fixture *f, struct webhooks **wp)
{
	fixture_init(f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);
	fixture_stop(f);
	CU_ASSERT_EQUAL_FATAL(fixture_exec(f, hook_sql), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);
	CU_ASSERT_EQUAL_FATAL(webhooks_alloc(wp, f->writer), 0);
}

static void kept(void)
{
	struct webhooks *w = NULL;
	struct fixture f;

	begin(&f, &w);
	CU_ASSERT_EQUAL(report(w, REPORT("ok", "7")), 0);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT delivered_seq FROM webhook", 7));
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT skipped FROM webhook"), 2);

	/* a database that was put back begins anew from there */
	CU_ASSERT_EQUAL(report(w, REPORT("ok", "3")), 0);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT delivered_seq FROM webhook", 3));

	mem_deref(w);
	fixture_close(&f);
}

static void turns(void)
{
	static const char *const statev[] = {"ok", "failing", "failing", "ok", "ok", "failing"};
	struct webhooks *w = NULL;
	struct fixture f;

	begin(&f, &w);
	CU_ASSERT_FALSE(webhooks_failing(w));

	for (size_t i = 0; i < ARRAY_SIZE(statev); i++) {
		const bool failing = strcmp(statev[i], "failing") == 0;

		CU_ASSERT_EQUAL(report(w, failing ? REPORT("failing", "7") : REPORT("ok", "7")), 0);
		CU_ASSERT_EQUAL(webhooks_failing(w), failing);
	}

	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM event", 3));
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT group_concat(kind) FROM (SELECT kind FROM event "
						"ORDER BY seq)"),
			       "WEBHOOK_FAILING,WEBHOOK_RECOVERED,WEBHOOK_FAILING");
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT detail ->> 'webhook' || ' ' || (detail ->> 'error') "
						"FROM event"),
			       "a HTTP 500");

	/* one that is gone fails no longer */
	CU_ASSERT_EQUAL(report(w, "[]"), 0);
	CU_ASSERT_FALSE(webhooks_failing(w));

	mem_deref(w);
	fixture_close(&f);
}

static void malformed(void)
{
	static const char *const v[] = {
		"[1]",
		"[{}]",
		"[{\"name\": \"a\"}]",
		REPORT("ok", "-1"),
		REPORT("ok", "\"7\""),
		REPORT("ok", "7.5"),
		"[{\"name\": \"\", \"state\": \"ok\", \"delivered\": 1, \"skipped\": 0, \"behind\": 0, "
		"\"behind_s\": 0, "
		"\"failures\": 0}]",
	};
	struct webhooks *w = NULL;
	struct fixture f;

	begin(&f, &w);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		CU_ASSERT_EQUAL(report(w, v[i]), EBADMSG);

	mem_deref(w);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"how far a webhook was told is kept", kept},
	{"a webhook that begins or ceases to fail makes an event, once", turns},
	{"a malformed report is refused", malformed},
	{NULL, NULL},
};

const struct unit_suite webhooks_suite = {"webhooks", testv};

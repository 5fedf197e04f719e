/**
 * @file test_webhook.c  When a webhook tries again, what it is sent, and which events are left to tell
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "db.h"
#include "json.h"
#include "migrate.h"
#include "query.h"
#include "unit.h"
#include "webhook.h"
#include "webhook_message.h"

#define HOUR_US (INT64_C(3600) * 1000000)

static void retry(void)
{
	static const struct {
		uint32_t failures, full_ms;
	} v[] = {{1, 1000},
		 {2, 2000},
		 {3, 4000},
		 {12, 2048000},
		 {13, 3600000},
		 {14, 3600000},
		 {UINT32_MAX, 3600000}};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		CU_ASSERT_EQUAL(webhook_retry_ms(v[i].failures, 0), v[i].full_ms / 2);
		CU_ASSERT_EQUAL(webhook_retry_ms(v[i].failures, v[i].full_ms / 2), v[i].full_ms);
		CU_ASSERT(webhook_retry_ms(v[i].failures, UINT32_MAX) >= v[i].full_ms / 2);
		CU_ASSERT(webhook_retry_ms(v[i].failures, UINT32_MAX) <= v[i].full_ms);
	}
}

/* idle, sending, waiting by work, taken, refused, again; 9: no such row. */
static void table(void)
{
	static const uint8_t nextv[3][4] = {{1, 9, 9, 9}, {9, 0, 2, 9}, {9, 9, 9, 0}};

	CU_ASSERT_EQUAL(statetable_check(&webhook_table), 0);

	for (uint8_t state = 0; state < 3; state++) {
		for (uint8_t event = 0; event < 4; event++) {

			const struct state_row *row = statetable_row(&webhook_table, state, event);

			CU_ASSERT_EQUAL(row ? row->next : 9, nextv[state][event]);
		}
	}
}

/* Made with: printf '1700000000.{"a": 1}' | openssl dgst -sha256 -hmac 0123456789abcdef */
static void signature(void)
{
	static const char body[] = "{\"a\": 1}";
	struct mbuf mb = {.buf = (uint8_t *)body, .size = 8, .end = 8};
	char hex[WEBHOOK_SIGNATURE_SIZE];

	CU_ASSERT_EQUAL(webhook_sign(hex, "0123456789abcdef", 1700000000, &mb), 0);
	CU_ASSERT_STRING_EQUAL(hex, "09f4bb04e8cba11aeb0d90ffdd73e38a83be1c59cd0408c683d80645ea8dd3d1");
}

/* ---------------------------------------------------------------- the outbox */

struct fixture {
	char dir[32], path[64], errstr[512];
	struct query *q;
	struct db *db; /* the writer's */
	struct webhook_settings s;
};

static void setup(struct fixture *f, const char *events, uint32_t batch)
{
	memset(f, 0, sizeof(*f));
	str_ncpy(f->dir, "/tmp/tandem-unit-XXXXXX", sizeof(f->dir));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->dir));
	(void)re_snprintf(f->path, sizeof(f->path), "%s/tandem.db", f->dir);
	CU_ASSERT_EQUAL_FATAL(query_alloc(&f->q, f->dir), 0);
	CU_ASSERT_EQUAL_FATAL(db_open(&f->db, f->path, DB_WRITE, f->errstr, sizeof(f->errstr)), 0);
	CU_ASSERT_EQUAL_FATAL(migrate_run(f->db, f->errstr, sizeof(f->errstr)), 0);

	f->s.batch = batch;
	f->s.max_age_s = 3600;
	CU_ASSERT_EQUAL_FATAL(json_read(&f->s.events, ODICT_ARRAY, events, strlen(events), NULL), 0);
}

static void teardown(struct fixture *f)
{
	static const char *const suffixv[] = {"", "-wal", "-shm"};
	char path[80];

	mem_deref(f->s.events);
	mem_deref(f->q);
	mem_deref(f->db);
	for (size_t i = 0; i < ARRAY_SIZE(suffixv); i++) {
		(void)re_snprintf(path, sizeof(path), "%s%s", f->path, suffixv[i]);
		(void)unlink(path);
	}
	CU_ASSERT_EQUAL(rmdir(f->dir), 0);
}

static void event_add(struct fixture *f, int64_t at_us, const char *kind)
{
	char sql[256];

	(void)re_snprintf(sql, sizeof(sql),
			  "INSERT INTO event (at_us, node, kind, cdr_id, detail)"
			  " VALUES (%lld, 'n', '%s', 'no-such-call', '{\"a\": [1]}')",
			  at_us, kind);
	CU_ASSERT_EQUAL_FATAL(db_exec(f->db, sql), 0);
}

/* Events 1 to 6: two that are too old, one of which is wanted, two that are wanted, two that are not. */
static void events_add(struct fixture *f)
{
	static const char *const kindv[] = {"CALL_END", "OTHER", "OTHER", "CALL_END", "CALL_START", "OTHER"};

	for (size_t i = 0; i < ARRAY_SIZE(kindv); i++)
		event_add(f, i < 2 ? HOUR_US - 1 : 2 * HOUR_US, kindv[i]);
}

static void outbox(void)
{
	static const struct {
		const char *events;
		uint32_t batch;
		int64_t after, passed, skipped, count, through;
	} v[] = {
		{"[\"CALL_*\"]", 1, 0, 3, 1, 1, 4}, {"[\"CALL_*\"]", 1, 4, 4, 0, 1, 5},
		{"[\"CALL_*\"]", 9, 0, 3, 1, 2, 6}, {"[\"CALL_START\"]", 9, 0, 4, 0, 1, 6},
		{"[\"*\"]", 2, 0, 2, 2, 2, 4},      {"[\"CALL_\", \"X\"]", 9, 0, 6, 0, 0, 0},
		{"[\"CALL_*\"]", 9, 6, 6, 0, 0, 0}, {"[\"X\", \"OTHER\"]", 9, 3, 5, 0, 1, 6},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		struct outbox_batch b;
		struct fixture f;

		setup(&f, v[i].events, v[i].batch);
		events_add(&f);
		CU_ASSERT_EQUAL_FATAL(outbox_read(&b, f.q, &f.s, v[i].after, 2 * HOUR_US), 0);
		CU_ASSERT_EQUAL(b.passed, v[i].passed);
		CU_ASSERT_EQUAL((int64_t)b.skipped, v[i].skipped);
		CU_ASSERT_EQUAL((int64_t)b.count, v[i].count);
		CU_ASSERT_EQUAL(b.through, v[i].through);
		CU_ASSERT_EQUAL(b.body != NULL, v[i].count != 0);
		mem_deref(b.body);
		teardown(&f);
	}
}

static void message(void)
{
	static const char wanted[] =
		"{\"id\": \"n-1-7200000000\", \"seq\": 1, \"node\": \"n\", \"kind\": \"A\", "
		"\"at\": \"1970-01-01T02:00:00.000000Z\", \"at_us\": 7200000000, \"call\": null, "
		"\"detail\": {\"a\": [1]}}";
	struct outbox_batch b;
	struct fixture f;
	struct pl body;

	setup(&f, "[\"A\"]", 1);
	event_add(&f, 2 * HOUR_US, "A");
	CU_ASSERT_EQUAL_FATAL(outbox_read(&b, f.q, &f.s, 0, 2 * HOUR_US), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b.body);
	body = b.body ? (struct pl){(const char *)b.body->buf, b.body->end} : pl_null;
	CU_ASSERT_EQUAL(pl_strcmp(&body, wanted), 0);
	if (pl_strcmp(&body, wanted))
		(void)re_fprintf(stderr, "%r\n", &body);
	mem_deref(b.body);
	teardown(&f);
}

/* A record that cannot be read is no reason to stop telling. */
static void damaged(void)
{
	struct outbox_batch b;
	struct fixture f;

	setup(&f, "[\"A\"]", 1);
	event_add(&f, 2 * HOUR_US, "A");
	CU_ASSERT_EQUAL_FATAL(db_exec(f.db, "INSERT INTO open_call (cdr_id, node, record) VALUES "
					    "('no-such-call', 'n', x'01ff00')"),
			      0);
	CU_ASSERT_EQUAL_FATAL(outbox_read(&b, f.q, &f.s, 0, 2 * HOUR_US), 0);
	CU_ASSERT_EQUAL(b.count, 1);
	mem_deref(b.body);
	teardown(&f);
}

static const struct unit_test testv[] = {
	{"a webhook is tried again after 1 s to an hour, drawn from the upper half", retry},
	{"every row of the table is there, and no other", table},
	{"the signature is HMAC-SHA256 over timestamp, full stop and body", signature},
	{"the outbox gives what is wanted and not too old, in its order", outbox},
	{"an event is told with its id, its time and its detail", message},
	{"a damaged record of a call does not stop its events", damaged},
	{NULL, NULL},
};

const struct unit_suite webhook_suite = {"webhook", testv};

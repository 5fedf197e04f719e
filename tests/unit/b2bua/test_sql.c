/**
 * @file test_sql.c  The views and example queries run against generated calls and say what they should
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include "store_fixture.h"
#include "unit.h"

enum { CALLS = 300, SQL_MAX = 16384 };

static void generate(struct fixture *f)
{
	static const enum cdr_disposition endv[] = {CDR_ANSWERED,  CDR_ANSWERED, CDR_BUSY,
						    CDR_NO_ANSWER, CDR_FAILED,   CDR_CANCELLED};
	static const char failed_over[] =
		"[{\"trunk\":\"ims \\\"b\\\"\",\"code\":503,\"ms\":20,\"reason\":\"Service Unavailable\"},"
		"{\"trunk\":\"ims-a\",\"code\":200,\"ms\":3000,\"reason\":\"OK\"}]";
	static const char one_way[] =
		"{\"state\": \"begin\", \"from\": \"b1\", \"cause\": \"no packets\", \"media\": 1}";
	unsigned i;

	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);

	for (i = 0; i < CALLS; i++) {

		struct cdr *cdr = fixture_cdr(i);
		const enum cdr_disposition end = endv[i % ARRAY_SIZE(endv)];

		CU_ASSERT_EQUAL(writer_call_open(f->writer, cdr), 0);
		if (end == CDR_ANSWERED) {
			fixture_answer(cdr);
			CU_ASSERT_EQUAL(cdr_set_str(&cdr->attempts, failed_over), 0);
		}
		fixture_end(cdr, end);
		CU_ASSERT_EQUAL(writer_call_close(f->writer, cdr), 0);
		if (i % 50 == 0)
			CU_ASSERT_EQUAL(writer_event(f->writer, "ONE_WAY_AUDIO", cdr->cdr_id, one_way), 0);
		mem_deref(cdr);
		if (i % 50 == 0)
			sys_msleep(1);
	}

	fixture_stop(f);
}

static void test_views_count_every_call(void)
{
	static const struct {
		const char *sql;
		int64_t want;
	} v[] = {
		{"SELECT sum(attempts) FROM v_asr_acd", CALLS},
		{"SELECT sum(answered) FROM v_asr_acd", CALLS / 3},
		{"SELECT acd_s FROM v_asr_acd WHERE dst_trunk = 'ims-a'", 60},
		{"SELECT sum(calls) FROM v_fail_cause", CALLS * 2 / 3},
		{"SELECT sum(attempts) FROM v_top_destination", CALLS},
		{"SELECT sum(calls) FROM v_revenue_daily", CALLS / 3},
		{"SELECT sum(price_nano) FROM v_revenue_daily", CALLS / 3 * INT64_C(300000000)},
		{"SELECT count(*) FROM v_call", CALLS},
		{"SELECT sum(attempts) FROM traffic_day", CALLS},
		{"SELECT sum(calls) FROM v_fail_destination", CALLS * 2 / 3},
		{"SELECT sum(price_nano) FROM v_revenue_destination", CALLS / 3 * INT64_C(300000000)},
		{"SELECT count(*) FROM v_event", 2 * CALLS + (CALLS + 49) / 50},
		{"SELECT sum(calls) FROM v_quality", CALLS / 3},
		{"SELECT sum(calls) FROM v_quality_codec", CALLS / 3 * 2},
		{"SELECT mos_min * 100 FROM v_quality_codec WHERE side = 'callee'", 401},
		{"SELECT mos * 100 FROM v_quality_codec WHERE trunk = 'pbx' AND codec = 'PCMA/8000'", 430},
		{"SELECT sum(one_way_callee) FROM v_quality_event", (CALLS + 49) / 50},
		{"SELECT sum(one_way_caller + bad_caller + bad_callee) FROM v_quality_event", 0},
		{"SELECT count(*) FROM v_balance", 0},
		{"SELECT count(*) FROM v_attempt", CALLS / 3 * 2},
		{"SELECT attempts FROM v_trunk_asr WHERE trunk = 'ims \"b\"'", CALLS / 3},
		{"SELECT asr_percent FROM v_trunk_asr WHERE trunk = 'ims \"b\"'", 0},
		{"SELECT asr_percent FROM v_trunk_asr WHERE trunk = 'ims-a'", 100},
		{"SELECT count(*) FROM v_call WHERE answered LIKE '____-__-__ __:__:__.___'", CALLS / 3},
		{"SELECT count(*) FROM v_call WHERE ended LIKE '____-__-__ __:__:__.___'", CALLS},
	};
	struct fixture f;
	size_t i;

	fixture_init(&f);
	generate(&f);
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		const int64_t got = fixture_number(&f, v[i].sql);

		CU_ASSERT_EQUAL(got, v[i].want);
		if (got != v[i].want)
			(void)re_fprintf(stderr, "%s: %lld\n", v[i].sql, (long long)got);
	}
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT price FROM v_call WHERE price IS NOT NULL LIMIT 1"),
			       "0.30");
	fixture_close(&f);
}

static void test_balance_is_the_sum_of_the_ledger(void)
{
	static const struct {
		const char *debit, *credit, *amount, *want;
	} v[] = {
		{"@topup", "acme", "100000000000", "100.00"},
		{"acme", "@revenue", "300000000", "99.70"},
		{"acme", "@revenue", "1", "99.699999999"},
		{"acme", "@reserve", "100000000000", "-0.300000001"},
		{"@reserve", "acme", "300000001", "0.00"},
	};
	struct fixture f;
	char sql[512];
	size_t i;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(fixture_exec(&f, "INSERT INTO account (name, currency) VALUES ('acme', 'CNY');"), 0);

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		(void)re_snprintf(sql, sizeof(sql),
				  "INSERT INTO ledger VALUES ('%zu', 'k%zu', 'n', 1, 'adjust', '%s', '%s', "
				  "%s, 'CNY', "
				  "NULL, NULL);",
				  i, i, v[i].debit, v[i].credit, v[i].amount);
		CU_ASSERT_EQUAL(fixture_exec(&f, sql), 0);
		CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT balance FROM v_balance"), v[i].want);
	}
	fixture_close(&f);
}

static bool file_read(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t len;

	if (!file)
		return false;

	len = fread(text, 1, size - 1, file);
	text[len] = '\0';
	(void)fclose(file);

	return len > 0;
}

/* The file is one statement, opens with the question it answers, and runs. Rows it gave, or -1. */
static int run_example(struct db *db, const char *path)
{
	struct sqlite3_stmt *stmt = NULL;
	char text[SQL_MAX];
	const char *rest = NULL;
	int rc, rows = 0;

	if (!file_read(path, text, sizeof(text)) || strncmp(text, "-- ", 3))
		return -1;

	rc = sqlite3_prepare_v2(db_handle(db), text, -1, &stmt, &rest);
	while (rc == SQLITE_OK || rc == SQLITE_ROW) {
		rc = sqlite3_step(stmt);
		rows += rc == SQLITE_ROW;
	}
	(void)sqlite3_finalize(stmt);

	if (rc != SQLITE_DONE || rest[strspn(rest, " \n")]) {
		(void)re_fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(db_handle(db)));
		return -1;
	}

	return rows;
}

/* These ask for what generated calls do not have. */
static bool may_be_empty(const char *path)
{
	static const char *const emptyv[] = {"balances",      "recovered_calls", "short_calls",
					     "calls_up_at",   "poor_quality",    "fraud_spend",
					     "unbilled_calls"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(emptyv); i++)
		if (strstr(path, emptyv[i]))
			return true;

	return false;
}

static void test_examples_run_and_answer(void)
{
	struct fixture f;
	struct db *db = NULL;
	glob_t found;
	size_t i;

	fixture_init(&f);
	generate(&f);
	CU_ASSERT_EQUAL_FATAL(db_open(&db, fixture_path(&f, "tandem.db"), DB_READ, f.errstr,
				      sizeof(f.errstr)),
			      0);
	CU_ASSERT_EQUAL_FATAL(glob(TANDEM_SOURCE_DIR "/sql/examples/*.sql", 0, NULL, &found), 0);

	for (i = 0; i < found.gl_pathc; i++) {

		const int rows = run_example(db, found.gl_pathv[i]);

		CU_ASSERT_TRUE(rows >= (may_be_empty(found.gl_pathv[i]) ? 0 : 1));
		if (rows < 1 && !may_be_empty(found.gl_pathv[i]))
			(void)re_fprintf(stderr, "%s: %d rows\n", found.gl_pathv[i], rows);
	}
	CU_ASSERT_TRUE(found.gl_pathc >= 10);

	globfree(&found);
	mem_deref(db);
	fixture_close(&f);
}

/* docs/sql.md names every table's columns and every view. */
static void test_every_column_is_documented(void)
{
	static char doc[262144];
	struct sqlite3_stmt *stmt = NULL;
	struct fixture f;
	struct db *db = NULL;
	char want[128];

	CU_ASSERT_TRUE_FATAL(file_read(TANDEM_SOURCE_DIR "/docs/sql.md", doc, sizeof(doc)));
	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	fixture_stop(&f);
	CU_ASSERT_EQUAL_FATAL(db_open(&db, fixture_path(&f, "tandem.db"), DB_READ, f.errstr,
				      sizeof(f.errstr)),
			      0);
	CU_ASSERT_EQUAL_FATAL(sqlite3_prepare_v2(db_handle(db),
						 "SELECT s.name, i.name FROM sqlite_schema AS s "
						 "JOIN pragma_table_info(s.name) AS i WHERE s.type IN "
						 "('table', 'view')",
						 -1, &stmt, NULL),
			      SQLITE_OK);

	while (sqlite3_step(stmt) == SQLITE_ROW) {

		const char *table = (const char *)sqlite3_column_text(stmt, 0);
		const char *column = (const char *)sqlite3_column_text(stmt, 1);
		const char *section;
		bool said;

		(void)re_snprintf(want, sizeof(want), "\n### `%s`\n", table);
		section = strstr(doc, want);
		(void)re_snprintf(want, sizeof(want), "`%s`", column);
		said = section && strstr(section, want) &&
		       (!strstr(section + 4, "\n### ") ||
			strstr(section, want) < strstr(section + 4, "\n### "));
		CU_ASSERT_TRUE(said);
		if (!said)
			(void)re_fprintf(stderr, "docs/sql.md: %s.%s is missing\n", table, column);
	}

	(void)sqlite3_finalize(stmt);
	mem_deref(db);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"the views count every call once", test_views_count_every_call},
	{"a balance is the exact sum of the ledger", test_balance_is_the_sum_of_the_ledger},
	{"every example is one commented query that runs and answers", test_examples_run_and_answer},
	{"docs/sql.md names every table, view and column", test_every_column_is_documented},
	{NULL, NULL},
};

const struct unit_suite sql_suite = {"sql", testv};

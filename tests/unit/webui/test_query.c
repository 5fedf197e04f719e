/**
 * @file test_query.c  What the web server reads from the database
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "db.h"
#include "migrate.h"
#include "query_cdr.h"
#include "query_ledger.h"
#include "unit.h"

struct fixture {
	char dir[32], path[64], errstr[512];
	struct query *q;
	struct db *db; /* the writer's */
};

static void database_make(struct fixture *f)
{
	CU_ASSERT_EQUAL_FATAL(db_open(&f->db, f->path, DB_WRITE, f->errstr, sizeof(f->errstr)), 0);
	CU_ASSERT_EQUAL_FATAL(migrate_run(f->db, f->errstr, sizeof(f->errstr)), 0);
}

static void setup(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	str_ncpy(f->dir, "/tmp/tandem-unit-XXXXXX", sizeof(f->dir));
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->dir));
	(void)re_snprintf(f->path, sizeof(f->path), "%s/tandem.db", f->dir);
	CU_ASSERT_EQUAL_FATAL(query_alloc(&f->q, f->dir), 0);
}

static void database_remove(struct fixture *f)
{
	static const char *const suffixv[] = {"", "-wal", "-shm"};
	char path[80];

	f->db = mem_deref(f->db);

	for (size_t i = 0; i < ARRAY_SIZE(suffixv); i++) {
		(void)re_snprintf(path, sizeof(path), "%s%s", f->path, suffixv[i]);
		(void)unlink(path);
	}
}

static void teardown(struct fixture *f)
{
	mem_deref(f->q);
	database_remove(f);
	CU_ASSERT_EQUAL(rmdir(f->dir), 0);
}

static void cdr_add(struct fixture *f, int64_t start_us, const char *account, const char *callee)
{
	char sql[512];

	(void)re_snprintf(sql, sizeof(sql),
			  "INSERT INTO cdr (cdr_id, node, start_us, account, callee, disposition, "
			  "released_by,"
			  " attempts, price_nano, currency, recovered, prev_hash, hash)"
			  " VALUES (hex(randomblob(16)), 'n', %lld, %s, '%s', 'answered', 'caller',"
			  " '[{\"trunk\": \"a\"}]', 1500000001, 'CNY', 0, '', '')",
			  start_us, account, callee);
	CU_ASSERT_EQUAL_FATAL(db_exec(f->db, sql), 0);
}

static struct query_cdr everything(uint32_t limit)
{
	return (struct query_cdr){.before_us = INT64_MAX, .before_seq = INT64_MAX, .limit = limit};
}

static const struct odict *rows_of(const struct odict *page)
{
	return odict_get_type(page, ODICT_ARRAY, "cdrs")->u.odict;
}

static void test_waits(void)
{
	const struct query_cdr want = everything(10);
	struct odict *page = NULL;
	struct fixture f;

	setup(&f);
	CU_ASSERT_EQUAL(query_check(f.q, f.errstr, sizeof(f.errstr)), ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, "tandem.db"));
	CU_ASSERT_EQUAL(query_cdrs(f.q, &page, &want, f.errstr, sizeof(f.errstr)), ENOENT);

	database_make(&f);
	cdr_add(&f, 1, "NULL", "86");
	CU_ASSERT_EQUAL(query_cdrs(f.q, &page, &want, f.errstr, sizeof(f.errstr)), 0);
	CU_ASSERT_EQUAL(odict_count(rows_of(page), false), 1);
	page = mem_deref(page);

	/* another data folder was put in its place */
	database_remove(&f);
	database_make(&f);
	CU_ASSERT_EQUAL(query_cdrs(f.q, &page, &want, f.errstr, sizeof(f.errstr)), 0);
	CU_ASSERT_EQUAL(odict_count(rows_of(page), false), 0);
	mem_deref(page);

	CU_ASSERT_EQUAL(db_exec(f.db, "PRAGMA user_version = 9999"), 0);
	f.q = mem_deref(f.q);
	CU_ASSERT_EQUAL_FATAL(query_alloc(&f.q, f.dir), 0);
	CU_ASSERT_EQUAL(query_check(f.q, f.errstr, sizeof(f.errstr)), EPROTONOSUPPORT);
	teardown(&f);
}

static void test_row(void)
{
	const struct query_cdr want = everything(10);
	const struct odict *row;
	struct odict *page = NULL;
	struct fixture f;

	setup(&f);
	database_make(&f);
	cdr_add(&f, 1234567, "'ac''me'", "86<b>");
	CU_ASSERT_EQUAL_FATAL(query_cdrs(f.q, &page, &want, f.errstr, sizeof(f.errstr)), 0);
	row = ((struct odict_entry *)rows_of(page)->lst.head->data)->u.odict;

	CU_ASSERT_STRING_EQUAL(odict_string(row, "account"), "ac'me");
	CU_ASSERT_STRING_EQUAL(odict_string(row, "callee"), "86<b>");
	CU_ASSERT_STRING_EQUAL(odict_string(row, "price"), "1.500000001");
	CU_ASSERT_PTR_NULL(odict_lookup(row, "price_nano"));
	CU_ASSERT_EQUAL(odict_lookup(row, "start_us")->u.integer, 1234567);
	CU_ASSERT_EQUAL(odict_lookup(row, "answer_us")->type, ODICT_NULL);
	CU_ASSERT_EQUAL(odict_lookup(row, "attempts")->type, ODICT_ARRAY);
	CU_ASSERT_EQUAL(odict_lookup(page, "next")->type, ODICT_NULL);
	mem_deref(page);
	teardown(&f);
}

enum { PAGED = 23 };

/* Read all pages; every row once, newest first. Returns how many. */
static unsigned pages_walk(struct fixture *f, struct query_cdr want)
{
	int64_t last_us = INT64_MAX, last_seq = INT64_MAX;
	unsigned rows = 0;
	bool more = true;

	while (more) {

		struct odict *page = NULL;
		const char *next;
		struct le *le;

		CU_ASSERT_EQUAL_FATAL(query_cdrs(f->q, &page, &want, f->errstr, sizeof(f->errstr)), 0);

		for (le = rows_of(page)->lst.head; le; le = le->next) {

			const struct odict *row = ((struct odict_entry *)le->data)->u.odict;
			const int64_t us = odict_lookup(row, "start_us")->u.integer;
			const int64_t seq = odict_lookup(row, "seq")->u.integer;

			CU_ASSERT(us < last_us || (us == last_us && seq < last_seq));
			last_us = us;
			last_seq = seq;
			++rows;
		}

		next = odict_string(page, "next");
		more = next && !query_cursor(&want, next);
		mem_deref(page);

		CU_ASSERT_FATAL(rows <= PAGED);
	}

	return rows;
}

static void test_pages(void)
{
	struct query_cdr want;
	struct fixture f;

	setup(&f);
	database_make(&f);
	for (int i = 0; i < PAGED; i++) /* several in the same microsecond; two accounts, three numbers */
		cdr_add(&f, i / 4, i % 2 ? "'a'" : "'b'", i % 3 ? "861" : "862");

	for (uint32_t limit = 1; limit <= PAGED + 1; limit++) {

		want = everything(limit);
		CU_ASSERT_EQUAL(pages_walk(&f, want), PAGED);

		want.account = "a";
		CU_ASSERT_EQUAL(pages_walk(&f, want), PAGED / 2);

		want.callee = "862";
		CU_ASSERT_EQUAL(pages_walk(&f, want), 4);

		want.account = NULL;
		CU_ASSERT_EQUAL(pages_walk(&f, want), 8);

		want.callee = "86' OR '1'='1";
		CU_ASSERT_EQUAL(pages_walk(&f, want), 0);
	}
	teardown(&f);
}

static void test_plan(void)
{
	static const enum sql_query queryv[] = {SQL_CDR_PAGE, SQL_CDR_PAGE_ACCOUNT, SQL_CDR_PAGE_CALLEE,
						SQL_CDR_PAGE_ACCOUNT_CALLEE};
	struct fixture f;

	setup(&f);
	database_make(&f);

	for (size_t i = 0; i < ARRAY_SIZE(queryv); i++) {

		struct sqlite3_stmt *stmt = NULL;
		char sql[1024];

		(void)re_snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", sql_queryv[queryv[i]].text);
		CU_ASSERT_EQUAL_FATAL(sqlite3_prepare_v2(db_handle(f.db), sql, -1, &stmt, NULL), SQLITE_OK);

		while (sqlite3_step(stmt) == SQLITE_ROW) {

			const char *step = (const char *)sqlite3_column_text(stmt, 3);

			if (!strncmp(step, "CORRELATED", strlen("CORRELATED")))
				continue;
			CU_ASSERT_PTR_NOT_NULL(strstr(step, "USING INDEX"));
			CU_ASSERT_PTR_NULL(strstr(step, "TEMP B-TREE"));
		}
		(void)sqlite3_finalize(stmt);
	}
	teardown(&f);
}

static void test_cursor(void)
{
	static const char *const badv[] = {"",
					   "-",
					   "1",
					   "1-",
					   "-1",
					   "1-2-3",
					   "a-1",
					   "1-a",
					   " 1-1",
					   "1- 1",
					   "99999999999999999999-1",
					   "1-9999999999999999999"};
	struct query_cdr want;

	for (size_t i = 0; i < ARRAY_SIZE(badv); i++)
		CU_ASSERT_EQUAL(query_cursor(&want, badv[i]), EINVAL);

	CU_ASSERT_EQUAL(query_cursor(&want, "1795250799634838-42"), 0);
	CU_ASSERT_EQUAL(want.before_us, 1795250799634838);
	CU_ASSERT_EQUAL(want.before_seq, 42);
}

static void test_ledger_cursor(void)
{
	static const char *const badv[] = {"",
					   "_",
					   "1",
					   "1_a",
					   "1_a_",
					   "_a_1",
					   "1__1",
					   "a_a_1",
					   "1_a_b",
					   "1_a_1_1",
					   " 1_a_1",
					   "1_a_1e9",
					   "1_a_0.0000000001",
					   "99999999999999999999_a_1",
					   "1_0123456789012345678901234567890123456789_1"};
	struct query_ledger want = {0};

	for (size_t i = 0; i < ARRAY_SIZE(badv); i++)
		CU_ASSERT_EQUAL(query_ledger_cursor(&want, badv[i]), EINVAL);

	CU_ASSERT_EQUAL(query_ledger_cursor(&want, "1795250799634838_0190f8b2-aa_-12.000000001"), 0);
	CU_ASSERT_EQUAL(want.before_us, 1795250799634838);
	CU_ASSERT_STRING_EQUAL(want.before_id, "0190f8b2-aa");
	CU_ASSERT_EQUAL(want.balance_nano, -12000000001);
	CU_ASSERT(want.further);
}

/* No part of a page may read all that was ever booked. */
static void test_ledger_plan(void)
{
	struct sqlite3_stmt *stmt = NULL;
	struct fixture f;
	char sql[4096];
	int searches = 0;

	setup(&f);
	database_make(&f);
	(void)re_snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", sql_queryv[SQL_LEDGER_PAGE].text);
	CU_ASSERT_EQUAL_FATAL(sqlite3_prepare_v2(db_handle(f.db), sql, -1, &stmt, NULL), SQLITE_OK);

	while (sqlite3_step(stmt) == SQLITE_ROW) {

		const char *step = (const char *)sqlite3_column_text(stmt, 3);

		CU_ASSERT_PTR_NULL(strstr(step, "SCAN ledger"));
		if (strstr(step, "SEARCH ledger"))
			CU_ASSERT_PTR_NOT_NULL(strstr(step, "=? AND currency=? AND at_us<?"));
		searches += strstr(step, "SEARCH ledger USING INDEX ledger_") != NULL;
	}
	CU_ASSERT_EQUAL(searches, 2);
	(void)sqlite3_finalize(stmt);
	teardown(&f);
}

static const struct unit_test testv[] = {
	{"a database may come later, be replaced, or be too new", test_waits},
	{"a row's amounts are decimal text, its lists are JSON", test_row},
	{"pages of any size show every row once, newest first", test_pages},
	{"every page comes straight from an index", test_plan},
	{"a cursor is two numbers or nothing", test_cursor},
	{"the ledger's cursor is a time, an entry and a balance, or nothing", test_ledger_cursor},
	{"a page of the ledger comes from its indexes", test_ledger_plan},
	{NULL, NULL},
};

const struct unit_suite query_suite = {"query", testv};

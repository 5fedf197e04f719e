/**
 * @file test_audit.c  The audit passes over books that are right, and finds each thing that may be wrong with them
 */
#include <string.h>
#include "books/audit.h"
#include "store_fixture.h"
#include "unit.h"

enum { CALLS = 40 };

/* Answered calls with price and cost; the last one is up, and holds money. */
static void books(struct fixture *f)
{
	static const char rate[] = "{\"prefix\":\"86\",\"per_minute\":\"0.30\",\"first\":60,\"next\":60}";
	static const char cost[] = "{\"prefix\":\"86\",\"per_minute\":\"0.12\",\"first\":1,\"next\":1}";
	unsigned i;

	fixture_init(f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);

	for (i = 0; i <= CALLS; i++) {

		struct cdr *cdr = fixture_cdr(i);

		CU_ASSERT_EQUAL(cdr_set_str(&cdr->currency, "CNY"), 0);
		CU_ASSERT_EQUAL(cdr_set_str(&cdr->cost_currency, "CNY"), 0);
		CU_ASSERT_EQUAL(writer_call_open(f->writer, cdr), 0);
		fixture_answer(cdr);
		CU_ASSERT_EQUAL(writer_call_answer(f->writer, cdr), 0);
		if (i == CALLS) {
			CU_ASSERT_TRUE(fixture_wait(f, "SELECT count(*) FROM open_call", 1));
			CU_ASSERT_EQUAL(writer_hold(f->writer, cdr, 500000000), 0);
			CU_ASSERT_TRUE(fixture_wait(f, "SELECT count(*) FROM hold", 1));
		}
		else {
			fixture_end(cdr, i % 4 ? CDR_ANSWERED : CDR_BUSY);
			CU_ASSERT_EQUAL(cdr_set_str(&cdr->rate, rate), 0);
			CU_ASSERT_EQUAL(cdr_set_str(&cdr->cost_rate, cost), 0);
			CU_ASSERT_EQUAL(writer_call_close(f->writer, cdr), 0);
		}
		mem_deref(cdr);
	}

	CU_ASSERT_TRUE(fixture_wait(f, "SELECT count(*) FROM cdr", CALLS));
	fixture_stop(f);
	CU_ASSERT_EQUAL(fixture_exec(f, "DROP TRIGGER ledger_is_append_only_update;"
					"DROP TRIGGER ledger_is_append_only_delete;"),
			0);
}

static void audit(struct fixture *f, struct audit_report *report)
{
	struct db *db = NULL;

	memset(report, 0, sizeof(*report));
	CU_ASSERT_EQUAL_FATAL(db_open(&db, fixture_path(f, "tandem.db"), DB_READ, f->errstr,
				      sizeof(f->errstr)),
			      0);
	CU_ASSERT_EQUAL(audit_books(db, report), 0);
	mem_deref(db);
}

static void test_right(void)
{
	struct audit_report report;
	struct fixture f;

	books(&f);
	audit(&f, &report);
	CU_ASSERT_EQUAL(report.wrong, 0);
	if (report.wrong)
		(void)re_fprintf(stderr, "%s\n", report.first);
	CU_ASSERT_EQUAL(report.cdrs, CALLS);
	CU_ASSERT_EQUAL(report.entries, CALLS + 1);
	CU_ASSERT_EQUAL(report.holds, 1);
	CU_ASSERT_EQUAL(report.balances, 2);
	fixture_close(&f);
}

/* One thing each, and what is said of it. */
static const struct {
	const char *sql;
	const char *said;
} wrongv[] = {
	{"UPDATE balance SET nano = nano + 1 WHERE account = 'acme'", "account \"acme\" has a balance of"},
	{"DELETE FROM balance WHERE account = 'acme'", "account \"acme\" has entries in CNY, and no balance"},
	{"UPDATE ledger SET amount_nano = amount_nano + 1 WHERE entry_id = (SELECT max(entry_id) FROM ledger "
	 "WHERE kind = 'charge')",
	 "has a balance of"},
	{"DELETE FROM ledger WHERE entry_id = (SELECT max(entry_id) FROM ledger WHERE kind = 'charge' AND "
	 "debit = "
	 "'acme');"
	 "UPDATE balance SET nano = nano + 300000000 WHERE account = 'acme'",
	 "and was never charged"},
	{"UPDATE ledger SET currency = 'EUR' WHERE entry_id = (SELECT max(entry_id) FROM ledger WHERE kind = "
	 "'charge' AND debit = 'acme'); UPDATE balance SET nano = nano + 300000000 WHERE account = 'acme';"
	 "INSERT INTO balance VALUES ('acme', 'EUR', -300000000)",
	 "300000000 EUR was charged from \"acme\""},
	{"UPDATE cdr SET price_nano = 1 WHERE seq = 3", "(seq 3) costs account"},
	{"UPDATE cdr SET cdr_id = 'x' WHERE seq = 3", ", which has no record"},
	{"INSERT INTO ledger VALUES ('e', 'charge:y', 'n', 1, 'charge', '@a', '@revenue', 5, 'CNY', 'z', "
	 "NULL)",
	 "by key charge:y"},
	{"UPDATE cdr SET duration_ms = 60001 WHERE seq = 1",
	 "cost us 120000000 nano; by its rate it is 122000000"},
	{"UPDATE cdr SET billed_s = 120 WHERE seq = 2",
	 "for 120 s; by its rate it is 300000000 nano for 60 s"},
	{"UPDATE cdr SET duration_ms = 62000, cost_nano = 124000000 WHERE seq = 2",
	 "by its rate it is 600000000 nano for 120 s"},
	{"UPDATE cdr SET rate = '{' WHERE seq = 2", "cannot be worked out again"},
	{"DELETE FROM open_call", "is over and still holds 500000000 nano"},
	{"UPDATE hold SET nano = 1", "holds 1 nano CNY, its entries come to 500000000"},
	{"DELETE FROM hold", "the reserve has 500000000 nano CNY, calls under way hold 0"},
};

static void test_wrong(void)
{
	struct audit_report report;
	struct fixture f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrongv); i++) {
		books(&f);
		CU_ASSERT_EQUAL(fixture_exec(&f, wrongv[i].sql), 0);
		audit(&f, &report);
		CU_ASSERT_TRUE(report.wrong > 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(report.first, wrongv[i].said));
		if (!strstr(report.first, wrongv[i].said))
			(void)re_fprintf(stderr, "%s\n-> %s\n", wrongv[i].sql, report.first);
		fixture_close(&f);
	}
}

/* A call that was cut when its money came to an end costs what was paid for; a little later is no more. */
static void test_cut(void)
{
	static const char *const v[] = {
		"UPDATE cdr SET duration_ms = 75000, release_tag = 'prepaid_exhausted', cost_nano = 150000000"
		" WHERE seq = 2",
		"UPDATE cdr SET duration_ms = 60090, cost_nano = 122000000 WHERE seq = 2",
	};
	struct audit_report report;
	struct fixture f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		books(&f);
		CU_ASSERT_EQUAL(fixture_exec(&f, v[i]), 0);
		audit(&f, &report);
		CU_ASSERT_EQUAL(report.wrong, 0);
		if (report.wrong)
			(void)re_fprintf(stderr, "%s\n-> %s\n", v[i], report.first);
		fixture_close(&f);
	}
}

static const struct unit_test testv[] = {
	{"books that are right pass", test_right},
	{"what is wrong is found and named", test_wrong},
	{"a call that was cut costs what was paid for", test_cut},
	{NULL, NULL},
};

const struct unit_suite audit_suite = {"audit", testv};

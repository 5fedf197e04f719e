/**
 * @file past_fixture.c  Three months of calls, and questions whose answers stay the same wherever they are kept
 */
#include <string.h>
#include "books/audit.h"
#include "books/day.h"
#include "past_fixture.h"
#include "unit.h"

/* 2026-08-01; the other is 2026-11-03. */
static const int64_t past_begin_us = 1785542400000000;
const int64_t past_now_us = 1793664000000000;

/* A call every six hours from August to October; it ended then, and had begun up to two days before. */
static void calls_write(struct fixture *f)
{
	unsigned i;

	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);

	for (i = 0; i < PAST_CALLS; i++) {

		struct cdr *cdr = fixture_cdr(i);
		const int64_t end_us = past_begin_us + (int64_t)i * 21600000000 + 1;

		cdr->start_us = end_us - (int64_t)(i * 7919 % 2880) * 60000000 - 63000000;
		CU_ASSERT_EQUAL(cdr_set_str(&cdr->currency, "CNY"), 0);
		CU_ASSERT_EQUAL(writer_call_open(f->writer, cdr), 0);
		if (i % 3)
			fixture_answer(cdr);
		fixture_end(cdr, i % 3 ? CDR_ANSWERED : CDR_BUSY);
		cdr->end_us = end_us;
		CU_ASSERT_EQUAL(cdr_set_str(&cdr->rate, "{\"prefix\":\"86\",\"per_minute\":\"0.30\","
							"\"first\":60,\"next\":"
							"60}"),
				0);
		cdr->cost_nano = 0;
		CU_ASSERT_EQUAL(writer_call_close(f->writer, cdr), 0);
		mem_deref(cdr);
	}

	CU_ASSERT_TRUE(fixture_wait(f, "SELECT count(*) FROM cdr", PAST_CALLS));
	fixture_stop(f);
}

struct db *past_open(struct fixture *f, enum db_mode mode)
{
	struct db *db = NULL;

	CU_ASSERT_EQUAL_FATAL(db_open(&db, fixture_path(f, "tandem.db"), mode, f->errstr, sizeof(f->errstr)),
			      0);

	return db;
}

void past_books(struct fixture *f)
{
	struct days_closed closed;
	struct db *db;

	fixture_init(f);
	calls_write(f);
	db = past_open(f, DB_WRITE);
	CU_ASSERT_EQUAL(days_close(db_handle(db), past_now_us, &closed), 0);
	CU_ASSERT_EQUAL(closed.days, 94);
	CU_ASSERT_EQUAL(closed.last_seq, PAST_CALLS);
	mem_deref(db);
}

/* ---------------------------------------------------------------- questions */

static const char *const questionv[] = {
	"SELECT * FROM cdr ORDER BY seq",
	"SELECT seq FROM cdr ORDER BY seq DESC LIMIT 200",
	"SELECT seq, start_us FROM cdr ORDER BY start_us, seq",
	"SELECT seq, start_us FROM cdr ORDER BY start_us DESC, seq DESC LIMIT 300",
	"SELECT seq FROM cdr WHERE account = 'acme' ORDER BY start_us DESC, seq DESC",
	"SELECT seq FROM cdr WHERE callee LIKE '4420%' ORDER BY callee, seq",
	"SELECT seq FROM cdr WHERE account = 'acme' ORDER BY seq DESC",
	"SELECT count(*), min(seq), max(seq), min(start_us), max(start_us), sum(price_nano) FROM cdr",
	"SELECT seq FROM cdr WHERE seq BETWEEN 100 AND 300 ORDER BY seq",
	"SELECT seq FROM cdr WHERE seq > 119 AND seq < 250 AND disposition = 'busy' ORDER BY seq",
	"SELECT seq FROM cdr WHERE start_us >= 1788100000000000 AND start_us < 1788400000000000 ORDER BY seq",
	"SELECT seq FROM cdr WHERE start_us = (SELECT start_us FROM cdr WHERE seq = 77)",
	"SELECT seq FROM cdr WHERE seq IN (3, 150, 359, 360, 361) ORDER BY seq",
	"SELECT a.seq, b.seq FROM cdr a JOIN cdr b ON b.callee = a.callee AND b.seq > a.seq ORDER BY 1, 2",
	"SELECT seq FROM cdr a WHERE EXISTS (SELECT 1 FROM cdr b WHERE b.cdr_id = a.cdr_id) ORDER BY 1",
	"SELECT seq, price_nano, node FROM cdr LIMIT 200",
	"SELECT seq FROM cdr WHERE start_us > 1788100000000000 LIMIT 40",
	"SELECT event.seq, cdr.seq FROM event JOIN cdr ON cdr.cdr_id = event.cdr_id ORDER BY 1",
	"SELECT seq FROM cdr WHERE a_call_id = '3f1c8a90-120@192.0.2.10'",
	"SELECT seq FROM cdr WHERE cdr_id = (SELECT cdr_id FROM cdr WHERE seq = 200)",
	"SELECT seq FROM cdr WHERE rowid = 4",
	"SELECT disposition, count(*) FROM cdr GROUP BY disposition ORDER BY 1",
	"SELECT * FROM v_asr_acd ORDER BY 1, 2",
	"SELECT * FROM v_attempt ORDER BY seq, position",
	"SELECT * FROM v_day ORDER BY 1",
	"SELECT * FROM v_trunk_asr ORDER BY 1, 2",
	"SELECT * FROM v_top_destination ORDER BY 1, 2",
	"SELECT * FROM v_concurrent ORDER BY 1, 2",
	"SELECT * FROM v_revenue_daily ORDER BY 1, 2, 3",
	"SELECT * FROM v_revenue_hour ORDER BY 1, 2, 3",
	"SELECT * FROM v_unbilled ORDER BY seq",
	"SELECT * FROM v_cdr ORDER BY seq",
	"SELECT * FROM v_account_country ORDER BY 1, 2, 3",
	"SELECT * FROM v_quality_codec ORDER BY 1, 2, 3, 4",
};

static void rows_print(struct mbuf *mb, struct sqlite3_stmt *stmt)
{
	int i, rc;

	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
		for (i = 0; i < sqlite3_column_count(stmt); i++)
			(void)mbuf_printf(mb, "%s%s",
					  sqlite3_column_text(stmt, i)
						  ? (const char *)sqlite3_column_text(stmt, i)
						  : "-",
					  i + 1 < sqlite3_column_count(stmt) ? "|" : "\n");
	CU_ASSERT_EQUAL(rc, SQLITE_DONE);
}

/* Pages of seven records, each behind the last one's end. */
static void pages_print(struct mbuf *mb, struct db *db)
{
	int64_t us = INT64_MAX, seq = INT64_MAX, before;

	do {
		struct sqlite3_stmt *stmt = db_stmt(db, SQL_CDR_PAGE);

		CU_ASSERT_PTR_NOT_NULL_FATAL(stmt);
		(void)sqlite3_bind_int64(stmt, 1, us);
		(void)sqlite3_bind_int64(stmt, 2, seq);
		(void)sqlite3_bind_int64(stmt, 3, 7);
		for (before = seq; sqlite3_step(stmt) == SQLITE_ROW;) {
			seq = sqlite3_column_int64(stmt, 0);
			us = sqlite3_column_int64(stmt, 12);
			(void)mbuf_printf(mb, "%lld\n", seq);
		}
		(void)sqlite3_reset(stmt);
	} while (seq != before);
}

/* All answers one after the other. */
struct mbuf *past_answers(struct fixture *f)
{
	struct mbuf *mb = mbuf_alloc(1 << 20);
	struct db *db = past_open(f, DB_READ);
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mb);

	for (i = 0; i < ARRAY_SIZE(questionv); i++) {

		struct sqlite3_stmt *stmt = NULL;

		CU_ASSERT_EQUAL(sqlite3_prepare_v2(db_handle(db), questionv[i], -1, &stmt, NULL), SQLITE_OK);
		(void)mbuf_printf(mb, "-- %s\n", questionv[i]);
		rows_print(mb, stmt);
		(void)sqlite3_finalize(stmt);
	}
	pages_print(mb, db);
	(void)mbuf_write_u8(mb, '\0');
	mem_deref(db);

	return mb;
}

/* The first line that differs is shown. */
void past_same_answers(struct fixture *f, const struct mbuf *wanted, const char *when)
{
	struct mbuf *mb = past_answers(f);
	const char *a = (const char *)wanted->buf, *b = (const char *)mb->buf, *question = "";

	CU_ASSERT_STRING_EQUAL(a, b);

	while (*a && !strncmp(a, b, strcspn(a, "\n") + 1)) {
		if (a[0] == '-' && a[1] == '-')
			question = a;
		b += strcspn(a, "\n") + 1;
		a += strcspn(a, "\n") + 1;
	}
	if (*a)
		(void)re_fprintf(stderr, "%s: %b\n\t%b\n\t%b\n", when, question, strcspn(question, "\n"), a,
				 strcspn(a, "\n"), b, strcspn(b, "\n"));
	mem_deref(mb);
}

void past_whole(struct fixture *f)
{
	struct db *db = past_open(f, DB_READ);
	struct audit_report audit;
	struct chain_report chain;

	CU_ASSERT_EQUAL(chain_verify(db_handle(db), &chain), 0);
	CU_ASSERT_EQUAL(chain.broken, 0);
	CU_ASSERT_EQUAL(chain.rows, PAST_CALLS);
	CU_ASSERT_EQUAL(chain.first_seq, 1);
	CU_ASSERT_EQUAL(audit_books(db, &audit), 0);
	CU_ASSERT_EQUAL(audit.cdrs, PAST_CALLS);
	CU_ASSERT_EQUAL(audit.wrong, 0);
	if (audit.wrong)
		(void)re_fprintf(stderr, "%s\n", audit.first);
	mem_deref(db);
}

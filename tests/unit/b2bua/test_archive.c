/**
 * @file test_archive.c  Wherever a month's move to its archive stands, every question has the same answer
 */
#include <string.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "books/archive_catalog.h"
#include "books/audit.h"
#include "books/day.h"
#include "store_fixture.h"
#include "unit.h"

enum { CALLS = 360, KILLS = 40, KILL_US = 10000 };

/* 2026-08-01, 2026-11-03 */
static const int64_t begin_us = 1785542400000000, now_us = 1793664000000000;

/* A call every six hours from August to October; it ended then, and had begun up to two days before. */
static void calls_write(struct fixture *f)
{
	unsigned i;

	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);

	for (i = 0; i < CALLS; i++) {

		struct cdr *cdr = fixture_cdr(i);
		const int64_t end_us = begin_us + (int64_t)i * 21600000000 + 1;

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

	CU_ASSERT_TRUE(fixture_wait(f, "SELECT count(*) FROM cdr", CALLS));
	fixture_stop(f);
}

static struct db *open_db(struct fixture *f, enum db_mode mode)
{
	struct db *db = NULL;

	CU_ASSERT_EQUAL_FATAL(db_open(&db, fixture_path(f, "tandem.db"), mode, f->errstr, sizeof(f->errstr)),
			      0);

	return db;
}

static void books(struct fixture *f)
{
	struct days_closed closed;
	struct db *db;

	fixture_init(f);
	calls_write(f);
	db = open_db(f, DB_WRITE);
	CU_ASSERT_EQUAL(days_close(db_handle(db), now_us, &closed), 0);
	CU_ASSERT_EQUAL(closed.days, 94);
	CU_ASSERT_EQUAL(closed.last_seq, CALLS);
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
static struct mbuf *answers(struct fixture *f)
{
	struct mbuf *mb = mbuf_alloc(1 << 20);
	struct db *db = open_db(f, DB_READ);
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
static void same_answers(struct fixture *f, const struct mbuf *wanted, const char *when)
{
	struct mbuf *mb = answers(f);
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

static void whole(struct fixture *f)
{
	struct db *db = open_db(f, DB_READ);
	struct audit_report audit;
	struct chain_report chain;

	CU_ASSERT_EQUAL(chain_verify(db_handle(db), &chain), 0);
	CU_ASSERT_EQUAL(chain.broken, 0);
	CU_ASSERT_EQUAL(chain.rows, CALLS);
	CU_ASSERT_EQUAL(chain.first_seq, 1);
	CU_ASSERT_EQUAL(audit_books(db, &audit), 0);
	CU_ASSERT_EQUAL(audit.cdrs, CALLS);
	CU_ASSERT_EQUAL(audit.wrong, 0);
	if (audit.wrong)
		(void)re_fprintf(stderr, "%s\n", audit.first);
	mem_deref(db);
}

/* ---------------------------------------------------------------- the steps */

static int make(struct fixture *f, struct archive_month *m, uint32_t keep)
{
	struct db *db = open_db(f, DB_READ);
	int err;

	err = archive_next(m, db, now_us, keep);
	err = err ? err : archive_make(m, db, fixture_path(f, "archive"), NULL, f->errstr, sizeof(f->errstr));
	mem_deref(db);

	return err;
}

static void add(struct fixture *f, const struct archive_month *m)
{
	struct db *db = open_db(f, DB_WRITE);

	CU_ASSERT_EQUAL(archive_add(db_handle(db), m, now_us), 0);
	mem_deref(db);
}

static int clear(struct fixture *f, unsigned count)
{
	struct db *db = open_db(f, DB_WRITE);
	const int err = archive_clear(db_handle(db), count);

	mem_deref(db);

	return err;
}

static int64_t live(struct fixture *f)
{
	return fixture_number(f, "SELECT count(*) FROM main.cdr");
}

static void test_steps(void)
{
	struct archive_month m;
	struct mbuf *wanted;
	struct fixture f;
	unsigned months = 0;

	books(&f);
	wanted = answers(&f);
	whole(&f);
	CU_ASSERT_EQUAL(clear(&f, 100), ENOENT);

	while (!make(&f, &m, 0)) {

		++months;
		same_answers(&f, wanted, "a file that is not noted");
		CU_ASSERT_EQUAL(make(&f, &m, 0), 0);
		add(&f, &m);
		same_answers(&f, wanted, "noted, nothing deleted");
		CU_ASSERT_EQUAL(clear(&f, 50), 0);
		same_answers(&f, wanted, "some deleted");
		if (months == 2)
			continue; /* the next month goes before all of this one is deleted */
		while (!clear(&f, 50))
			;
		same_answers(&f, wanted, "all deleted");
		whole(&f);
	}

	CU_ASSERT_EQUAL(months, 3);
	CU_ASSERT_EQUAL(live(&f), 0);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT sum(attempts) FROM traffic_day"), CALLS);
	whole(&f);
	mem_deref(wanted);
	fixture_close(&f);
}

static void archive_all(struct fixture *f)
{
	struct archive_month m;
	int err;

	do {
		while (!clear(f, 1000))
			;
		err = make(f, &m, 0);
		if (!err)
			add(f, &m);
	} while (!err);
}

/* Steps of SQLite's machine: to look at every record takes more than thousand. */
static void test_looked_up(void)
{
	static const char *const v[] = {
		"SELECT min(start_us) FROM cdr",
		"SELECT max(start_us) FROM cdr",
		"SELECT min(seq) FROM cdr",
		"SELECT max(seq) FROM cdr",
		"SELECT callee FROM cdr WHERE seq = 100",
		"SELECT callee FROM cdr WHERE cdr_id = '01a1ff56-e04e-79eb-8651-a73138a34ab0'",
		"SELECT callee FROM cdr WHERE a_call_id = '3f1c8a90-120@192.0.2.10'",
		"SELECT callee FROM cdr ORDER BY start_us DESC, seq DESC LIMIT 5",
		"SELECT callee FROM cdr WHERE account = 'acme' ORDER BY start_us DESC, seq DESC LIMIT 5",
		"SELECT callee FROM cdr WHERE start_us BETWEEN 1788100000000000 AND 1788100900000000",
		"SELECT seq FROM cdr WHERE account = 'acme' AND start_us > 1788100000000000 LIMIT 5",
	};
	struct fixture f;
	struct db *db;
	size_t i;

	books(&f);
	archive_all(&f);
	db = open_db(&f, DB_READ);
	for (i = 0; i < ARRAY_SIZE(v); i++) {

		struct sqlite3_stmt *stmt = NULL;
		int steps;

		CU_ASSERT_EQUAL(sqlite3_prepare_v2(db_handle(db), v[i], -1, &stmt, NULL), SQLITE_OK);
		while (sqlite3_step(stmt) == SQLITE_ROW)
			;
		steps = sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 0);
		CU_ASSERT(steps > 0 && steps < 200);
		if (steps >= 200)
			(void)re_fprintf(stderr, "%s: %d steps\n", v[i], steps);
		(void)sqlite3_finalize(stmt);
	}
	mem_deref(db);
	fixture_close(&f);
}

static void test_goes_on(void)
{
	struct fixture f;
	struct cdr *cdr;

	books(&f);
	archive_all(&f);

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	cdr = fixture_cdr(CALLS);
	CU_ASSERT_EQUAL(writer_call_open(f.writer, cdr), 0);
	fixture_end(cdr, CDR_CANCELLED);
	CU_ASSERT_EQUAL(writer_call_close(f.writer, cdr), 0);
	mem_deref(cdr);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM cdr", CALLS + 1));
	fixture_stop(&f);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT seq FROM main.cdr"), CALLS + 1);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM cdr AS a JOIN cdr AS b ON b.seq = a.seq - 1 "
					   "WHERE a.prev_hash = b.hash"),
			CALLS);
	fixture_close(&f);
}

static void test_keep(void)
{
	static const struct {
		uint32_t keep;
		const char *month; /* NULL: none */
	} v[] = {{0, "2026-08"}, {1, "2026-08"}, {2, "2026-08"}, {3, NULL}, {4, NULL}, {1200, NULL}};
	struct archive_month m;
	struct fixture f;
	struct db *db;
	size_t i;

	books(&f);
	db = open_db(&f, DB_READ);
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		CU_ASSERT_EQUAL(archive_next(&m, db, now_us, v[i].keep), v[i].month ? 0 : ENOENT);
		if (v[i].month)
			CU_ASSERT_STRING_EQUAL(m.month, v[i].month);
	}
	/* November is not over, whatever the clock says */
	CU_ASSERT_EQUAL(archive_next(&m, db, now_us + 40 * 86400000000, 3), 0);
	CU_ASSERT_STRING_EQUAL(m.month, "2026-08");
	mem_deref(db);
	fixture_close(&f);
}

static void test_broken(void)
{
	static const char *const v[] = {
		"UPDATE cdr SET price_nano = 1 WHERE seq = 60",
		"DELETE FROM cdr WHERE seq = 60",
		"DELETE FROM cdr WHERE seq = 124",
		"DELETE FROM cdr WHERE seq = 1",
	};
	struct archive_month m;
	struct fixture f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		books(&f);
		CU_ASSERT_EQUAL(fixture_exec(&f, v[i]), 0);
		CU_ASSERT_EQUAL(make(&f, &m, 0), EBADMSG);
		CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, "see tandemctl cdr verify"));
		CU_ASSERT_NOT_EQUAL(access(fixture_path(&f, "archive/cdr-2026-08.db"), F_OK), 0);
		CU_ASSERT_NOT_EQUAL(access(fixture_path(&f, "archive/.cdr-2026-08.db.tmp"), F_OK), 0);
		fixture_close(&f);
	}
}

/* What a crash may leave where the file is made. */
static void test_left_over(void)
{
	struct archive_month m;
	struct fixture f;
	FILE *file;

	books(&f);
	CU_ASSERT_EQUAL(mkdir(fixture_path(&f, "archive"), 0750), 0);
	file = fopen(fixture_path(&f, "archive/.cdr-2026-08.db.tmp"), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	(void)fputs("half of a file", file);
	(void)fclose(file);
	file = fopen(fixture_path(&f, "archive/cdr-2026-08.db"), "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	(void)fputs("another one", file);
	(void)fclose(file);

	CU_ASSERT_EQUAL(make(&f, &m, 0), 0);
	add(&f, &m);
	whole(&f);
	fixture_close(&f);
}

static void test_stopped(void)
{
	struct archive_month m;
	_Atomic bool stop = true;
	struct fixture f;
	struct db *db;

	books(&f);
	db = open_db(&f, DB_READ);
	CU_ASSERT_EQUAL(archive_next(&m, db, now_us, 0), 0);
	CU_ASSERT_EQUAL(archive_make(&m, db, fixture_path(&f, "archive"), &stop, f.errstr, sizeof(f.errstr)),
			ECANCELED);
	CU_ASSERT_NOT_EQUAL(access(fixture_path(&f, "archive/cdr-2026-08.db"), F_OK), 0);
	CU_ASSERT_NOT_EQUAL(access(fixture_path(&f, "archive/.cdr-2026-08.db.tmp"), F_OK), 0);
	mem_deref(db);
	fixture_close(&f);
}

/* A reader that stays open, as the web server's, must not miss the records that leave tandem.db. */
static void test_noticed(void)
{
	struct fixture f;
	struct db *before, *after;

	books(&f);
	before = open_db(&f, DB_READ);
	CU_ASSERT_FALSE(archive_missed(db_handle(before)));
	archive_all(&f);
	after = open_db(&f, DB_READ);
	CU_ASSERT_TRUE(archive_missed(db_handle(before)));
	CU_ASSERT_FALSE(archive_missed(db_handle(after)));
	mem_deref(before);
	mem_deref(after);
	fixture_close(&f);
}

static void test_missing(void)
{
	struct archive_month m;
	struct sqlite3_stmt *stmt = NULL;
	struct fixture f;
	struct db *db;

	books(&f);
	CU_ASSERT_EQUAL(make(&f, &m, 0), 0);
	add(&f, &m);
	CU_ASSERT_EQUAL(unlink(fixture_path(&f, "archive/cdr-2026-08.db")), 0);

	db = open_db(&f, DB_READ);
	CU_ASSERT_EQUAL(sqlite3_prepare_v2(db_handle(db), "SELECT count(*) FROM cdr", -1, &stmt, NULL),
			SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_step(stmt), SQLITE_ERROR);
	CU_ASSERT_PTR_NOT_NULL(strstr(sqlite3_errmsg(db_handle(db)), "put the file back"));
	(void)sqlite3_finalize(stmt);
	/* what is not in it is still answered */
	CU_ASSERT_EQUAL(sqlite3_prepare_v2(db_handle(db), "SELECT count(*) FROM cdr WHERE seq > 200", -1,
					   &stmt, NULL),
			SQLITE_OK);
	CU_ASSERT_EQUAL(sqlite3_step(stmt), SQLITE_ROW);
	CU_ASSERT_EQUAL(sqlite3_column_int64(stmt, 0), CALLS - 200);
	(void)sqlite3_finalize(stmt);
	mem_deref(db);
	fixture_close(&f);
}

static void test_later_column(void)
{
	struct archive_month m;
	struct mbuf *wanted;
	struct fixture f;

	books(&f);
	CU_ASSERT_EQUAL(make(&f, &m, 0), 0);
	CU_ASSERT_EQUAL(fixture_exec(&f, "ALTER TABLE cdr ADD COLUMN of_a_later_version TEXT"), 0);
	wanted = answers(&f);
	add(&f, &m);
	same_answers(&f, wanted, "an archive of an earlier version");
	whole(&f);
	mem_deref(wanted);
	fixture_close(&f);
}

static void test_retention(void)
{
	struct chain_report chain;
	struct audit_report audit;
	struct fixture f;
	struct db *db;

	books(&f);
	archive_all(&f);
	CU_ASSERT_EQUAL(access(fixture_path(&f, "archive/cdr-2026-08.db"), F_OK), 0);

	db = open_db(&f, DB_WRITE);
	CU_ASSERT_EQUAL(archive_remove(db_handle(db), now_us, 3), ENOENT);
	CU_ASSERT_EQUAL(archive_remove(db_handle(db), now_us, 2), 0);
	CU_ASSERT_EQUAL(archive_remove(db_handle(db), now_us, 2), ENOENT);
	mem_deref(db);

	db = open_db(&f, DB_READ);
	CU_ASSERT_EQUAL(archive_unlink(db, fixture_path(&f, "archive")), 0);
	CU_ASSERT_EQUAL(archive_unlink(db, fixture_path(&f, "archive")), 0);
	CU_ASSERT_NOT_EQUAL(access(fixture_path(&f, "archive/cdr-2026-08.db"), F_OK), 0);
	CU_ASSERT_EQUAL(access(fixture_path(&f, "archive/cdr-2026-09.db"), F_OK), 0);
	CU_ASSERT_EQUAL(chain_verify(db_handle(db), &chain), 0);
	CU_ASSERT_EQUAL(chain.broken, 0);
	CU_ASSERT_EQUAL(chain.first_seq, 125);
	CU_ASSERT_EQUAL(audit_books(db, &audit), 0);
	CU_ASSERT_EQUAL(audit.wrong, 0);
	if (audit.wrong)
		(void)re_fprintf(stderr, "%s\n", audit.first);
	mem_deref(db);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT sum(attempts) FROM traffic_day"), CALLS);
	fixture_close(&f);
}

/* The whole way of every month, again and again; killed somewhere. */
static void archive_forever(struct fixture *f)
{
	struct archive_month m;

	for (;;) {
		while (!clear(f, 20))
			;
		if (!make(f, &m, 0))
			add(f, &m);
	}
}

static void test_killed(void)
{
	struct mbuf *wanted;
	struct fixture f;
	unsigned kills;

	books(&f);
	wanted = answers(&f);

	for (kills = 0; kills < KILLS && live(&f); kills++) {

		const pid_t child = fork();

		CU_ASSERT_NOT_EQUAL_FATAL(child, -1);
		if (!child)
			archive_forever(&f);

		sys_usleep(1000 + rand_u32() % (KILL_US * (kills + 1)));
		CU_ASSERT_EQUAL(kill(child, SIGKILL), 0);
		CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
		same_answers(&f, wanted, "after a kill");
		whole(&f);
	}

	/* who is not killed comes to an end */
	archive_all(&f);
	CU_ASSERT_EQUAL(live(&f), 0);
	same_answers(&f, wanted, "in the end");
	mem_deref(wanted);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"at every step of the move each question has the same answer", test_steps},
	{"what an index answers is looked up, not searched for, in all files", test_looked_up},
	{"the hash chain goes on behind what was archived", test_goes_on},
	{"as many whole months as asked for stay, and none that is not over goes", test_keep},
	{"records that do not fit their hash chain stay where they are", test_broken},
	{"what a crash left of a file is no hindrance", test_left_over},
	{"who ends the program does not wait for an archive", test_stopped},
	{"a connection that was open before the first archive tells that it misses it", test_noticed},
	{"an archive that is not there is named, and only its records are missed", test_missing},
	{"killed anywhere on the way, nothing is lost and nothing double", test_killed},
	{"columns that came later are NULL in older archives", test_later_column},
	{"an old archive goes, and what is left still proves right", test_retention},
	{NULL, NULL},
};

const struct unit_suite archive_suite = {"archive", testv};

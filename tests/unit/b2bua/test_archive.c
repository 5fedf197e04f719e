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
#include "past_fixture.h"
#include "unit.h"

enum { KILLS = 40, KILL_US = 10000 };

static int make(struct fixture *f, struct archive_month *m, uint32_t keep)
{
	struct db *db = past_open(f, DB_READ);
	int err;

	err = archive_next(m, db, past_now_us, keep);
	err = err ? err : archive_make(m, db, fixture_path(f, "archive"), NULL, f->errstr, sizeof(f->errstr));
	mem_deref(db);

	return err;
}

static void add(struct fixture *f, const struct archive_month *m)
{
	struct db *db = past_open(f, DB_WRITE);

	CU_ASSERT_EQUAL(archive_add(db_handle(db), m, past_now_us), 0);
	mem_deref(db);
}

static int clear(struct fixture *f, unsigned count)
{
	struct db *db = past_open(f, DB_WRITE);
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

	past_books(&f);
	wanted = past_answers(&f);
	past_whole(&f);
	CU_ASSERT_EQUAL(clear(&f, 100), ENOENT);

	while (!make(&f, &m, 0)) {

		++months;
		past_same_answers(&f, wanted, "a file that is not noted");
		CU_ASSERT_EQUAL(make(&f, &m, 0), 0);
		add(&f, &m);
		past_same_answers(&f, wanted, "noted, nothing deleted");
		CU_ASSERT_EQUAL(clear(&f, 50), 0);
		past_same_answers(&f, wanted, "some deleted");
		if (months == 2)
			continue; /* the next month goes before all of this one is deleted */
		while (!clear(&f, 50))
			;
		past_same_answers(&f, wanted, "all deleted");
		past_whole(&f);
	}

	CU_ASSERT_EQUAL(months, 3);
	CU_ASSERT_EQUAL(live(&f), 0);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT sum(attempts) FROM traffic_day"), PAST_CALLS);
	past_whole(&f);
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

	past_books(&f);
	archive_all(&f);
	db = past_open(&f, DB_READ);
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

	past_books(&f);
	archive_all(&f);

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	cdr = fixture_cdr(PAST_CALLS);
	CU_ASSERT_EQUAL(writer_call_open(f.writer, cdr), 0);
	fixture_end(cdr, CDR_CANCELLED);
	CU_ASSERT_EQUAL(writer_call_close(f.writer, cdr), 0);
	mem_deref(cdr);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM cdr", PAST_CALLS + 1));
	fixture_stop(&f);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT seq FROM main.cdr"), PAST_CALLS + 1);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM cdr AS a JOIN cdr AS b ON b.seq = a.seq - 1 "
					   "WHERE a.prev_hash = b.hash"),
			PAST_CALLS);
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

	past_books(&f);
	db = past_open(&f, DB_READ);
	for (i = 0; i < ARRAY_SIZE(v); i++) {
		CU_ASSERT_EQUAL(archive_next(&m, db, past_now_us, v[i].keep), v[i].month ? 0 : ENOENT);
		if (v[i].month)
			CU_ASSERT_STRING_EQUAL(m.month, v[i].month);
	}
	/* November is not over, whatever the clock says */
	CU_ASSERT_EQUAL(archive_next(&m, db, past_now_us + 40 * 86400000000, 3), 0);
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
		past_books(&f);
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

	past_books(&f);
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
	past_whole(&f);
	fixture_close(&f);
}

static void test_stopped(void)
{
	struct archive_month m;
	_Atomic bool stop = true;
	struct fixture f;
	struct db *db;

	past_books(&f);
	db = past_open(&f, DB_READ);
	CU_ASSERT_EQUAL(archive_next(&m, db, past_now_us, 0), 0);
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

	past_books(&f);
	before = past_open(&f, DB_READ);
	CU_ASSERT_FALSE(archive_missed(db_handle(before)));
	archive_all(&f);
	after = past_open(&f, DB_READ);
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

	past_books(&f);
	CU_ASSERT_EQUAL(make(&f, &m, 0), 0);
	add(&f, &m);
	CU_ASSERT_EQUAL(unlink(fixture_path(&f, "archive/cdr-2026-08.db")), 0);

	db = past_open(&f, DB_READ);
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
	CU_ASSERT_EQUAL(sqlite3_column_int64(stmt, 0), PAST_CALLS - 200);
	(void)sqlite3_finalize(stmt);
	mem_deref(db);
	fixture_close(&f);
}

static void test_later_column(void)
{
	struct archive_month m;
	struct mbuf *wanted;
	struct fixture f;

	past_books(&f);
	CU_ASSERT_EQUAL(make(&f, &m, 0), 0);
	CU_ASSERT_EQUAL(fixture_exec(&f, "ALTER TABLE cdr ADD COLUMN of_a_later_version TEXT"), 0);
	wanted = past_answers(&f);
	add(&f, &m);
	past_same_answers(&f, wanted, "an archive of an earlier version");
	past_whole(&f);
	mem_deref(wanted);
	fixture_close(&f);
}

static void test_retention(void)
{
	struct chain_report chain;
	struct audit_report audit;
	struct fixture f;
	struct db *db;

	past_books(&f);
	archive_all(&f);
	CU_ASSERT_EQUAL(access(fixture_path(&f, "archive/cdr-2026-08.db"), F_OK), 0);

	db = past_open(&f, DB_WRITE);
	CU_ASSERT_EQUAL(archive_remove(db_handle(db), past_now_us, 3), ENOENT);
	CU_ASSERT_EQUAL(archive_remove(db_handle(db), past_now_us, 2), 0);
	CU_ASSERT_EQUAL(archive_remove(db_handle(db), past_now_us, 2), ENOENT);
	mem_deref(db);

	db = past_open(&f, DB_READ);
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
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT sum(attempts) FROM traffic_day"), PAST_CALLS);
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

	past_books(&f);
	wanted = past_answers(&f);

	for (kills = 0; kills < KILLS && live(&f); kills++) {

		const pid_t child = fork();

		CU_ASSERT_NOT_EQUAL_FATAL(child, -1);
		if (!child)
			archive_forever(&f);

		sys_usleep(1000 + rand_u32() % (KILL_US * (kills + 1)));
		CU_ASSERT_EQUAL(kill(child, SIGKILL), 0);
		CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
		past_same_answers(&f, wanted, "after a kill");
		past_whole(&f);
	}

	/* who is not killed comes to an end */
	archive_all(&f);
	CU_ASSERT_EQUAL(live(&f), 0);
	past_same_answers(&f, wanted, "in the end");
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

/**
 * @file test_crash.c  N call attempts leave N rows, none double, whenever the process is killed
 */
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <sched.h>
#include <unistd.h>
#include "chain.h"
#include "clock.h"
#include "log.h"
#include "store_fixture.h"
#include "unit.h"

enum { ROUNDS = 25, UP_MAX = 16 };

/* What the doomed process says once it is true. */
struct said {
	char id[UUID_STRSIZE];
	char what; /* 'o' opened, 'c' closed */
};

static void say(int fd, const struct cdr *cdr, char what)
{
	struct said said = {.what = what};

	str_ncpy(said.id, cdr->cdr_id, sizeof(said.id));
	if (write(fd, &said, sizeof(said)) != (ssize_t)sizeof(said))
		_exit(1);
}

/* Calls begin, are answered and end in random order until the process is killed. */
static void live_until_killed(struct fixture *f, int fd)
{
	struct cdr *upv[UP_MAX] = {NULL};
	unsigned n = 0;

	if (fixture_start(f))
		_exit(2);

	for (;;) {
		struct cdr **slot = &upv[rand_u16() % UP_MAX];

		if (!*slot) {
			*slot = fixture_cdr(n++);
			if (writer_call_open(f->writer, *slot))
				_exit(3);
			say(fd, *slot, 'o');
		}
		else if (!(*slot)->answer_us) {
			fixture_answer(*slot);
			(void)writer_call_answer(f->writer, *slot);
		}
		else {
			fixture_end(*slot, CDR_ANSWERED);
			(void)writer_call_close(f->writer, *slot);
			say(fd, *slot, 'c');
			*slot = mem_deref(*slot);
		}
		if (rand_u16() % 64 == 0)
			sys_usleep(rand_u16() % 3000);
	}
}

static int64_t count(const struct db *db, const char *sql, const char *id)
{
	struct sqlite3_stmt *stmt = NULL;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db_handle(db), sql, -1, &stmt, NULL) == SQLITE_OK) {
		(void)db_bind_str(stmt, 1, id);
		if (sqlite3_step(stmt) == SQLITE_ROW)
			n = sqlite3_column_int64(stmt, 0);
	}
	(void)sqlite3_finalize(stmt);

	return n;
}

static void check_said(const struct db *db, int fd, unsigned *opened)
{
	struct said said;

	while (read(fd, &said, sizeof(said)) == (ssize_t)sizeof(said)) {

		if (said.what == 'o') {
			++*opened;
			CU_ASSERT_EQUAL(count(db, "SELECT count(*) FROM cdr WHERE cdr_id = ?", said.id), 1);
		}
		else {
			CU_ASSERT_EQUAL(count(db,
					      "SELECT count(*) FROM cdr WHERE cdr_id = ? AND recovered = 0",
					      said.id),
					1);
		}
	}
}

static void kill_and_check(struct fixture *f, unsigned *opened)
{
	struct db *db = NULL;
	int pfd[2], status = 0;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(pipe(pfd), 0);
	pid = fork();
	if (!pid) {
		log_level_set(LOG_LEVELC);
		live_until_killed(f, pfd[1]);
	}

	(void)close(pfd[1]);
	sys_usleep(rand_u32() % 150000);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	CU_ASSERT_TRUE(WIFSIGNALED(status));

	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);
	fixture_stop(f);
	CU_ASSERT_EQUAL_FATAL(db_open(&db, fixture_path(f, "tandem.db"), DB_READ, f->errstr,
				      sizeof(f->errstr)),
			      0);
	check_said(db, pfd[0], opened);
	(void)close(pfd[0]);
	mem_deref(db);
}

static void test_killed_at_any_moment(void)
{
	struct chain_report report = {0};
	struct fixture f;
	struct db *db = NULL;
	unsigned opened = 0, i;
	int64_t rows;

	fixture_init(&f);
	log_level_set(LOG_LEVELC);

	for (i = 0; i < ROUNDS; i++)
		kill_and_check(&f, &opened);

	/* at most one call a round was in the spool and not yet said */
	rows = fixture_number(&f, "SELECT count(*) FROM cdr");
	CU_ASSERT_TRUE(rows >= opened && rows <= opened + ROUNDS);
	CU_ASSERT_TRUE(opened > ROUNDS);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) - count(DISTINCT cdr_id) FROM cdr"), 0);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM event WHERE kind = 'CALL_START'"), rows);
	CU_ASSERT_EQUAL(fixture_number(&f,
				       "SELECT count(*) FROM event WHERE kind IN ('CALL_END', 'CALL_FAIL')"),
			rows);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM open_call"), 0);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT sum(attempts) FROM traffic_day"), rows);

	CU_ASSERT_EQUAL_FATAL(db_open(&db, fixture_path(&f, "tandem.db"), DB_READ, f.errstr,
				      sizeof(f.errstr)),
			      0);
	CU_ASSERT_EQUAL(chain_verify(db_handle(db), &report), 0);
	CU_ASSERT_EQUAL(report.broken, 0);
	mem_deref(db);

	log_level_set(LOG_ERROR);
	fixture_close(&f);
}

/* ---------------------------------------------------------------- what a crash leaves of a call */

enum { HOUR_S = 3600, LIVED_MS = 400, MARK_MS = 100 };

static void cancel_handler(void *arg)
{
	(void)arg;
	re_cancel();
}

/* Marks of life are made by the loop. */
static void live(uint32_t ms)
{
	struct tmr tmr;

	tmr_init(&tmr);
	tmr_start(&tmr, ms, cancel_handler, NULL);
	(void)re_main(NULL);
}

/* One is answered, one rings, and the process ends without any clean-up `lived_ms` later. As the wall clock stands
 * then, the answer was `ago_s` before. */
static void crash_with_calls(struct fixture *f, int64_t ago_s, uint32_t lived_ms)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		struct cdr *up = fixture_cdr(1), *ringing = fixture_cdr(2);

		if (fixture_start(f))
			_exit(2);
		up->start_us = ringing->start_us = clock_wall_us() - (ago_s + 3) * 1000000;
		(void)writer_call_open(f->writer, up);
		(void)writer_call_open(f->writer, ringing);
		fixture_answer(up); /* 3 s after its start */
		(void)writer_call_answer(f->writer, up);
		if (lived_ms)
			live(lived_ms);
		_exit(0);
	}

	(void)waitpid(pid, &status, 0);
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
}

static void recover(struct fixture *f)
{
	log_level_set(LOG_LEVELC);
	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);
	log_level_set(LOG_ERROR);
}

static int64_t duration_ms(const struct fixture *f)
{
	return fixture_number(f,
			      "SELECT duration_ms FROM cdr WHERE answer_us IS NOT NULL AND recovered = 1 AND "
			      "end_us = answer_us + duration_ms * 1000");
}

static void test_open_calls_are_closed(void)
{
	struct writer_stats stats;
	struct fixture f;

	fixture_init(&f);
	crash_with_calls(&f, 0, 0);
	recover(&f);

	writer_stats(f.writer, &stats);
	CU_ASSERT_EQUAL(stats.recovered, 2);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM cdr WHERE recovered = 1 AND "
					   "released_by = 'tandem' AND release_tag = 'crash'"),
			2);
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT disposition || sip_code FROM cdr WHERE answer_us IS "
						"NOT NULL"),
			       "answered200");
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT disposition FROM cdr WHERE answer_us IS NULL AND "
						"sip_code "
						"IS NULL AND duration_ms IS NULL"),
			       "failed");
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT group_concat(kind, ' ') FROM (SELECT kind FROM event "
						"ORDER BY kind)"),
			       "CALL_ANSWER CALL_END CALL_FAIL CALL_START CALL_START");
	fixture_close(&f);
}

static void test_last_mark_counts_whatever_the_clock_says(void)
{
	static const int64_t agov[] = {0, 3 * HOUR_S, -3 * HOUR_S, 400 * 24 * HOUR_S};
	struct fixture f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(agov); i++) {
		fixture_init(&f);
		crash_with_calls(&f, agov[i], LIVED_MS);
		recover(&f);
		CU_ASSERT_TRUE(duration_ms(&f) >= LIVED_MS - 2 * MARK_MS);
		CU_ASSERT_TRUE(duration_ms(&f) < 10 * LIVED_MS);
		fixture_close(&f);
	}
}

/* A backup with calls that were up when it was made, beside the spool of today, or without one. */
static void test_marks_of_another_run_do_not_count(void)
{
	struct fixture f;

	fixture_init(&f);
	crash_with_calls(&f, 0, LIVED_MS);
	CU_ASSERT_EQUAL(remove(fixture_path(&f, "spool/records")), 0);
	CU_ASSERT_EQUAL(fixture_exec(&f, "UPDATE node SET run_us = run_us - 1, lived_ms = 86400000, "
					 "alive_us = alive_us + 86400000000"),
			0);
	recover(&f);
	CU_ASSERT_EQUAL(duration_ms(&f), 0);
	fixture_close(&f);
}

static void test_database_has_a_mark_of_its_own(void)
{
	struct fixture f;

	fixture_init(&f);
	crash_with_calls(&f, 0, LIVED_MS);
	CU_ASSERT_EQUAL(remove(fixture_path(&f, "spool/records")), 0);
	CU_ASSERT_EQUAL(fixture_exec(&f, "UPDATE node SET lived_ms = lived_ms + 5000"), 0);
	recover(&f);
	CU_ASSERT_TRUE(duration_ms(&f) >= 5000 - MARK_MS);
	CU_ASSERT_TRUE(duration_ms(&f) < 5000 + 10 * LIVED_MS);
	fixture_close(&f);
}

/* Crashed, and started again as a newer version. */
static void test_records_without_a_mark_go_by_the_wall_clock(void)
{
	struct fixture f;

	fixture_init(&f);
	crash_with_calls(&f, 7, LIVED_MS);
	CU_ASSERT_EQUAL(remove(fixture_path(&f, "spool/records")), 0);
	CU_ASSERT_EQUAL(fixture_exec(&f,
				     "UPDATE open_call SET record = substr(record, 1, length(record) - 16)"),
			0);
	recover(&f);
	CU_ASSERT_TRUE(duration_ms(&f) >= 7000 - MARK_MS);
	CU_ASSERT_TRUE(duration_ms(&f) < 7000 + 10 * LIVED_MS);
	fixture_close(&f);
}

/* An open call whose record is unreadable still leaves its row. */
static void test_unreadable_open_call_leaves_a_row(void)
{
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(fixture_exec(&f, "INSERT INTO open_call VALUES "
					 "('017f22e2-79b0-7cc3-98c4-dc0c0c07398f', 'node-1', x'ff00');"),
			0);
	log_level_set(LOG_LEVELC);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	log_level_set(LOG_ERROR);
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT cdr_id || recovered FROM cdr"),
			       "017f22e2-79b0-7cc3-98c4-dc0c0c07398f1");
	/* RFC 9562 appendix A.6: this id was made at 1645557742000 ms */
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT start_us FROM cdr"), INT64_C(1645557742000000));
	fixture_close(&f);
}

/* Short calls until one is refused because the disk is full; how many were taken. */
static unsigned fill(struct fixture *f)
{
	struct writer_stats stats = {0};
	struct cdr *cdr;
	unsigned n = 0;
	int err;

	while (!stats.degraded || writer_ready(f->writer)) {

		cdr = fixture_cdr(n);
		err = writer_call_open(f->writer, cdr);
		if (!err) {
			++n;
			fixture_end(cdr, CDR_BUSY);
			err = writer_call_close(f->writer, cdr);
		}
		mem_deref(cdr);
		if (err)
			sys_msleep(1); /* full, or the thread is behind */
		writer_stats(f->writer, &stats);
	}

	return n;
}

/* The spool's room is free a moment after the rows are there. */
static bool wait_ready(const struct writer *w)
{
	unsigned i;

	for (i = 0; i < 100 && !writer_ready(w); i++)
		sys_msleep(10);

	return writer_ready(w);
}

/* A file system of its own, so small that it fills; needs the right to mount. */
static int on_small_disk(struct fixture *f)
{
	struct writer_stats stats;
	unsigned n;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", f->dir, "tmpfs", 0, "size=200k"))
		return 77;

	/* no room for the database, then none for the spool: said at start */
	if (fixture_start(f) != ENOSPC || !strstr(f->errstr, "make room"))
		return 1;
	if (mount("tmpfs", f->dir, "tmpfs", MS_REMOUNT, "size=1200k") || fixture_start(f) != ENOSPC ||
	    !strstr(f->errstr, "no room for the spool"))
		return 6;

	if (mount("tmpfs", f->dir, "tmpfs", MS_REMOUNT, "size=2500k") || fixture_start(f))
		return 2;

	/* the database fills the disk; the spool takes over, then refuses */
	n = fill(f);
	writer_stats(f->writer, &stats);
	if (!n || !stats.degraded)
		return 3;

	/* room is made: all is written, calls are taken again */
	if (mount("tmpfs", f->dir, "tmpfs", MS_REMOUNT, "size=64m"))
		return 4;
	if (!fixture_wait(f, "SELECT count(*) FROM cdr", n) || !wait_ready(f->writer))
		return 5;

	return 0;
}

static void test_full_disk(void)
{
	struct fixture f;
	int status = 0;
	pid_t pid;

	fixture_init(&f);
	pid = fork();
	if (!pid) {

		log_level_set(LOG_LEVELC);
		_exit(on_small_disk(&f));
	}
	(void)waitpid(pid, &status, 0);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		(void)re_printf("skipped, mounting is not allowed: ");
	else
		CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	CU_ASSERT_TRUE(WIFEXITED(status));
	if (status)
		(void)re_fprintf(stderr, "on a small disk: step %d failed\n", WEXITSTATUS(status));
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"killed at any moment, N attempts leave N rows, none double", test_killed_at_any_moment},
	{"calls left open are closed", test_open_calls_are_closed},
	{"they last until the last mark of life, whatever the wall clock says",
	 test_last_mark_counts_whatever_the_clock_says},
	{"marks of another run do not count", test_marks_of_another_run_do_not_count},
	{"without the spool the mark in the database counts", test_database_has_a_mark_of_its_own},
	{"records of older versions go by the wall clock", test_records_without_a_mark_go_by_the_wall_clock},
	{"an open call that cannot be read still leaves a row", test_unreadable_open_call_leaves_a_row},
	{"a full disk loses nothing, and calls are taken again when there is room", test_full_disk},
	{NULL, NULL},
};

const struct unit_suite crash_suite = {"crash", testv};

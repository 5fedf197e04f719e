/**
 * @file test_writer.c  What is handed to the writer becomes exactly one row, whatever dies
 */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/sha.h>
#include "chain.h"
#include "event.h"
#include "log.h"
#include "store_fixture.h"
#include "unit.h"

static void run_call(struct fixture *f, struct cdr *cdr, bool answered)
{
	CU_ASSERT_EQUAL(writer_call_open(f->writer, cdr), 0);
	if (answered) {
		fixture_answer(cdr);
		CU_ASSERT_EQUAL(writer_call_answer(f->writer, cdr), 0);
	}
	fixture_end(cdr, answered ? CDR_ANSWERED : CDR_BUSY);
	CU_ASSERT_EQUAL(writer_call_close(f->writer, cdr), 0);
}

static void test_call_leaves_row_and_events(void)
{
	struct fixture f;
	struct cdr *cdr;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);

	cdr = fixture_cdr(1);
	run_call(&f, cdr, true);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM cdr", 1));
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT cdr_id FROM cdr"), cdr->cdr_id);
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT group_concat(kind, ' ') FROM event"),
			       "CALL_START CALL_ANSWER CALL_END");
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM open_call"), 0);

	mem_deref(cdr);
	fixture_close(&f);
}

static void test_every_column_is_stored(void)
{
	struct fixture f;
	struct cdr *cdr;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);

	cdr = fixture_cdr(1);
	run_call(&f, cdr, true);
	fixture_stop(&f);

	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT seq || caller || a_call_id || dst_trunk || "
						"duration_ms || disposition || "
						"released_by || price_nano || a_mos_x100 || b_jitter_us || "
						"recovered FROM cdr"),
			       "186210000001"
			       "3f1c8a90-1@192.0.2.10"
			       "ims-a60000answeredcaller30000000043025000");
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT q850_cause IS NULL AND icid IS NULL FROM cdr"), 1);

	mem_deref(cdr);
	fixture_close(&f);
}

static void test_long_call_is_kept_until_it_ends(void)
{
	struct fixture f;
	struct cdr *cdr;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	cdr = fixture_cdr(1);

	CU_ASSERT_EQUAL(writer_call_open(f.writer, cdr), 0);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM open_call", 1));
	fixture_answer(cdr);
	CU_ASSERT_EQUAL(writer_call_answer(f.writer, cdr), 0);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM event WHERE kind = 'CALL_ANSWER'", 1));
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM open_call"), 1);
	fixture_end(cdr, CDR_ANSWERED);
	CU_ASSERT_EQUAL(writer_call_close(f.writer, cdr), 0);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM cdr", 1));
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM open_call"), 0);

	mem_deref(cdr);
	fixture_close(&f);
}

static void test_short_call_never_touches_open_call(void)
{
	struct fixture f;
	struct cdr *cdr = fixture_cdr(1);

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(fixture_exec(&f, "CREATE TRIGGER watch AFTER INSERT ON open_call BEGIN "
					 "INSERT INTO setting VALUES (new.cdr_id, '1'); END;"),
			0);

	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	run_call(&f, cdr, true);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM cdr"), 1);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM setting"), 0);

	mem_deref(cdr);
	fixture_close(&f);
}

static void test_end_events_follow_the_disposition(void)
{
	static const struct {
		enum cdr_disposition end;
		const char *kind;
	} v[] = {
		{CDR_ANSWERED, "CALL_END"},   {CDR_CANCELLED, "CALL_CANCEL"}, {CDR_BUSY, "CALL_FAIL"},
		{CDR_NO_ANSWER, "CALL_FAIL"}, {CDR_REJECTED, "CALL_FAIL"},    {CDR_FAILED, "CALL_FAIL"},
	};
	struct fixture f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {

		struct cdr *cdr = fixture_cdr((unsigned)i);

		fixture_init(&f);
		CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
		CU_ASSERT_EQUAL(writer_call_open(f.writer, cdr), 0);
		fixture_end(cdr, v[i].end);
		CU_ASSERT_EQUAL(writer_call_close(f.writer, cdr), 0);
		fixture_stop(&f);
		CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT kind FROM event ORDER BY seq DESC"),
				       v[i].kind);
		CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT disposition FROM cdr"),
				       cdr_disposition_name(v[i].end));
		mem_deref(cdr);
		fixture_close(&f);
	}
}

static void test_events_are_stored(void)
{
	static char big[EVENT_TEXT_MAX + 2];
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	CU_ASSERT_EQUAL(writer_event(f.writer, "REGISTER", NULL, "{\"aor\":\"sip:a@b\"}"), 0);
	CU_ASSERT_EQUAL(writer_event(f.writer, "NOTE", "some-id", NULL), 0);
	memset(big, 'x', sizeof(big) - 1);
	CU_ASSERT_EQUAL(writer_event(f.writer, "NOTE", NULL, big), EOVERFLOW);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM event"), 2);
	CU_ASSERT_STRING_EQUAL(fixture_text(&f,
					    "SELECT detail ->> '$.aor' FROM event WHERE kind = 'REGISTER'"),
			       "sip:a@b");
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM event WHERE cdr_id = 'some-id' AND detail "
					   "IS NULL"),
			1);
	fixture_close(&f);
}

static void test_text_is_stored_verbatim(void)
{
	static const char *const textv[] = {
		"'; DROP TABLE cdr; --",
		"\" OR 1=1",
		"%s%n%p",
		"\\x00",
		"caf\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87",
		"$(reboot)",
		"<script>alert(1)</script>",
	};
	struct fixture f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(textv); i++) {

		struct cdr *cdr = fixture_cdr(1);

		fixture_init(&f);
		CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
		CU_ASSERT_EQUAL(cdr_set_str(&cdr->caller_in, textv[i]), 0);
		run_call(&f, cdr, false);
		fixture_stop(&f);
		CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT caller_in FROM cdr"), textv[i]);
		mem_deref(cdr);
		fixture_close(&f);
	}
}

/* ---------------------------------------------------------------- the chain */

static struct chain_report verify(struct fixture *f)
{
	struct chain_report report = {0};
	struct db *db = NULL;

	CU_ASSERT_EQUAL_FATAL(db_open(&db, fixture_path(f, "tandem.db"), DB_READ, f->errstr,
				      sizeof(f->errstr)),
			      0);
	CU_ASSERT_EQUAL(chain_verify(db_handle(db), &report), 0);
	mem_deref(db);

	return report;
}

static void run_calls(struct fixture *f, unsigned n)
{
	struct cdr *cdr;

	CU_ASSERT_EQUAL_FATAL(fixture_start(f), 0);
	while (n--) {
		cdr = fixture_cdr(n);
		run_call(f, cdr, n % 2);
		mem_deref(cdr);
	}
	fixture_stop(f);
}

static void test_chain_goes_on_over_restarts(void)
{
	struct chain_report report;
	struct fixture f;

	fixture_init(&f);
	run_calls(&f, 5);
	run_calls(&f, 7);
	report = verify(&f);
	CU_ASSERT_EQUAL(report.rows, 12);
	CU_ASSERT_EQUAL(report.broken, 0);
	CU_ASSERT_EQUAL(report.last_seq, 12);
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT prev_hash FROM cdr WHERE seq = 1"), "");
	fixture_close(&f);
}

static void test_renamed_node_goes_on(void)
{
	struct chain_report report;
	struct fixture f;

	fixture_init(&f);
	run_calls(&f, 3);
	CU_ASSERT_EQUAL_FATAL(writer_alloc_sized(&f.writer, f.dir, "other-name", FIXTURE_SPOOL, f.errstr,
						 sizeof(f.errstr)),
			      0);
	fixture_stop(&f);
	run_calls(&f, 2);
	report = verify(&f);
	CU_ASSERT_EQUAL(report.rows, 5);
	CU_ASSERT_EQUAL(report.broken, 0);
	fixture_close(&f);
}

static void test_tampering_shows(void)
{
	static const struct {
		const char *sql;
		int64_t seq;
	} v[] = {
		{"UPDATE cdr SET price_nano = price_nano - 1 WHERE seq = 4;", 4},
		{"UPDATE cdr SET callee = 'x' WHERE seq = 1;", 1},
		{"UPDATE cdr SET icid = '' WHERE seq = 10;", 10},
		{"DELETE FROM cdr WHERE seq = 5;", 6},
		{"UPDATE cdr SET hash = lower(hash || '0') WHERE seq = 2;", 2},
		{"UPDATE cdr SET seq = seq + 100 WHERE seq = 10;", 110},
	};
	struct chain_report report;
	struct fixture f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {
		fixture_init(&f);
		run_calls(&f, 10);
		CU_ASSERT_EQUAL(fixture_exec(&f, v[i].sql), 0);
		report = verify(&f);
		CU_ASSERT_TRUE(report.broken > 0);
		CU_ASSERT_EQUAL(report.broken_seq, v[i].seq);
		fixture_close(&f);
	}
}

/* Independent of chain.c: the documented canonical text, made by SQL, hashed by OpenSSL. */
static void test_hash_is_of_the_documented_text(void)
{
	static const char *const skip = "hash";
	char sql[8192], text[8192], hash[CHAIN_HASH_SIZE];
	uint8_t md[SHA256_DIGEST_LENGTH];
	struct fixture f;
	size_t i, pos;

	fixture_init(&f);
	run_calls(&f, 3); /* the second one was answered: of it nearly all is known */

	pos = (size_t)re_snprintf(sql, sizeof(sql), "SELECT printf('seq=%%d:%%d\n', length(seq), seq)");
	for (i = 0; i < CDR_FIELDC; i++) {
		const char *c = cdr_fields[i].column;

		if (i == CDR_FIELDC_FIRST)
			pos += (size_t)re_snprintf(sql + pos, sizeof(sql) - pos,
						   " || printf('prev_hash=64:%%s\n', prev_hash)");
		pos += (size_t)re_snprintf(sql + pos, sizeof(sql) - pos,
					   " || iif(%s IS NULL, '', printf('%s=%%d:%%s\n', length(%s), %s))",
					   c, c, c, c);
	}
	(void)re_snprintf(sql + pos, sizeof(sql) - pos,
			  " FROM cdr WHERE seq = 2 AND %s IS NOT NULL AND b_round_trip_us IS NOT NULL", skip);

	str_ncpy(text, fixture_text(&f, sql), sizeof(text));
	CU_ASSERT_PTR_NOT_NULL(SHA256((const uint8_t *)text, strlen(text), md));
	(void)re_snprintf(hash, sizeof(hash), "%w", md, sizeof(md));
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT hash FROM cdr WHERE seq = 2"), hash);
	fixture_close(&f);
}

/* ---------------------------------------------------------------- jobs */

static int job_good(struct sqlite3 *db, void *arg)
{
	return db_errno(sqlite3_exec(db, "INSERT INTO setting VALUES ('a', '1');", NULL, NULL, NULL));
}

static int job_bad(struct sqlite3 *db, void *arg)
{
	(void)sqlite3_exec(db, "INSERT INTO setting VALUES ('b', '1');", NULL, NULL, NULL);

	return ECONNRESET;
}

static int job_dangling(struct sqlite3 *db, void *arg)
{
	return db_errno(sqlite3_exec(db, "INSERT INTO trunk (name, interface) VALUES ('t', 'none');", NULL,
				     NULL, NULL));
}

static void job_done(int err, void *arg)
{
	*(int *)arg = err;
	re_cancel();
}

static int run_job(struct fixture *f, writer_job_h *jobh)
{
	int err = -1;

	CU_ASSERT_EQUAL_FATAL(writer_submit(f->writer, jobh, job_done, &err), 0);
	(void)re_main(NULL);

	return err;
}

static void test_jobs_commit_or_roll_back(void)
{
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	CU_ASSERT_EQUAL(run_job(&f, job_good), 0);
	CU_ASSERT_EQUAL(run_job(&f, job_bad), ECONNRESET);
	CU_ASSERT_EQUAL(run_job(&f, job_dangling), EEXIST);
	CU_ASSERT_EQUAL(run_job(&f, job_good), EEXIST);
	CU_ASSERT_STRING_EQUAL(fixture_text(&f, "SELECT group_concat(key) FROM setting"), "a");
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM trunk"), 0);
	fixture_close(&f);
}

static void job_count(int err, void *arg)
{
	++*(unsigned *)arg;
}

static void test_stop_reports_every_job(void)
{
	struct fixture f;
	unsigned done = 0, i;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	for (i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(writer_submit(f.writer, i ? job_bad : job_good, job_count, &done), 0);
	fixture_stop(&f);
	CU_ASSERT_EQUAL(done, 50);
	fixture_close(&f);
}

/* ---------------------------------------------------------------- the data folder */

static void test_second_start_is_refused(void)
{
	struct writer *second = NULL;
	struct fixture f;
	char want[64];

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	CU_ASSERT_EQUAL(writer_alloc_sized(&second, f.dir, "node-1", FIXTURE_SPOOL, f.errstr,
					   sizeof(f.errstr)),
			EALREADY);
	(void)re_snprintf(want, sizeof(want), "is in use by process %d (tandem-b2bua); stop it or use --data",
			  (int)getpid());
	CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, want));

	fixture_stop(&f);
	CU_ASSERT_EQUAL(fixture_start(&f), 0);
	fixture_close(&f);
}

static void test_unwritable_folder_is_said(void)
{
	struct writer *w = NULL;
	struct fixture f;

	fixture_init(&f);
	CU_ASSERT_EQUAL(chmod(f.dir, 0555), 0);
	(void)!seteuid(65534); /* root may write anywhere; others are refused as they are */
	CU_ASSERT_EQUAL(writer_alloc_sized(&w, f.dir, "node-1", FIXTURE_SPOOL, f.errstr, sizeof(f.errstr)),
			EACCES);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, "cannot write in the data folder"));
	CU_ASSERT_EQUAL(writer_alloc_sized(&w, fixture_path(&f, "sub"), "node-1", FIXTURE_SPOOL, f.errstr,
					   sizeof(f.errstr)),
			EACCES);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, "cannot make the data folder"));
	(void)!seteuid(getuid());
	CU_ASSERT_EQUAL(chmod(f.dir, 0755), 0);
	fixture_close(&f);
}

/* ---------------------------------------------------------------- a disk that fails */

/* Every file write beyond the first bytes fails, as it does on a full disk; the mapped spool is not
 * written but stored to, and goes on. */
static void disk_fails(bool fails)
{
	struct rlimit rl;

	(void)signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &rl), 0);
	rl.rlim_cur = fails ? 1 : rl.rlim_max;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &rl), 0);
}

static bool wait_degraded(struct fixture *f, bool want)
{
	struct writer_stats stats;
	unsigned i;

	for (i = 0; i < 1000; i++) {
		writer_stats(f->writer, &stats);
		if (stats.degraded == want)
			return true;
		sys_msleep(10);
	}

	return false;
}

static void test_failed_disk_loses_nothing(void)
{
	struct writer_stats stats;
	struct fixture f;
	struct cdr *cdr;
	unsigned i;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	log_level_set(LOG_LEVELC);

	disk_fails(true);
	for (i = 0; i < 20; i++) {
		cdr = fixture_cdr(i);
		run_call(&f, cdr, true);
		mem_deref(cdr);
	}
	CU_ASSERT_TRUE(wait_degraded(&f, true));
	writer_stats(f.writer, &stats);
	CU_ASSERT_TRUE(stats.failures > 0);
	CU_ASSERT_TRUE(stats.spool_used > 0);
	CU_ASSERT_TRUE(writer_ready(f.writer));

	disk_fails(false);
	CU_ASSERT_TRUE(wait_degraded(&f, false));
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM cdr", 20));
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM event"), 60);

	log_level_set(LOG_ERROR);
	fixture_close(&f);
}

static void test_stopped_while_disk_fails(void)
{
	struct fixture f;
	struct cdr *cdr = fixture_cdr(1);

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	log_level_set(LOG_LEVELC);
	disk_fails(true);
	run_call(&f, cdr, true);
	fixture_stop(&f);
	disk_fails(false);
	log_level_set(LOG_ERROR);

	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM cdr"), 0);
	log_level_set(LOG_LEVELC);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	log_level_set(LOG_ERROR);
	CU_ASSERT_EQUAL(fixture_number(&f, "SELECT count(*) FROM cdr WHERE recovered = 0"), 1);

	mem_deref(cdr);
	fixture_close(&f);
}

/* When the spool fills, new calls are refused and every open one can still be answered and closed,
 * however long its text. */
static void test_full_spool_refuses_calls_and_closes_open_ones(void)
{
	static struct cdr *cdrv[4096];
	static char text[CDR_TEXT_MAX + 1];
	struct fixture f;
	unsigned n, i;
	int err = 0;

	memset(text, 't', sizeof(text) - 1);
	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);
	log_level_set(LOG_LEVELC);
	disk_fails(true);

	for (n = 0; n < ARRAY_SIZE(cdrv); n++) {
		cdrv[n] = fixture_cdr(n);
		err = writer_call_open(f.writer, cdrv[n]);
		if (err)
			break;
	}
	CU_ASSERT_EQUAL(err, ENOSPC);
	CU_ASSERT_TRUE(n > 100);
	CU_ASSERT_FALSE(writer_ready(f.writer));
	mem_deref(cdrv[n]);

	while (!writer_event(f.writer, "FILLER", NULL, "{}"))
		;

	for (i = 0; i < n; i++) {
		fixture_answer(cdrv[i]);
		CU_ASSERT_EQUAL(cdr_set_str(&cdrv[i]->reason, text), 0);
		CU_ASSERT_EQUAL(cdr_set_str(&cdrv[i]->a_user_agent, text), 0);
		CU_ASSERT_EQUAL(cdr_set_str(&cdrv[i]->attempts, text), 0);
		CU_ASSERT_EQUAL(writer_call_answer(f.writer, cdrv[i]), 0);
	}
	for (i = 0; i < n; i++) {
		fixture_end(cdrv[i], CDR_ANSWERED);
		CU_ASSERT_EQUAL(writer_call_close(f.writer, cdrv[i]), 0);
		mem_deref(cdrv[i]);
	}

	disk_fails(false);
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM cdr WHERE recovered = 0", n));
	CU_ASSERT_TRUE(writer_ready(f.writer));
	log_level_set(LOG_ERROR);
	fixture_close(&f);
}

/* What an answered call still holds back is room for its closing alone. */
static void test_answered_calls_leave_room(void)
{
	static struct cdr *cdrv[4096];
	struct fixture f;
	struct cdr *more;
	unsigned n, i;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(fixture_start(&f), 0);

	for (n = 0; n < ARRAY_SIZE(cdrv); n++) {
		cdrv[n] = fixture_cdr(n);
		if (!writer_call_open(f.writer, cdrv[n]))
			continue;
		/* what is written by now takes no room */
		CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM event WHERE kind = 'CALL_START'", n));
		if (writer_call_open(f.writer, cdrv[n]))
			break;
	}
	CU_ASSERT_FATAL(n < ARRAY_SIZE(cdrv));
	more = cdrv[n];

	for (i = 0; i < n; i++) {
		fixture_answer(cdrv[i]);
		CU_ASSERT_EQUAL(writer_call_answer(f.writer, cdrv[i]), 0);
	}
	CU_ASSERT_TRUE(fixture_wait(&f, "SELECT count(*) FROM event WHERE kind = 'CALL_ANSWER'", n));
	CU_ASSERT_EQUAL(writer_call_open(f.writer, more), 0);

	for (i = 0; i <= n; i++)
		mem_deref(cdrv[i]);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"a call leaves one row and its events", test_call_leaves_row_and_events},
	{"every column is stored, 0 and -1 as NULL where the record says so", test_every_column_is_stored},
	{"a call that outlives its batch is kept in open_call until it ends",
	 test_long_call_is_kept_until_it_ends},
	{"a call that opens and ends in one batch never touches open_call",
	 test_short_call_never_touches_open_call},
	{"the event of the end follows the disposition", test_end_events_follow_the_disposition},
	{"events are stored", test_events_are_stored},
	{"text from the network is stored verbatim", test_text_is_stored_verbatim},
	{"the hash chain goes on over restarts", test_chain_goes_on_over_restarts},
	{"records and chain go on when the node gets another name", test_renamed_node_goes_on},
	{"an edited or deleted record shows, and where", test_tampering_shows},
	{"the hash is of the documented text", test_hash_is_of_the_documented_text},
	{"a job commits or rolls back as a whole", test_jobs_commit_or_roll_back},
	{"stopping reports every job", test_stop_reports_every_job},
	{"a second start on the folder is refused with the holder's pid", test_second_start_is_refused},
	{"a folder that cannot be written is said", test_unwritable_folder_is_said},
	{"a disk that fails loses nothing and is retried", test_failed_disk_loses_nothing},
	{"stopped while the disk fails, the spool keeps it for the next start",
	 test_stopped_while_disk_fails},
	{"a full spool refuses calls and closes the open ones",
	 test_full_spool_refuses_calls_and_closes_open_ones},
	{"an answered call holds back less of the spool", test_answered_calls_leave_room},
	{NULL, NULL},
};

const struct unit_suite writer_suite = {"writer", testv};

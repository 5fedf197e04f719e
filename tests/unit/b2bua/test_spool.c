/**
 * @file test_spool.c  The spool gives back every whole record once, in order, and nothing else
 */
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <signal.h>
#include "crc32c.h"
#include "spool.h"
#include "store_fixture.h"
#include "unit.h"

static const char db_id[] = "00112233445566778899aabbccddeeff";

static struct spool *open_or_die(struct fixture *f, const char *id, uint64_t last)
{
	struct spool *s = NULL;

	CU_ASSERT_EQUAL_FATAL(spool_open(&s, fixture_path(f, "records"), SPOOL_SIZE_MIN, id, last, f->errstr,
					 sizeof(f->errstr)),
			      0);

	return s;
}

/* A record whose content follows from its number, of a size that varies. */
static size_t content(uint8_t *buf, uint64_t n)
{
	const size_t len = 1 + (size_t)(n * 2654435761u % 3000);

	memset(buf, (int)(n & 0xff), len);

	return len;
}

static int put_numbered(struct spool *s)
{
	uint8_t buf[4096];
	const size_t len = content(buf, spool_last(s) + 1);

	return spool_put(s, 1, buf, len);
}

/* Read up to `max` records, check their content, release them; how many there were. */
static unsigned take_numbered(struct spool *s, unsigned max, uint64_t *number)
{
	uint64_t cursor = spool_tail(s);
	struct spool_record rec;
	uint8_t buf[4096];
	unsigned n;

	for (n = 0; n < max && spool_next(s, &cursor, &rec); n++) {
		CU_ASSERT_EQUAL(rec.number, *number + 1);
		CU_ASSERT_EQUAL_FATAL(rec.len, content(buf, rec.number));
		CU_ASSERT_EQUAL(memcmp(buf, rec.data, rec.len), 0);
		*number = rec.number;
	}
	spool_release(s, cursor);

	return n;
}

static void test_crc32c_vectors(void)
{
	uint8_t zero[32] = {0}, ff[32], up[32];
	size_t i;

	for (i = 0; i < sizeof(up); i++)
		up[i] = (uint8_t)i;
	memset(ff, 0xff, sizeof(ff));

	CU_ASSERT_EQUAL(crc32c(0, zero, sizeof(zero)), 0x8a9136aa);
	CU_ASSERT_EQUAL(crc32c(0, ff, sizeof(ff)), 0x62a8ab43);
	CU_ASSERT_EQUAL(crc32c(0, up, sizeof(up)), 0x46dd794e);
	CU_ASSERT_EQUAL(crc32c(0, "123456789", 9), 0xe3069283);
	CU_ASSERT_EQUAL(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}

static void test_wrap_around(void)
{
	struct fixture f;
	struct spool *s;
	uint64_t taken = 0;
	unsigned i;

	fixture_init(&f);
	s = open_or_die(&f, db_id, 0);

	for (i = 0; i < 20000; i++) {
		if (rand_u16() % 2)
			(void)put_numbered(s);
		else
			(void)take_numbered(s, rand_u16() % 8, &taken);
	}
	(void)take_numbered(s, 1000, &taken);

	CU_ASSERT_EQUAL(taken, spool_last(s));
	CU_ASSERT_TRUE(taken > 5000);
	CU_ASSERT_EQUAL(spool_used(s), 0);

	mem_deref(s);
	fixture_close(&f);
}

static void test_full_refuses_and_keeps(void)
{
	struct fixture f;
	struct spool *s;
	uint64_t taken = 0;
	unsigned n = 0;

	fixture_init(&f);
	s = open_or_die(&f, db_id, 0);

	while (!put_numbered(s))
		++n;
	CU_ASSERT_EQUAL(put_numbered(s), ENOSPC);
	CU_ASSERT_EQUAL(take_numbered(s, UINT32_MAX, &taken), n);
	CU_ASSERT_EQUAL(put_numbered(s), 0);

	mem_deref(s);
	fixture_close(&f);
}

/* After a kill nothing is lost; what the database has already is not given twice. */
static void test_reopen_gives_the_rest(void)
{
	struct fixture f;
	struct spool *s;
	uint64_t taken = 0, last = 0;
	unsigned lap, i;

	fixture_init(&f);

	for (lap = 0; lap < 200; lap++) {

		s = open_or_die(&f, db_id, last);
		CU_ASSERT_EQUAL(spool_last(s) >= last, 1);
		(void)take_numbered(s, rand_u16() % 20, &taken);
		last = taken;
		for (i = rand_u16() % 20; i; i--)
			(void)put_numbered(s);
		mem_deref(s);
	}

	s = open_or_die(&f, db_id, last);
	last = spool_last(s);
	(void)take_numbered(s, UINT32_MAX, &taken);
	CU_ASSERT_EQUAL(taken, last);
	mem_deref(s);

	s = open_or_die(&f, db_id, last);
	CU_ASSERT_EQUAL(take_numbered(s, 1, &taken), 0);
	mem_deref(s);
	fixture_close(&f);
}

/* The process died between the commit and the release: the database's number decides. */
static void test_committed_but_not_released(void)
{
	struct fixture f;
	struct spool *s;
	uint64_t taken = 7;
	unsigned i;

	fixture_init(&f);
	s = open_or_die(&f, db_id, 0);
	for (i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(put_numbered(s), 0);
	mem_deref(s);

	s = open_or_die(&f, db_id, 7);
	CU_ASSERT_EQUAL(take_numbered(s, 100, &taken), 3);
	CU_ASSERT_EQUAL(taken, 10);
	mem_deref(s);
	fixture_close(&f);
}

static void scribble(struct fixture *f, off_t at)
{
	const int fd = open(fixture_path(f, "records"), O_RDWR);
	uint8_t byte;

	CU_ASSERT_EQUAL_FATAL(pread(fd, &byte, 1, at), 1);
	byte ^= 0x40;
	CU_ASSERT_EQUAL_FATAL(pwrite(fd, &byte, 1, at), 1);
	(void)close(fd);
}

/* A power cut tears the newest records: what stands before them is kept. */
static void test_torn_record_ends_the_scan(void)
{
	struct fixture f;
	struct spool *s;
	uint64_t taken;
	off_t at;

	for (at = 0; at < 140; at += 3) {

		fixture_init(&f);
		s = open_or_die(&f, db_id, 0);
		CU_ASSERT_EQUAL(spool_put(s, 1, "first", 5), 0);
		CU_ASSERT_EQUAL(spool_put(s, 1, "second", 6), 0);
		CU_ASSERT_EQUAL(spool_put(s, 1, "third", 5), 0);
		mem_deref(s);

		/* records of 32 bytes each: header 24, text, padding */
		if (at < 96 && at % 32 < 29)
			scribble(&f, 4096 + at);

		s = open_or_die(&f, db_id, 0);
		taken = spool_last(s);
		if (at % 32 < 29 && at < 96)
			CU_ASSERT_EQUAL(taken, (uint64_t)at / 32);
		if (at >= 96)
			CU_ASSERT_EQUAL(taken, 3);
		mem_deref(s);
		fixture_close(&f);
	}
}

static void test_other_database_gets_what_is_left(void)
{
	struct fixture f;
	struct spool *s;
	uint64_t taken = 0;
	unsigned i;

	fixture_init(&f);
	s = open_or_die(&f, db_id, 0);
	for (i = 0; i < 10; i++)
		CU_ASSERT_EQUAL(put_numbered(s), 0);
	CU_ASSERT_EQUAL(take_numbered(s, 6, &taken), 6);
	mem_deref(s);

	s = open_or_die(&f, "ffeeddccbbaa99887766554433221100", 0);
	CU_ASSERT_EQUAL(take_numbered(s, 100, &taken), 4);
	CU_ASSERT_EQUAL(spool_last(s), 10);
	mem_deref(s);
	fixture_close(&f);
}

static void test_foreign_file_is_refused(void)
{
	struct spool *s = NULL;
	struct fixture f;
	int fd;

	fixture_init(&f);
	fd = open(fixture_path(&f, "records"), O_RDWR | O_CREAT, 0600);
	CU_ASSERT_EQUAL(ftruncate(fd, 4096 + SPOOL_SIZE_MIN), 0);
	(void)close(fd);

	CU_ASSERT_EQUAL(spool_open(&s, fixture_path(&f, "records"), SPOOL_SIZE_MIN, db_id, 0, f.errstr,
				   sizeof(f.errstr)),
			EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, "is not a spool"));
	fixture_close(&f);
}

/* A file size limit stands in for a full disk: posix_fallocate fails the same way. */
static void test_no_room_is_said(void)
{
	const struct rlimit small = {32768, RLIM_INFINITY};
	struct rlimit before;
	struct spool *s = NULL;
	struct fixture f;

	fixture_init(&f);
	(void)signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &before), 0);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &small), 0);
	CU_ASSERT_EQUAL(spool_open(&s, fixture_path(&f, "records"), SPOOL_SIZE_MIN, db_id, 0, f.errstr,
				   sizeof(f.errstr)),
			ENOSPC);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);

	CU_ASSERT_PTR_NOT_NULL(strstr(f.errstr, "no room"));
	CU_ASSERT_EQUAL(access(fixture_path(&f, "records"), F_OK), -1);
	fixture_close(&f);
}

/* One thread puts, another process' death is simulated by SIGKILL at any moment. */
static void test_kill_keeps_what_was_put(void)
{
	struct fixture f;
	struct spool *s;
	uint64_t said, taken = 0;
	unsigned round;
	int pfd[2], status;
	pid_t pid;

	fixture_init(&f);

	for (round = 0; round < 20; round++) {

		s = open_or_die(&f, db_id, taken);
		(void)take_numbered(s, UINT32_MAX, &taken);
		CU_ASSERT_EQUAL_FATAL(pipe(pfd), 0);
		pid = fork();
		if (!pid) {
			while (!put_numbered(s)) {
				said = spool_last(s);
				(void)!write(pfd[1], &said, sizeof(said));
			}
			_exit(0);
		}
		(void)close(pfd[1]);
		sys_usleep(rand_u16() % 300);
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, &status, 0);
		mem_deref(s);

		s = open_or_die(&f, db_id, taken);
		said = spool_last(s);
		while (read(pfd[0], &said, sizeof(said)) == sizeof(said))
			;
		(void)close(pfd[0]);
		CU_ASSERT_TRUE(spool_last(s) >= said);
		(void)take_numbered(s, UINT32_MAX, &taken);
		CU_ASSERT_EQUAL(taken, spool_last(s));
		mem_deref(s);
	}

	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"CRC-32C gives the vectors of RFC 3720", test_crc32c_vectors},
	{"records come back in order over many laps", test_wrap_around},
	{"a full spool refuses and keeps what it has", test_full_refuses_and_keeps},
	{"reopened, it gives what was not released", test_reopen_gives_the_rest},
	{"what the database has is not given twice", test_committed_but_not_released},
	{"a torn record ends the scan, those before it are kept", test_torn_record_ends_the_scan},
	{"a new database gets what its forerunner had not taken", test_other_database_gets_what_is_left},
	{"a file that is no spool is refused", test_foreign_file_is_refused},
	{"no room for the spool is said, and no half file stays", test_no_room_is_said},
	{"SIGKILL loses nothing that was put", test_kill_keeps_what_was_put},
	{NULL, NULL},
};

const struct unit_suite spool_suite = {"spool", testv};

/**
 * @file test_spool_guard.c  A spool whose file goes from under it keeps what memory has, goes on, and says so
 *
 * The file is cut, which takes its pages away as a file system does that goes; and a page is hit by the signal alone, as
 * one is that can still be read but no longer be written.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "spool.h"
#include "spool_file.h"
#include "spool_guard.h"
#include "store_fixture.h"
#include "unit.h"

enum { RECORD_SIZE = 3000, BEFORE = 10, AFTER = 8, TWO_PAGES = 2 * SPOOL_PAGE };

static struct spool *opened(struct fixture *f)
{
	struct spool *s = NULL;

	CU_ASSERT_EQUAL_FATAL(spool_open(&s, fixture_path(f, "records"), SPOOL_SIZE_MIN, "db", 0, f->errstr,
					 sizeof(f->errstr)),
			      0);

	return s;
}

static void records_put(struct spool *s, unsigned n)
{
	uint8_t data[RECORD_SIZE];

	while (n--) {
		memset(data, (int)spool_last(s) + 1, sizeof(data));
		CU_ASSERT_EQUAL(spool_put(s, 1, data, sizeof(data)), 0);
	}
}

/* Takes all there are; each must be whole. Returns the number of the first, how many in *n. */
static uint64_t records_take(struct spool *s, unsigned *n)
{
	uint64_t cursor = spool_tail(s), first = 0;
	struct spool_record rec;

	for (*n = 0; spool_next(s, &cursor, &rec); ++*n) {
		first = first ? first : rec.number;
		CU_ASSERT_EQUAL(rec.number, first + *n);
		CU_ASSERT_EQUAL(rec.len, RECORD_SIZE);
		CU_ASSERT_EQUAL(rec.data[0], (uint8_t)rec.number);
		CU_ASSERT_EQUAL(rec.data[rec.len - 1], (uint8_t)rec.number);
	}
	spool_release(s, cursor);

	return first;
}

static void page_hit(void *page)
{
	siginfo_t info = {.si_signo = SIGBUS, .si_code = BUS_ADRERR};

	info.si_addr = page;
	CU_ASSERT_EQUAL(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGBUS, &info), 0);
}

static void test_cut(void)
{
	static const struct {
		off_t left;
		uint64_t first; /* that can still be taken */
	} v[] = {
		{SPOOL_PAGE, BEFORE + 1},         /* the header alone */
		{0, BEFORE + 1},                  /* nothing */
		{SPOOL_PAGE + 2 * SPOOL_PAGE, 1}, /* the first two records */
		{SPOOL_PAGE + SPOOL_SIZE_MIN, 1}, /* all of it: nothing is lost */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(v); i++) {

		struct fixture f;
		struct spool *s;
		unsigned n;

		fixture_init(&f);
		s = opened(&f);
		records_put(s, BEFORE);
		CU_ASSERT_EQUAL(truncate(fixture_path(&f, "records"), v[i].left), 0);
		records_put(s, AFTER);
		if (v[i].first > 1)
			CU_ASSERT_EQUAL(records_take(s, &n), v[i].first);
		CU_ASSERT_EQUAL(spool_lost(s), i != 3);
		CU_ASSERT_EQUAL(spool_sync(s), spool_lost(s) ? EIO : 0);
		CU_ASSERT_EQUAL(spool_last(s), BEFORE + AFTER);
		mem_deref(s);
		fixture_close(&f);
	}
}

/* Records lie over pages that are gone and such that are not: those that are whole are taken, once. */
static void test_whole_ones_are_taken(void)
{
	struct spool_record rec;
	struct fixture f;
	struct spool *s;
	uint64_t cursor, last = 0;
	unsigned n = 0;

	fixture_init(&f);
	s = opened(&f);
	records_put(s, BEFORE);
	CU_ASSERT_EQUAL(truncate(fixture_path(&f, "records"), SPOOL_PAGE + 2 * SPOOL_PAGE), 0);
	records_put(s, AFTER);

	for (cursor = spool_tail(s); spool_next(s, &cursor, &rec); n++) {
		CU_ASSERT_TRUE(rec.number > last && rec.data[rec.len - 1] == (uint8_t)rec.number);
		last = rec.number;
	}
	CU_ASSERT_EQUAL(n, 2 + AFTER);
	CU_ASSERT_EQUAL(last, BEFORE + AFTER);

	mem_deref(s);
	fixture_close(&f);
}

/* What a page had that can be read goes into memory with it, and stays when the file is cut then. */
static void test_readable_page_is_kept(void)
{
	struct spool_guard *g = NULL;
	uint8_t *map = NULL;
	struct fixture f;
	char text[SPOOL_PAGE];
	FILE *file;

	fixture_init(&f);
	memset(text, 'x', sizeof(text));
	file = fopen(fixture_path(&f, "pages"), "w+");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fwrite(text, 1, sizeof(text), file), sizeof(text));
	CU_ASSERT_EQUAL(fwrite(text, 1, sizeof(text), file), sizeof(text));
	CU_ASSERT_EQUAL(fflush(file), 0);
	map = mmap(NULL, TWO_PAGES, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
	CU_ASSERT_NOT_EQUAL_FATAL(map, MAP_FAILED);
	CU_ASSERT_EQUAL_FATAL(spool_guard_alloc(&g, map, TWO_PAGES), 0);

	map[7] = 'y';
	CU_ASSERT_FALSE(spool_guard_lost(g));
	page_hit(&map[100]);
	CU_ASSERT_TRUE(spool_guard_lost(g));
	page_hit(&map[200]); /* a second thread had it, too */
	CU_ASSERT_EQUAL(ftruncate(fileno(file), 0), 0);
	CU_ASSERT_EQUAL(map[7], 'y');
	CU_ASSERT_EQUAL(map[SPOOL_PAGE - 1], 'x');
	CU_ASSERT_EQUAL(map[SPOOL_PAGE], 0); /* went with the file */

	mem_deref(g);
	(void)munmap(map, TWO_PAGES);
	(void)fclose(file);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"a spool whose file is cut goes on in memory, and its sync fails", test_cut},
	{"of records around pages that are gone the whole ones are taken", test_whole_ones_are_taken},
	{"a page that can still be read is kept as it was", test_readable_page_is_kept},
	{NULL, NULL},
};

const struct unit_suite spool_guard_suite = {"spool guard", testv};

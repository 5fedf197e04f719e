/**
 * @file test_spool_sync.c  What a sync did not bring to the disk the next one writes again
 *
 * The kernel may count a page that it failed to write as written. So does the msync() here: it takes the right to write
 * from what it was given, and who stores to it again is noted.
 */
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include "spool.h"
#include "spool_file.h"
#include "store_fixture.h"
#include "unit.h"

enum { RANGES_MAX = 4, RECORD_SIZE = 3000, PAGES_MAX = 32 };

struct range {
	uint8_t *p;
	size_t len;
};

static bool fails;
static struct range lostv[RANGES_MAX]; /* what the failed sync was given */
static size_t lostc;
static uint8_t *storedv[PAGES_MAX]; /* pages that were stored to since */
static volatile size_t storedc;

int msync(void *p, size_t len, int flags)
{
	static int (*real)(void *p, size_t len, int flags);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "msync");
	if (!fails)
		return real(p, len, flags);

	if (lostc < RANGES_MAX)
		lostv[lostc++] = (struct range){p, len};
	errno = EIO;

	return -1;
}

static void store_handler(int sig, siginfo_t *info, void *arg)
{
	uint8_t *page = (uint8_t *)((uintptr_t)info->si_addr & ~(uintptr_t)(SPOOL_PAGE - 1));

	(void)arg;
	if (mprotect(page, SPOOL_PAGE, PROT_READ | PROT_WRITE) || storedc == PAGES_MAX)
		(void)signal(sig, SIG_DFL);
	else
		storedv[storedc++] = page;
}

static bool was_stored_to(const uint8_t *page)
{
	size_t i;

	for (i = 0; i < storedc; i++)
		if (storedv[i] == page)
			return true;

	return false;
}

static void sync_fails(struct spool *s)
{
	size_t i;

	lostc = storedc = 0;
	fails = true;
	CU_ASSERT_EQUAL(spool_sync(s), EIO);
	fails = false;

	for (i = 0; i < lostc; i++)
		CU_ASSERT_EQUAL(mprotect(lostv[i].p, lostv[i].len, PROT_READ), 0);
}

static unsigned pages_not_stored_to(void)
{
	unsigned n = 0;
	size_t i, at;

	for (i = 0; i < lostc; i++)
		for (at = 0; at < lostv[i].len; at += SPOOL_PAGE)
			n += !was_stored_to(lostv[i].p + at);

	return n;
}

static void records_put(struct spool *s, unsigned n)
{
	static const uint8_t data[RECORD_SIZE];

	while (n--)
		CU_ASSERT_EQUAL(spool_put(s, 1, data, sizeof(data)), 0);
}

static void records_take(struct spool *s, unsigned n)
{
	uint64_t cursor = spool_tail(s);
	struct spool_record rec;

	while (n--)
		CU_ASSERT_TRUE(spool_next(s, &cursor, &rec));
	spool_release(s, cursor);
}

/* The second time they lie around the end of the ring. */
static void test_failed_sync_is_made_up_for(void)
{
	const struct sigaction sa = {.sa_sigaction = store_handler, .sa_flags = SA_SIGINFO};
	struct sigaction before;
	struct spool *s = NULL;
	struct fixture f;
	unsigned round;

	fixture_init(&f);
	CU_ASSERT_EQUAL_FATAL(spool_open(&s, fixture_path(&f, "records"), SPOOL_SIZE_MIN, "db", 0, f.errstr,
					 sizeof(f.errstr)),
			      0);
	CU_ASSERT_EQUAL_FATAL(sigaction(SIGSEGV, &sa, &before), 0);

	for (round = 0; round < 2; round++) {
		records_put(s, 10);
		records_take(s, 1);
		sync_fails(s);
		CU_ASSERT_TRUE(lostc >= 1);
		CU_ASSERT_EQUAL(spool_sync(s), 0);
		CU_ASSERT_EQUAL(pages_not_stored_to(), 0);

		/* and once that is done nothing more is */
		CU_ASSERT_TRUE(storedc > 1);
		storedc = 0;
		CU_ASSERT_EQUAL(spool_sync(s), 0);
		CU_ASSERT_EQUAL(storedc, 0);

		records_take(s, 9);
		records_put(s, 8);
		records_take(s, 8);
	}

	CU_ASSERT_EQUAL(sigaction(SIGSEGV, &before, NULL), 0);
	mem_deref(s);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"what a failed sync was given is stored to again before the next", test_failed_sync_is_made_up_for},
	{NULL, NULL},
};

const struct unit_suite spool_sync_suite = {"spool_sync", testv};

/**
 * @file spool_guard.c  What a mapped file has left when its disk or file system goes (SIGBUS)
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>
#include "spool_guard.h"

enum { BITS = 64, PAGE_MAX = 65536 }; /* what a pipe holds */

struct spool_guard {
	struct spool_guard *next;
	uint8_t *map;
	size_t len, page; /* bytes */
	int pipefd[2];    /* reads a page that may be gone: the kernel fails where a load would be a signal */
	atomic_flag busy; /* of one thread that repairs */
	_Atomic bool lost;
	uint64_t *replacedv; /* a bit a page; of who is busy */
};

/* What a signal handler may reach. Changed while no other thread touches a mapping that comes or goes. */
static struct spool_guard *_Atomic guards;

/* ---------------------------------------------------------------- in the signal's handler: system calls alone */

static struct spool_guard *guard_of(const uint8_t *p)
{
	struct spool_guard *g;

	for (g = atomic_load(&guards); g; g = g->next)
		if (p >= g->map && p < g->map + g->len)
			return g;

	return NULL;
}

/* Nobody stores to the page between this and its replacement: whoever does has the same signal, and waits. */
static bool page_replace(const struct spool_guard *g, uint8_t *page)
{
	/* cppcheck-suppress invalidFunctionArg ; it has no file */
	uint8_t *fresh = mmap(NULL, g->page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fresh == MAP_FAILED)
		return false;

	if (write(g->pipefd[1], page, g->page) > 0 && read(g->pipefd[0], fresh, g->page) < 0) {
		(void)munmap(fresh, g->page);
		return false;
	}

	return mremap(fresh, g->page, g->page, MREMAP_MAYMOVE | MREMAP_FIXED, page) != MAP_FAILED;
}

/* Another thread may have had the same signal and be done. */
static bool page_repair(struct spool_guard *g, const uint8_t *p)
{
	const size_t index = (size_t)(p - g->map) / g->page;
	uint64_t *bits = &g->replacedv[index / BITS];
	const uint64_t bit = UINT64_C(1) << index % BITS;
	bool done;

	while (atomic_flag_test_and_set(&g->busy))
		;

	done = *bits & bit || page_replace(g, g->map + index * g->page);
	if (done)
		*bits |= bit;
	atomic_store(&g->lost, true);
	atomic_flag_clear(&g->busy);

	return done;
}

static void bus_handler(int sig, siginfo_t *info, void *arg)
{
	static const char text[] = "SIGBUS: memory that is a file cannot be reached any more. Its disk or "
				   "file system is gone, or "
				   "the memory of this machine is broken; repair it and start again\n";
	const int before = errno;
	struct spool_guard *g = guard_of(info->si_addr);

	(void)arg;
	if (!g || !page_repair(g, info->si_addr)) {
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
		(void)signal(sig, SIG_DFL); /* it comes again, and is the end */
	}
	errno = before;
}

/* ---------------------------------------------------------------- outside of it */

static int handler_set(void)
{
	struct sigaction action = {.sa_sigaction = bus_handler, .sa_flags = SA_SIGINFO | SA_NODEFER};

	(void)sigemptyset(&action.sa_mask);

	return sigaction(SIGBUS, &action, NULL) ? errno : 0;
}

static void guard_destructor(void *arg)
{
	struct spool_guard *g = arg, *before = atomic_load(&guards);

	if (before == g)
		atomic_store(&guards, g->next);
	for (; before; before = before->next)
		if (before->next == g)
			before->next = g->next;

	if (g->pipefd[0] >= 0)
		(void)close(g->pipefd[0]);
	if (g->pipefd[1] >= 0)
		(void)close(g->pipefd[1]);
	mem_deref(g->replacedv);
}

int spool_guard_alloc(struct spool_guard **gp, void *map, size_t len)
{
	const long page = sysconf(_SC_PAGESIZE);
	struct spool_guard *g;
	int err = 0;

	if (!gp || !map || !len || page <= 0 || page > PAGE_MAX)
		return EINVAL;

	g = mem_zalloc(sizeof(*g), guard_destructor);
	if (!g)
		return ENOMEM;

	g->map = map;
	g->len = len;
	g->page = (size_t)page;
	g->pipefd[0] = g->pipefd[1] = -1;
	atomic_flag_clear(&g->busy);
	g->replacedv = mem_zalloc((len / g->page / BITS + 1) * sizeof(*g->replacedv), NULL);
	if (!g->replacedv)
		err = ENOMEM;
	else if (pipe2(g->pipefd, O_CLOEXEC | O_NONBLOCK))
		err = errno;
	err = err ? err : handler_set();
	if (err) {
		mem_deref(g);
		return err;
	}

	g->next = atomic_load(&guards);
	atomic_store(&guards, g);
	*gp = g;

	return 0;
}

bool spool_guard_lost(const struct spool_guard *g)
{
	return atomic_load_explicit(&g->lost, memory_order_relaxed);
}

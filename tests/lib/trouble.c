/**
 * @file trouble.c  Preloaded into a program under test: its wall clock is set, its disk fails
 *
 * The file that TANDEM_TROUBLE names says how, from one call to the next (tests/lib/trouble.py writes it). Monotonic
 * clocks and sockets are left alone.
 */
#undef _FILE_OFFSET_BITS /* both names of a call are stood in for */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct trouble {
	_Atomic int64_t step_us;     /* the wall clock is so much ahead */
	_Atomic int64_t sync_errno;  /* of fsync and fdatasync */
	_Atomic int64_t spool_errno; /* of msync */
	_Atomic int64_t write_errno; /* of pwrite, ftruncate and fallocate */
	_Atomic int64_t is_short;    /* pwrite writes half of what it is given */
	_Atomic int64_t failedc;     /* calls that it failed */
};

static const struct trouble none;

static struct trouble *trouble(void)
{
	static struct trouble *_Atomic mapped;
	const char *path = getenv("TANDEM_TROUBLE");
	int fd;

	if (mapped || !path)
		return mapped ? mapped : (struct trouble *)&none;

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		abort();
	mapped = mmap(NULL, sizeof(*mapped), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (mapped == MAP_FAILED)
		abort();

	return mapped;
}

static int failed(int64_t err)
{
	if (!err)
		return 0;

	++trouble()->failedc;
	errno = (int)err;

	return -1;
}

#define REAL(name, type, ...)             \
	static type (*real)(__VA_ARGS__); \
	if (!real)                        \
	*(void **)&real = dlsym(RTLD_NEXT, name)

/* ---------------------------------------------------------------- clock */

int clock_gettime(clockid_t id, struct timespec *ts)
{
	REAL("clock_gettime", int, clockid_t, struct timespec *);
	const int err = real(id, ts);
	int64_t us;

	if (err || id != CLOCK_REALTIME)
		return err;

	us = (int64_t)ts->tv_sec * 1000000 + ts->tv_nsec / 1000 + trouble()->step_us;
	ts->tv_sec = us / 1000000;
	ts->tv_nsec = us % 1000000 * 1000;

	return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;

	return 0;
}

time_t time(time_t *t)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (t)
		*t = ts.tv_sec;

	return ts.tv_sec;
}

/* ---------------------------------------------------------------- disk */

int fsync(int fd)
{
	REAL("fsync", int, int);

	return failed(trouble()->sync_errno) ? -1 : real(fd);
}

int fdatasync(int fd)
{
	REAL("fdatasync", int, int);

	return failed(trouble()->sync_errno) ? -1 : real(fd);
}

int msync(void *p, size_t len, int flags)
{
	REAL("msync", int, void *, size_t, int);

	return failed(trouble()->spool_errno) ? -1 : real(p, len, flags);
}

static size_t shortened(size_t len)
{
	return trouble()->is_short && len > 1 ? len / 2 : len;
}

ssize_t pwrite(int fd, const void *p, size_t len, off_t offset)
{
	REAL("pwrite", ssize_t, int, const void *, size_t, off_t);

	return failed(trouble()->write_errno) ? -1 : real(fd, p, shortened(len), offset);
}

ssize_t pwrite64(int fd, const void *p, size_t len, off64_t offset)
{
	REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t);

	return failed(trouble()->write_errno) ? -1 : real(fd, p, shortened(len), offset);
}

int ftruncate(int fd, off_t len)
{
	REAL("ftruncate", int, int, off_t);

	return failed(trouble()->write_errno) ? -1 : real(fd, len);
}

int ftruncate64(int fd, off64_t len)
{
	REAL("ftruncate64", int, int, off64_t);

	return failed(trouble()->write_errno) ? -1 : real(fd, len);
}

/**
 * @file lock.c  One process a data folder
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lock.h"

struct lock {
	int fd;
};

static void lock_destructor(void *arg)
{
	struct lock *l = arg;

	/* the file stays: removing it would let two processes lock two files of one name */
	if (l->fd >= 0)
		(void)close(l->fd);
}

static int folder_make(const char *data_dir, char *errstr, size_t errsize)
{
	int err;

	if (!mkdir(data_dir, 0750) || errno == EEXIST)
		return 0;

	err = errno;
	(void)re_snprintf(errstr, errsize,
			  "cannot make the data folder %s (%m); make it for this user, or name another with "
			  "--data",
			  data_dir, err);

	return err;
}

static long holder_read(int fd)
{
	char text[32] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

static void holder_write(int fd)
{
	char text[32];
	const int len = re_snprintf(text, sizeof(text), "%d\n", (int)getpid());

	/* only for people and messages: the lock is the flock, so a failure changes nothing */
	if (len > 0 && !ftruncate(fd, 0))
		(void)!pwrite(fd, text, (size_t)len, 0);
}

static int lock_file(struct lock *l, const char *data_dir, char *errstr, size_t errsize)
{
	char path[1024];
	int err;

	if (re_snprintf(path, sizeof(path), "%s/lock", data_dir) < 0)
		return ENAMETOOLONG;

	l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (l->fd < 0) {
		err = errno;
		(void)re_snprintf(errstr, errsize,
				  "cannot write in the data folder %s (%m); give it to this user, or name "
				  "another "
				  "with --data",
				  data_dir, err);
		return err;
	}

	if (!flock(l->fd, LOCK_EX | LOCK_NB)) {
		holder_write(l->fd);
		return 0;
	}

	err = errno;
	if (err == EWOULDBLOCK) {
		(void)re_snprintf(errstr, errsize,
				  "data folder %s is in use by process %d (tandem-b2bua); stop it or use "
				  "--data",
				  data_dir, (int)holder_read(l->fd));
		return EALREADY;
	}

	(void)re_snprintf(errstr, errsize, "cannot lock %s (%m); keep the data folder on a local file system",
			  path, err);

	return err;
}

int lock_take(struct lock **lp, const char *data_dir, char *errstr, size_t errsize)
{
	struct lock *l;
	int err;

	if (!lp || !data_dir || !errstr)
		return EINVAL;

	err = folder_make(data_dir, errstr, errsize);
	if (err)
		return err;

	l = mem_zalloc(sizeof(*l), lock_destructor);
	if (!l)
		return ENOMEM;

	l->fd = -1;
	err = lock_file(l, data_dir, errstr, errsize);
	if (err)
		mem_deref(l);
	else
		*lp = l;

	return err;
}

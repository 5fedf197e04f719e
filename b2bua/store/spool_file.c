/**
 * @file spool_file.c  The file under spool.h: made whole, checked, mapped into memory
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "spool.h"
#include "spool_file.h"

enum { SPOOL_VERSION = 1 };

static const char spool_magic[8] = "TNDMSPL";

static int fill_header(int fd, size_t size, const char *db_id)
{
	struct spool_header hdr;

	memset(&hdr, 0, sizeof(hdr));
	memcpy(hdr.magic, spool_magic, sizeof(hdr.magic));
	hdr.version = SPOOL_VERSION;
	hdr.salt = rand_u32();
	hdr.size = size;
	str_ncpy(hdr.db_id, db_id, sizeof(hdr.db_id));

	return pwrite(fd, &hdr, sizeof(hdr), 0) == (ssize_t)sizeof(hdr) ? 0 : errno;
}

/* Made beside and renamed, so that a file of that name is always a whole spool. */
static int make_file(const char *path, size_t size, const char *db_id)
{
	char temporary[1024];
	int fd, err;

	if (re_snprintf(temporary, sizeof(temporary), "%s.new", path) < 0)
		return ENAMETOOLONG;

	fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return errno;

	err = posix_fallocate(fd, 0, (off_t)(SPOOL_PAGE + size));
	if (!err)
		err = fill_header(fd, size, db_id);
	if (!err && fsync(fd))
		err = errno;
	if (close(fd) && !err)
		err = errno;
	if (!err && rename(temporary, path))
		err = errno;
	if (err)
		(void)unlink(temporary);

	return err;
}

static int check_header(const struct spool_header *hdr, off_t file_size)
{
	if (memcmp(hdr->magic, spool_magic, sizeof(hdr->magic)) || hdr->version != SPOOL_VERSION)
		return EBADMSG;

	if (hdr->size < SPOOL_SIZE_MIN || hdr->size % SPOOL_PAGE ||
	    hdr->size + SPOOL_PAGE != (uint64_t)file_size)
		return EBADMSG;

	return 0;
}

static int map_file(struct spool_header **hdrp, const char *path)
{
	struct stat st;
	void *p;
	int fd, err = 0;

	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return errno;

	if (fstat(fd, &st))
		err = errno;
	else if (st.st_size < SPOOL_PAGE + SPOOL_SIZE_MIN)
		err = EBADMSG;
	if (err)
		goto out;

	p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (p == MAP_FAILED) {
		err = errno;
		goto out;
	}

	err = check_header(p, st.st_size);
	if (err)
		(void)munmap(p, (size_t)st.st_size);
	else
		*hdrp = p;

out:
	(void)close(fd);
	return err;
}

static int explain(int err, const char *path, size_t size, char *errstr, size_t errsize)
{
	switch (err) {
	case ENOSPC:
	case EFBIG:
	case EDQUOT:
		(void)re_snprintf(errstr, errsize,
				  "no room for the spool %s (%zu MiB): the disk, a quota or a file size "
				  "limit is "
				  "full; make room and start again",
				  path, size >> 20);
		return ENOSPC;
	case EBADMSG:
		(void)re_snprintf(errstr, errsize,
				  "%s is not a spool of this program's version; start the version that made "
				  "it once "
				  "so that it empties it, or move the file away (calls in it are lost)",
				  path);
		return err;
	default:
		(void)re_snprintf(errstr, errsize,
				  "cannot open the spool %s (%m); this user needs to read and write it", path,
				  err);
		return err;
	}
}

int spool_file_open(struct spool_header **hdrp, const char *path, size_t size, const char *db_id,
		    char *errstr, size_t errsize)
{
	int err = 0;

	if (access(path, F_OK) && errno == ENOENT)
		err = make_file(path, size, db_id);
	if (!err)
		err = map_file(hdrp, path);

	return err ? explain(err, path, size, errstr, errsize) : 0;
}

static int write_at(int fd, const uint8_t *p, size_t len, off_t at)
{
	while (len) {

		const ssize_t n = pwrite(fd, p, len, at);

		if (n <= 0)
			return n ? errno : EIO;
		p += n;
		len -= (size_t)n;
		at += n;
	}

	return 0;
}

/* In its place, for there may be no room for two. What stands there is the same ring, as it was; the header comes last. */
int spool_file_write(const struct spool_header *hdr, const char *path)
{
	const uint8_t *p = (const uint8_t *)hdr;
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
	int err;

	if (fd < 0)
		return errno;

	err = write_at(fd, p + SPOOL_PAGE, hdr->size, SPOOL_PAGE);
	err = err ? err : write_at(fd, p, SPOOL_PAGE, 0);
	if (!err && fsync(fd))
		err = errno;
	(void)close(fd);

	return err;
}

/**
 * @file export.c  A day's records as a file
 */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/evp.h>
#include "export.h"

enum { PATH_SIZE = 4096, FLUSH_SIZE = 256 * 1024 };

/** A file under way. */
struct outfile {
	char temp[PATH_SIZE], path[PATH_SIZE];
	int fd;
	struct mbuf *mb; /* not written yet */
	EVP_MD_CTX *sha256;
	uint64_t bytes;
};

static void outfile_destructor(void *arg)
{
	struct outfile *o = arg;

	if (o->fd >= 0)
		(void)close(o->fd);
	mem_deref(o->mb);
	EVP_MD_CTX_free(o->sha256);
}

/** False when another export has just given the file its name. */
static bool is_temp(const struct outfile *o)
{
	struct stat mine, there;

	return !fstat(o->fd, &mine) && !stat(o->temp, &there) && mine.st_ino == there.st_ino &&
	       mine.st_dev == there.st_dev;
}

/** What a crash left under the other name is written over; what another process is at is left alone. */
static int temp_open(struct outfile *o)
{
	o->fd = open(o->temp, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (o->fd < 0)
		return errno;

	if (flock(o->fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? EBUSY : errno;

	if (!is_temp(o))
		return EBUSY;

	return ftruncate(o->fd, 0) ? errno : 0;
}

static int outfile_open(struct outfile **op, const char *dir, const char *name, const char *suffix)
{
	struct outfile *o = mem_zalloc(sizeof(*o), outfile_destructor);
	int err;

	if (!o)
		return ENOMEM;

	o->fd = -1;
	o->mb = mbuf_alloc(FLUSH_SIZE + 16384);
	o->sha256 = EVP_MD_CTX_new();
	if (!o->mb || !o->sha256 || !EVP_DigestInit_ex(o->sha256, EVP_sha256(), NULL)) {
		mem_deref(o);
		return ENOMEM;
	}

	if (re_snprintf(o->path, sizeof(o->path), "%s/%s%s", dir, name, suffix) < 0 ||
	    re_snprintf(o->temp, sizeof(o->temp), "%s/.%s%s.tmp", dir, name, suffix) < 0)
		err = ENAMETOOLONG;
	else
		err = temp_open(o);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

static int outfile_flush(struct outfile *o)
{
	size_t pos = 0;

	if (!EVP_DigestUpdate(o->sha256, o->mb->buf, o->mb->end))
		return EIO;

	while (pos < o->mb->end) {

		const ssize_t n = write(o->fd, o->mb->buf + pos, o->mb->end - pos);

		if (n < 0 && errno != EINTR)
			return errno;
		pos += n > 0 ? (size_t)n : 0;
	}

	o->bytes += o->mb->end;
	mbuf_rewind(o->mb);

	return 0;
}

static int dir_sync(const char *dir)
{
	const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return errno;

	err = fsync(fd) ? errno : 0;
	(void)close(fd);

	return err;
}

/** From now on it is there, whatever dies. */
static int outfile_finish(struct outfile *o, const char *dir)
{
	int err;

	err = outfile_flush(o);
	if (!err && (fsync(o->fd) || rename(o->temp, o->path)))
		err = errno;

	return err ? err : dir_sync(dir);
}

/* ---------------------------------------------------------------- the records */

static int column_find(struct sqlite3_stmt *stmt, const char *name)
{
	int i;

	for (i = 0; i < sqlite3_column_count(stmt); i++)
		if (!strcmp(sqlite3_column_name(stmt, i), name))
			return i;

	return -1;
}

static int rows_write(struct outfile *o, struct sqlite3_stmt *stmt, struct export_report *report, int columns,
		      enum export_format format, const _Atomic bool *stop)
{
	const int hash = column_find(stmt, "hash");
	int rc, err;

	err = export_head_write(o->mb, format, stmt, columns);

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {

		if (stop && atomic_load_explicit(stop, memory_order_relaxed))
			return ECANCELED;

		err = export_row_write(o->mb, format, stmt, columns);
		err = err ? err
			  : cdr_digest_add(&report->digest, stmt, sqlite3_column_int64(stmt, 0),
					   (const char *)sqlite3_column_text(stmt, hash));
		if (!err && o->mb->end >= FLUSH_SIZE)
			err = outfile_flush(o);
	}

	return err ? err : db_errno(rc);
}

/** Records are written once for good: fewer than there were, or another last one, is no file of that day. */
static int rows_check(const struct export_report *report, const struct cdr_day *day)
{
	const int64_t rows = day->last_seq - day->first_seq + 1;

	if ((int64_t)report->digest.rows != rows || (rows && strcmp(report->digest.hash, day->hash)))
		return EBADMSG;

	return 0;
}

static int records_export(struct outfile *o, struct export_report *report, struct db *db,
			  const struct cdr_day *day, enum export_format format, const _Atomic bool *stop)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_DAY_RECORDS);
	int err;

	if (!stmt)
		return EINVAL;

	(void)sqlite3_bind_int64(stmt, 1, day->first_seq);
	(void)sqlite3_bind_int64(stmt, 2, day->last_seq);
	err = rows_write(o, stmt, report, (int)day->columns, format, stop);
	(void)sqlite3_reset(stmt);

	return err ? err : rows_check(report, day);
}

/* ---------------------------------------------------------------- the control file */

static int control_write(struct mbuf *mb, const struct export_report *report, const struct cdr_day *day,
			 const struct outfile *o)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!EVP_DigestFinal_ex(o->sha256, md, &len))
		return EIO;

	return mbuf_printf(mb,
			   "{\"file\": \"%s\", \"day\": \"%s\", \"number\": %lld, %H, \"bytes\": %llu, "
			   "\"sha256\": \"%w\"}\n",
			   report->name, day->day, day->number, cdr_digest_fields_print, &report->digest,
			   o->bytes, md, (size_t)len);
}

static int control_export(const struct export_report *report, const struct cdr_day *day,
			  const struct outfile *of, const char *dir)
{
	struct outfile *o = NULL;
	int err;

	err = outfile_open(&o, dir, report->name, ".control");
	err = err ? err : control_write(o->mb, report, day, of);
	err = err ? err : outfile_finish(o, dir);
	mem_deref(o);

	return err;
}

static int explain(int err, const char *dir, const struct export_report *report, const struct cdr_day *day,
		   char *errstr, size_t errsize)
{
	if (err == EBUSY)
		(void)re_snprintf(errstr, errsize, "%s/%s is being written by another export", dir,
				  report->name);
	else if (err == EBADMSG)
		(void)re_snprintf(errstr, errsize,
				  "the records of %s (seq %lld to %lld) are not what they were when the day "
				  "was over; see "
				  "tandemctl cdr verify",
				  day->day, day->first_seq, day->last_seq);
	else
		(void)re_snprintf(errstr, errsize,
				  "%s/%s cannot be written: %m; see to the folder and its disk", dir,
				  report->name, err);

	return err;
}

int export_day(struct export_report *report, struct db *db, const struct cdr_day *day,
	       enum export_format format, const char *dir, _Atomic bool *stop, char *errstr, size_t errsize)
{
	struct outfile *o = NULL;
	int err;

	memset(report, 0, sizeof(*report));
	report->digest.first_seq = day->first_seq;
	report->digest.last_seq = day->last_seq;
	str_ncpy(report->digest.hash, day->hash, sizeof(report->digest.hash));
	(void)re_snprintf(report->name, sizeof(report->name), "cdr-%s-%06lld.%s", day->day, day->number,
			  export_format_name(format));

	err = outfile_open(&o, dir, report->name, "");
	err = err ? err : records_export(o, report, db, day, format, stop);
	err = err ? err : outfile_finish(o, dir);
	err = err ? err : control_export(report, day, o, dir);
	mem_deref(o);

	return err ? explain(err, dir, report, day, errstr, errsize) : 0;
}

/**
 * @file archive_month.c  A month's records as a file of their own
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "archive_month.h"

enum { STEPS_A_LOOK = 10000 }; /* of SQLite's machine between two looks at `stop` */

/** A file under way. */
struct making {
	struct archive_month *m;
	struct db *live;
	struct sqlite3 *db; /* the file */
	struct sqlite3_stmt *insert;
	const _Atomic bool *stop;
	int64_t after; /* the last record copied */
	char path[ARCHIVE_PATH_SIZE], temp[ARCHIVE_PATH_SIZE];
};

/** No journal: what is not finished is thrown away. It is synced as a whole before it gets its name. */
static const char pragmas[] =
	"PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
	"PRAGMA locking_mode=EXCLUSIVE; PRAGMA trusted_schema=OFF; PRAGMA cache_size=-32768;";

/* ---------------------------------------------------------------- the records */

static int exec(struct making *a, const char *sql)
{
	return db_errno(sqlite3_exec(a->db, sql, NULL, NULL, NULL));
}

static int schema_copy(struct making *a, const char *type)
{
	struct sqlite3_stmt *stmt = db_stmt(a->live, SQL_ARCHIVE_SCHEMA);
	int rc = SQLITE_DONE, err = stmt ? db_bind_str(stmt, 1, type) : EINVAL;

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		err = exec(a, (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_reset(stmt);

	return err ? err : db_errno(rc);
}

static int insert_prepare(struct making *a, int columns)
{
	struct mbuf *mb = mbuf_alloc(512);
	int i, err = mb ? mbuf_write_str(mb, "INSERT INTO cdr VALUES (?") : ENOMEM;

	for (i = 1; i < columns && !err; i++)
		err = mbuf_write_str(mb, ", ?");
	err = err ? err : mbuf_write_str(mb, ")");
	err = err ? err
		  : db_errno(
			    sqlite3_prepare_v2(a->db, (const char *)mb->buf, (int)mb->end, &a->insert, NULL));
	mem_deref(mb);

	return err;
}

static int row_copy(struct making *a, struct sqlite3_stmt *row)
{
	const int columns = sqlite3_column_count(row);
	int i, rc = SQLITE_OK, err;

	err = a->insert ? 0 : insert_prepare(a, columns);
	for (i = 0; i < columns && !err && rc == SQLITE_OK; i++)
		rc = sqlite3_bind_value(a->insert, i + 1, sqlite3_column_value(row, i));

	err = err ? err : db_errno(rc);
	err = err ? err : db_run(a->insert);
	a->after = sqlite3_column_int64(row, 0);

	return err;
}

/** Some at a time, lest the log of tandem.db grow behind a long look at it. */
static int some_copy(struct making *a)
{
	struct sqlite3_stmt *stmt = db_stmt(a->live, SQL_ARCHIVE_RECORDS);
	int rc = SQLITE_DONE, err;

	if (!stmt)
		return EINVAL;

	(void)sqlite3_bind_int64(stmt, 1, a->after);
	(void)sqlite3_bind_int64(stmt, 2, a->m->last_seq);
	err = exec(a, "BEGIN");
	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		err = row_copy(a, stmt);
	(void)sqlite3_reset(stmt);
	err = err ? err : db_errno(rc);

	return err ? err : exec(a, "COMMIT");
}

static int records_copy(struct making *a)
{
	int64_t before;
	int err;

	err = schema_copy(a, "table");
	a->after = a->m->first_seq - 1;
	do {
		before = a->after;
		err = err ? err : some_copy(a);
	} while (!err && a->after > before);

	return err ? err : schema_copy(a, "index");
}

/* ---------------------------------------------------------------- the proof */

static int row_look(struct sqlite3_stmt *row, int64_t seq, const char *hash, void *arg)
{
	const struct making *a = arg;

	return seq == a->m->last_seq && strcmp(hash, a->m->hash) ? EBADMSG : 0;
}

/** Each record fits its hash and the one before it, none is missing, and the last is the one that its day ended with. */
static int records_prove(struct making *a)
{
	const struct archive_month *m = a->m;
	struct chain_report report;
	int err;

	err = chain_walk(a->db, &report, row_look, a);
	if (err)
		return err;

	return report.broken || report.first_seq != m->first_seq || report.last_seq != m->last_seq ? EBADMSG
												   : 0;
}

static int bounds_read(struct making *a)
{
	struct archive_month *m = a->m;
	struct sqlite3_stmt *stmt = NULL;
	int rc;

	rc = sqlite3_prepare_v2(a->db, sql_queryv[SQL_ARCHIVE_BOUNDS].text, -1, &stmt, NULL);
	rc = rc == SQLITE_OK ? sqlite3_step(stmt) : rc;
	if (rc == SQLITE_ROW) {
		str_ncpy(m->first_id, (const char *)sqlite3_column_text(stmt, 0), sizeof(m->first_id));
		str_ncpy(m->last_id, (const char *)sqlite3_column_text(stmt, 1), sizeof(m->last_id));
		m->first_start_us = sqlite3_column_int64(stmt, 2);
		m->last_start_us = sqlite3_column_int64(stmt, 3);
	}
	(void)sqlite3_finalize(stmt);

	return db_errno(rc);
}

/* ---------------------------------------------------------------- the file */

static int paths_make(struct making *a, const char *folder)
{
	if (mkdir(folder, 0750) && errno != EEXIST)
		return errno;

	if (re_snprintf(a->temp, sizeof(a->temp), "%s/.cdr-%s.db.tmp", folder, a->m->month) < 0)
		return ENAMETOOLONG;

	if (unlink(a->temp) && errno != ENOENT)
		return errno;

	return archive_path(a->path, sizeof(a->path), folder, a->m->month);
}

static int path_sync(const char *path, int flags)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	int err;

	if (fd < 0)
		return errno;

	err = fsync(fd) ? errno : 0;
	(void)close(fd);

	return err;
}

static int file_name(const struct making *a, const char *folder)
{
	int err = path_sync(a->temp, 0);

	if (!err && rename(a->temp, a->path))
		err = errno;

	return err ? err : path_sync(folder, O_DIRECTORY);
}

/* Called by SQLite while a statement runs, an index of millions of records, too; anything but 0 ends it. */
static int is_stopped(void *arg)
{
	const struct making *a = arg;

	return a->stop && atomic_load_explicit(a->stop, memory_order_relaxed);
}

static int file_fill(struct making *a)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int err;

	err = db_errno(sqlite3_open_v2(a->temp, &a->db, flags, NULL));
	if (!err)
		sqlite3_progress_handler(a->db, STEPS_A_LOOK, is_stopped, a);
	err = err ? err : exec(a, pragmas);
	err = err ? err : records_copy(a);
	err = err ? err : records_prove(a);
	err = err ? err : bounds_read(a);

	(void)sqlite3_finalize(a->insert);
	if (sqlite3_close(a->db) != SQLITE_OK && !err)
		err = EIO;

	return err;
}

static int explain(int err, const struct making *a, char *errstr, size_t errsize)
{
	if (err == EBADMSG)
		(void)re_snprintf(errstr, errsize,
				  "the records of %s (seq %lld to %lld) stay in tandem.db, for their hash "
				  "chain is broken; see "
				  "tandemctl cdr verify",
				  a->m->month, a->m->first_seq, a->m->last_seq);
	else
		(void)re_snprintf(errstr, errsize, "%s cannot be written: %m; see to the folder and its disk",
				  a->path, err);

	return err;
}

int archive_make(struct archive_month *m, struct db *db, const char *folder, _Atomic bool *stop, char *errstr,
		 size_t errsize)
{
	struct making *a = mem_zalloc(sizeof(*a), NULL);
	int err;

	if (!a)
		return ENOMEM;

	a->m = m;
	a->live = db;
	a->stop = stop;

	err = paths_make(a, folder);
	err = err ? err : file_fill(a);
	err = err ? err : file_name(a, folder);
	if (err) {
		(void)unlink(a->temp);
		(void)explain(err, a, errstr, errsize);
	}
	mem_deref(a);

	return err;
}

/**
 * @file db.c  One connection to tandem.db
 */
#include <sys/stat.h>
#include "archive.h"
#include "db.h"

/*
 * Measured with tests/bench/writer_bench at 1,000 calls/s on top of 1 M rows: a page cache of 64 MiB
 * keeps the inner pages of the random indexes (Call-ID) in memory; mmap spares readers the copy.
 * The write-ahead log is checkpointed by the writer itself (writer.c), hence no autocheckpoint.
 */
/* clang-format off */
static const char pragma_write[] =
	"PRAGMA page_size=4096;"
	"PRAGMA journal_mode=WAL;"
	"PRAGMA synchronous=FULL;"
	"PRAGMA wal_autocheckpoint=0;"
	"PRAGMA journal_size_limit=67108864;"
	"PRAGMA recursive_triggers=ON;" /* else REPLACE takes rows away from tables that are append-only */
	"PRAGMA cache_size=-65536;";

static const char pragma_read[] =
	"PRAGMA query_only=ON;"
	"PRAGMA cache_size=-16384;";

static const char pragma_both[] =
	"PRAGMA trusted_schema=OFF;"
	"PRAGMA cell_size_check=ON;"
	"PRAGMA foreign_keys=ON;"
	"PRAGMA temp_store=MEMORY;"
	"PRAGMA mmap_size=268435456;";
/* clang-format on */

enum { FAILURE_SIZE = 256 };

struct db {
	struct sqlite3 *handle;
	struct sqlite3_stmt *stmtv[SQL_QUERYC];
	char failure[FAILURE_SIZE];
};

static void db_destructor(void *arg)
{
	struct db *db = arg;
	size_t i;

	for (i = 0; i < SQL_QUERYC; i++)
		(void)sqlite3_finalize(db->stmtv[i]);

	(void)sqlite3_close_v2(db->handle);
}

int db_errno(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return EBUSY;
	case SQLITE_FULL:
		return ENOSPC;
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		return EACCES;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return EBADMSG;
	case SQLITE_CONSTRAINT:
		return EEXIST;
	case SQLITE_NOMEM:
		return ENOMEM;
	case SQLITE_INTERRUPT:
		return ECANCELED;
	case SQLITE_RANGE:
	case SQLITE_MISUSE:
	case SQLITE_ERROR:
		return EINVAL;
	default:
		return EIO;
	}
}

static int explain(int err, const char *path, const struct sqlite3 *handle, char *errstr, size_t errsize)
{
	const char *what = handle ? sqlite3_errmsg((struct sqlite3 *)handle) : "out of memory";

	switch (err) {
	case EBADMSG:
		(void)re_snprintf(errstr, errsize,
				  "%s is not an SQLite database or is damaged (%s); move it away, or restore "
				  "a backup",
				  path, what);
		break;
	case EACCES:
		(void)re_snprintf(errstr, errsize,
				  "cannot open database %s (%s); this user needs to read and write it and "
				  "its folder",
				  path, what);
		break;
	case ENOSPC:
		(void)re_snprintf(errstr, errsize,
				  "no room on the disk for database %s; make room and start again", path);
		break;
	case EBUSY:
		(void)re_snprintf(errstr, errsize,
				  "database %s is locked by another program; end that program's transaction",
				  path);
		break;
	default:
		(void)re_snprintf(errstr, errsize, "cannot open database %s (%s)", path, what);
		break;
	}

	return err;
}

static int check_readable(const char *path, char *errstr, size_t errsize)
{
	struct stat st;

	if (!stat(path, &st))
		return 0;

	if (errno == ENOENT)
		(void)re_snprintf(errstr, errsize,
				  "there is no database %s; start tandem-b2bua once, or name another folder "
				  "with --data",
				  path);
	else
		(void)re_snprintf(errstr, errsize, "cannot open database %s (%m)", path, errno);

	return errno;
}

int db_open(struct db **dbp, const char *path, enum db_mode mode, char *errstr, size_t errsize)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	struct db *db;
	int err;

	if (!dbp || !path || !errstr)
		return EINVAL;

	flags |= mode == DB_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

	if (mode == DB_READ) {
		err = check_readable(path, errstr, errsize);
		if (err)
			return err;
	}

	db = mem_zalloc(sizeof(*db), db_destructor);
	if (!db)
		return ENOMEM;

	err = db_errno(sqlite3_open_v2(path, &db->handle, flags, NULL));
	if (err)
		goto out;

	/* SQLite falls back to reading when the file may not be written */
	if (mode == DB_WRITE && sqlite3_db_readonly(db->handle, "main")) {
		err = EACCES;
		goto out;
	}

	(void)sqlite3_busy_timeout(db->handle, DB_BUSY_TIMEOUT_MS);

	err = db_exec(db, mode == DB_WRITE ? pragma_write : pragma_read);
	if (!err)
		err = db_exec(db, pragma_both);
	/* the file's first page is read here at the latest, so what is no database shows now */
	if (!err)
		err = db_exec(db, "SELECT count(*) FROM sqlite_schema;");
	if (!err && mode == DB_READ)
		err = archive_show(db->handle, path);

out:
	if (err) {
		(void)explain(err, path, db->handle, errstr, errsize);
		mem_deref(db);
	}
	else {
		*dbp = db;
	}

	return err;
}

struct sqlite3 *db_handle(const struct db *db)
{
	return db ? db->handle : NULL;
}

struct sqlite3_stmt *db_stmt(struct db *db, enum sql_query query)
{
	struct sqlite3_stmt **stmtp = &db->stmtv[query];

	if (!*stmtp) {
		(void)sqlite3_prepare_v3(db->handle, sql_queryv[query].text, -1, SQLITE_PREPARE_PERSISTENT,
					 stmtp, NULL);
		return *stmtp;
	}

	(void)sqlite3_reset(*stmtp);
	(void)sqlite3_clear_bindings(*stmtp);

	return *stmtp;
}

int db_prepare_all(struct db *db, char *errstr, size_t errsize)
{
	size_t i;

	for (i = 0; i < SQL_QUERYC; i++) {

		if (db_stmt(db, (enum sql_query)i))
			continue;

		(void)re_snprintf(errstr, errsize, "statement %s cannot be prepared: %s", sql_queryv[i].name,
				  sqlite3_errmsg(db->handle));
		return EINVAL;
	}

	return 0;
}

int db_run(struct sqlite3_stmt *stmt)
{
	int rc;

	if (!stmt)
		return ENOMEM;

	do
		rc = sqlite3_step(stmt);
	while (rc == SQLITE_ROW);

	(void)sqlite3_reset(stmt);

	return db_errno(rc);
}

int db_exec(struct db *db, const char *sql)
{
	return db_errno(sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

void db_rollback(struct db *db)
{
	str_ncpy(db->failure, sqlite3_errmsg(db->handle), sizeof(db->failure));

	if (!sqlite3_get_autocommit(db->handle))
		(void)db_exec(db, "ROLLBACK;");
}

const char *db_failure(const struct db *db)
{
	return db->failure;
}

int db_bind_str(struct sqlite3_stmt *stmt, int index, const char *str)
{
	return db_errno(sqlite3_bind_text(stmt, index, str, -1, SQLITE_STATIC));
}

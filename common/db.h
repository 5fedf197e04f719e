/**
 * @file db.h  One connection to tandem.db: how it is opened, its prepared statements, its errors
 *
 * A connection belongs to one thread. Statements are the named ones of sql/queries/.
 */
#ifndef TANDEM_DB_H
#define TANDEM_DB_H

#include <re.h>
#include <sqlite3.h>
#include "sql_embedded.h"

enum db_mode {
	DB_WRITE, /* created when it is not there; for the writer thread alone */
	DB_READ, /* never writes, never creates; its `cdr` and views have the archives' records, too (archive.h) */
};

enum { DB_BUSY_TIMEOUT_MS = 5000 };

struct db;

/**
 * Open a database file; mem_deref closes it.
 *
 * @param errstr says what is wrong and the remedy when the return is not 0: ENOENT, EACCES, ENOSPC,
 *               EBADMSG (not a database, or damaged), ENOMEM, EIO
 */
int db_open(struct db **dbp, const char *path, enum db_mode mode, char *errstr, size_t errsize);

struct sqlite3 *db_handle(const struct db *db);

/** Prepare every named statement; a wrong one is named in errstr. Views must be there. EINVAL, ENOMEM. */
int db_prepare_all(struct db *db, char *errstr, size_t errsize);

/**
 * The connection's own copy of a named statement, reset and with nothing bound; prepared on first use.
 * NULL when it cannot be prepared.
 */
struct sqlite3_stmt *db_stmt(struct db *db, enum sql_query query);

/** Run a statement that returns no rows, and reset it. 0 or db_errno(). */
int db_run(struct sqlite3_stmt *stmt);

/** Run plain SQL without parameters: transactions, pragmas, migrations. 0 or db_errno(). */
int db_exec(struct db *db, const char *sql);

/** Undo the transaction that just failed, unless SQLite did so by itself (a full disk), and keep what failed. */
void db_rollback(struct db *db);

/** Why the last transaction was rolled back, as SQLite said it; "" if none was. */
const char *db_failure(const struct db *db);

/** An SQLite result code as errno: ENOSPC full, EBUSY, EACCES, EBADMSG damaged, EEXIST constraint, … */
int db_errno(int rc);

/* Binding by C types; NULL becomes SQL NULL. Text is not copied: it must live until the statement ran. */
int db_bind_str(struct sqlite3_stmt *stmt, int index, const char *str);

#endif

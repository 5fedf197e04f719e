/**
 * @file migrate.c  Brings a database to this program's schema
 */
#include "migrate.h"

static const char *remedy(int err)
{
	return err == ENOSPC ? "make room on the disk and start again"
			     : "check the disk, and report this if it is sound";
}

static int pragma_get(struct db *db, const char *sql, int64_t *value)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc;

	rc = sqlite3_prepare_v2(db_handle(db), sql, -1, &stmt, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*value = sqlite3_column_int64(stmt, 0);

	(void)sqlite3_finalize(stmt);

	return db_errno(rc);
}

static int read_version(struct db *db, int64_t *version, char *errstr, size_t errsize)
{
	int64_t application = 0, tables = 0;
	int err;

	err = pragma_get(db, "PRAGMA application_id;", &application);
	err = err ? err : pragma_get(db, "PRAGMA user_version;", version);
	err = err ? err : pragma_get(db, "SELECT count(*) FROM sqlite_schema;", &tables);
	if (err) {
		(void)re_snprintf(errstr, errsize, "cannot read the database's version: %s",
				  sqlite3_errmsg(db_handle(db)));
		return err;
	}

	if (application != MIGRATE_APPLICATION_ID && (tables || *version)) {
		(void)re_snprintf(errstr, errsize,
				  "tandem.db is another program's database; name another folder with --data");
		return EBADMSG;
	}

	if (*version > (int64_t)sql_migrationc) {
		(void)re_snprintf(errstr, errsize,
				  "the database is newer (schema %lld) than this program (schema %zu); "
				  "install the newer version, or restore a backup made before the upgrade",
				  (long long)*version, sql_migrationc);
		return EPROTONOSUPPORT;
	}

	return 0;
}

static int apply_one(struct db *db, size_t number, char *errstr, size_t errsize)
{
	char mark[128];
	int err;

	(void)re_snprintf(mark, sizeof(mark), "PRAGMA application_id=%d; PRAGMA user_version=%zu;",
			  MIGRATE_APPLICATION_ID, number);

	err = db_exec(db, "BEGIN IMMEDIATE;");
	err = err ? err : db_exec(db, sql_migrationv[number - 1].text);
	err = err ? err : db_exec(db, mark);
	err = err ? err : db_exec(db, "COMMIT;");
	if (err) {
		(void)re_snprintf(errstr, errsize,
				  "migration %s of tandem.db failed (%s), the database stays at schema %zu; "
				  "%s",
				  sql_migrationv[number - 1].name, sqlite3_errmsg(db_handle(db)), number - 1,
				  remedy(err));
		(void)db_exec(db, "ROLLBACK;");
	}

	return err;
}

static int views_current(struct db *db, bool *current)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_META_GET);
	int rc;

	if (!stmt)
		return ENOMEM;

	(void)db_bind_str(stmt, 1, "views");
	rc = sqlite3_step(stmt);
	*current = rc == SQLITE_ROW && !str_cmp((const char *)sqlite3_column_text(stmt, 0), sql_views_digest);
	(void)sqlite3_reset(stmt);

	return db_errno(rc);
}

static int views_mark(struct db *db)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_META_SET);

	if (!stmt)
		return ENOMEM;

	(void)db_bind_str(stmt, 1, "views");
	(void)db_bind_str(stmt, 2, sql_views_digest);

	return db_run(stmt);
}

static int refresh_views(struct db *db, char *errstr, size_t errsize)
{
	bool current = false;
	int err;

	err = views_current(db, &current);
	if (err || current)
		goto out;

	err = db_exec(db, "BEGIN IMMEDIATE;");
	err = err ? err : db_exec(db, sql_views);
	err = err ? err : views_mark(db);
	err = err ? err : db_exec(db, "COMMIT;");

out:
	if (err) {
		(void)re_snprintf(errstr, errsize, "cannot make the views of tandem.db (%s); %s",
				  sqlite3_errmsg(db_handle(db)), remedy(err));
		(void)db_exec(db, "ROLLBACK;");
	}

	return err;
}

int migrate_run(struct db *db, char *errstr, size_t errsize)
{
	int64_t version = 0;
	int err;

	err = read_version(db, &version, errstr, errsize);

	while (!err && version < (int64_t)sql_migrationc)
		err = apply_one(db, (size_t)++version, errstr, errsize);

	if (!err)
		err = refresh_views(db, errstr, errsize);

	return err;
}

int migrate_check(struct db *db, char *errstr, size_t errsize)
{
	int64_t version = 0;
	int err;

	err = read_version(db, &version, errstr, errsize);
	if (err)
		return err;

	if (version < (int64_t)sql_migrationc) {
		(void)re_snprintf(errstr, errsize,
				  "the database is older (schema %lld) than this program (schema %zu); "
				  "start tandem-b2bua once to bring it up to date",
				  (long long)version, sql_migrationc);
		return ESTALE;
	}

	return 0;
}

/**
 * @file archive.c  Where archives are, and how a connection comes to see them
 */
#include <string.h>
#include <re.h>
#include <sqlite3.h>
#include "archive_table.h"
#include "db.h"
#include "archive.h"

int archive_folder(char *folder, size_t size, const char *db_path)
{
	const char *slash = strrchr(db_path, '/');
	const struct pl dir = {db_path, slash ? (size_t)(slash - db_path) + 1 : 0};

	return re_snprintf(folder, size, "%rarchive", &dir) < 0 ? ENAMETOOLONG : 0;
}

int archive_path(char *path, size_t size, const char *folder, const char *month)
{
	return re_snprintf(path, size, "%s/cdr-%s.db", folder, month) < 0 ? ENAMETOOLONG : 0;
}

/** False also where the database is of a version that knew no archives. */
static bool any(struct sqlite3 *db)
{
	struct sqlite3_stmt *stmt = NULL;
	bool found = false;

	if (sqlite3_prepare_v2(db, sql_queryv[SQL_ARCHIVE_ANY].text, -1, &stmt, NULL) == SQLITE_OK)
		found = sqlite3_step(stmt) == SQLITE_ROW;
	(void)sqlite3_finalize(stmt);

	return found;
}

static bool shown(struct sqlite3 *db)
{
	return sqlite3_table_column_metadata(db, "temp", "cdr", NULL, NULL, NULL, NULL, NULL, NULL) ==
	       SQLITE_OK;
}

bool archive_missed(struct sqlite3 *db)
{
	return !shown(db) && any(db);
}

int archive_show(struct sqlite3 *db, const char *db_path)
{
	char folder[ARCHIVE_PATH_SIZE];
	int err;

	if (!db || !db_path)
		return EINVAL;

	if (!any(db))
		return 0;

	err = archive_folder(folder, sizeof(folder), db_path);
	err = err ? err : archive_table_register(db, folder);
	if (err)
		return err;

	/* the TEMP schema alone is written, in memory; query_only would forbid that, too */
	err = db_errno(sqlite3_exec(db,
				    "PRAGMA query_only=OFF;"
				    "CREATE VIRTUAL TABLE temp.cdr USING " ARCHIVE_TABLE_MODULE ";",
				    NULL, NULL, NULL));
	err = err ? err : db_errno(sqlite3_exec(db, sql_temp_views, NULL, NULL, NULL));
	err = err ? err : db_errno(sqlite3_exec(db, "PRAGMA query_only=ON;", NULL, NULL, NULL));

	return err;
}

/**
 * @file archive_file.c  A file that has records
 */
#include <string.h>
#include "archive_file.h"

static void file_destructor(void *arg)
{
	struct archive_file *f = arg;

	(void)sqlite3_finalize(f->idle);
	if (f->owned)
		(void)sqlite3_close_v2(f->db);
}

static struct archive_file *file_new(const char *month, const char *relation)
{
	struct archive_file *f = mem_zalloc(sizeof(*f), file_destructor);

	if (f) {
		str_ncpy(f->month, month, sizeof(f->month));
		f->relation = relation;
	}

	return f;
}

int archive_file_main(struct archive_file **fp, struct sqlite3 *db)
{
	*fp = file_new("", "main.cdr");
	if (!*fp)
		return ENOMEM;

	(*fp)->db = db;

	return 0;
}

/* ---------------------------------------------------------------- an archive */

static bool has_column(struct sqlite3 *db, const char *name)
{
	return sqlite3_table_column_metadata(db, "main", "cdr", name, NULL, NULL, NULL, NULL, NULL) ==
	       SQLITE_OK;
}

/** View `record`: its records with the columns of today. */
static int relation_make(struct archive_file *f, const struct archive_columns *columns)
{
	struct mbuf *mb = mbuf_alloc(4096);
	int i, err = mb ? 0 : ENOMEM;

	err = err ? err : mbuf_write_str(mb, "CREATE TEMP VIEW record AS SELECT ");

	for (i = 0; i < columns->count && !err; i++)
		err = mbuf_printf(mb, "%s%s\"%s\"", i ? ", " : "",
				  has_column(f->db, columns->namev[i]) ? "" : "NULL AS ", columns->namev[i]);

	err = err ? err : mbuf_write_str(mb, " FROM main.cdr");
	err = err ? err : mbuf_write_u8(mb, '\0');
	if (!err && sqlite3_exec(f->db, (const char *)mb->buf, NULL, NULL, NULL) != SQLITE_OK)
		err = EBADMSG;
	mem_deref(mb);

	return err;
}

int archive_file_open(struct archive_file **fp, const char *folder, const char *month,
		      const struct archive_columns *columns, char *errstr, size_t errsize)
{
	struct archive_file *f = file_new(month, "record");
	char path[ARCHIVE_PATH_SIZE];
	int err;

	if (!f)
		return ENOMEM;

	f->owned = true;
	err = archive_path(path, sizeof(path), folder, month);
	if (!err &&
	    sqlite3_open_v2(path, &f->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		err = EIO;
	if (!err && sqlite3_exec(f->db,
				 "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA "
				 "temp_store=MEMORY;"
				 "PRAGMA cache_size=-8192; PRAGMA mmap_size=268435456;",
				 NULL, NULL, NULL) != SQLITE_OK)
		err = EIO;
	err = err ? err : relation_make(f, columns);

	if (err) {
		(void)re_snprintf(errstr, errsize,
				  "the records of %s cannot be read: %s: %s; put the file back, or restore a "
				  "backup of it",
				  month, path, f->db ? sqlite3_errmsg(f->db) : "no such place");
		mem_deref(f);
		return err;
	}

	*fp = f;

	return 0;
}

/* ---------------------------------------------------------------- its statements */

struct sqlite3_stmt *archive_file_ask(struct archive_file *f, const char *text)
{
	struct sqlite3_stmt *stmt = f->idle;

	f->idle = NULL;
	if (stmt && !strcmp(sqlite3_sql(stmt), text))
		return stmt;

	(void)sqlite3_finalize(stmt);
	stmt = NULL;
	(void)sqlite3_prepare_v2(f->db, text, -1, &stmt, NULL);

	return stmt;
}

void archive_file_done(struct archive_file *f, struct sqlite3_stmt *stmt)
{
	(void)sqlite3_reset(stmt);

	if (f->idle)
		(void)sqlite3_finalize(f->idle);
	f->idle = stmt;
}

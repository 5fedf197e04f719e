/**
 * @file sql.c  Questions to the database: read-only, bounded in time and rows
 *
 * What would open a door (ATTACH, most PRAGMAs, extensions) is refused by the authorizer.
 */
#include <string.h>
#include <re.h>
#include "database.h"
#include "input.h"
#include "rows.h"
#include "sql_hint.h"

enum { ROWS = 10000 };

/* ---------------------------------------------------------------- what a question may do */

static bool pragma_is_harmless(const char *name)
{
	static const char *const namev[] = {"table_info",       "table_xinfo",   "table_list",
					    "index_list",       "index_info",    "index_xinfo",
					    "foreign_key_list", "function_list", "pragma_list",
					    "compile_options"};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(namev); i++)
		if (!str_casecmp(name, namev[i]))
			return true;

	return false;
}

static int authorizer(void *arg, int action, const char *a, const char *b, const char *c, const char *d)
{
	switch (action) {

	case SQLITE_SELECT:
	case SQLITE_READ:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;

	case SQLITE_FUNCTION:
		return str_casecmp(b, "load_extension") ? SQLITE_OK : SQLITE_DENY;

	case SQLITE_PRAGMA:
		return pragma_is_harmless(a) ? SQLITE_OK : SQLITE_DENY;

	default:
		return SQLITE_DENY;
	}
}

/**
 * SQLite sets a table-valued function up when it is first named, by declaring a table, which the authorizer
 * would refuse: this names those a question may use while there is none.
 */
static int table_functions_set_up(struct db *db)
{
	return db_stmt(db, SQL_TABLE_FUNCTIONS) ? CTL_OK : ctl_error("%s", sqlite3_errmsg(db_handle(db)));
}

static int text_run(const struct database *d, const char *text, const struct view *v)
{
	const char *question = text;
	int rc, code = CTL_OK;

	while (*text && code == CTL_OK) {

		struct sqlite3_stmt *stmt = NULL;

		rc = sqlite3_prepare_v2(db_handle(d->db), text, -1, &stmt, &text);
		if (rc != SQLITE_OK)
			return sql_fault(d, question, rc);

		if (stmt)
			code = rows_print(d, stmt, v);

		(void)sqlite3_finalize(stmt);
	}

	return code;
}

static int question_run(const struct ctl *ctl, const char *text)
{
	const struct view v = {ctl->json, ctl->given & CTL_ROWS ? ctl->rows : ROWS, NULL, false, NULL};
	struct database d;
	int code;

	code = database_open(&d, ctl);
	code = code ? code : table_functions_set_up(d.db);
	if (!code) {
		(void)sqlite3_set_authorizer(db_handle(d.db), authorizer, NULL);
		code = text_run(&d, text, &v);
	}

	database_close(&d);

	return code;
}

static int question_read(const struct ctl *ctl, const char *file)
{
	struct mbuf *mb = mbuf_alloc(4096);
	int code;

	if (!mb)
		return ctl_error("out of memory");

	code = input_read(mb, file);
	if (!code && mbuf_write_u8(mb, '\0'))
		code = ctl_error("out of memory");

	code = code ? code : question_run(ctl, (const char *)mb->buf);
	mem_deref(mb);

	return code;
}

int ctl_sql(const struct ctl *ctl)
{
	if ((ctl->argc > 0) == (ctl->file != NULL)) {
		(void)ctl_error("give one QUESTION, - to read it from standard input, or --file FILE");
		return CTL_USAGE;
	}

	if (ctl->file)
		return question_read(ctl, ctl->file);

	return str_cmp(ctl->argv[0], "-") ? question_run(ctl, ctl->argv[0]) : question_read(ctl, "-");
}

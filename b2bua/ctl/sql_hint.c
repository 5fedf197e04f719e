/**
 * @file sql_hint.c  What there is where a question names a table or column that is none
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <re.h>
#include "sql_hint.h"

enum { MESSAGE_SIZE = 256, HINT_SIZE = 1024 };

static bool is_of_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/** Whether a name is a word of the question. Where it stands there does not matter for a hint. */
static bool is_named(const char *question, const char *name)
{
	const size_t len = strlen(name);
	const char *p;

	for (p = question; *p; p++)
		if (!strncasecmp(p, name, len) && !is_of_word(p[len]) &&
		    (p == question || !is_of_word(p[-1])))
			return true;

	return false;
}

static int columns_write(struct mbuf *mb, const struct database *d, const char *table)
{
	struct sqlite3_stmt *stmt = db_stmt(d->db, SQL_TABLE_COLUMNS);
	int err = 0;

	if (!stmt)
		return EIO;

	(void)db_bind_str(stmt, 1, table);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		err = mbuf_printf(mb, "; %s has %s", table, sqlite3_column_text(stmt, 0));
	(void)sqlite3_reset(stmt);

	return err;
}

/** The columns of all tables that the question names. */
static int tables_columns_write(struct mbuf *mb, const struct database *d, const char *question)
{
	struct sqlite3_stmt *stmt = db_stmt(d->db, SQL_TABLE_NAMES);
	int err = stmt ? 0 : EIO;

	while (!err && sqlite3_step(stmt) == SQLITE_ROW) {
		const char *table = (const char *)sqlite3_column_text(stmt, 0);

		if (table && is_named(question, table))
			err = columns_write(mb, d, table);
	}
	(void)sqlite3_reset(stmt);

	return err;
}

static int tables_write(struct mbuf *mb, const struct database *d)
{
	struct sqlite3_stmt *stmt = db_stmt(d->db, SQL_TABLE_NAMES);
	int err = stmt ? mbuf_write_str(mb, "; there are") : EIO;
	bool first = true;

	while (!err && sqlite3_step(stmt) == SQLITE_ROW) {
		err = mbuf_printf(mb, "%s %s", first ? "" : ",", sqlite3_column_text(stmt, 0));
		first = false;
	}
	(void)sqlite3_reset(stmt);

	return err;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

int sql_fault(const struct database *d, const char *question, int rc)
{
	struct mbuf *mb = mbuf_alloc(HINT_SIZE);
	char message[MESSAGE_SIZE];
	int code, err = EINVAL;

	str_ncpy(message, sqlite3_errmsg(db_handle(d->db)), sizeof(message));
	if (mb && begins(message, "no such column: "))
		err = tables_columns_write(mb, d, question);
	else if (mb && begins(message, "no such table: "))
		err = tables_write(mb, d);

	code = err ? database_error(d, rc) : ctl_error("%s%b", message, mb->buf, mb->end);
	mem_deref(mb);

	return code;
}

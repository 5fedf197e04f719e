/**
 * @file rows.c  What a statement answers: a table for people, or JSON
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "json.h"
#include "human.h"
#include "rows.h"
#include "show.h"
#include "table.h"

enum { COLUMNS_MAX = 256 };

static int column_find(struct sqlite3_stmt *stmt, const char *name)
{
	int i;

	for (i = 0; i < sqlite3_column_count(stmt); i++)
		if (!str_cmp(sqlite3_column_name(stmt, i), name))
			return i;

	return -1;
}

/** Which columns of the statement are shown, in which order. Returns how many. */
static size_t columns_choose(int indexv[COLUMNS_MAX], const struct view *v, struct sqlite3_stmt *stmt)
{
	const int columnc = sqlite3_column_count(stmt);
	size_t n = 0;
	int i;

	for (i = 0; n < COLUMNS_MAX && (v->columnv ? v->columnv[i] != NULL : i < columnc); i++)
		indexv[n++] = v->columnv ? column_find(stmt, v->columnv[i]) : i;

	return n;
}

static int cell_add(struct table *t, const struct view *v, struct sqlite3_stmt *stmt, int i)
{
	const char *name = sqlite3_column_name(stmt, i), *text;
	char buf[HUMAN_SIZE];

	if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
		return v->human ? table_add(t, NULL, 0) : table_add(t, "NULL", 4);

	if (v->human && sqlite3_column_type(stmt, i) == SQLITE_INTEGER) {
		human_number(buf, name, sqlite3_column_int64(stmt, i));
		return table_add(t, buf, str_len(buf));
	}

	text = (const char *)sqlite3_column_text(stmt, i);

	return text ? table_add(t, text, (size_t)sqlite3_column_bytes(stmt, i)) : table_add(t, "", 0);
}

static int hex_write(struct mbuf *mb, const uint8_t *p, size_t len)
{
	int err = mbuf_write_u8(mb, '"');
	size_t i;

	for (i = 0; i < len && !err; i++)
		err = mbuf_printf(mb, "%02x", p[i]);

	return err | mbuf_write_u8(mb, '"');
}

static int json_value(struct mbuf *mb, struct sqlite3_stmt *stmt, int i)
{
	switch (sqlite3_column_type(stmt, i)) {

	case SQLITE_INTEGER:
		return mbuf_printf(mb, "%lld", (long long)sqlite3_column_int64(stmt, i));

	case SQLITE_FLOAT: {
		char buf[40];

		(void)snprintf(buf, sizeof(buf), "%.15g", sqlite3_column_double(stmt, i));
		return mbuf_write_str(mb, strpbrk(buf, "in") ? "null" : buf);
	}

	case SQLITE_TEXT:
		return json_write_str(mb, (const char *)sqlite3_column_text(stmt, i),
				      (size_t)sqlite3_column_bytes(stmt, i));

	case SQLITE_BLOB:
		return hex_write(mb, sqlite3_column_blob(stmt, i), (size_t)sqlite3_column_bytes(stmt, i));

	default:
		return mbuf_write_str(mb, "null");
	}
}

static int json_object(struct mbuf *mb, struct sqlite3_stmt *stmt)
{
	const int columnc = sqlite3_column_count(stmt);
	int i, err = mbuf_write_u8(mb, '{');

	for (i = 0; i < columnc && !err; i++) {

		const char *name = sqlite3_column_name(stmt, i);

		err = i ? mbuf_write_str(mb, ", ") : 0;
		err = err ? err : json_write_str(mb, name, str_len(name));
		err = err ? err : mbuf_write_str(mb, ": ");
		err = err ? err : json_value(mb, stmt, i);
	}

	return err ? err : mbuf_write_u8(mb, '}');
}

/** Rows go out as they come, so that a large answer needs no memory. */
static int json_row(struct mbuf *mb, struct sqlite3_stmt *stmt, bool first)
{
	int err;

	mbuf_rewind(mb);
	err = mbuf_write_str(mb, first ? "\n" : ",\n");
	err = err ? err : json_object(mb, stmt);
	if (first && !err)
		(void)fputc('[', stdout);
	if (!err && fwrite(mb->buf, 1, mb->end, stdout) != mb->end)
		err = EIO;

	return err;
}

struct output {
	const struct view *view;
	struct table *table;
	int indexv[COLUMNS_MAX]; /* of the table's columns in the statement */
	size_t indexc;
	struct mbuf *mb;
	uint32_t rowc;
	bool cut; /* there are more rows than are shown */
};

static int table_begin(struct output *o, struct sqlite3_stmt *stmt)
{
	char keyv[COLUMNS_MAX][HUMAN_SIZE];
	const char *titlev[COLUMNS_MAX];
	size_t i;

	o->indexc = columns_choose(o->indexv, o->view, stmt);

	for (i = 0; i < o->indexc; i++) {

		titlev[i] = sqlite3_column_name(stmt, o->indexv[i]);

		if (o->view->human) {
			human_key(keyv[i], titlev[i]);
			titlev[i] = keyv[i];
		}
	}

	return table_alloc(&o->table, titlev, o->indexc);
}

static int table_row(struct output *o, struct sqlite3_stmt *stmt)
{
	size_t i;
	int err = 0;

	for (i = 0; i < o->indexc && !err; i++)
		err = cell_add(o->table, o->view, stmt, o->indexv[i]);

	return err;
}

static int output_begin(struct output *o, const struct view *v, struct sqlite3_stmt *stmt)
{
	memset(o, 0, sizeof(*o));
	o->view = v;

	if (!v->json)
		return table_begin(o, stmt);

	o->mb = mbuf_alloc(4096);

	return o->mb ? 0 : ENOMEM;
}

/** Nothing is shown of a table that broke off; of JSON the end is missing. */
static void output_end(struct output *o, int rc)
{
	if (rc == SQLITE_DONE && o->view->json)
		(void)fputs(o->rowc ? "\n]\n" : "[]\n", stdout);
	else if (rc == SQLITE_DONE && !o->rowc && o->view->none)
		(void)printf("%s\n", o->view->none);
	else if (rc == SQLITE_DONE)
		table_print(o->table, stdout);
	else if (o->rowc && o->view->json)
		(void)fputc('\n', stdout);

	if (o->cut)
		(void)ctl_error("only %H shown; ask for more with --rows", human_count_print,
				&(struct human_count){o->rowc, "row is", "rows are"});

	mem_deref(o->table);
	mem_deref(o->mb);
}

static int rows_run(struct output *o, struct sqlite3_stmt *stmt)
{
	int rc, err = 0;

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {

		if (o->view->rows && o->rowc == o->view->rows) {
			o->cut = true;
			return SQLITE_DONE;
		}

		err = o->view->json ? json_row(o->mb, stmt, !o->rowc) : table_row(o, stmt);
		++o->rowc;
	}

	return err ? SQLITE_NOMEM : rc;
}

int rows_print(const struct database *d, struct sqlite3_stmt *stmt, const struct view *v)
{
	struct output o;
	int rc;

	if (!sqlite3_column_count(stmt))
		return sqlite3_step(stmt) == SQLITE_DONE
			       ? CTL_OK
			       : database_error(d, sqlite3_errcode(db_handle(d->db)));

	rc = output_begin(&o, v, stmt) ? SQLITE_NOMEM : rows_run(&o, stmt);
	output_end(&o, rc);

	return rc == SQLITE_DONE ? CTL_OK : database_error(d, rc);
}

/* ---------------------------------------------------------------- one row */

/** "ring_us" and "ring_ms" would both read "ring". */
static bool reads_alike(struct sqlite3_stmt *stmt, int i)
{
	char key[HUMAN_SIZE], other[HUMAN_SIZE];
	int k;

	human_key(key, sqlite3_column_name(stmt, i));

	for (k = 0; k < sqlite3_column_count(stmt); k++) {
		human_key(other, sqlite3_column_name(stmt, k));
		if (k != i && !strcmp(key, other))
			return true;
	}

	return false;
}

static void line_print(struct sqlite3_stmt *stmt, int i)
{
	const char *name = sqlite3_column_name(stmt, i);
	char key[HUMAN_SIZE], buf[HUMAN_SIZE];
	const char *text = "-";

	if (reads_alike(stmt, i))
		str_ncpy(key, name, sizeof(key));
	else
		human_key(key, name);

	if (sqlite3_column_type(stmt, i) == SQLITE_INTEGER) {
		human_number(buf, name, sqlite3_column_int64(stmt, i));
		text = buf;
	}
	else if (sqlite3_column_text(stmt, i)) {
		text = (const char *)sqlite3_column_text(stmt, i);
	}

	show_line(key, text);
}

static int object_print(struct sqlite3_stmt *stmt)
{
	struct mbuf *mb = mbuf_alloc(1024);
	int err;

	err = mb ? json_object(mb, stmt) : ENOMEM;
	err = err ? err : mbuf_write_u8(mb, '\n');
	if (!err && fwrite(mb->buf, 1, mb->end, stdout) != mb->end)
		err = EIO;
	mem_deref(mb);

	return err ? ctl_error("%m", err) : CTL_OK;
}

int row_print(const struct database *d, struct sqlite3_stmt *stmt, bool json, const char *none)
{
	const int rc = sqlite3_step(stmt);
	int i;

	if (rc == SQLITE_DONE)
		return ctl_error("%s", none);
	if (rc != SQLITE_ROW)
		return database_error(d, rc);
	if (json)
		return object_print(stmt);

	for (i = 0; i < sqlite3_column_count(stmt); i++)
		line_print(stmt, i);

	return CTL_OK;
}

int rows_all_print(const struct ctl *ctl, enum sql_query query, const char *none)
{
	const struct view v = {ctl->json, 0, NULL, !ctl->json, none};
	struct sqlite3_stmt *stmt;
	struct database d;
	int code;

	code = database_open(&d, ctl);
	if (!code) {
		stmt = db_stmt(d.db, query);
		code = stmt ? rows_print(&d, stmt, &v) : database_error(&d, SQLITE_ERROR);
	}
	database_close(&d);

	return code;
}

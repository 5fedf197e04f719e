/**
 * @file sql.c  Questions to the database: read-only, bounded in time and rows
 *
 * The connection is opened read-only and query_only, one statement at a time without a transaction of
 * its own, so a question can neither change anything nor hold the writer up; what would open a door
 * (ATTACH, most PRAGMAs, extensions) is refused by the authorizer.
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "clock.h"
#include "db.h"
#include "json.h"
#include "ctl.h"
#include "human.h"
#include "input.h"
#include "table.h"

enum {
	TIMEOUT_S = 30,
	ROWS = 10000,
	CDR_LAST = 20,
	COLUMNS_MAX = 256,
	PROGRESS_STEPS = 10000,
	TEXT_MAX = 64 * 1024 * 1024,
	HEAP_MAX = 512 * 1024 * 1024,
};

/** How a result is shown. */
struct view {
	bool json;
	uint32_t rows;              /* 0: no limit */
	const char *const *columnv; /* only these, which all exist; ends with NULL; NULL: all */
	bool human;                 /* numbers by their unit */
};

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

static int progress(void *arg)
{
	const uint64_t *deadline_ms = arg;

	return clock_mono_ms() > *deadline_ms;
}

static int database_open(struct db **dbp, const struct ctl *ctl, uint64_t *deadline_ms)
{
	char errstr[512] = "";
	struct sqlite3 *handle;
	int err;

	if (!ctl->db_path) {
		(void)ctl_error("name the database with --data or --config; --socket alone does not tell "
				"where it is");
		return CTL_USAGE;
	}

	(void)sqlite3_hard_heap_limit64(HEAP_MAX);

	err = db_open(dbp, ctl->db_path, DB_READ, errstr, sizeof(errstr));
	if (err)
		return ctl_error("%s", errstr[0] ? errstr : "out of memory");

	handle = db_handle(*dbp);
	*deadline_ms = clock_mono_ms() + (uint64_t)(ctl->timeout_s ? ctl->timeout_s : TIMEOUT_S) * 1000;
	sqlite3_progress_handler(handle, PROGRESS_STEPS, progress, deadline_ms);
	(void)sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, TEXT_MAX);
	(void)sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);

	return CTL_OK;
}

/* ---------------------------------------------------------------- what it answers */

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

/** Rows go out as they come, so that a large answer needs no memory. */
static int json_row(struct mbuf *mb, struct sqlite3_stmt *stmt, bool first)
{
	const int columnc = sqlite3_column_count(stmt);
	int i, err;

	mbuf_rewind(mb);
	err = mbuf_write_str(mb, first ? "\n{" : ",\n{");

	for (i = 0; i < columnc && !err; i++) {

		const char *name = sqlite3_column_name(stmt, i);

		err = i ? mbuf_write_str(mb, ", ") : 0;
		err = err ? err : json_write_str(mb, name, str_len(name));
		err = err ? err : mbuf_write_str(mb, ": ");
		err = err ? err : json_value(mb, stmt, i);
	}

	err = err ? err : mbuf_write_u8(mb, '}');
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
	else if (rc == SQLITE_DONE)
		table_print(o->table, stdout);
	else if (o->rowc && o->view->json)
		(void)fputc('\n', stdout);

	if (o->cut)
		(void)ctl_error("only the first %u rows are shown; ask for more with --rows", o->rowc);

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

static int sql_error(struct sqlite3 *handle, int rc)
{
	switch (rc & 0xff) {

	case SQLITE_AUTH:
	case SQLITE_READONLY:
		return ctl_error("only questions (SELECT) are answered here: %s; change things with "
				 "tandemctl apply",
				 sqlite3_errmsg(handle));
	case SQLITE_INTERRUPT:
		return ctl_error("the question took too long; narrow it, or wait longer with --timeout");
	case SQLITE_NOMEM:
		return ctl_error("the answer needs too much memory; narrow the question");
	default:
		return ctl_error("%s", sqlite3_errmsg(handle));
	}
}

static int statement_show(struct sqlite3 *handle, struct sqlite3_stmt *stmt, const struct view *v)
{
	struct output o;
	int rc;

	if (!sqlite3_column_count(stmt))
		return sqlite3_step(stmt) == SQLITE_DONE ? CTL_OK
							 : sql_error(handle, sqlite3_errcode(handle));

	rc = output_begin(&o, v, stmt) ? SQLITE_NOMEM : rows_run(&o, stmt);
	output_end(&o, rc);

	return rc == SQLITE_DONE ? CTL_OK : sql_error(handle, rc);
}

static int text_run(struct sqlite3 *handle, const char *text, const struct view *v)
{
	int rc, code = CTL_OK;

	while (*text && code == CTL_OK) {

		struct sqlite3_stmt *stmt = NULL;

		rc = sqlite3_prepare_v2(handle, text, -1, &stmt, &text);
		if (rc != SQLITE_OK)
			return sql_error(handle, rc);

		if (stmt)
			code = statement_show(handle, stmt, v);

		(void)sqlite3_finalize(stmt);
	}

	return code;
}

static int question_run(const struct ctl *ctl, const char *text)
{
	const struct view v = {ctl->json, ctl->given & CTL_ROWS ? ctl->rows : ROWS, NULL, false};
	uint64_t deadline_ms = 0;
	struct db *db = NULL;
	int code;

	code = database_open(&db, ctl, &deadline_ms);
	code = code ? code : table_functions_set_up(db);
	if (!code) {
		(void)sqlite3_set_authorizer(db_handle(db), authorizer, NULL);
		code = text_run(db_handle(db), text, &v);
	}

	mem_deref(db);

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

int ctl_cdr(const struct ctl *ctl)
{
	static const char *const columnv[] = {"start_us",    "src_trunk",   "dst_trunk", "caller",
					      "callee",      "disposition", "sip_code",  "duration_ms",
					      "released_by", "release_tag", "a_codec",   "b_codec",
					      NULL};
	const struct view v = {ctl->json, 0, ctl->json ? NULL : columnv, true};
	uint64_t deadline_ms = 0;
	struct sqlite3_stmt *stmt;
	struct db *db = NULL;
	int code;

	code = database_open(&db, ctl, &deadline_ms);
	if (code) {
		mem_deref(db);
		return code;
	}

	stmt = db_stmt(db, SQL_CDR_LAST);
	if (stmt) {
		(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":count"),
					 ctl->given & CTL_LAST ? ctl->last : CDR_LAST);
		code = statement_show(db_handle(db), stmt, &v);
	}
	else {
		code = sql_error(db_handle(db), sqlite3_errcode(db_handle(db)));
	}

	mem_deref(db);

	return code;
}

/**
 * @file archive_table.c  All records as one table of SQLite
 */
#include <string.h>
#include "archive_file.h"
#include "archive_table.h"

enum { ERRSTR_SIZE = ARCHIVE_PATH_SIZE + 256 };

/* a row of a source: its place in the order, then the table's columns */
enum { COLUMN_SEQ, COLUMN_START, COLUMN_FIRST };

struct table {
	struct sqlite3_vtab base; /* first: SQLite knows it by this */
	char *folder;
	struct archive_columns columns;
	struct archive_file *live;    /* tandem.db */
	struct archive_file *catalog; /* tandem.db, for the choice of archives */
	struct list filel;            /* archives that were opened */
};

/** What a question has of one file. */
struct source {
	char month[ARCHIVE_MONTH_SIZE];
	int64_t bound;             /* none of its records stands before this in the order */
	struct archive_file *file; /* NULL: not opened yet */
	struct sqlite3_stmt *stmt; /* at a row; NULL: none is left */
};

/** Of the question; its own copy. */
struct argument {
	sqlite3_value *value;
};

struct cursor {
	struct sqlite3_vtab_cursor base;
	enum archive_order order;
	bool desc;
	struct pl columns, rows; /* of the plan */
	int64_t above;
	struct argument *argv;
	int argc;
	struct source *sourcev;
	size_t sourcec, openc;
	struct source *best; /* whose row is the answer; NULL: it has ended */
};

static struct table *table_of(const struct cursor *c)
{
	return (struct table *)c->base.pVtab;
}

/* ---------------------------------------------------------------- the table */

static void table_destructor(void *arg)
{
	struct table *t = arg;
	int i;

	list_flush(&t->filel);
	mem_deref(t->live);
	mem_deref(t->catalog);
	mem_deref(t->folder);
	for (i = 0; i < t->columns.count; i++)
		mem_deref(t->columns.namev[i]);
	mem_deref(t->columns.namev);
}

static int column_add(struct archive_columns *c, struct mbuf *declaration, const char *name, const char *type)
{
	char **namev = mem_reallocarray(c->namev, (size_t)c->count + 1, sizeof(*namev), NULL);

	if (!namev)
		return ENOMEM;

	c->namev = namev;
	if (!strcmp(name, "seq"))
		c->seq = c->count;
	else if (!strcmp(name, "start_us"))
		c->start_us = c->count;

	if (str_dup(&namev[c->count], name))
		return ENOMEM;

	return mbuf_printf(declaration, "%s\"%s\" %s", c->count++ ? ", " : "", name, type);
}

/** The columns are those of tandem.db. */
static int columns_read(struct archive_columns *c, struct sqlite3 *db, struct mbuf *declaration)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	/* of what is never NULL the least is looked up, and not searched for */
	rc = sqlite3_prepare_v2(db,
				"SELECT name, type || iif(\"notnull\" OR pk, ' NOT NULL', '')"
				" FROM pragma_table_info('cdr', 'main')",
				-1, &stmt, NULL);
	err = rc == SQLITE_OK ? mbuf_write_str(declaration, "CREATE TABLE cdr (") : EIO;

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		err = column_add(c, declaration, (const char *)sqlite3_column_text(stmt, 0),
				 (const char *)sqlite3_column_text(stmt, 1));

	(void)sqlite3_finalize(stmt);
	err = err ? err : mbuf_write_str(declaration, ")");
	err = err ? err : mbuf_write_u8(declaration, '\0');

	return err || rc == SQLITE_DONE ? err : EIO;
}

static int table_make(struct table *t, struct sqlite3 *db, const char *folder)
{
	struct mbuf *mb = mbuf_alloc(4096);
	int err = mb ? 0 : ENOMEM;

	err = err ? err : str_dup(&t->folder, folder);
	err = err ? err : archive_file_main(&t->live, db);
	err = err ? err : archive_file_main(&t->catalog, db);
	err = err ? err : columns_read(&t->columns, db, mb);
	if (!err && sqlite3_declare_vtab(db, (const char *)mb->buf) != SQLITE_OK)
		err = EIO;
	/* the views that name it change nothing */
	if (!err && sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS) != SQLITE_OK)
		err = EIO;
	mem_deref(mb);

	return err;
}

static int table_connect(struct sqlite3 *db, void *aux, int argc, const char *const *argv,
			 struct sqlite3_vtab **vtabp, char **errp)
{
	struct table *t = mem_zalloc(sizeof(*t), table_destructor);

	if (!t || table_make(t, db, aux)) {
		mem_deref(t);
		return SQLITE_NOMEM;
	}

	*vtabp = &t->base;

	return SQLITE_OK;
}

static int table_disconnect(struct sqlite3_vtab *vtab)
{
	mem_deref(vtab);

	return SQLITE_OK;
}

static int table_plan(struct sqlite3_vtab *vtab, struct sqlite3_index_info *info)
{
	return archive_plan(info, &((struct table *)vtab)->columns);
}

static int complain(struct table *t, const char *text)
{
	sqlite3_free(t->base.zErrMsg);
	t->base.zErrMsg = sqlite3_mprintf("%s", text);

	return SQLITE_ERROR;
}

/* ---------------------------------------------------------------- a source */

static int file_find(struct archive_file **fp, struct table *t, const char *month)
{
	char errstr[ERRSTR_SIZE] = "";
	struct le *le;

	for (le = t->filel.head; le; le = le->next) {
		*fp = le->data;
		if (!strcmp((*fp)->month, month))
			return SQLITE_OK;
	}

	if (archive_file_open(fp, t->folder, month, &t->columns, errstr, sizeof(errstr)))
		return complain(t, errstr);

	list_append(&t->filel, &(*fp)->le, *fp);

	return SQLITE_OK;
}

static void source_close(struct source *s)
{
	if (s->stmt)
		archive_file_done(s->file, s->stmt);
	s->stmt = NULL;
}

static int source_step(struct cursor *c, struct source *s)
{
	const int rc = sqlite3_step(s->stmt);

	if (rc == SQLITE_ROW)
		return SQLITE_OK;

	if (rc != SQLITE_DONE)
		(void)complain(table_of(c), sqlite3_errmsg(s->file->db));
	source_close(s);

	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void arguments_bind(const struct cursor *c, struct sqlite3_stmt *stmt, int64_t above_seq)
{
	const int count = sqlite3_bind_parameter_count(stmt);
	const int above = sqlite3_bind_parameter_index(stmt, ":above");
	int i;

	for (i = 0; i < c->argc && i < count; i++)
		(void)sqlite3_bind_value(stmt, i + 1, c->argv[i].value);
	if (above)
		(void)sqlite3_bind_int64(stmt, above, above_seq);
}

static int source_ask(struct cursor *c, struct source *s)
{
	char *text = NULL;

	if (re_sdprintf(&text, "SELECT seq, start_us%r FROM %s WHERE 1%r", &c->columns, s->file->relation,
			&c->rows))
		return SQLITE_NOMEM;

	s->stmt = archive_file_ask(s->file, text);
	mem_deref(text);

	return s->stmt ? SQLITE_OK : complain(table_of(c), sqlite3_errmsg(s->file->db));
}

/** Open it, and go to its first row. */
static int source_open(struct cursor *c, struct source *s)
{
	struct table *t = table_of(c);
	int rc = SQLITE_OK;

	if (*s->month)
		rc = file_find(&s->file, t, s->month);
	else
		s->file = t->live;

	rc = rc == SQLITE_OK ? source_ask(c, s) : rc;
	if (rc != SQLITE_OK)
		return rc;

	/* an archive is all of its month; of tandem.db what stands in an archive does not count */
	arguments_bind(c, s->stmt, *s->month ? INT64_MIN : c->above);

	return source_step(c, s);
}

/* ---------------------------------------------------------------- the order */

/** Below 0: `a` comes first. */
static int compare(const struct cursor *c, int64_t a, int64_t b)
{
	const int order = a < b ? -1 : a > b;

	return c->desc ? -order : order;
}

static int64_t row_number(const struct source *s, int column)
{
	return sqlite3_column_int64(s->stmt, column);
}

static bool row_before(const struct cursor *c, const struct source *a, const struct source *b)
{
	int order = 0;

	if (c->order == ARCHIVE_BY_START)
		order = compare(c, row_number(a, COLUMN_START), row_number(b, COLUMN_START));

	return (order ? order : compare(c, row_number(a, COLUMN_SEQ), row_number(b, COLUMN_SEQ))) < 0;
}

/** Whether a source that is not open may have a row before one that is there. */
static bool may_precede(const struct cursor *c, const struct source *s, const struct source *best)
{
	if (c->order == ARCHIVE_UNORDERED)
		return false;

	return compare(c, s->bound,
		       row_number(best, c->order == ARCHIVE_BY_SEQ ? COLUMN_SEQ : COLUMN_START)) <= 0;
}

static int best_choose(struct cursor *c)
{
	size_t i = 0;
	int rc = SQLITE_OK;

	c->best = NULL;

	for (i = 0; i < c->openc; i++)
		if (c->sourcev[i].stmt && (!c->best || row_before(c, &c->sourcev[i], c->best)))
			c->best = &c->sourcev[i];

	while (rc == SQLITE_OK && c->openc < c->sourcec &&
	       (!c->best || may_precede(c, &c->sourcev[c->openc], c->best))) {

		struct source *s = &c->sourcev[c->openc++];

		rc = source_open(c, s);
		if (rc == SQLITE_OK && s->stmt && (!c->best || row_before(c, s, c->best)))
			c->best = s;
	}

	return rc;
}

/* ---------------------------------------------------------------- a question */

static void cursor_clear(struct cursor *c)
{
	size_t s;
	int i;

	for (s = 0; s < c->openc; s++)
		source_close(&c->sourcev[s]);
	for (i = 0; i < c->argc; i++)
		sqlite3_value_free(c->argv[i].value);

	c->sourcev = mem_deref(c->sourcev);
	c->argv = mem_deref(c->argv);
	c->sourcec = c->openc = 0;
	c->argc = 0;
	c->best = NULL;
}

static int cursor_open(struct sqlite3_vtab *vtab, struct sqlite3_vtab_cursor **cursorp)
{
	struct cursor *c = mem_zalloc(sizeof(*c), NULL);

	if (!c)
		return SQLITE_NOMEM;

	*cursorp = &c->base;

	return SQLITE_OK;
}

static int cursor_close(struct sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;

	cursor_clear(c);
	mem_deref(c);

	return SQLITE_OK;
}

/** They live longer than the call that brings them: an archive may be opened at any later row. */
static int arguments_keep(struct cursor *c, int argc, sqlite3_value **argv)
{
	c->argv = mem_zalloc((size_t)MAX(argc, 1) * sizeof(*c->argv), NULL);
	if (!c->argv)
		return SQLITE_NOMEM;

	for (; c->argc < argc; c->argc++) {
		c->argv[c->argc].value = sqlite3_value_dup(argv[c->argc]);
		if (!c->argv[c->argc].value)
			return SQLITE_NOMEM;
	}

	return SQLITE_OK;
}

static int source_add(struct cursor *c, const char *month, int64_t bound)
{
	struct source *v = mem_reallocarray(c->sourcev, c->sourcec + 1, sizeof(*v), NULL);

	if (!v)
		return SQLITE_NOMEM;

	c->sourcev = v;
	memset(&v[c->sourcec], 0, sizeof(*v));
	str_ncpy(v[c->sourcec].month, month, sizeof(v->month));
	v[c->sourcec++].bound = bound;

	return SQLITE_OK;
}

/** tandem.db is first: it is open anyway, and nothing tells when its first record began. */
static int sources_read(struct cursor *c, struct sqlite3_stmt *stmt)
{
	const int bound = c->order == ARCHIVE_BY_START ? (c->desc ? 5 : 4) : (c->desc ? 3 : 2);
	int step = SQLITE_DONE, rc;

	arguments_bind(c, stmt, 0);
	rc = source_add(c, "", 0);

	while (rc == SQLITE_OK && (step = sqlite3_step(stmt)) == SQLITE_ROW) {

		c->above = sqlite3_column_int64(stmt, 0);
		if (sqlite3_column_type(stmt, 1) != SQLITE_NULL)
			rc = source_add(c, (const char *)sqlite3_column_text(stmt, 1),
					sqlite3_column_int64(stmt, bound));
	}

	return rc == SQLITE_OK && step != SQLITE_DONE ? step : rc;
}

static int sources_find(struct cursor *c, const struct pl *months)
{
	struct table *t = table_of(c);
	struct sqlite3_stmt *stmt;
	char *text = NULL;
	int rc;

	if (re_sdprintf(&text,
			"SELECT above, month, first_seq, last_seq, first_start_us, last_start_us"
			" FROM (SELECT coalesce(max(last_seq), -9223372036854775808) AS above FROM "
			"main.cdr_archive)"
			" LEFT JOIN main.cdr_archive ON removed_us IS NULL%r",
			months))
		return SQLITE_NOMEM;

	stmt = archive_file_ask(t->catalog, text);
	mem_deref(text);
	if (!stmt)
		return complain(t, sqlite3_errmsg(t->catalog->db));

	rc = sources_read(c, stmt);
	archive_file_done(t->catalog, stmt);

	return rc;
}

static int cursor_filter(struct sqlite3_vtab_cursor *base, int number, const char *plan, int argc,
			 sqlite3_value **argv)
{
	struct cursor *c = (struct cursor *)base;
	struct pl months;
	int rc;

	cursor_clear(c);
	archive_plan_split(plan, &months, &c->columns, &c->rows);
	c->order = (enum archive_order)(number & ARCHIVE_ORDER_MASK);
	c->desc = number & ARCHIVE_DESC;

	rc = arguments_keep(c, argc, argv);
	rc = rc == SQLITE_OK ? sources_find(c, &months) : rc;
	if (rc == SQLITE_OK) {
		c->openc = 1;
		rc = source_open(c, &c->sourcev[0]);
	}

	return rc == SQLITE_OK ? best_choose(c) : rc;
}

static int cursor_next(struct sqlite3_vtab_cursor *base)
{
	struct cursor *c = (struct cursor *)base;
	const int rc = source_step(c, c->best);

	return rc == SQLITE_OK ? best_choose(c) : rc;
}

static int cursor_eof(struct sqlite3_vtab_cursor *base)
{
	return !((struct cursor *)base)->best;
}

static int cursor_column(struct sqlite3_vtab_cursor *base, struct sqlite3_context *context, int column)
{
	const struct cursor *c = (struct cursor *)base;

	sqlite3_result_value(context, sqlite3_column_value(c->best->stmt, COLUMN_FIRST + column));

	return SQLITE_OK;
}

static int cursor_rowid(struct sqlite3_vtab_cursor *base, sqlite3_int64 *rowid)
{
	*rowid = row_number(((struct cursor *)base)->best, COLUMN_SEQ);

	return SQLITE_OK;
}

/* ---------------------------------------------------------------- the module */

static const struct sqlite3_module module = {
	.xCreate = table_connect,
	.xConnect = table_connect,
	.xBestIndex = table_plan,
	.xDisconnect = table_disconnect,
	.xDestroy = table_disconnect,
	.xOpen = cursor_open,
	.xClose = cursor_close,
	.xFilter = cursor_filter,
	.xNext = cursor_next,
	.xEof = cursor_eof,
	.xColumn = cursor_column,
	.xRowid = cursor_rowid,
};

static void folder_free(void *folder)
{
	mem_deref(folder);
}

int archive_table_register(struct sqlite3 *db, const char *folder)
{
	char *copy = NULL;
	const int err = str_dup(&copy, folder);

	if (err)
		return err;

	return sqlite3_create_module_v2(db, ARCHIVE_TABLE_MODULE, &module, copy, folder_free) == SQLITE_OK
		       ? 0
		       : ENOMEM;
}

/**
 * @file rows.c  What a record becomes: rows of `cdr`, `event`, `open_call`, `hold` and `ledger`
 */
#include <string.h>
#include "entries.h"
#include "log.h"
#include "rows.h"

struct rows {
	struct db *db;
	struct chain *chain;
	struct entries *entries;
	char *node;
	size_t start_us, answer_us, end_us, disposition; /* indices of columns */
};

static void rows_destructor(void *arg)
{
	struct rows *r = arg;

	mem_deref(r->db);
	mem_deref(r->chain);
	mem_deref(r->entries);
	mem_deref(r->node);
}

static size_t column_index(const char *column)
{
	size_t i;

	for (i = 0; i < CDR_FIELDC; i++)
		if (!strcmp(cdr_fields[i].column, column))
			return i;

	return 0;
}

/* The statement's parameters are bound by position: they must stand as the columns do. */
static int check_columns(struct db *db)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_CDR_INSERT);
	size_t i;

	for (i = 0; stmt && i < CDR_FIELDC; i++) {

		const char *name = sqlite3_bind_parameter_name(stmt, (int)i + 2);

		if (!name || str_cmp(name + 1, cdr_fields[i].column)) {
			log_error("writer: sql/queries/record.sql: parameter %zu of cdr_insert must be :%s",
				  i + 2, cdr_fields[i].column);
			return EINVAL;
		}
	}

	return stmt ? 0 : EINVAL;
}

int rows_alloc(struct rows **rp, struct db *db, struct chain *chain, const char *node)
{
	struct rows *r;
	int err;

	r = mem_zalloc(sizeof(*r), rows_destructor);
	if (!r)
		return ENOMEM;

	r->db = mem_ref(db);
	r->chain = mem_ref(chain);
	r->start_us = column_index("start_us");
	r->answer_us = column_index("answer_us");
	r->end_us = column_index("end_us");
	r->disposition = column_index("disposition");

	err = str_dup(&r->node, node);
	err = err ? err : entries_alloc(&r->entries, db, node);
	err = err ? err : check_columns(db);
	if (err)
		mem_deref(r);
	else
		*rp = r;

	return err;
}

static int bind_pl(struct sqlite3_stmt *stmt, int index, const struct pl *pl)
{
	return sqlite3_bind_text(stmt, index, pl->p, (int)pl->l, SQLITE_STATIC);
}

static int event_insert(struct rows *r, const struct event *ev)
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_EVENT_INSERT);

	if (!stmt)
		return ENOMEM;

	(void)sqlite3_bind_int64(stmt, 1, ev->at_us);
	(void)db_bind_str(stmt, 2, r->node);
	(void)bind_pl(stmt, 3, &ev->kind);
	(void)bind_pl(stmt, 4, &ev->cdr_id);
	(void)bind_pl(stmt, 5, &ev->detail);

	return db_run(stmt);
}

/* What a restart must know is kept beside the event that tells it. */
static const struct note {
	const char *kind;
	enum sql_query query;
} notev[] = {
	{"BALANCE_LOW", SQL_STATE_BALANCE}, {"BALANCE_RECOVERED", SQL_STATE_BALANCE},
	{"FRAUD_SUSPECT", SQL_STATE_FRAUD}, {"FRAUD_CLEARED", SQL_STATE_FRAUD},
	{"NEW_COUNTRY", SQL_STATE_COUNTRY},
};

/* A statement that does not ask for it has no such parameter: index 0 binds nothing. */
static void bind_named(struct sqlite3_stmt *stmt, const char *name, const struct pl *pl)
{
	(void)bind_pl(stmt, sqlite3_bind_parameter_index(stmt, name), pl);
}

static int event_note(struct rows *r, const struct event *ev, enum sql_query query)
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, query);

	if (!stmt)
		return ENOMEM;

	bind_named(stmt, ":kind", &ev->kind);
	bind_named(stmt, ":detail", &ev->detail);
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, ":at_us"), ev->at_us);

	return db_run(stmt);
}

int rows_event(struct rows *r, const struct event *ev)
{
	int err = event_insert(r, ev);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(notev) && !err; i++)
		if (!pl_strcmp(&ev->kind, notev[i].kind))
			err = event_note(r, ev, notev[i].query);

	return err;
}

static int64_t value_time(const struct cdr_value *value)
{
	return value->type == CDR_VALUE_NUMBER ? value->number : 0;
}

static int call_event(struct rows *r, const struct cdr_value valuev[], const char *kind, size_t time_index)
{
	struct event ev = {.at_us = value_time(&valuev[time_index]), .cdr_id = valuev[0].text};

	if (!ev.at_us)
		ev.at_us = value_time(&valuev[r->start_us]);
	pl_set_str(&ev.kind, kind);

	return event_insert(r, &ev);
}

static const char *end_kind(const struct cdr_value *disposition)
{
	if (!pl_strcmp(&disposition->text, cdr_disposition_name(CDR_ANSWERED)))
		return "CALL_END";
	if (!pl_strcmp(&disposition->text, cdr_disposition_name(CDR_CANCELLED)))
		return "CALL_CANCEL";

	return "CALL_FAIL";
}

static int open_call_put(struct rows *r, const struct cdr_value valuev[], const struct pl *packed)
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_OPEN_CALL_PUT);

	if (!stmt)
		return ENOMEM;

	(void)bind_pl(stmt, 1, &valuev[0].text);
	(void)db_bind_str(stmt, 2, r->node);
	(void)sqlite3_bind_blob(stmt, 3, packed->p, (int)packed->l, SQLITE_STATIC);

	return db_run(stmt);
}

static int open_call_delete(struct rows *r, const struct cdr_value valuev[])
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_OPEN_CALL_DELETE);

	if (!stmt)
		return ENOMEM;

	(void)bind_pl(stmt, 1, &valuev[0].text);

	return db_run(stmt);
}

/* `added` is false when it has a row already: then all that goes with it was done. */
static int cdr_insert(struct rows *r, const struct cdr_value valuev[], bool *added)
{
	struct sqlite3_stmt *stmt = db_stmt(r->db, SQL_CDR_INSERT);
	char before[CHAIN_HASH_SIZE];
	int err;

	if (!stmt)
		return ENOMEM;

	str_ncpy(before, chain_hash(r->chain), sizeof(before));
	err = chain_append(r->chain, stmt, valuev);
	err = err ? err : db_run(stmt);
	*added = !err;

	if (err == EEXIST) {
		log_error("writer: call %r has a row already and is passed over", &valuev[0].text);
		chain_reset(r->chain, chain_seq(r->chain) - 1, before);
		err = 0;
	}

	return err;
}

int rows_call_open(struct rows *r, const struct cdr_value valuev[CDR_FIELDC], bool answered,
		   const struct pl *packed)
{
	int err;

	if (answered)
		err = call_event(r, valuev, "CALL_ANSWER", r->answer_us);
	else
		err = call_event(r, valuev, "CALL_START", r->start_us);

	return err || !packed ? err : open_call_put(r, valuev, packed);
}

int rows_hold(struct rows *r, const struct held *held, uint64_t number)
{
	return entries_hold(r->entries, held, number);
}

int rows_call_close(struct rows *r, const struct cdr_value valuev[CDR_FIELDC], unsigned known)
{
	bool added = false;
	int err;

	err = cdr_insert(r, valuev, &added);
	if (!err && known & ROWS_HOLD)
		err = entries_release(r->entries, &valuev[0].text, value_time(&valuev[r->end_us]));
	if (!err && added)
		err = entries_charge(r->entries, valuev);
	err = err ? err : call_event(r, valuev, end_kind(&valuev[r->disposition]), r->end_us);

	return err || !(known & ROWS_OPEN_CALL) ? err : open_call_delete(r, valuev);
}

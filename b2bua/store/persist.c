/**
 * @file persist.c  Provisioned objects to and from the database
 */
#include <string.h>
#include <re.h>
#include "clock.h"
#include "json.h"
#include "uuid.h"
#include "persist.h"

enum { PUT_MAX = 4 };
#define NO_QUERY SQL_QUERYC

/** The statements of a kind, run in the order they stand. */
static const struct persist_kind {
	const char *kind;
	enum sql_query list;
	size_t putc;
	enum sql_query putv[PUT_MAX];
	enum sql_query open; /* after the first put */
	enum sql_query remove;
} persistv[] = {
	{"interface", SQL_INTERFACE_LIST, 1, {SQL_INTERFACE_PUT}, NO_QUERY, SQL_INTERFACE_DELETE},
	{"tariff",
	 SQL_TARIFF_LIST,
	 4,
	 {SQL_TARIFF_PUT, SQL_TARIFF_LIST_ADD, SQL_TARIFF_LIST_SET, SQL_TARIFF_RATES_PUT},
	 NO_QUERY,
	 SQL_TARIFF_DELETE},
	{"account", SQL_ACCOUNT_LIST, 1, {SQL_ACCOUNT_PUT}, SQL_ACCOUNT_OPEN, SQL_ACCOUNT_DELETE},
	{"settings", SQL_SETTINGS_LIST, 1, {SQL_SETTINGS_PUT}, NO_QUERY, NO_QUERY},
	{"trunk",
	 SQL_TRUNK_LIST,
	 3,
	 {SQL_TRUNK_PUT, SQL_TRUNK_MATCHES_DELETE, SQL_TRUNK_MATCHES_PUT},
	 NO_QUERY,
	 SQL_TRUNK_DELETE},
	{"route",
	 SQL_ROUTE_LIST,
	 3,
	 {SQL_ROUTE_PUT, SQL_ROUTE_TRUNKS_DELETE, SQL_ROUTE_TRUNKS_PUT},
	 NO_QUERY,
	 SQL_ROUTE_DELETE},
	{"webhook", SQL_WEBHOOK_LIST, 1, {SQL_WEBHOOK_PUT}, NO_QUERY, SQL_WEBHOOK_DELETE},
};

struct operation {
	enum sql_query query;
	char *object; /* JSON text in stored form, or NULL */
	char *name;   /* or NULL */
	char id[UUID_STRSIZE];
};

struct persist_batch {
	struct operation *operationv;
	size_t operationc, size;
	int64_t at_us;
};

static const struct persist_kind *persist_find(const char *kind)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(persistv); i++)
		if (!str_cmp(persistv[i].kind, kind))
			return &persistv[i];

	return NULL;
}

static void batch_destructor(void *arg)
{
	struct persist_batch *b = arg;
	size_t i;

	for (i = 0; i < b->operationc; i++) {
		mem_deref(b->operationv[i].object);
		mem_deref(b->operationv[i].name);
	}

	mem_deref(b->operationv);
}

static void operation_add(struct persist_batch *b, enum sql_query query, char *object, char *name)
{
	struct operation *op;

	if (query == NO_QUERY)
		return;

	op = &b->operationv[b->operationc++];
	op->query = query;
	op->object = mem_ref(object);
	op->name = mem_ref(name);
	uuid7(op->id);
}

static int object_text(char **textp, const struct kind *kind, const struct odict *o)
{
	struct mbuf *mb = mbuf_alloc(512);
	int err;

	if (!mb)
		return ENOMEM;

	err = object_write(mb, kind, o, FORM_STORED);
	mb->pos = 0;
	if (!err)
		err = mbuf_strdup(mb, textp, mb->end);

	mem_deref(mb);

	return err;
}

static int put_add(struct persist_batch *b, const struct persist_kind *pk, const struct change *c)
{
	char *text = NULL;
	size_t i;
	int err;

	err = object_text(&text, c->kind, c->after);
	if (err)
		return err;

	for (i = 0; i < pk->putc; i++)
		operation_add(b, pk->putv[i], text, NULL);

	if (c->type == CHANGE_CREATE)
		operation_add(b, pk->open, text, NULL);

	mem_deref(text);

	return 0;
}

static int remove_add(struct persist_batch *b, const struct persist_kind *pk, const struct change *c)
{
	char *name = NULL;
	int err;

	err = str_dup(&name, object_name(c->kind, c->before));
	if (!err)
		operation_add(b, pk->remove, NULL, name);

	mem_deref(name);

	return err;
}

int persist_batch_alloc(struct persist_batch **bp, const struct draft *draft)
{
	struct persist_batch *b;
	const struct le *le;
	int err = 0;

	b = mem_zalloc(sizeof(*b), batch_destructor);
	if (!b)
		return ENOMEM;

	b->at_us = clock_wall_us();
	b->size = (size_t)list_count(&draft->changel) * (PUT_MAX + 1);
	b->operationv = mem_zalloc((b->size + 1) * sizeof(*b->operationv), NULL);
	if (!b->operationv)
		err = ENOMEM;

	for (le = draft->changel.head; le && !err; le = le->next) {

		const struct change *c = le->data;
		const struct persist_kind *pk = persist_find(c->kind->name);

		err = c->after ? put_add(b, pk, c) : remove_add(b, pk, c);
	}

	if (err)
		mem_deref(b);
	else
		*bp = b;

	return err;
}

static void text_bind(struct sqlite3_stmt *stmt, const char *parameter, const char *text)
{
	const int index = sqlite3_bind_parameter_index(stmt, parameter);

	if (index)
		(void)sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC);
}

static int operation_run(struct sqlite3 *db, const struct operation *op, int64_t at_us)
{
	struct sqlite3_stmt *stmt = NULL;
	int err, index;

	err = db_errno(sqlite3_prepare_v2(db, sql_queryv[op->query].text, -1, &stmt, NULL));
	if (err)
		return err;

	text_bind(stmt, ":object", op->object);
	text_bind(stmt, ":name", op->name);
	text_bind(stmt, ":id", op->id);

	index = sqlite3_bind_parameter_index(stmt, ":at_us");
	if (index)
		(void)sqlite3_bind_int64(stmt, index, at_us);

	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}

int persist_batch_run(struct sqlite3 *db, void *batch)
{
	const struct persist_batch *b = batch;
	size_t i;
	int err = 0;

	for (i = 0; i < b->operationc && !err; i++)
		err = operation_run(db, &b->operationv[i], b->at_us);

	return err;
}

static int row_load(struct odict **op, struct sqlite3_stmt *stmt, const char *kind, char *errstr,
		    size_t errsize)
{
	const char *text = (const char *)sqlite3_column_text(stmt, 0);
	struct json_fault fault = {0, 0, "out of memory"};
	int err;

	if (!text)
		return ENOMEM;

	err = json_read(op, ODICT_OBJECT, text, (size_t)sqlite3_column_bytes(stmt, 0), &fault);
	if (err)
		(void)re_snprintf(errstr, errsize, "table %s holds what cannot be read: %s", kind,
				  fault.what);

	return err;
}

static int kind_load(struct odict *json, const struct kind *kind, struct sqlite3_stmt *stmt, char *errstr,
		     size_t errsize)
{
	struct odict *array = NULL, *o = NULL;
	char index[24];
	size_t i = 0;
	int err, rc;

	err = odict_alloc(&array, 16);

	while (!err && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {

		err = row_load(&o, stmt, kind->name, errstr, errsize);
		(void)re_snprintf(index, sizeof(index), "%zu", i++);

		if (!err && !kind_key(kind))
			err = odict_entry_add(json, kind->plural, ODICT_OBJECT, o);
		else if (!err)
			err = odict_entry_add(array, index, ODICT_OBJECT, o);

		o = mem_deref(o);
	}

	if (!err)
		err = db_errno(rc);
	if (!err && kind_key(kind))
		err = odict_entry_add(json, kind->plural, ODICT_ARRAY, array);

	mem_deref(array);

	return err;
}

int persist_load(struct odict **jsonp, struct db *db, char *errstr, size_t errsize)
{
	struct odict *json = NULL;
	size_t i;
	int err;

	errstr[0] = '\0';

	err = odict_alloc(&json, 16);

	for (i = 0; i < ARRAY_SIZE(persistv) && !err; i++) {

		struct sqlite3_stmt *stmt = db_stmt(db, persistv[i].list);

		err = stmt ? kind_load(json, kind_find(persistv[i].kind), stmt, errstr, errsize) : EINVAL;
		(void)sqlite3_reset(stmt);
	}

	if (err && !errstr[0])
		(void)re_snprintf(errstr, errsize, "cannot read what is provisioned (%s)",
				  sqlite3_errmsg(db_handle(db)));

	if (err)
		mem_deref(json);
	else
		*jsonp = json;

	return err;
}

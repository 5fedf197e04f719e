/**
 * @file entries.c  A call's entries in the ledger
 */
#include <string.h>
#include "entries.h"
#include "log.h"

enum { KEY_SIZE = 96 };

static const char reserve[] = "@reserve", revenue[] = "@revenue";

struct entries {
	struct db *db;
	char *node;
	size_t account, currency, price, end; /* indices of columns */
};

/** One to be booked. */
struct entry {
	const char *kind;
	struct pl debit, credit, currency, cdr_id;
	int64_t amount_nano;
	int64_t at_us;
	char key[KEY_SIZE]; /* its cause */
};

/** What a call has set aside; texts are valid until the statement is run again. */
struct held_row {
	bool found;
	struct pl account, currency;
	int64_t nano;
};

static void entries_destructor(void *arg)
{
	struct entries *e = arg;

	mem_deref(e->db);
	mem_deref(e->node);
}

static size_t column_index(const char *column)
{
	size_t i;

	for (i = 0; i < CDR_FIELDC; i++)
		if (!strcmp(cdr_fields[i].column, column))
			return i;

	return 0;
}

int entries_alloc(struct entries **ep, struct db *db, const char *node)
{
	struct entries *e;
	int err;

	e = mem_zalloc(sizeof(*e), entries_destructor);
	if (!e)
		return ENOMEM;

	e->db = mem_ref(db);
	e->account = column_index("account");
	e->currency = column_index("currency");
	e->price = column_index("price_nano");
	e->end = column_index("end_us");

	err = str_dup(&e->node, node);
	if (err)
		mem_deref(e);
	else
		*ep = e;

	return err;
}

static int bind_pl(struct sqlite3_stmt *stmt, int index, const struct pl *pl)
{
	return sqlite3_bind_text(stmt, index, pl->p, (int)pl->l, SQLITE_STATIC);
}

/** @param booked false: its key was known, and nothing is changed; may be NULL */
static int book(struct entries *e, const struct entry *entry, bool *booked)
{
	struct sqlite3_stmt *stmt = db_stmt(e->db, SQL_LEDGER_ADD);
	char id[UUID_STRSIZE];
	int err;

	if (!stmt)
		return ENOMEM;

	uuid7(id);
	(void)db_bind_str(stmt, 1, id);
	(void)db_bind_str(stmt, 2, entry->key);
	(void)db_bind_str(stmt, 3, e->node);
	(void)sqlite3_bind_int64(stmt, 4, entry->at_us);
	(void)db_bind_str(stmt, 5, entry->kind);
	(void)bind_pl(stmt, 6, &entry->debit);
	(void)bind_pl(stmt, 7, &entry->credit);
	(void)sqlite3_bind_int64(stmt, 8, entry->amount_nano);
	(void)bind_pl(stmt, 9, &entry->currency);
	(void)bind_pl(stmt, 10, &entry->cdr_id);
	err = db_run(stmt);
	if (booked)
		*booked = !err && sqlite3_changes(db_handle(e->db));

	return err;
}

/* What the books cannot take, a balance beyond int64, they can take at no later time: records behind it do not wait. */
static int passed_over(int err, const char *what, const struct pl *cdr_id)
{
	if (err != EEXIST)
		return err;

	log_error("writer: what call %r %s is beyond all money and not in the ledger; see to it by hand",
		  cdr_id, what);

	return 0;
}

/* ---------------------------------------------------------------- holds */

static int held_get(struct entries *e, struct held_row *row, struct sqlite3_stmt **stmtp,
		    const struct pl *cdr_id)
{
	struct sqlite3_stmt *stmt = db_stmt(e->db, SQL_HOLD_GET);
	int rc;

	memset(row, 0, sizeof(*row));
	*stmtp = stmt;
	if (!stmt)
		return ENOMEM;

	(void)bind_pl(stmt, 1, cdr_id);
	rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW)
		return db_errno(rc);

	row->found = true;
	row->account.p = (const char *)sqlite3_column_text(stmt, 0);
	row->account.l = (size_t)sqlite3_column_bytes(stmt, 0);
	row->currency.p = (const char *)sqlite3_column_text(stmt, 1);
	row->currency.l = (size_t)sqlite3_column_bytes(stmt, 1);
	row->nano = sqlite3_column_int64(stmt, 2);

	return 0;
}

static int hold_put(struct entries *e, const struct held *held)
{
	struct sqlite3_stmt *stmt = db_stmt(e->db, SQL_HOLD_PUT);

	if (!stmt)
		return ENOMEM;

	(void)bind_pl(stmt, 1, &held->cdr_id);
	(void)db_bind_str(stmt, 2, e->node);
	(void)bind_pl(stmt, 3, &held->account);
	(void)bind_pl(stmt, 4, &held->currency);
	(void)sqlite3_bind_int64(stmt, 5, held->nano);

	return db_run(stmt);
}

static int hold_delete(struct entries *e, const struct pl *cdr_id)
{
	struct sqlite3_stmt *stmt = db_stmt(e->db, SQL_HOLD_DELETE);

	if (!stmt)
		return ENOMEM;

	(void)bind_pl(stmt, 1, cdr_id);

	return db_run(stmt);
}

/* Between the account and the reserve: `more` may be below zero. Nothing is booked where it is 0. */
static int reserve_move(struct entries *e, const struct held *held, int64_t more, const char *key,
			bool *booked)
{
	struct entry entry = {
		.kind = more > 0 ? "reserve" : "release",
		.currency = held->currency,
		.cdr_id = held->cdr_id,
		.amount_nano = more > 0 ? more : -more,
		.at_us = held->at_us,
	};
	struct pl pool;

	if (!more)
		return 0;

	pl_set_str(&pool, reserve);
	entry.debit = more > 0 ? held->account : pool;
	entry.credit = more > 0 ? pool : held->account;
	str_ncpy(entry.key, key, sizeof(entry.key));

	return book(e, &entry, booked);
}

int entries_hold(struct entries *e, const struct held *held, uint64_t number)
{
	struct sqlite3_stmt *stmt = NULL;
	struct held_row before;
	bool booked = false;
	char key[KEY_SIZE];
	int err;

	err = held_get(e, &before, &stmt, &held->cdr_id);
	(void)sqlite3_reset(stmt);
	(void)re_snprintf(key, sizeof(key), "hold:%r:%llu", &held->cdr_id, (unsigned long long)number);
	err = err ? err : reserve_move(e, held, held->nano - before.nano, key, &booked);
	/* a record that comes again when what it set aside has been given back sets nothing aside */
	err = err || !booked ? err : hold_put(e, held);

	return passed_over(err, "sets aside", &held->cdr_id);
}

int entries_release(struct entries *e, const struct pl *cdr_id, int64_t at_us)
{
	struct sqlite3_stmt *stmt = NULL;
	struct held_row row;
	char key[KEY_SIZE];
	int err;

	err = held_get(e, &row, &stmt, cdr_id);
	if (!err && row.found) {

		const struct held held = {.at_us = at_us,
					  .cdr_id = *cdr_id,
					  .account = row.account,
					  .currency = row.currency};

		(void)re_snprintf(key, sizeof(key), "release:%r", cdr_id);
		err = reserve_move(e, &held, -row.nano, key, NULL);
	}
	(void)sqlite3_reset(stmt);

	err = err || !row.found ? err : hold_delete(e, cdr_id);

	return passed_over(err, "gives back", cdr_id);
}

/* ---------------------------------------------------------------- charges */

static int64_t number_of(const struct cdr_value *value)
{
	return value->type == CDR_VALUE_NUMBER ? value->number : 0;
}

int entries_charge(struct entries *e, const struct cdr_value valuev[CDR_FIELDC])
{
	struct entry entry = {
		.kind = "charge",
		.debit = valuev[e->account].text,
		.currency = valuev[e->currency].text,
		.cdr_id = valuev[0].text,
		.amount_nano = number_of(&valuev[e->price]),
		.at_us = number_of(&valuev[e->end]),
	};

	if (entry.amount_nano <= 0 || valuev[e->account].type != CDR_VALUE_TEXT ||
	    valuev[e->currency].type != CDR_VALUE_TEXT)
		return 0;

	pl_set_str(&entry.credit, revenue);
	(void)re_snprintf(entry.key, sizeof(entry.key), "charge:%r", &entry.cdr_id);

	return passed_over(book(e, &entry, NULL), "costs", &entry.cdr_id);
}

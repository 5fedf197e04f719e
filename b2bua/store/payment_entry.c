/**
 * @file payment_entry.c  An entry that moves money, on the writer's thread
 */
#include <sqlite3.h>
#include "clock.h"
#include "money.h"
#include "payment_part.h"

void payment_idem(char idem[PAYMENT_IDEM_SIZE], const char *key)
{
	(void)re_snprintf(idem, PAYMENT_IDEM_SIZE, "operator:%s", key);
}

int payment_prepare(struct sqlite3_stmt **stmtp, struct sqlite3 *db, enum sql_query query)
{
	return db_errno(sqlite3_prepare_v2(db, sql_queryv[query].text, -1, stmtp, NULL));
}

void payment_bind_text(struct sqlite3_stmt *stmt, const char *parameter, const char *text)
{
	(void)db_bind_str(stmt, sqlite3_bind_parameter_index(stmt, parameter), text);
}

void payment_bind_number(struct sqlite3_stmt *stmt, const char *parameter, int64_t number)
{
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, parameter), number);
}

int payment_account_read(struct payment_receipt *r, struct sqlite3 *db, const char *account)
{
	struct sqlite3_stmt *stmt = NULL;
	int rc, err;

	err = payment_prepare(&stmt, db, SQL_PAYMENT_ACCOUNT);
	if (err)
		return err;

	payment_bind_text(stmt, ":account", account);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		str_ncpy(r->currency, (const char *)sqlite3_column_text(stmt, 0), sizeof(r->currency));
		r->reserved_nano = sqlite3_column_int64(stmt, 2);
		r->balance_nano = sqlite3_column_int64(stmt, 1) + r->reserved_nano;
	}
	(void)sqlite3_finalize(stmt);

	return rc == SQLITE_DONE ? ENOENT : db_errno(rc);
}

static int row_add(struct payment_receipt *r, struct sqlite3 *db, const struct payment_entry *entry)
{
	char idem[PAYMENT_IDEM_SIZE];
	struct sqlite3_stmt *stmt = NULL;
	int err;

	err = payment_prepare(&stmt, db, SQL_PAYMENT_ADD);
	if (err)
		return err;

	uuid7(r->entry_id);
	payment_idem(idem, entry->key);
	payment_bind_text(stmt, ":entry_id", r->entry_id);
	payment_bind_text(stmt, ":idem_key", idem);
	payment_bind_number(stmt, ":at_us", clock_wall_us());
	payment_bind_text(stmt, ":kind", entry->kind);
	payment_bind_text(stmt, ":debit", entry->nano < 0 ? entry->account : entry->house);
	payment_bind_text(stmt, ":credit", entry->nano < 0 ? entry->house : entry->account);
	payment_bind_number(stmt, ":amount_nano", entry->nano < 0 ? -entry->nano : entry->nano);
	payment_bind_text(stmt, ":currency", r->currency);
	payment_bind_text(stmt, ":cdr_id", entry->cdr_id);
	payment_bind_text(stmt, ":note", entry->note);
	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}

static int event_add(const struct payment_receipt *r, struct sqlite3 *db, const struct payment_entry *entry)
{
	char amount[MONEY_STRSIZE], balance[MONEY_STRSIZE];
	struct sqlite3_stmt *stmt = NULL;
	int err;

	err = payment_prepare(&stmt, db, SQL_PAYMENT_EVENT);
	if (err)
		return err;

	money_encode(amount, entry->nano);
	money_encode(balance, r->balance_nano);
	payment_bind_text(stmt, ":entry_id", r->entry_id);
	payment_bind_text(stmt, ":account", entry->account);
	payment_bind_text(stmt, ":amount", amount);
	payment_bind_text(stmt, ":balance", balance);
	payment_bind_text(stmt, ":key", entry->key);
	err = db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}

int payment_entry_add(struct payment_receipt *r, struct sqlite3 *db, const struct payment_entry *entry)
{
	int64_t after;
	int err;

	if (__builtin_add_overflow(r->balance_nano, entry->nano, &after))
		return ERANGE;

	err = row_add(r, db, entry);
	err = err ? err : payment_account_read(r, db, entry->account);

	return err ? err : event_add(r, db, entry);
}

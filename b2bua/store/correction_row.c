/**
 * @file correction_row.c  The rows that a correction leaves beside its ledger entry
 */
#include <sqlite3.h>
#include "clock.h"
#include "correction_row.h"
#include "payment_part.h"

int correction_row_was(struct sqlite3_stmt *last, const char *cdr_id, int64_t *was_nano)
{
	int rc;

	payment_bind_text(last, ":cdr_id", cdr_id);
	rc = sqlite3_step(last);
	if (rc == SQLITE_ROW)
		*was_nano = sqlite3_column_int64(last, 0);
	(void)sqlite3_reset(last);

	return db_errno(rc);
}

static int correction_add(struct sqlite3_stmt *stmt, const struct correction_row *row)
{
	char id[UUID_STRSIZE];

	uuid7(id);
	payment_bind_text(stmt, ":correction_id", id);
	payment_bind_text(stmt, ":idem_key", row->idem_key);
	payment_bind_number(stmt, ":at_us", clock_wall_us());
	payment_bind_text(stmt, ":cdr_id", row->cdr_id);
	payment_bind_number(stmt, ":start_us", row->start_us);
	payment_bind_text(stmt, ":account", row->account);
	payment_bind_text(stmt, ":currency", row->currency);
	payment_bind_number(stmt, ":was_nano", row->was_nano);
	payment_bind_number(stmt, ":price_nano", row->price_nano);
	payment_bind_text(stmt, ":note", row->note);

	return db_run(stmt);
}

static int traffic_add(struct sqlite3_stmt *stmt, const struct correction_row *row)
{
	payment_bind_number(stmt, ":more_nano", row->price_nano - row->was_nano);
	payment_bind_number(stmt, ":start_us", row->start_us);
	payment_bind_text(stmt, ":account", row->account);
	payment_bind_text(stmt, ":src_trunk", row->src_trunk);
	payment_bind_text(stmt, ":dst_trunk", row->dst_trunk);
	payment_bind_text(stmt, ":currency", row->currency);
	payment_bind_text(stmt, ":cost_currency", row->cost_currency);

	return db_run(stmt);
}

int correction_row_write(struct sqlite3_stmt *add, struct sqlite3_stmt *traffic,
			 const struct correction_row *row)
{
	const int err = correction_add(add, row);

	return err ? err : traffic_add(traffic, row);
}

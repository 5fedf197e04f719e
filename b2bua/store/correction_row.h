/**
 * @file correction_row.h  The rows that a correction leaves beside its ledger entry, on the writer's thread
 */
#ifndef TANDEM_CORRECTION_ROW_H
#define TANDEM_CORRECTION_ROW_H

#include <re.h>

struct sqlite3_stmt;

/** A call whose price is corrected. Texts are NULL where the record has none; they must live until the rows are written. */
struct correction_row {
	const char *idem_key, *cdr_id, *account, *currency, *note;
	const char *src_trunk, *dst_trunk, *cost_currency;
	int64_t start_us, was_nano, price_nano;
};

/** What a call cost before, into `was_nano`, which keeps its value where it was never corrected. `last`: SQL_CORRECTION_LAST. */
int correction_row_was(struct sqlite3_stmt *last, const char *cdr_id, int64_t *was_nano);

/**
 * Write the correction, and let the daily sums follow.
 *
 * @param add      SQL_CORRECTION_ADD
 * @param traffic  SQL_CORRECTION_TRAFFIC; both are reset and have nothing bound
 */
int correction_row_write(struct sqlite3_stmt *add, struct sqlite3_stmt *traffic,
			 const struct correction_row *row);

#endif

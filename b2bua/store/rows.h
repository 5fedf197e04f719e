/**
 * @file rows.h  What a record becomes: rows of `cdr`, `event`, `open_call`, `hold` and `ledger`
 *
 * Every call is a part of the transaction its caller runs. Results are db_errno()'s.
 */
#ifndef TANDEM_ROWS_H
#define TANDEM_ROWS_H

#include "chain.h"
#include "db.h"
#include "event.h"
#include "held.h"

struct rows;

/** `node` is stamped on events; EINVAL when the statement does not fit the columns of cdr_fields[]. */
int rows_alloc(struct rows **rp, struct db *db, struct chain *chain, const char *node);

int rows_event(struct rows *r, const struct event *ev);

/** The event CALL_START or CALL_ANSWER, and the packed record in open_call when `packed` is given. */
int rows_call_open(struct rows *r, const struct cdr_value valuev[CDR_FIELDC], bool answered,
		   const struct pl *packed);

/** What is set aside for a call under way; `number` is the record's. */
int rows_hold(struct rows *r, const struct held *held, uint64_t number);

/** Where a call that ends may be known from earlier commits. */
enum rows_known { ROWS_OPEN_CALL = 1 << 0, ROWS_HOLD = 1 << 1 };

/** The CDR, next in the chain, its price in the ledger, the event of its end; forgotten where it was known. */
int rows_call_close(struct rows *r, const struct cdr_value valuev[CDR_FIELDC], unsigned known);

#endif

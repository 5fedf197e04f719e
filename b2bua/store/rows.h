/**
 * @file rows.h  What a record becomes: rows of `cdr`, `event` and `open_call`
 *
 * Every call is a part of the transaction its caller runs. Results are db_errno()'s.
 */
#ifndef TANDEM_ROWS_H
#define TANDEM_ROWS_H

#include "chain.h"
#include "db.h"
#include "event.h"

struct rows;

/** `node` is stamped on events; EINVAL when the statement does not fit the columns of cdr_fields[]. */
int rows_alloc(struct rows **rp, struct db *db, struct chain *chain, const char *node);

int rows_event(struct rows *r, const struct event *ev);

/** The event CALL_START or CALL_ANSWER, and the packed record in open_call when `packed` is given. */
int rows_call_open(struct rows *r, const struct cdr_value valuev[CDR_FIELDC], bool answered,
		   const struct pl *packed);

/** The CDR, next in the chain, and the event of its end; forgotten in open_call when it may be there. */
int rows_call_close(struct rows *r, const struct cdr_value valuev[CDR_FIELDC], bool in_open_call);

#endif

/**
 * @file entries.h  What calls book into the ledger: what is set aside for them, and what they cost in the end
 *
 *     reserve   account  → @reserve   more is set aside
 *     release   @reserve → account    less is, or the call is over
 *     charge    account  → @revenue   the price in its CDR
 *
 * What is set aside stands in table `hold`, so that a crash gives it back. A call that begins and ends within one
 * group commit books its charge alone. Every call is a part of the transaction its caller runs; results are
 * db_errno()'s, but that what a balance cannot hold is logged and passed over, for `ledger verify` to name.
 */
#ifndef TANDEM_ENTRIES_H
#define TANDEM_ENTRIES_H

#include "cdr.h"
#include "db.h"
#include "held.h"

struct entries;

/** `node` is stamped on each entry. */
int entries_alloc(struct entries **ep, struct db *db, const char *node);

/** Set aside what it says, in all; `number` is its record's in the spool. */
int entries_hold(struct entries *e, const struct held *held, uint64_t number);

/** Give back what is set aside for a call, if anything; `at_us`: when it ended. */
int entries_release(struct entries *e, const struct pl *cdr_id, int64_t at_us);

/** Book a CDR's price. */
int entries_charge(struct entries *e, const struct cdr_value valuev[CDR_FIELDC]);

#endif

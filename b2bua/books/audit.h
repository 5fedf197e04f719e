/**
 * @file audit.h  Proves that the books are right: balances are sums, charges are records, records are their rates' price
 */
#ifndef TANDEM_AUDIT_H
#define TANDEM_AUDIT_H

#include "db.h"

enum { AUDIT_TEXT_SIZE = 512 };

struct audit_report {
	uint64_t balances, entries, holds, cdrs;
	uint64_t wrong;              /* how much is */
	char first[AUDIT_TEXT_SIZE]; /* what was found first; its texts are from the database, unescaped */
};

/** Go through all of it; memory is bounded. 0 also when something is wrong, or db_errno(). */
int audit_books(struct db *db, struct audit_report *report);

/** The part that looks at each record (audit_cdr.c). */
int audit_cdrs(struct db *db, struct audit_report *report);

/** Note something wrong. */
void audit_wrong(struct audit_report *report, const char *fmt, ...);

#endif

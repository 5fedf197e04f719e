/**
 * @file payment_part.h  How money is booked on the writer's thread: for payment.c, correction.c, correction_list.c
 */
#ifndef TANDEM_PAYMENT_PART_H
#define TANDEM_PAYMENT_PART_H

#include "db.h"
#include "payment.h"

enum { PAYMENT_ERRSTR_SIZE = 512, PAYMENT_IDEM_SIZE = PAYMENT_KEY_MAX + 16 };

/** One entry to be booked. */
struct payment_entry {
	const char *kind;          /* as the ledger has it */
	const char *house;         /* the house's account */
	const char *account;       /* the other one */
	int64_t nano;              /* to the account; below zero: from it */
	const char *key;           /* the operator's */
	const char *cdr_id, *note; /* NULL: none */
};

/** Operators' keys are apart from those of calls ("charge:CDR-ID"). */
void payment_idem(char idem[PAYMENT_IDEM_SIZE], const char *key);

/** A statement of one's own; the caller finalizes it. */
int payment_prepare(struct sqlite3_stmt **stmtp, struct sqlite3 *db, enum sql_query query);
void payment_bind_text(struct sqlite3_stmt *stmt, const char *parameter, const char *text);
void payment_bind_number(struct sqlite3_stmt *stmt, const char *parameter, int64_t number);

/** What an account has now, into the receipt. ENOENT: there is no such account. */
int payment_account_read(struct payment_receipt *r, struct sqlite3 *db, const char *account);

/** Book an entry, tell of it in an event, and bring the receipt up to date. ERANGE: beyond all money. */
int payment_entry_add(struct payment_receipt *r, struct sqlite3 *db, const struct payment_entry *entry);

/** The loop's end of it: tell who keeps purses. */
void payment_tell(const struct payments *p, const char *account, int64_t nano);

struct writer *payments_writer(const struct payments *p);

#endif

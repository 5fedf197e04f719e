/**
 * @file payment.h  Money that operators move: top-ups, refunds, corrections by hand
 *
 *     topup    @topup   → account    the customer paid
 *     refund   @revenue → account    of what was charged
 *     adjust   @adjust  ↔ account    anything else; below zero it leaves the account
 *
 * Each is booked once by its key, however often it is asked for, and leaves an event BALANCE_TOPUP, BALANCE_REFUND
 * or BALANCE_ADJUST in the same transaction.
 */
#ifndef TANDEM_PAYMENT_H
#define TANDEM_PAYMENT_H

#include <re.h>
#include "writer.h"

enum { PAYMENT_KEY_MAX = 128, PAYMENT_NOTE_MAX = 1024 };

enum payment_kind { PAYMENT_TOPUP, PAYMENT_REFUND, PAYMENT_ADJUST };

struct payments;

/** What is to be booked; texts are copied. */
struct payment {
	enum payment_kind kind;
	const char *account;
	const char *currency; /* which it must have; NULL: whatever it has */
	int64_t nano;         /* to the account; only an adjustment may be below zero */
	const char *key;      /* of the operation, for ever */
	const char *note;     /* why, in words; NULL: none */
};

struct payment_receipt {
	char entry_id[UUID_STRSIZE];
	char currency[16];
	bool repeated; /* it was booked before */
	int64_t balance_nano, reserved_nano;
};

/** @param w outlives it */
int payments_alloc(struct payments **pp, struct writer *w);

/** Told of money that was moved, by the loop, when the database has it: below zero it left the account. */
typedef void(payment_money_h)(const char *account, int64_t nano, void *arg);
void payments_money_handler(struct payments *p, payment_money_h *h, void *arg);

/**
 * Book it. `doneh` runs once, later, unless the return is not 0.
 *
 * Its err: ENOENT no such account, EEXIST the key was used for something else, EINVAL, ERANGE, EPERM, or why the
 * database could not take it; `errstr` says so in full, with the remedy.
 */
typedef void(payment_done_h)(int err, const char *errstr, const struct payment_receipt *receipt, void *arg);
int payment_book(struct payments *p, const struct payment *payment, payment_done_h *doneh, void *arg);

const char *payment_kind_name(enum payment_kind kind);

#endif

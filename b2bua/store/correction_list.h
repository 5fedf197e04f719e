/**
 * @file correction_list.h  Many calls are corrected by one run: some hundreds a transaction, each once by run and call
 *
 * A call's rows are those of a correction of its own (correction.h), with the key `rerate:RUN:CDR-ID` in both tables. So
 * a run that was cut off is begun anew: what it booked is passed over. One event BALANCE_RERATE tells what a transaction
 * comes to for each account.
 */
#ifndef TANDEM_CORRECTION_LIST_H
#define TANDEM_CORRECTION_LIST_H

#include "payment.h"

enum { CORRECTION_RUN_MAX = 64 };

struct correction_list;

/** What a call is to cost; texts are copied. */
struct correction_item {
	const char *cdr_id, *account, *currency;
	const char *src_trunk, *dst_trunk, *cost_currency; /* NULL: none */
	int64_t start_us;
	int64_t was_nano; /* as far as is known: what was corrected meanwhile counts */
	int64_t price_nano;
};

/** What became of the items. */
struct correction_counts {
	uint64_t corrected;
	uint64_t repeated; /* the run had booked it before */
	uint64_t left;     /* its account is gone or has another currency, or it costs that already */
};

/**
 * @param tariff whose prices these are: a run has one, for ever
 * @param note   may be NULL
 */
int correction_list_alloc(struct correction_list **lp, const char *run, const char *tariff, const char *note);

/** Not while it is booked. */
int correction_list_add(struct correction_list *l, const struct correction_item *item);

/**
 * Book all of it or, on an error, none. `doneh` runs once, later, unless the return is not 0. Its err: EEXIST the run
 * is one of another tariff, ERANGE a balance would be beyond all money, or why the database could not take it. The list
 * stays the caller's, and must last so long.
 */
typedef void(correction_list_done_h)(int err, const struct correction_counts *counts, void *arg);
int correction_list_book(struct correction_list *l, struct payments *p, correction_list_done_h *doneh,
			 void *arg);

#endif

/**
 * @file correction.h  What calls cost is corrected by new rows, never by editing the record
 *
 * A correction is a row of `cdr_correction` with an entry of the ledger: a refund when the call gets cheaper, an
 * adjustment when it gets dearer. Each is booked once by its key.
 */
#ifndef TANDEM_CORRECTION_H
#define TANDEM_CORRECTION_H

#include "payment.h"

struct background; /* background.h */

/** What a call costs from now on; texts are copied. */
struct correction {
	const char *cdr_id;
	int64_t price_nano; /* 0 or more */
	const char *key;    /* of the operation, for ever */
	const char *note;   /* why, in words; NULL: none */
};

struct correction_receipt {
	struct payment_receipt payment;
	char *account;
	int64_t was_nano; /* what it cost before */
};

/**
 * Correct it. `doneh` runs once, later, unless the return is not 0. Its err: ENOENT no such record, EINVAL nobody is
 * charged for it or it costs that already, EEXIST the key was used for something else, or why the database could not
 * take it; `errstr` says so in full, with the remedy.
 *
 * @param background where the record is looked up, in the database of `data_dir`
 */
typedef void(correction_done_h)(int err, const char *errstr, const struct correction_receipt *receipt,
				void *arg);
int correction_book(struct payments *p, struct background *background, const char *data_dir,
		    const struct correction *correction, correction_done_h *doneh, void *arg);

#endif

/**
 * @file cdr_digest.h  What a stretch of records comes to: kept elsewhere, it shows what was done to them since
 */
#ifndef TANDEM_CDR_DIGEST_H
#define TANDEM_CDR_DIGEST_H

#include <re.h>
#include "chain.h"

enum { DIGEST_CURRENCIES = 32, DIGEST_CURRENCY_SIZE = 16 };

struct cdr_digest_sum {
	char currency[DIGEST_CURRENCY_SIZE];
	int64_t nano;
};

struct cdr_digest {
	int64_t first_seq, last_seq;
	uint64_t rows;
	char hash[CHAIN_HASH_SIZE];
	struct cdr_digest_sum pricev[DIGEST_CURRENCIES],
		costv[DIGEST_CURRENCIES]; /* in order of appearance */
};

/** Add a row. ERANGE: beyond int64 of nano; EOVERFLOW: too many currencies. */
int cdr_digest_add(struct cdr_digest *d, struct sqlite3_stmt *row, int64_t seq, const char *hash);

/** As JSON text in one line; without its braces, to stand among other fields. */
int cdr_digest_fields_print(struct re_printf *pf, const struct cdr_digest *d);

/** As JSON text in one line. */
int cdr_digest_print(struct re_printf *pf, const struct cdr_digest *d);

/** Read one back. EBADMSG. */
int cdr_digest_read(struct cdr_digest *d, const char *text, size_t len);

/**
 * What differs, in words; NULL: nothing. `is` is of the rows that `was` is of, as far as they are there.
 *
 * @param removed_seq up to there records went with archives that were deleted for their age; 0: none
 */
const char *cdr_digest_difference(const struct cdr_digest *was, const struct cdr_digest *is,
				  int64_t removed_seq);

#endif

/**
 * @file cdr_digest.h  What all records up to one come to: kept elsewhere, it shows what was done to them since
 */
#ifndef TANDEM_CDR_DIGEST_H
#define TANDEM_CDR_DIGEST_H

#include <re.h>
#include "chain.h"

enum { DIGEST_CURRENCIES = 32, DIGEST_CURRENCY_SIZE = 16 };

struct digest_sum {
	char currency[DIGEST_CURRENCY_SIZE];
	int64_t nano;
};

struct digest {
	int64_t first_seq, last_seq;
	uint64_t rows;
	char hash[CHAIN_HASH_SIZE];
	struct digest_sum pricev[DIGEST_CURRENCIES], costv[DIGEST_CURRENCIES]; /* in order of appearance */
};

/** Add a row. ERANGE: beyond int64 of nano; EOVERFLOW: too many currencies. */
int digest_add(struct digest *d, struct sqlite3_stmt *row, int64_t seq, const char *hash);

/** As JSON text in one line. */
int digest_print(struct re_printf *pf, const struct digest *d);

/** Read one back. EBADMSG. */
int digest_read(struct digest *d, const char *text, size_t len);

/** What differs, in words; NULL: nothing. Sums are compared where both begin at the same row. */
const char *digest_difference(const struct digest *was, const struct digest *is);

#endif

/**
 * @file query_cdr.h  Call records in pages
 */
#ifndef TANDEM_WEBUI_QUERY_CDR_H
#define TANDEM_WEBUI_QUERY_CDR_H

#include "query.h"

/** Which CDRs: the newest ones older than `before`, of an account or a called number. */
struct query_cdr {
	const char *account; /* NULL = all */
	const char *callee;  /* NULL = all */
	int64_t before_us;   /* INT64_MAX = from the newest on */
	int64_t before_seq;
	uint32_t limit; /* at most QUERY_ROWS_MAX */
};

/**
 * Read CDRs, newest first, as {"cdrs": [{column: value, …}], "next": "US-SEQ" or null}. Amounts are
 * decimal strings and lose the "_nano" of their column; attempts and rate are JSON.
 *
 * @return 0, ETIMEDOUT (narrow the query), ENOMEM, or why the database cannot be read (see errstr)
 */
int query_cdrs(struct query *q, struct odict **op, const struct query_cdr *want, char *errstr,
	       size_t errsize);

/** Decode a "next" as it was given out. */
int query_cursor(struct query_cdr *want, const char *cursor);

#endif

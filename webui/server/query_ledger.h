/**
 * @file query_ledger.h  An account's entries in pages, each with the balance after it
 */
#ifndef TANDEM_WEBUI_QUERY_LEDGER_H
#define TANDEM_WEBUI_QUERY_LEDGER_H

#include "query.h"

/** A page goes on where the one before ended, and with the balance it ended with: no page adds up the ledger. */
struct query_ledger {
	const char *account;
	uint32_t limit; /* at most QUERY_ROWS_MAX */
	bool further;   /* what follows is of the page before */
	int64_t before_us;
	char before_id[40];
	int64_t balance_nano;
};

/** Read entries, newest first, as {"entries": [{column: value, …}], "next": text or null}; errors of query_rows(). */
int query_ledger(struct query *q, struct odict **op, const struct query_ledger *want, char *errstr,
		 size_t errsize);

/** Decode a "next" as it was given out. EINVAL. */
int query_ledger_cursor(struct query_ledger *want, const char *cursor);

#endif

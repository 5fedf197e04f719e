/**
 * @file query.h  What the web server reads from tandem.db: bounded in rows and in time
 *
 * The database is opened when it is first needed, and again when it was replaced: the web server may
 * be older than it. Everything happens on the loop, so no query may take long.
 */
#ifndef TANDEM_WEBUI_QUERY_H
#define TANDEM_WEBUI_QUERY_H

#include <re.h>

enum {
	QUERY_TIME_MAX_MS = 250,
	QUERY_ROWS_MAX = 500,
};

struct query;
struct db;

int query_alloc(struct query **qp, const char *data_dir);

/** Whether the database can be read now; errstr says why not, and the remedy. */
int query_check(struct query *q, char *errstr, size_t errsize);

/** The connection, for the time that query_check() has just begun; NULL: it cannot be read. */
struct db *query_db(struct query *q);

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

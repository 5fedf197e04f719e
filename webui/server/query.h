/**
 * @file query.h  What the web server reads from tandem.db: bounded in rows and in time
 *
 * The database is opened when it is first needed, and again when it was replaced: the web server may
 * be older than it. Everything happens on the loop, so no query may take long.
 */
#ifndef TANDEM_WEBUI_QUERY_H
#define TANDEM_WEBUI_QUERY_H

#include <re.h>
#include "db.h"

enum {
	QUERY_TIME_MAX_MS = 250,
	QUERY_TIME_LONG_MS = 1000, /* what somebody asks for who knows that it takes reading: a report */
	QUERY_ROWS_MAX = 500,
};

struct query;

int query_alloc(struct query **qp, const char *data_dir);

/** Whether the database can be read now; errstr says why not, and the remedy. */
int query_check(struct query *q, char *errstr, size_t errsize);

/** The connection, for the time that query_check() has just begun; NULL: it cannot be read. */
struct db *query_db(struct query *q);

enum { QUERY_VALUES_MAX = 8 };

/** What stands for a parameter of a statement: a text, or else a number. */
struct query_value {
	const char *name; /* ":account" */
	const char *text; /* lives until the rows are read */
	int64_t number;
};

struct query_question {
	enum sql_query sql;                              /* may have a parameter :limit */
	struct query_value valuev[QUERY_VALUES_MAX + 1]; /* ends with a name of NULL */
	uint32_t limit;                                  /* rows */
	uint32_t time_ms;                                /* 0: QUERY_TIME_MAX_MS */
};

/**
 * Add a statement's rows to a list, each {column: value, …} (row.h).
 *
 * @param more there are further ones
 *
 * @return 0, ETIMEDOUT (narrow the query), ENOMEM, or why the database cannot be read (see errstr)
 */
int query_rows(struct query *q, struct odict *array, bool *more, const struct query_question *question,
	       char *errstr, size_t errsize);

#endif

/**
 * @file price_statement.h  Statements on price lists, inside a job of the writer
 */
#ifndef TANDEM_PRICE_STATEMENT_H
#define TANDEM_PRICE_STATEMENT_H

#include "db.h"

/** What they are about; of these a statement takes those it has parameters for. */
struct price_statement {
	int64_t list, base;
	const char *tariff, *prefix;
};

/** Prepare one for once; sqlite3_finalize() it. Results are db_errno()'s. */
int price_statement_open(struct sqlite3_stmt **stmtp, struct sqlite3 *db, enum sql_query query,
			 const struct price_statement *about);

/** Run one that returns no rows. */
int price_statement_run(struct sqlite3 *db, enum sql_query query, const struct price_statement *about);

#endif

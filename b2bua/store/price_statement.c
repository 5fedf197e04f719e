/**
 * @file price_statement.c  Statements on price lists, inside a job of the writer
 */
#include "price_statement.h"

static void number_bind(struct sqlite3_stmt *stmt, const char *parameter, int64_t number)
{
	(void)sqlite3_bind_int64(stmt, sqlite3_bind_parameter_index(stmt, parameter), number);
}

static void text_bind(struct sqlite3_stmt *stmt, const char *parameter, const char *text)
{
	(void)db_bind_str(stmt, sqlite3_bind_parameter_index(stmt, parameter), text);
}

int price_statement_open(struct sqlite3_stmt **stmtp, struct sqlite3 *db, enum sql_query query,
			 const struct price_statement *about)
{
	int err;

	err = db_errno(sqlite3_prepare_v2(db, sql_queryv[query].text, -1, stmtp, NULL));
	if (err)
		return err;

	number_bind(*stmtp, ":list", about->list);
	number_bind(*stmtp, ":base", about->base);
	text_bind(*stmtp, ":tariff", about->tariff);
	text_bind(*stmtp, ":prefix", about->prefix);

	return 0;
}

int price_statement_run(struct sqlite3 *db, enum sql_query query, const struct price_statement *about)
{
	struct sqlite3_stmt *stmt = NULL;
	int err;

	err = price_statement_open(&stmt, db, query, about);
	err = err ? err : db_run(stmt);
	(void)sqlite3_finalize(stmt);

	return err;
}

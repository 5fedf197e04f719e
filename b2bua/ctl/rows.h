/**
 * @file rows.h  What a statement answers: a table for people, or JSON
 */
#ifndef TANDEM_CTL_ROWS_H
#define TANDEM_CTL_ROWS_H

#include "database.h"

/** How a result is shown. */
struct view {
	bool json;
	uint32_t rows;              /* 0: no limit */
	const char *const *columnv; /* only these, which all exist; ends with NULL; NULL: all */
	bool human;                 /* numbers by their unit */
	const char *none;           /* said in place of an empty table; NULL: the table */
};

/** Run a statement and print its rows; returns an exit code. */
int rows_print(const struct database *d, struct sqlite3_stmt *stmt, const struct view *v);

/** Open the database and print what a query without parameters answers, or `none`; returns an exit code. */
int rows_all_print(const struct ctl *ctl, enum sql_query query, const char *none);

/**
 * Run a statement and print its first row, a line a value. Columns that differ in their unit alone keep it; `none` is the error when
 * there is none.
 */
int row_print(const struct database *d, struct sqlite3_stmt *stmt, bool json, const char *none);

#endif

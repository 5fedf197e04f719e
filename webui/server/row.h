/**
 * @file row.h  A row of the database as JSON: amounts as decimal text, JSON as what it says
 */
#ifndef TANDEM_WEBUI_ROW_H
#define TANDEM_WEBUI_ROW_H

#include <re.h>
#include <sqlite3.h>

/** The row that a statement stands on, by its columns' names; "_nano" is cut off the name of an amount. */
int row_read(struct odict **op, struct sqlite3_stmt *stmt);

/** Add one column of it. */
int row_column_add(struct odict *o, struct sqlite3_stmt *stmt, int i);

#endif

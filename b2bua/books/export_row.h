/**
 * @file export_row.h  A record as a line of a file: CSV (RFC 4180) or JSON
 *
 * Columns stand in the table's order. In CSV NULL is nothing at all, and an empty text is ""; amounts are whole nano,
 * times whole microseconds. Text that is not UTF-8 has U+FFFD where it is not.
 */
#ifndef TANDEM_EXPORT_ROW_H
#define TANDEM_EXPORT_ROW_H

#include <re.h>

struct sqlite3_stmt;

enum export_format { EXPORT_CSV, EXPORT_JSONL };

/** "csv", "jsonl"; false: neither. */
bool export_format_decode(enum export_format *format, const char *name);
const char *export_format_name(enum export_format format);

/** The line above all others: names of columns; JSON has none. */
int export_head_write(struct mbuf *mb, enum export_format format, struct sqlite3_stmt *stmt, int columns);

/** The row the statement stands at, with the end of its line. */
int export_row_write(struct mbuf *mb, enum export_format format, struct sqlite3_stmt *row, int columns);

#endif

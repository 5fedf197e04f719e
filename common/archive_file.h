/**
 * @file archive_file.h  A file that has records: tandem.db itself, or an archive
 */
#ifndef TANDEM_ARCHIVE_FILE_H
#define TANDEM_ARCHIVE_FILE_H

#include <re.h>
#include <sqlite3.h>
#include "archive.h"
#include "archive_plan.h"

struct archive_file {
	struct le le;
	char month[ARCHIVE_MONTH_SIZE]; /* "": tandem.db */
	struct sqlite3 *db;
	struct sqlite3_stmt *idle; /* the statement used last, for the next that asks the same */
	const char *relation;      /* where its records are: a table or view with every column */
	bool owned;                /* `db` is */
};

/** tandem.db itself, by the connection that asks. */
int archive_file_main(struct archive_file **fp, struct sqlite3 *db);

/**
 * An archive, read only.
 *
 * @param columns what its records shall have: NULL where they were written before there was such a column
 * @param errstr  says what is wrong and the remedy
 */
int archive_file_open(struct archive_file **fp, const char *folder, const char *month,
		      const struct archive_columns *columns, char *errstr, size_t errsize);

/** A statement of its own for who asks; NULL: see sqlite3_errmsg() of `db`. Give it back with archive_file_done(). */
struct sqlite3_stmt *archive_file_ask(struct archive_file *f, const char *text);
void archive_file_done(struct archive_file *f, struct sqlite3_stmt *stmt);

#endif

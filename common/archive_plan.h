/**
 * @file archive_plan.h  What a question to all records asks of each file that has some of them
 *
 * A plan is text, for SQLite keeps it with the statement:
 *
 *     MONTHS \n COLUMNS \n ROWS
 *
 * MONTHS is the condition (and order) by which archives are chosen from table cdr_archive, COLUMNS what is selected (NULL
 * for what nobody asks for), ROWS the condition (and order) of the records in a file. In both, ?1 … are the arguments of
 * the question, and :above is the last record that is in an archive.
 *
 * Only what an index of table `cdr` answers is asked of a file; SQLite itself looks at everything else, so a step in a file
 * is never long.
 */
#ifndef TANDEM_ARCHIVE_PLAN_H
#define TANDEM_ARCHIVE_PLAN_H

#include <re.h>
#include <sqlite3.h>

enum archive_order {
	ARCHIVE_UNORDERED,
	ARCHIVE_BY_SEQ,
	ARCHIVE_BY_START, /* start_us, then seq */
};

enum { ARCHIVE_ORDER_MASK = 3, ARCHIVE_DESC = 4 }; /* bits of a plan's number */

/** The table's columns, in its order. */
struct archive_columns {
	char **namev;
	int count;
	int seq, start_us;
};

/** Make the plan: an xBestIndex method. */
int archive_plan(struct sqlite3_index_info *info, const struct archive_columns *columns);

/** The parts of a plan. */
void archive_plan_split(const char *plan, struct pl *months, struct pl *columns, struct pl *rows);

#endif

/**
 * @file archive.h  Records of past months stand in files of their own, and readers see one table
 *
 *     DATA/tandem.db                  table cdr: the records that are in no archive; table cdr_archive: the months that are
 *     DATA/archive/cdr-2026-08.db     table cdr: a month's records, the same rows, never changed again
 *
 * Which records are a month's is said by cdr_archive alone: a file it does not name does not count, and what tandem.db
 * still has of a month it names does not either. So the move is one short transaction, and a crash leaves nothing double.
 */
#ifndef TANDEM_ARCHIVE_H
#define TANDEM_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>

enum { ARCHIVE_MONTH_SIZE = 8, /* "2026-08" */ ARCHIVE_PATH_SIZE = 4096 };

struct sqlite3;

/** The folder `archive` beside a database. ENAMETOOLONG. */
int archive_folder(char *folder, size_t size, const char *db_path);

/** A month's file in that folder. ENAMETOOLONG. */
int archive_path(char *path, size_t size, const char *folder, const char *month);

/**
 * From now on `cdr`, and the views, mean all records in this connection, where there are archives. Nothing is changed
 * where there are none. The names are shadowed in its TEMP schema, so `main.cdr` is what tandem.db has itself.
 */
int archive_show(struct sqlite3 *db, const char *db_path);

/** Whether the first archive came after the connection was opened, which therefore does not see it: open it anew. */
bool archive_missed(struct sqlite3 *db);

#endif

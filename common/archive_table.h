/**
 * @file archive_table.h  All records as one table of SQLite (a virtual table): those of tandem.db and of its archives
 *
 * A question goes to tandem.db and to the archives that may have an answer, each by its own indexes; answers in order are
 * merged, and an archive is opened when its turn may come. Why not ATTACH and a view: SQLite attaches ten files, and a
 * view over several tables keeps indexes from being used in joins and sums.
 */
#ifndef TANDEM_ARCHIVE_TABLE_H
#define TANDEM_ARCHIVE_TABLE_H

#define ARCHIVE_TABLE_MODULE "tandem_records"

struct sqlite3;

/** Make the module known to a connection. @param folder of the archives */
int archive_table_register(struct sqlite3 *db, const char *folder);

#endif

/**
 * @file archive_catalog.h  Which archives there are: table cdr_archive, and what follows from it
 */
#ifndef TANDEM_ARCHIVE_CATALOG_H
#define TANDEM_ARCHIVE_CATALOG_H

#include "archive_month.h"

/**
 * The oldest month that is to be archived, where `keep` whole months stay before the current one: its name, bounds of
 * seq and last hash. ENOENT: there is none.
 */
int archive_next(struct archive_month *m, struct db *db, int64_t now_us, uint32_t keep);

/** From now on its file counts; for the writer's thread. */
int archive_add(struct sqlite3 *db, const struct archive_month *m, int64_t now_us);

/** Delete at most `count` records that stand in an archive; for the writer's thread. ENOENT: there are none. */
int archive_clear(struct sqlite3 *db, unsigned count);

/** Let go of the oldest archive where `keep` whole months stay; for the writer's thread. ENOENT: there is none. */
int archive_remove(struct sqlite3 *db, int64_t now_us, uint32_t keep);

/** Delete the files of archives that were let go. */
int archive_unlink(struct db *db, const char *folder);

#endif

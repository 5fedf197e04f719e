/**
 * @file archive_month.h  A month's records as a file of their own (common/archive.h says how readers see it)
 *
 *     copied to .cdr-2026-08.db.tmp -> proved by its hash chain -> synced, named cdr-2026-08.db -> row in cdr_archive
 *
 * Until the last step nobody looks at the file, and with it the records in tandem.db no longer count: whatever dies
 * in between, each record counts once. They are deleted there bit by bit afterwards.
 */
#ifndef TANDEM_ARCHIVE_MONTH_H
#define TANDEM_ARCHIVE_MONTH_H

#include <stdatomic.h>
#include "archive.h"
#include "chain.h"
#include "db.h"

enum { ARCHIVE_ID_SIZE = 40 };

struct archive_month {
	char month[ARCHIVE_MONTH_SIZE];
	int64_t first_seq, last_seq;
	char hash[CHAIN_HASH_SIZE]; /* of the last, as it was when its day was over */
	char first_id[ARCHIVE_ID_SIZE], last_id[ARCHIVE_ID_SIZE];
	int64_t first_start_us, last_start_us;
};

/**
 * Make the file of a month, by its name, first_seq, last_seq and hash; the rest is filled in.
 *
 * @param db     reads tandem.db
 * @param stop   may be NULL; once it is true this ends with ECANCELED
 * @param errstr says what is wrong and the remedy: EBADMSG the records are not what they were, ENOSPC, …
 */
int archive_make(struct archive_month *m, struct db *db, const char *folder, _Atomic bool *stop, char *errstr,
		 size_t errsize);

#endif

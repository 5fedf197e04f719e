/**
 * @file export.h  A day's records as a file, with a file beside it that says what it must hold
 *
 *     cdr-2026-08-31-000042.csv           the records, in the order they were written
 *     cdr-2026-08-31-000042.csv.control   JSON: number, rows, sums, hash of the chain, SHA-256 of the file
 *
 * Each is written under another name, synced and renamed: who sees it sees the whole of it. The control file comes
 * last. Made again, both have the same bytes.
 */
#ifndef TANDEM_EXPORT_H
#define TANDEM_EXPORT_H

#include <stdatomic.h>
#include "day.h"
#include "cdr_digest.h"
#include "export_row.h"

enum { EXPORT_NAME_SIZE = 64 };

struct export_report {
	char name[EXPORT_NAME_SIZE]; /* of the file */
	struct cdr_digest digest;    /* of its records */
};

/**
 * Write a day's files into `dir`.
 *
 * @param stop   may be NULL; once it is true the export ends with ECANCELED
 * @param errstr says what is wrong and the remedy: EBUSY another export is at it, EBADMSG records are missing, ENOSPC, …
 */
int export_day(struct export_report *report, struct db *db, const struct cdr_day *day,
	       enum export_format format, const char *dir, _Atomic bool *stop, char *errstr, size_t errsize);

#endif

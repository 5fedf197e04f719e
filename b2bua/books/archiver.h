/**
 * @file archiver.h  Past months leave tandem.db, and old archives the disk, while calls go on
 *
 * A file is made by a thread of its own; the writer's thread only notes it and deletes records, a few at a time, with
 * pauses, so that it is never held up for long.
 */
#ifndef TANDEM_ARCHIVER_H
#define TANDEM_ARCHIVER_H

#include "../store/writer.h"

struct archiver;

struct archiver_config {
	const char *data_dir;
	uint32_t keep_months;    /* in tandem.db, beside the current one; 0: for ever */
	uint32_t archive_months; /* in archives, likewise */
};

/** Texts are copied. @param w outlives it */
int archiver_alloc(struct archiver **ap, struct writer *w, const struct archiver_config *cfg);

#endif

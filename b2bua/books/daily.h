/**
 * @file daily.h  What is done once a day with its records: the day is closed, its files are written
 *
 * The loop asks every minute whether there is something to do; the writer's thread closes days, a thread of its own
 * writes files. A day whose files could not be written is tried again until they are.
 */
#ifndef TANDEM_DAILY_H
#define TANDEM_DAILY_H

#include "../store/writer.h"
#include "export_row.h"

struct daily;

struct daily_config {
	const char *data_dir;
	const char *export_dir; /* "": no daily export */
	enum export_format format;
};

/** Texts are copied. @param w outlives it */
int daily_alloc(struct daily **dp, struct writer *w, const struct daily_config *cfg);

#endif

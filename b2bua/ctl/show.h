/**
 * @file show.h  Answers on stdout
 */
#ifndef TANDEM_CTL_SHOW_H
#define TANDEM_CTL_SHOW_H

#include "ctl.h"

/** Print as JSON; `expand` as in json_write. Returns an exit code. */
int show_json(const struct odict *o, enum odict_type root, unsigned expand);

/** Print for people, a line a value. */
void show_object(const struct odict *o);

struct show_column {
	const char *key;
	const char *title;
};

/** Print the list that stands under `key` of an answer, a row each, or with --json the whole answer. */
int show_list(const struct ctl *ctl, const struct odict *result, const char *key,
	      const struct show_column *columnv, size_t columnc);

/** Print one such line. */
void show_line(const char *label, const char *text);

#endif

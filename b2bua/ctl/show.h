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

/** Print one such line. */
void show_line(const char *label, const char *text);

#endif

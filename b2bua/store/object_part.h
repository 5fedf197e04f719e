/**
 * @file object_part.h  Reading one object: shared by object_read.c and object_rows.c alone
 */
#ifndef TANDEM_OBJECT_PART_H
#define TANDEM_OBJECT_PART_H

#include "object.h"

/** One field being read into `dst`. */
struct reading {
	struct odict *dst;
	const struct field *field;
	const struct path *at;
	const struct object_source *src;
};

/** object_read.c: refuse the value's type; how many items there may be. */
int reading_type_fault(const struct reading *rd, const char *want);
int reading_count_check(const struct reading *rd, size_t count);

/** object_rows.c: a field of FIELD_ROWS. */
int reading_rows(const struct reading *rd, const struct odict_entry *e);

#endif

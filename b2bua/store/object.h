/**
 * @file object.h  One provisioned object in normal form: every field of its kind, in order, checked
 */
#ifndef TANDEM_OBJECT_H
#define TANDEM_OBJECT_H

#include <re.h>
#include "fault.h"
#include "kind.h"

/** How money is written and how strict the reading is. */
enum object_form {
	FORM_JSON,   /* what operators read and write: amounts are text, unknown fields are refused */
	FORM_STORED, /* what the database holds: amounts are nano units, unknown fields are passed over */
};

/** What one reading needs beside the object. */
struct object_source {
	enum object_form form;
	struct fault *fault;
	struct odict *notes; /* array of texts for the operator; NULL: dropped */
};

/**
 * Read one object: fields given are checked, fields left out keep their value of `old`, or get their
 * default when `old` is NULL.
 */
int object_read(struct odict **op, const struct kind *kind, const struct odict *old, const struct odict *json,
		const struct path *at, const struct object_source *src);

/** Append an object's text in a form; rows are in FORM_JSON in either, secrets in FORM_STORED alone. */
int object_write(struct mbuf *mb, const struct kind *kind, const struct odict *o, enum object_form form);

/** The object's name, "" for a kind with a single one. */
const char *object_name(const struct kind *kind, const struct odict *o);

bool value_equal(const struct odict_entry *a, const struct odict_entry *b);

/** Add a value of another object; what it holds is shared. */
int value_copy(struct odict *dst, const struct odict_entry *e);

/** Visit the texts of a list field (also one written as a single text); stops when `h` fails. */
typedef int(object_item_h)(const char *text, size_t index, void *arg);
int object_items(const struct odict *o, const char *field, object_item_h *h, void *arg);

/** Append a text to an array. */
int array_append(struct odict *array, const char *fmt, ...);

#endif

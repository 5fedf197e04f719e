/**
 * @file document.h  All that is provisioned as one dictionary in normal form, and how it is changed
 *
 * A document holds, by the plural of each kind, an array of objects keyed by their names (a single
 * object for `settings`). It never changes once made: a change makes a new one that shares what stayed.
 */
#ifndef TANDEM_DOCUMENT_H
#define TANDEM_DOCUMENT_H

#include <re.h>
#include "object.h"

enum change_type { CHANGE_CREATE, CHANGE_MODIFY, CHANGE_REMOVE };

struct change {
	struct le le;
	enum change_type type;
	const struct kind *kind;
	struct odict *before; /* NULL when created */
	struct odict *after;  /* NULL when removed */
};

/** A document that may come to be: mem_deref it, taken or not. */
struct draft {
	struct odict *doc;
	struct odict *origin; /* by plural: index in the JSON it came from, by name */
	struct odict *notes;  /* array of texts for the operator */
	struct list changel;  /* struct change, in the order of kinds */
};

/** What a merge is made of. */
struct merge {
	const struct odict *old;  /* document, or NULL */
	const struct odict *json; /* what was read */
	enum object_form form;
	bool prune; /* remove what `json` does not name */
};

/**
 * Merge JSON into a document: checks every object by itself; how they fit together is the model's to
 * check (build.h).
 *
 * @return 0, EINVAL (`fault` says where and what) or ENOMEM
 */
int draft_merge(struct draft **dp, const struct merge *m, struct fault *fault);

/** Where an object stands in the JSON it came from: its index, or -1 when it was there before. */
int draft_origin(const struct draft *d, const struct kind *kind, const char *name);

/** Append one line for every change: "trunk ims-a: timeout_s 4 -> 6". */
int draft_describe(const struct draft *d, struct odict *array);

/** Append the document, or what it has of `only` one kind, as operators write it, in one line. NULL: all of it. */
int document_write(struct mbuf *mb, const struct odict *doc, const struct kind *only);

/** The objects of a kind, NULL when there are none. */
const struct odict *document_objects(const struct odict *doc, const struct kind *kind);

#endif

/**
 * @file kind.h  What an operator provisions, as tables: kinds of objects and their fields
 *
 * Decoding, checking, defaults, export, the difference of two documents and docs/config.md all go by
 * these rows; a new field is one row here and one column in sql/.
 */
#ifndef TANDEM_KIND_H
#define TANDEM_KIND_H

#include <re.h>

enum field_type {
	FIELD_TEXT,
	FIELD_UINT,
	FIELD_BOOL,
	FIELD_MONEY,  /* decimal text; stored as nano units */
	FIELD_TIME,   /* ISO 8601; in normal form UTC, to the second */
	FIELD_CHOICE, /* one of choicev */
	FIELD_REF,    /* the name of an object of kind `ref` */
	FIELD_LIST,   /* of texts */
	FIELD_REFS,   /* of names of objects of kind `ref` */
	FIELD_ROWS,   /* of objects of kind `row`, by their keys, or in their order where they have none; kept
		       * as JSON text, for there may be very many */
};

enum field_flag {
	FIELD_KEY =
		1
		<< 0, /* names the object; stays for its life. Rows may have further ones beside the first */
	FIELD_NULL = 1 << 1,   /* null is a value */
	FIELD_ONE = 1 << 2,    /* a list of one may be written as that one */
	FIELD_BIRTH = 1 << 3,  /* set when the object is created; later applies leave it */
	FIELD_LOOSE = 1 << 4,  /* a reference to an object that is not there yet is only noted */
	FIELD_SECRET = 1 << 5, /* taken and kept, never shown: not in export, differences or faults */
	FIELD_SPARE = 1 << 6,  /* not written where it has its default */
	FIELD_FIXED = 1 << 7,  /* set when the object is created; another value is refused afterwards */
};

/** NULL, or what is wrong with the text and the remedy: "is not …; write …". */
typedef const char *(field_check_h)(const char *text);

/** The same of a row in normal form, and of what stands `before` it in their order; NULL: it is the first. */
typedef const char *(row_check_h)(const struct odict *row, const struct odict *before);

struct kind;

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	const char *def;            /* as JSON; NULL: must be given */
	int64_t min, max;           /* of FIELD_UINT; of FIELD_MONEY in nano; how many items of a list */
	const char *const *choicev; /* ends with NULL */
	const char *ref;            /* name of a kind */
	const struct kind *row;
	field_check_h *check; /* of a text, of each item of a list */
	const char *help;
};

struct kind {
	const char *name;   /* "trunk" */
	const char *plural; /* the JSON key: "trunks" */
	const char *help;
	const struct field *fieldv; /* ends with a row without name */
	size_t max;                 /* how many objects; 1 = a single object without a key */
	row_check_h *row_check;     /* of rows; may be NULL */
};

/** Every kind, in an order in which no kind refers to a later one. */
enum { KINDC = 7 };
extern const struct kind *const kindv[KINDC];

/** Those with a file of their own. */
extern const struct kind kind_tariff;
extern const struct kind kind_webhook;

const struct kind *kind_find(const char *name);
/** By the key of JSON that lists its objects. */
const struct kind *kind_plural_find(const char *plural);
const struct field *kind_field(const struct kind *kind, const char *name);

/** The field that names objects of this kind, or NULL of a single one. */
const struct field *kind_key(const struct kind *kind);

/** "text", "list of texts", … for documentation. */
const char *field_type_name(const struct field *field);

#endif

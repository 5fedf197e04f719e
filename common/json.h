/**
 * @file json.h  JSON text (RFC 8259) to and from libre's odict: strict, bounded, and faults are located
 *
 * libre's own decoder takes much that is not JSON and does not say where it stopped; its encoder
 * passes on bytes that are not UTF-8. What operators write and programs read goes through here.
 */
#ifndef TANDEM_JSON_H
#define TANDEM_JSON_H

#include <re.h>

enum {
	JSON_DEPTH_MAX = 16,
	JSON_VALUES_MAX = 2000000,
	JSON_KEYS_MAX = 1024, /* in one object */
};

struct json_fault {
	unsigned line, column; /* from 1; columns count characters */
	const char *what;      /* "a comma or ] is missing" */
};

/**
 * Decode one JSON text. Refused beyond the syntax: a key given twice in one object, \u0000, integers
 * outside int64.
 *
 * @param op     returned dictionary; elements of arrays have their index as key
 * @param root   what the text must be: ODICT_OBJECT or ODICT_ARRAY
 * @param fault  says where and what is wrong when the return is EBADMSG or EOVERFLOW
 *
 * @return 0, EBADMSG, EOVERFLOW (a limit of this file), ENOMEM
 */
int json_read(struct odict **op, enum odict_type root, const char *text, size_t len,
	      struct json_fault *fault);

/**
 * Append JSON text to `mb`. Bytes that are not UTF-8 become U+FFFD, control characters \u00XX.
 *
 * @param root    ODICT_OBJECT or ODICT_ARRAY
 * @param expand  levels that are spread over lines; 0 = all on one line
 */
int json_write(struct mbuf *mb, const struct odict *o, enum odict_type root, unsigned expand);

/** Append one value on one line. */
int json_write_value(struct mbuf *mb, const struct odict_entry *e);

/** Append one string in quotes. */
int json_write_str(struct mbuf *mb, const char *str, size_t len);

#endif

/**
 * @file fault.h  Says where in a JSON document something is wrong: "trunks[0].target: …; remedy"
 */
#ifndef TANDEM_FAULT_H
#define TANDEM_FAULT_H

#include <re.h>

/** A place in a document, linked towards the root: .key, [index] or ["key"]. */
struct path {
	const struct path *up;
	const char *key; /* NULL: `index` counts */
	size_t index;    /* PATH_NAMED: `key` is the name of an object in a list */
};

#define PATH_NAMED SIZE_MAX

int path_print(struct re_printf *pf, const struct path *path);

/** Where the one message goes that an operator gets. */
struct fault {
	char *str;
	size_t size;
};

/** Write "PATH: message"; returns EINVAL for the caller to hand on. */
int fault_at(struct fault *fault, const struct path *path, const char *fmt, ...);

/** %H handler for a text in quotes: JSON escapes, cut short where it is long. */
int quote_print(struct re_printf *pf, const char *text);

#endif

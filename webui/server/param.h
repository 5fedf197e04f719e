/**
 * @file param.h  A request's path, query and cookies taken apart: pure functions on bounded spans
 */
#ifndef TANDEM_WEBUI_PARAM_H
#define TANDEM_WEBUI_PARAM_H

#include <re.h>

enum { PARAM_PATH_ID_SIZE = 256 };

/**
 * Decode percent-encoding (RFC 3986 section 2.1) into NUL-terminated UTF-8. "+" stands for itself, as
 * telephone numbers want it.
 *
 * @return 0, EINVAL (a broken escape, a control character, no UTF-8), EOVERFLOW (`size` is too small)
 */
int param_decode(char *buf, size_t size, const struct pl *text);

/**
 * The value of `name` in a query such as "?limit=10&before=7".
 *
 * @return 0, ENOENT (not given), EEXIST (given twice), EINVAL, EOVERFLOW
 */
int param_text(char *buf, size_t size, const struct pl *query, const char *name);

/** The same for a whole number; `*num` keeps its value when it is not given. ERANGE: not min to max. */
int param_number(uint64_t *num, const struct pl *query, const char *name, uint64_t min, uint64_t max);

/** Whether every name in the query is one of the words in `names` ("limit before"); the first that is not. */
bool param_known(const struct pl *query, const char *names, struct pl *unknown);

/** The value of a cookie in a Cookie header (RFC 6265 section 4.2.1). */
bool param_cookie(struct pl *value, const struct pl *header, const char *name);

/** Whether a path has the form of `pattern` ("/api/v1/calls/{id}"); `id` is the segment that stands at {id}. */
bool param_path(struct pl *id, const char *pattern, const struct pl *path);

/** The digits of `text` as a number; false when it holds anything else or more than 19. */
bool param_digits(uint64_t *num, const struct pl *text);

#endif

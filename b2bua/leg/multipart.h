/**
 * @file multipart.h  The parts of a multipart body, as spans of it (RFC 2046 5.1, RFC 5621)
 */
#ifndef TANDEM_LEG_MULTIPART_H
#define TANDEM_LEG_MULTIPART_H

#include <re.h>

/** What is left of a body, and how its parts are told apart. */
struct multipart {
	struct pl boundary; /* unquoted */
	struct pl rest;     /* from a delimiter line on */
};

struct multipart_part {
	struct pl whole; /* from its delimiter line to the next one */
	struct pl head;  /* its header lines, each with its CRLF */
	struct pl body;
};

/**
 * Begin with a body by its Content-Type value, behind what stands before its first delimiter.
 *
 * @return 0, or EBADMSG: no usable boundary, no delimiter or no part
 */
int multipart_begin(struct multipart *mp, const struct pl *type, const struct pl *body);

/** The next part. ENOENT: that was the last one; EBADMSG: the body ends inside a part, or its header is none. */
int multipart_next(struct multipart *mp, struct multipart_part *part);

/** A header of a part by its name; `line` (may be NULL) is the whole of it, folded lines and all. False: none. */
bool multipart_header(const struct pl *head, const char *name, struct pl *val, struct pl *line);

/** A parameter of a header value (";name=value"), quotes taken off. False: it has none. */
bool multipart_param(const struct pl *val, const char *name, struct pl *param);

/** True if the type in front of a Content-Type's parameters is this one ("application", "sdp"); `sub` NULL: any. */
bool multipart_is_type(const struct pl *val, const char *type, const char *sub);

#endif

/**
 * @file multipart.c  The parts of a multipart body
 */
#include <string.h>
#include <re.h>
#include "multipart.h"

enum { BOUNDARY_MAX = 70 }; /* RFC 2046 5.1.1 */

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_space_or_end(char c)
{
	return is_space(c) || c == '\r' || c == '\n';
}

static void trim(struct pl *pl)
{
	while (pl->l && is_space_or_end(pl->p[0]))
		pl_advance(pl, 1);
	while (pl->l && is_space_or_end(pl->p[pl->l - 1]))
		--pl->l;
}

/* ------------------------------------------------------------------ header values */

/* Up to one of `stop` that stands outside of quotes. */
static struct pl token_take(struct pl *rest, const char *stop)
{
	struct pl token = {rest->p, 0};
	bool quoted = false;

	for (; token.l < rest->l; token.l++) {
		char c = rest->p[token.l];

		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\' && token.l + 1 < rest->l)
			++token.l;
		else if (!quoted && c && strchr(stop, c))
			break;
	}

	pl_advance(rest, (ssize_t)token.l);
	trim(&token);

	return token;
}

bool multipart_param(const struct pl *val, const char *name, struct pl *param)
{
	struct pl rest = *val;

	for (token_take(&rest, ";"); rest.l; token_take(&rest, ";")) {
		struct pl key;

		pl_advance(&rest, 1);
		key = token_take(&rest, ";=");
		if (pl_strcasecmp(&key, name) || !rest.l || *rest.p != '=')
			continue;

		pl_advance(&rest, 1);
		*param = token_take(&rest, ";");
		if (param->l >= 2 && param->p[0] == '"' && param->p[param->l - 1] == '"') {
			pl_advance(param, 1);
			--param->l;
		}
		return true;
	}

	return false;
}

bool multipart_is_type(const struct pl *val, const char *type, const char *sub)
{
	struct pl rest = *val, token = token_take(&rest, "/;");

	if (pl_strcasecmp(&token, type) || !rest.l || *rest.p != '/')
		return false;

	pl_advance(&rest, 1);
	token = token_take(&rest, ";");

	return !sub || !pl_strcasecmp(&token, sub);
}

/* ------------------------------------------------------------------ lines */

/* A line with its CRLF; without one what is left is the last line. */
static struct pl line_of(const struct pl *rest)
{
	struct pl line = *rest;

	for (size_t i = 0; i + 1 < rest->l; i++) {
		if (rest->p[i] == '\r' && rest->p[i + 1] == '\n') {
			line.l = i + 2;
			break;
		}
	}

	return line;
}

static bool ends(const struct pl *line)
{
	return line->l >= 2 && line->p[line->l - 2] == '\r' && line->p[line->l - 1] == '\n';
}

/* A header line with those that continue it (RFC 3261 7.3.1). */
static struct pl header_line_of(const struct pl *rest)
{
	struct pl line = line_of(rest), left = *rest;

	pl_advance(&left, (ssize_t)line.l);
	while (ends(&line) && left.l && is_space(*left.p)) {
		struct pl more = line_of(&left);

		line.l += more.l;
		pl_advance(&left, (ssize_t)more.l);
	}

	return line;
}

bool multipart_header(const struct pl *head, const char *name, struct pl *val, struct pl *line)
{
	struct pl rest = *head;

	while (rest.l) {
		struct pl whole = header_line_of(&rest), after = whole, key = token_take(&after, ":");

		pl_advance(&rest, (ssize_t)whole.l);
		if (!after.l || pl_strcasecmp(&key, name))
			continue;

		pl_advance(&after, 1);
		trim(&after);
		*val = after;
		if (line)
			*line = whole;
		return true;
	}

	return false;
}

/* ------------------------------------------------------------------ delimiters */

enum delimiter { DELIMITER_NONE, DELIMITER_OPEN, DELIMITER_CLOSE };

/* The boundary is the whole of its line, so that none is mistaken for one that it begins with. */
static enum delimiter delimiter_of(const struct pl *line, const struct pl *boundary)
{
	enum delimiter kind = DELIMITER_OPEN;
	struct pl rest = *line;

	if (rest.l < 2 + boundary->l || memcmp(rest.p, "--", 2) ||
	    memcmp(rest.p + 2, boundary->p, boundary->l))
		return DELIMITER_NONE;

	pl_advance(&rest, (ssize_t)(2 + boundary->l));
	if (rest.l >= 2 && !memcmp(rest.p, "--", 2)) {
		kind = DELIMITER_CLOSE;
		pl_advance(&rest, 2);
	}
	else if (!ends(line)) {
		return DELIMITER_NONE;
	}

	trim(&rest);

	return rest.l ? DELIMITER_NONE : kind;
}

/* To the next line that is a delimiter; `before` is what stands in front of it. */
static enum delimiter delimiter_find(struct pl *rest, const struct pl *boundary, struct pl *before)
{
	before->p = rest->p;
	before->l = 0;

	while (rest->l) {
		struct pl line = line_of(rest);
		enum delimiter kind = delimiter_of(&line, boundary);

		if (kind != DELIMITER_NONE)
			return kind;

		before->l += line.l;
		pl_advance(rest, (ssize_t)line.l);
	}

	return DELIMITER_NONE;
}

static bool boundary_is_sound(const struct pl *boundary)
{
	if (!boundary->l || boundary->l > BOUNDARY_MAX || boundary->p[boundary->l - 1] == ' ')
		return false;

	for (size_t i = 0; i < boundary->l; i++) {
		char c = boundary->p[i];

		if ((c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') &&
		    (!c || !strchr("'()+_,-./:=? ", c)))
			return false;
	}

	return true;
}

int multipart_begin(struct multipart *mp, const struct pl *type, const struct pl *body)
{
	struct pl preamble;

	if (!multipart_param(type, "boundary", &mp->boundary) || !boundary_is_sound(&mp->boundary))
		return EBADMSG;

	mp->rest = *body;

	return delimiter_find(&mp->rest, &mp->boundary, &preamble) == DELIMITER_OPEN ? 0 : EBADMSG;
}

/* The header ends at an empty line, which is all of it in a part without headers. */
static int part_split(struct multipart_part *part, const struct pl *inside)
{
	struct pl rest = *inside;

	part->head.p = inside->p;

	while (rest.l) {
		struct pl line = line_of(&rest);

		if (!ends(&line))
			return EBADMSG;

		pl_advance(&rest, (ssize_t)line.l);
		if (line.l > 2)
			continue;

		part->head.l = (size_t)(line.p - inside->p);
		part->body = rest;
		return 0;
	}

	return EBADMSG;
}

int multipart_next(struct multipart *mp, struct multipart_part *part)
{
	struct pl delimiter = line_of(&mp->rest), inside;
	const char *from = mp->rest.p;
	int err;

	if (delimiter_of(&delimiter, &mp->boundary) == DELIMITER_CLOSE)
		return ENOENT;

	pl_advance(&mp->rest, (ssize_t)delimiter.l);
	if (delimiter_find(&mp->rest, &mp->boundary, &inside) == DELIMITER_NONE)
		return EBADMSG;

	err = part_split(part, &inside);
	if (err)
		return err;

	/* the line end in front of a delimiter is the delimiter's; a part may have no body at all */
	if (part->body.l >= 2)
		part->body.l -= 2;
	else
		part->body.l = 0;
	part->whole.p = from;
	part->whole.l = (size_t)(mp->rest.p - from);

	return 0;
}

/**
 * @file sdp_line.c  SDP text as lines; shared by the reader and the rewriter
 */
#include <string.h>
#include <re.h>
#include "sdp_line.h"

/* White space behind the last line is not a line. */
static bool only_line_ends(const struct pl *pl)
{
	size_t i;

	for (i = 0; i < pl->l; i++)
		if (pl->p[i] != '\r' && pl->p[i] != '\n')
			return false;

	return true;
}

int sdp_line_next(struct sdp_line *line, struct pl *rest)
{
	const char *lf;
	size_t len;

	if (only_line_ends(rest))
		return ENOENT;

	lf = memchr(rest->p, '\n', rest->l);
	line->whole.p = rest->p;
	line->whole.l = lf ? (size_t)(lf - rest->p) + 1 : rest->l;
	len = line->whole.l - (lf ? 1 : 0);
	if (len && rest->p[len - 1] == '\r')
		--len;

	rest->p += line->whole.l;
	rest->l -= line->whole.l;
	++line->no;

	if (len < 2 || line->whole.p[0] < 'a' || line->whole.p[0] > 'z' || line->whole.p[1] != '=' ||
	    memchr(line->whole.p, 0, len))
		return EBADMSG;

	line->type = line->whole.p[0];
	line->value.p = line->whole.p + 2;
	line->value.l = len - 2;
	line->end.p = line->whole.p + len;
	line->end.l = line->whole.l - len;

	return 0;
}

void sdp_attr_split(const struct pl *value, struct pl *name, struct pl *param)
{
	const char *colon = value->l ? memchr(value->p, ':', value->l) : NULL;

	*name = *value;
	param->p = value->p + value->l;
	param->l = 0;

	if (colon) {
		name->l = (size_t)(colon - value->p);
		param->p = colon + 1;
		param->l = value->l - name->l - 1;
	}
}

bool sdp_field_next(struct pl *field, struct pl *rest)
{
	while (rest->l && *rest->p == ' ')
		pl_advance(rest, 1);

	field->p = rest->p;
	field->l = 0;

	while (rest->l && *rest->p != ' ') {
		pl_advance(rest, 1);
		++field->l;
	}

	return field->l > 0;
}

bool sdp_slash_split(struct pl *pl, struct pl *behind)
{
	const char *slash = pl->l ? memchr(pl->p, '/', pl->l) : NULL;

	behind->p = slash ? slash + 1 : "";
	behind->l = slash ? pl->l - (size_t)(slash - pl->p) - 1 : 0;
	if (slash)
		pl->l = (size_t)(slash - pl->p);

	return slash != NULL;
}

int sdp_port_decode(uint16_t *port, const struct pl *pl)
{
	uint32_t num = 0;
	size_t i;

	if (!pl->l || pl->l > 5)
		return EBADMSG;

	for (i = 0; i < pl->l; i++) {

		if (pl->p[i] < '0' || pl->p[i] > '9')
			return EBADMSG;
		num = num * 10 + (uint32_t)(pl->p[i] - '0');
	}

	if (num > 65535)
		return EBADMSG;

	*port = (uint16_t)num;

	return 0;
}

/**
 * @file sdp_line.h  SDP text as lines; shared by the reader and the rewriter
 */
#ifndef TANDEM_RELAY_SDP_LINE_H
#define TANDEM_RELAY_SDP_LINE_H

#include <stdbool.h>
#include <re.h>

struct sdp_line {
	unsigned no;     /* from 1 */
	char type;       /* the letter before '=' */
	struct pl value; /* what stands behind it, without the line end */
	struct pl end;   /* the line end as it was: CR LF, LF, or nothing at the end of the text */
	struct pl whole; /* all of it */
};

/** Take the first line off `rest`. 0, ENOENT (no more lines) or EBADMSG (not "letter=value"). */
int sdp_line_next(struct sdp_line *line, struct pl *rest);

/** The name of an attribute and what follows ':' (empty when nothing does). */
void sdp_attr_split(const struct pl *value, struct pl *name, struct pl *param);

/** Take the first of the fields, parted by single or repeated spaces; false when there is none. */
bool sdp_field_next(struct pl *field, struct pl *rest);

/** Cut `pl` at its first slash; what stands behind goes to `behind`. False when there is none. */
bool sdp_slash_split(struct pl *pl, struct pl *behind);

/** A decimal number up to 65535. 0 or EBADMSG. */
int sdp_port_decode(uint16_t *port, const struct pl *pl);

#endif

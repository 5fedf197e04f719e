/**
 * @file parts.h  Which part of a multipart body is ours: the session's SDP. The others cross as they stand.
 */
#ifndef TANDEM_LEG_PARTS_H
#define TANDEM_LEG_PARTS_H

#include <re.h>

enum {
	PARTS_MAX = 32, /* of one body, those inside of parts counted */
	PARTS_DEPTH_MAX = 4,
};

/**
 * Find the SDP of the session, `type` being the Content-Type value. An SDP of another disposition (RFC 3959's
 * early-session) or encoded in some way stands in for nothing we do: beside the session's own it falls away where
 * its handling is optional (RFC 3261 20.11).
 *
 * @return 0 (sdp unset: none in it), EBADMSG: not well formed, or ENOTSUP: several SDPs, one that is required and
 *         not ours or that somebody signed, or more parts or a deeper nesting than we take
 */
int parts_find(struct pl *sdp, const struct pl *type, const struct pl *body);

/** Print a body with another SDP in the place of the session's. Errors as above. */
int parts_print(struct mbuf *mb, const struct pl *type, const struct pl *body, const struct pl *sdp);

#endif

/**
 * @file content.h  What a message carries beyond its dialog: extra header lines and a body
 */
#ifndef TANDEM_CONTENT_H
#define TANDEM_CONTENT_H

#include <re.h>

/** Borrowed from the caller for the length of one function call. */
struct content {
	struct pl hdrs; /* complete lines, each ending in CRLF */
	struct pl type; /* Content-Type value; unset: no body */
	struct pl body;
};

extern const struct pl content_sdp_type; /* "application/sdp" */

/** Only an SDP body. */
struct content content_sdp(const struct pl *sdp);

/** The body of a message, as it stands; type unset when there is none. */
struct content content_of(const struct sip_msg *msg);

/** The SDP of a message; p is NULL when its body is something else or empty. */
struct pl content_sdp_of(const struct sip_msg *msg);

/** Print header lines, Content-Type, Content-Length, the empty line and the body. For %H. */
int content_print(struct re_printf *pf, const struct content *c);

/** True if whoever sent the message can take SDP: no Accept header, or one that names it (RFC 3261 20.1). */
bool content_sdp_accepted(const struct sip_msg *msg);

#endif

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
	const struct sip_msg
		*around; /* body is an SDP, and the other parts of this one's body go with it; NULL */
};

extern const struct pl content_sdp_type; /* "application/sdp" */

/** Only an SDP body. */
struct content content_sdp(const struct pl *sdp);

/** An SDP in the place of a message's own: where that stood among other parts, they stay around it. */
struct content content_around(const struct pl *sdp, const struct sip_msg *msg);

/** The body of a message, as it stands; type unset when there is none. */
struct content content_of(const struct sip_msg *msg);

/** The SDP of a message, which may be a part of its body; p is NULL when there is none. */
struct pl content_sdp_of(const struct sip_msg *msg);

/** The SDP in a content, which may be NULL; unset when there is none. */
struct pl content_sdp_in(const struct content *c);

/** Why a body cannot be taken: 400 (its parts are not well formed) or 415 (an INVITE with neither SDP nor parts, or
 *  parts that ask for what we lack), and the reason phrase; 0: it can. */
uint16_t content_refusal(const struct sip_msg *msg, const char **reason);

/** What a 415 tells (RFC 3261 21.4.13); lines, each with its CRLF. */
extern const char content_accepted[];

/** Print header lines, Content-Type, Content-Length, the empty line and the body. For %H. */
int content_print(struct re_printf *pf, const struct content *c);

/** True if whoever sent the message can take SDP: no Accept header, or one that names it (RFC 3261 20.1). */
bool content_sdp_accepted(const struct sip_msg *msg);

#endif

/**
 * @file sdp.h  The little the engine itself reads of an SDP; rewriting it is the relay's work
 */
#ifndef TANDEM_LEG_SDP_H
#define TANDEM_LEG_SDP_H

#include <re.h>

enum { SDP_CODEC_SIZE = 32 };

/** Take the first line off `rest`, without its end. False: nothing is left. */
bool sdp_line_next(struct pl *line, struct pl *rest);

/** Name of the first payload type of the first accepted m=audio line ("PCMA"); "" when there is none. */
void sdp_codec(char name[SDP_CODEC_SIZE], const struct pl *sdp);

/** True if some media is on hold: any direction but both, or the null address. */
bool sdp_held(const struct pl *sdp);

/** AF_INET or AF_INET6: of the first address in it that is not the null address; AF_UNSPEC: there is none. */
int sdp_family(const struct pl *sdp);

/** Copy an SDP without its directions: whoever was on hold sends and receives. */
int sdp_resumed(struct mbuf *mb, const struct pl *sdp);

/** Copy an SDP without its keys (a=crypto): what is left asks for RTP in the clear. */
int sdp_without_keys(struct mbuf *mb, const struct pl *sdp);

/** What an SDP says of preconditions (RFC 3312 4: a=curr, a=des, a=conf). */
enum sdp_preconditions {
	SDP_PRECONDITIONS_NONE,
	SDP_PRECONDITIONS_OPTIONAL,
	SDP_PRECONDITIONS_MANDATORY, /* some desired status is */
};

enum sdp_preconditions sdp_preconditions(const struct pl *sdp);

/** Copy an SDP without them. */
int sdp_without_preconditions(struct mbuf *mb, const struct pl *sdp);

/** How an SDP wants its RTP to be sent. */
struct sdp_security {
	bool plain;  /* some m-line as RTP, with no key for SRTP beside it */
	bool secure; /* some m-line as SRTP only */
};

/** Read it from the accepted RTP m-lines. */
void sdp_security(struct sdp_security *sec, const struct pl *sdp);

#endif

/**
 * @file sdp.h  The little the engine itself reads of an SDP; rewriting it is the relay's work
 */
#ifndef TANDEM_LEG_SDP_H
#define TANDEM_LEG_SDP_H

#include <re.h>

enum { SDP_CODEC_SIZE = 32 };

/** Name of the first payload type of the first accepted m=audio line ("PCMA"); "" when there is none. */
void sdp_codec(char name[SDP_CODEC_SIZE], const struct pl *sdp);

/** True if some media is on hold: any direction but both, or the null address. */
bool sdp_held(const struct pl *sdp);

#endif

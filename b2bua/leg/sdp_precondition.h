/**
 * @file sdp_precondition.h  Preconditions in SDP (RFC 3312 4), read and met on behalf of who has none
 */
#ifndef TANDEM_LEG_SDP_PRECONDITION_H
#define TANDEM_LEG_SDP_PRECONDITION_H

#include <re.h>

/** True if its sender has met all that is mandatory on its own side, by what it says. */
bool sdp_preconditions_met(const struct pl *sdp);

/**
 * Copy an SDP for a side that has preconditions, on behalf of one that has none: what that one would have to meet is
 * met, and who is asked to say when its own are is told so (a=conf).
 *
 * @param sdp     without preconditions
 * @param theirs  what the side said last; unset: nothing yet, it is asked for whatever it can do
 */
int sdp_preconditions_serve(struct mbuf *mb, const struct pl *sdp, const struct pl *theirs);

#endif

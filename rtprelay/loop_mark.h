/**
 * @file loop_mark.h  A mark in an SDP, by which the relay that rewrote it knows it again (flag loop-protect)
 *
 * Signalling that loops brings an SDP back to the relay that made it. Rewritten once more, media would go from
 * the relay to itself.
 */
#ifndef TANDEM_LOOP_MARK_H
#define TANDEM_LOOP_MARK_H

#include <stdbool.h>
#include <re.h>

/** Does this SDP have the mark of the relay of that name? */
bool loop_mark_is_in(const struct pl *sdp, const char *instance);

/** Add the mark at the end of the session's part, unless it has one. ENOMEM. */
int loop_mark_add(struct mbuf *sdp, const char *instance);

#endif

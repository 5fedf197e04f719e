/**
 * @file origin.h  The o= line of what one side is given: its version never falls, and rises with a change
 *
 * RFC 3264 8: a changed SDP has the version of the one before, plus one. The side compares what comes through
 * us, whichever relay wrote it, so it is we who keep count.
 */
#ifndef TANDEM_CALL_ORIGIN_H
#define TANDEM_CALL_ORIGIN_H

#include <re.h>

/** What a side was last given; zero: nothing. */
struct origin {
	bool given;
	uint64_t version;
	uint32_t hash; /* of all but the o= line */
};

/**
 * Note what a side is given, and correct its version where it must be.
 *
 * @param sdp  changed to what is to be sent, which lies in `mbp` if anything had to be corrected
 * @param mbp  set to the corrected text, or NULL; mem_deref it when `sdp` is no longer used
 */
int origin_keep(struct origin *o, struct pl *sdp, struct mbuf **mbp);

/** True if two texts differ in more than their o= lines. */
bool origin_differs(const struct pl *a, const struct pl *b);

#endif

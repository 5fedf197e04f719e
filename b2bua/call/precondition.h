/**
 * @file precondition.h  Preconditions of a call (RFC 3312, RFC 4032): who hears of them, and their option tag
 *
 * They cross where both trunks have them and both legs have 100rel. Where only one has, and is to be served, it hears
 * that the other side has met them all; the caller's 180 and 200 wait until it has met its own. Elsewhere their lines
 * are taken out of the SDP (media.h), nobody is told the option tag, and who requires them gets 420.
 */
#ifndef TANDEM_CALL_PRECONDITION_H
#define TANDEM_CALL_PRECONDITION_H

#include <re.h>

struct call;
struct leg;
struct media_side;
struct trunk;

/** False if the caller requires preconditions, of which this candidate (NULL: who has none) cannot be told. */
bool precondition_fits(const struct call *call, const struct trunk *dst);

/** Both sides of the call are known: do they hear of each other's? */
void precondition_agree(struct call *call);

/** True while the caller, which is served, has not met its own. */
bool precondition_waits(const struct call *call);

/** An offer of `from` was answered: what does it say of its own? */
void precondition_heard(struct call *call, const struct leg *from, const struct sip_msg *msg);

/** True if an offer of a side that is served says nothing new but of preconditions: then the other need not hear it. */
bool precondition_is_ours(struct call *call, const struct leg *from, const struct pl *sdp);

/** True if two SDPs differ in more than preconditions and their o= lines. */
bool precondition_differs(const struct pl *a, const struct pl *b);

/** Append the header with the option tag that goes with a message, and its SDP if there is one, to a side, if any. */
int precondition_print(struct mbuf *mb, const struct media_side *hears, const struct sip_msg *msg,
		       const struct pl *sdp);

#endif

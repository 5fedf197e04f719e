/**
 * @file precondition.h  Preconditions of a call (RFC 3312, RFC 4032): who hears of them, and their option tag
 *
 * They cross where both trunks relay them and both legs have 100rel. Elsewhere their lines are taken out of the SDP
 * (media.h), nobody is told the option tag, and who requires them gets 420.
 */
#ifndef TANDEM_CALL_PRECONDITION_H
#define TANDEM_CALL_PRECONDITION_H

#include <re.h>

struct call;
struct trunk;

/** False if the caller requires preconditions, of which this candidate cannot be told. */
bool precondition_fits(const struct call *call, const struct trunk *dst);

/** Both sides of the call are known: do they hear of each other's? */
void precondition_agree(struct call *call);

/** Append the header with the option tag that goes with a message to the other side, if any. */
int precondition_print(struct mbuf *mb, const struct call *call, const struct sip_msg *msg);

#endif

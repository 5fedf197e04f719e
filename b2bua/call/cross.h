/**
 * @file cross.h  The headers of a call's messages that go to the other side, by both trunks' policies
 */
#ifndef TANDEM_CALL_CROSS_H
#define TANDEM_CALL_CROSS_H

#include <re.h>

struct call;
struct content;
struct leg;

/** Who calls whom as the candidate is told: name-addr values, which rules may rewrite. */
struct cross_parties {
	struct mbuf *from, *to;
};

/**
 * Append the header lines of the caller's INVITE that the candidate gets.
 *
 * @param parties  as they would be without rules; rewritten where rules say so
 */
int cross_invite(const struct call *call, struct mbuf *mb, const struct cross_parties *parties);

/**
 * The header lines of a response, or of a request inside the call, that go to the other side's leg, with those that
 * describe its body.
 *
 * @param msg  NULL: there are none
 * @param to   NULL: the sender of what belongs to no call
 * @param c    its hdrs are set
 *
 * @return what the lines lie in: mem_deref it when they are sent; NULL: there are none
 */
struct mbuf *cross_message(const struct call *call, const struct sip_msg *msg, const struct leg *to,
			   struct content *c);

#endif

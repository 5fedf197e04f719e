/**
 * @file invitation.h  The INVITE that a transferred party would send to the target, had it got the REFER
 *
 * All that sets up a call reads the caller's INVITE; where no caller has sent one, it is made here.
 */
#ifndef TANDEM_CALL_INVITATION_H
#define TANDEM_CALL_INVITATION_H

#include <re.h>

struct leg;

struct invitation {
	const char *uri;
	const struct leg *party, *referrer;
	const struct sip_msg *refer;
	struct pl sdp;
};

/** Make it, as if it came from the party's address. EBADMSG: its name does not fit a header. */
int invitation_make(struct sip_msg **msgp, const struct invitation *in);

#endif

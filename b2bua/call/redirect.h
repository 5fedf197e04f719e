/**
 * @file redirect.h  Where 3xx responses send a call: their Contacts, best first, each once, few in all (RFC 3261 8.1.3.4)
 */
#ifndef TANDEM_CALL_REDIRECT_H
#define TANDEM_CALL_REDIRECT_H

#include <re.h>

enum { REDIRECT_MAX = 5 }; /* targets in a call, whatever trunks it tries */

/** Zero is one to begin with. */
struct redirect {
	struct redirect_target {
		char *uri; /* of what a Contact says no more than user, host, port and transport stays */
		unsigned q_milli;
		bool tried;
	} targetv[REDIRECT_MAX];
	size_t targetc;
	const char *uri; /* the one being dialled; NULL: the trunk's own target */
};

void redirect_reset(struct redirect *r);

/** Add a 3xx's Contacts, but for `home`, the trunk's own, and those that were added before; `user` stands in where one has none. */
void redirect_learn(struct redirect *r, const struct sip_msg *msg, const char *home, const struct pl *user);

/** True if there are targets to try. */
bool redirect_pending(const struct redirect *r);

/** Take the best: it is `uri` now. False: there is none. */
bool redirect_next(struct redirect *r);

/** Another trunk's turn: what the last one named is not for this one. */
void redirect_drop(struct redirect *r);

/** True if a URI leads to the host and port that a trunk's target names. */
bool redirect_is_home(const char *uri, const char *target);

/** Print the Contact headers of a 3xx for the caller. */
int redirect_print(struct mbuf *mb, const struct sip_msg *msg);

#endif

/**
 * @file offer.h  Offer and answer: what each changes in a session, and the SDP that goes on
 */
#ifndef TANDEM_RELAY_OFFER_H
#define TANDEM_RELAY_OFFER_H

#include <re.h>
#include "ng_flags.h"
#include "session.h"

/**
 * Carry out an offer.
 *
 * @param sp   returned session, owned by the table
 * @param ss   where it is found, or made
 * @param flags  the request
 * @param mb   the rewritten SDP is appended
 * @param why  on error: fit for error-reason
 *
 * @return 0 or an errno; a session that did not exist before does not exist after an error
 */
int session_offer(struct session **sp, struct sessions *ss, const struct ng_flags *flags, struct mbuf *mb,
		  char why[SESSION_WHY_SIZE]);

/** Carry out an answer; as session_offer. */
int session_answer(struct session **sp, struct sessions *ss, const struct ng_flags *flags, struct mbuf *mb,
		   char why[SESSION_WHY_SIZE]);

#endif

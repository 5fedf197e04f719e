/**
 * @file offer.h  Offer and answer: what each changes in a session, and the SDP that goes on
 */
#ifndef TANDEM_RELAY_OFFER_H
#define TANDEM_RELAY_OFFER_H

#include <stdbool.h>
#include <re.h>
#include "session.h"

/** An offer or answer as its client asked for it. Spans point into the request. */
struct offer_request {
	struct pl call_id;
	struct pl from_tag; /* who offers */
	struct pl to_tag;   /* who answers; unset: not known yet */
	struct pl branch;   /* via-branch: which fork; unset: there are none */
	struct pl sdp;
	struct sa localv[2]; /* ours towards who offers, and towards the other; no family: as before */
	bool origin;         /* replace the address in o= */
	bool demux;          /* take rtcp-mux from who offers, but do not offer it on */
	uint32_t timeout_s;  /* 0: as configured */
};

/**
 * Carry out an offer.
 *
 * @param sp   returned session, owned by the table
 * @param ss   where it is found, or made
 * @param req  the request
 * @param mb   the rewritten SDP is appended
 * @param why  on error: fit for error-reason
 *
 * @return 0 or an errno; a session that did not exist before does not exist after an error
 */
int session_offer(struct session **sp, struct sessions *ss, const struct offer_request *req, struct mbuf *mb,
		  char why[SESSION_WHY_SIZE]);

/** Carry out an answer; as session_offer. */
int session_answer(struct session **sp, struct sessions *ss, const struct offer_request *req, struct mbuf *mb,
		   char why[SESSION_WHY_SIZE]);

#endif

/**
 * @file session_timer.h  Session timer of one leg (RFC 4028): who refreshes, how often, and when it is over
 *
 * Each leg has its own. What is agreed stands in the 2xx of each INVITE and UPDATE; the refresher sends UPDATE, or
 * re-INVITE with the SDP agreed on, after half the interval. Without a refresh the dialog is lost with ETIME a
 * little before the interval ends. A leg without a timer may be probed by OPTIONS instead.
 */
#ifndef TANDEM_LEG_SESSION_TIMER_H
#define TANDEM_LEG_SESSION_TIMER_H

#include <re.h>
#include "session_policy.h"

struct leg;

/** A Session-Expires header. */
struct session_expires {
	uint32_t seconds;
	enum session_refresher { SESSION_ANY, SESSION_UAC, SESSION_UAS } refresher;
};

struct session_timer {
	struct session_policy policy;
	uint32_t expires_s;  /* agreed; 0: no timer */
	uint32_t peer_min_s; /* its Min-SE; 0: not said */
	bool ours;           /* we refresh */
	bool known;          /* the peer said that it knows them */
	bool refreshing; /* the INVITE or UPDATE under way is a refresh of ours, which the owner is not told of */
	bool probing;     /* an OPTIONS of ours is under way */
	uint64_t over_ms; /* without a refresh until then the dialog is lost */
	struct tmr tmr;
};

/** Read the value of a Session-Expires or Min-SE header: 0, or EBADMSG. */
int session_expires_decode(struct session_expires *se, const struct pl *val);

/** The Min-SE of a 422 that an INVITE or UPDATE deserves by this policy; 0: none. */
uint32_t session_refusal(const struct session_policy *policy, const struct sip_msg *msg);

/** True if an INVITE or UPDATE of ours says that we know them. */
bool session_shows(const struct leg *leg, const char *met);
/** True if our request asks for a timer, so that a 422 may come. */
bool session_asks(const struct leg *leg, const char *met);
/** Print what an INVITE or UPDATE of ours says of it, Supported apart. */
int session_print_request(struct mbuf *mb, const struct leg *leg, const char *met);
/** A 422 to a request of ours: true if it can be sent again with a longer interval. */
bool session_raise(struct leg *leg, const struct sip_msg *msg);
/** A 2xx to our INVITE, or to an UPDATE after the answer, says what is agreed. */
void session_learn(struct leg *leg, const struct sip_msg *msg);

/** Agree on a timer, for a 2xx to an INVITE, or to an UPDATE after the answer, that is printed next. */
void session_agree(struct leg *leg, const struct sip_msg *msg);
/** Print what that 2xx says of it. For %H. */
int session_print_response(struct re_printf *pf, const struct leg *leg);

/** A refresh of ours was answered, or not (err). */
void session_refreshed(struct leg *leg, int err, const struct sip_msg *msg);
void session_stop(struct leg *leg);

#endif

/**
 * @file call.h  A call joins two legs: its state table, its media session and its CDR
 */
#ifndef TANDEM_CALL_H
#define TANDEM_CALL_H

#include <re.h>
#include "../engine.h"
#include "load.h"

struct call;
struct calls;
struct iface;
struct relay_client;

/** What is counted about calls since start. */
struct call_stats {
	uint32_t active;   /* now */
	uint32_t answered; /* of them answered and not yet ended */
	uint64_t attempts;
	uint64_t answers;
	uint64_t failures;
	uint64_t media_recovered; /* sessions made anew after their relay was lost, both sides told */
	uint64_t media_lost;      /* … and not both took it */
	uint32_t subscriptions;   /* outside any call, now */
};

int calls_alloc(struct calls **csp, struct engine *e);
void calls_stats(const struct calls *cs, struct call_stats *stats);

/** Calls from and to a trunk now, and how its attempts fared since the start. */
void calls_on_trunk(const struct calls *cs, const char *trunk, struct load_figures *lf);

/**
 * Visit every call; stops when the handler returns true. It may end calls; where one takes others with it, some are
 * visited again.
 */
typedef bool(call_each_h)(struct call *call, void *arg);
struct call *calls_apply(const struct calls *cs, call_each_h *h, void *arg);

/** Find by CDR id, or by the Call-ID of either leg. */
struct call *calls_find(const struct calls *cs, const char *id);

/** Describe a call: id, state, trunks, numbers, times, and per leg Call-ID, state, peer, codec, media. */
int call_describe(const struct call *call, struct odict *od, bool full);

/** The id of its CDR. */
const char *call_id(const struct call *call);

/** The account it is on; NULL: nobody's, as an emergency call is. */
const char *call_account(const struct call *call);

/** Let sessions that trace it by its id take it up. */
void call_trace(const struct call *call);

/** The relay that has its media; NULL: none. */
struct relay_client *call_relay(const struct call *call);

/**
 * End a call from our side: BYE or CANCEL or a final response; `tag` becomes release_tag. Calls that a transfer tied to
 * it go with it. EPROTO: it ends already.
 */
int call_release(struct call *call, const char *tag);

struct subscription;

/** Visit subscriptions outside any call, the oldest first; stops when the handler returns true. */
typedef bool(subscription_each_h)(const struct subscription *s, void *arg);
void subscriptions_apply(const struct calls *cs, subscription_each_h *h, void *arg);

/** Describe one: state, trunks, numbers, Event, age, and how long it lasts when it is refreshed. */
int subscription_describe(const struct subscription *s, struct odict *od);

/** End up to `max` subscriptions outside any call, telling both sides. Returns how many. */
unsigned calls_unsubscribe(struct calls *cs, unsigned max);

/** A new INVITE outside any dialog, already screened; `trunk` is who sent it. */
void call_incoming(struct calls *cs, struct iface *iface, const struct trunk *trunk, struct model *model,
		   const struct sip_msg *msg);

/** Any other request outside a dialog, already screened: it crosses, or is refused. False: its
 *  method passes not from `trunk`, or not to where it would go, and nothing was done. */
bool calls_outside(struct calls *cs, struct iface *iface, const struct trunk *trunk, struct model *model,
		   const struct sip_msg *msg);

#endif

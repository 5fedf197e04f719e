/**
 * @file subscription.h  A subscription outside any call: a dialog with each side, and what crosses between them
 *
 *   ASKING ─ACCEPTED─► PENDING ─NOTIFIED─► ACTIVE ─┬─ TERMINATED, GONE, EXPIRED ─► OVER
 *     │ NOTIFIED          └─────────────────────── │ ──────────────────────────────▲▲
 *     ├─────► EARLY ─ACCEPTED─► ACTIVE             └─ RELEASE ─► LEAVING ──────────┘│
 *     │         │ TERMINATED, GONE                                                  │
 *     └─────────┴─────► FETCHED ─ACCEPTED───────────────────────────────────────────┘
 *                                    REFUSED leads from the first three to OVER
 */
#ifndef TANDEM_CALL_SUBSCRIPTION_H
#define TANDEM_CALL_SUBSCRIPTION_H

#include <re.h>
#include "core.h"

enum subscription_state {
	SUBSCRIPTION_ASKING,  /* the SUBSCRIBE is at a candidate, which has said nothing */
	SUBSCRIPTION_EARLY,   /* its NOTIFY overtook its response (RFC 6665 4.4.1) */
	SUBSCRIPTION_FETCHED, /* its last NOTIFY did, or the subscriber refused one */
	SUBSCRIPTION_PENDING, /* accepted; the first NOTIFY is awaited (RFC 6665 4.1.2.4) */
	SUBSCRIPTION_ACTIVE,
	SUBSCRIPTION_LEAVING, /* we ended it, and told both sides */
	SUBSCRIPTION_OVER,
	SUBSCRIPTION_STATEC,
};

enum subscription_event {
	SUBSCRIPTION_EV_ACCEPTED,   /* 2xx to the SUBSCRIBE that began it */
	SUBSCRIPTION_EV_REFUSED,    /* the last candidate did not */
	SUBSCRIPTION_EV_NOTIFIED,   /* NOTIFY, also one of a subscription not authorised yet */
	SUBSCRIPTION_EV_TERMINATED, /* NOTIFY that ends it */
	SUBSCRIPTION_EV_REFRESH,    /* SUBSCRIBE in the dialog, also one that ends it (Expires: 0) */
	SUBSCRIPTION_EV_REFRESHED,  /* 2xx to that */
	SUBSCRIPTION_EV_GONE,       /* a side knows it no more: its response to the other's request */
	SUBSCRIPTION_EV_EXPIRED,    /* nobody refreshed it, or notified, in time */
	SUBSCRIPTION_EV_RELEASE,    /* we stop, or its trunks let it pass no more */
	SUBSCRIPTION_EVENTC,
};

extern const struct statetable subscription_table;

struct subscription {
	struct le le;                  /* calls->subscriptionl, which references it until it is over */
	struct call call;              /* candidate.h; a: with the subscriber, b: with the notifier */
	uint8_t state;                 /* enum subscription_state, moved by subscription_table alone */
	struct leg_request *subscribe; /* that began it, until it is answered */
	char *event;                   /* Event as the subscriber says it; "" */
	uint32_t expires_s;            /* how long it lasts unless it is refreshed */
	struct tmr tmr;
};

/** What events carry; unused members are NULL. */
struct subscription_event_arg {
	struct leg_request *req; /* the table's action takes it */
	const struct sip_msg *msg;
	int err;
};

/** EPROTO: the event means nothing in this state; `arg->req` is still the caller's. */
int subscription_step(struct subscription *s, enum subscription_event ev, struct subscription_event_arg *arg);

/** A number of seconds in a header; what is too large is the largest there is. */
uint32_t subscription_seconds(const struct pl *pl);

/** How long it lasts from now on: as `msg` says, a response to a SUBSCRIBE or a NOTIFY. */
void subscription_last(struct subscription *s, const struct sip_msg *msg);

/** Both dialogs end without a word, and whoever else holds it is told nothing more. */
void subscription_close(struct subscription *s);

/** We end it, and tell both sides. EPROTO: it has just begun, or ends already. */
int subscription_release(struct subscription *s);

/* subscriptions.c: those there are */
/**
 * Begin with a SUBSCRIBE outside any dialog.
 *
 * @return EBADMSG: it was refused; ENOENT: no route; ENOTSUP: nobody to ask; ENOSPC: too many
 */
int subscription_begin(const struct call_opening *o);

/** Go by what is provisioned now; false: it passes no more. */
bool subscription_follow(struct subscription *s);

/** The end of the process: all are closed. */
void subscriptions_close(struct calls *cs);

/* subscribe.c: what crosses */
extern const struct leg_handlers subscription_handlers;
/** Send the SUBSCRIBE that begins it to the candidate that `call.dst` is, or to the next who can be reached. */
void subscribe_first(struct subscription *s);
int subscribe_act_accept(void *obj, void *arg);
int subscribe_act_refuse(void *obj, void *arg);
int subscribe_act_notify(void *obj, void *arg);
int subscribe_act_notified_late(void *obj, void *arg);
int subscribe_act_refresh(void *obj, void *arg);

#endif

/**
 * @file charge.h  What a call costs: rated before it is dialled, paid while it talks, settled at its end
 *
 *            rater_ask()              hold_alloc()          hold_answer()            hold_settle()
 *   checked ───────────► rates known ─────────────► dialled ─────────────► up ──┬──► over
 *                            │                                             │    │ what is paid for ends, and
 *                            └─ no rate, no money: refused                 └────┘ hold_extend() gets no more
 */
#ifndef TANDEM_CALL_CHARGE_H
#define TANDEM_CALL_CHARGE_H

#include <re.h>

struct call;
struct hold;
struct rater_query;
struct rating;

enum { CHARGE_COSTS_MAX = 32 };

struct charging {
	struct rater_query *query;
	struct rating *price;                   /* the account's; NULL: the call is not charged */
	struct rating *costv[CHARGE_COSTS_MAX]; /* of the route's trunks, in its order; NULL: not known */
	struct hold *hold;
	struct tmr tmr; /* more is to be set aside, or what is paid for ends */
	bool has_new;   /* it is the account's one call to a new country */
};

/** Find the rates of a call that is about to be dialled, and set money aside; then the call goes on, or is refused. */
void charge_begin(struct call *call);

/** It was answered by call->dst: its time runs. To be called before the answer is recorded. */
void charge_answered(struct call *call);

/** It is over: its price and cost go into the CDR, what was set aside and not used goes back. Once. */
void charge_ended(struct call *call);

/** Nothing more of it happens. */
void charge_drop(struct call *call);

#endif

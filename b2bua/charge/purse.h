/**
 * @file purse.h  An account's money while its calls talk: what is set aside for each, so that none overspends
 *
 * A purse is what an account may spend; a hold is the part of it set aside for one call, in slices, before it is
 * talked. At every moment what is held is at most what there is. When it runs short the rest is shared out anew
 * among all its calls, in equal parts, but for what each owes already: the interval it is in. A call that gets no
 * more is told how long it is paid for, and ends there.
 *
 * Pure: the time is given to it, and it starts no timers. All times of a call are ms since its answer, of the
 * monotonic clock; before the answer they are 0.
 */
#ifndef TANDEM_PURSE_H
#define TANDEM_PURSE_H

#include "rate.h"

struct purse;
struct hold;

/**
 * Told of a hold whose amount or paid time has become another, from within any function below but its own making.
 * It may give the hold back, or other holds.
 */
typedef void(hold_change_h)(struct hold *h, void *arg);

/**
 * An empty purse without a limit: everything is granted. mem_deref frees it when its last hold is gone.
 */
int purse_alloc(struct purse **pp);

/**
 * What may be spent at most, in nano units; INT64_MAX: without end. Less than is held: it is shared out anew; more than
 * before: calls that were short get of it.
 */
void purse_limit_set(struct purse *p, int64_t spendable_nano, uint64_t now_ms);

int64_t purse_spendable(const struct purse *p); /* held or not; INT64_MAX: without end */
int64_t purse_held(const struct purse *p);
size_t purse_holds(const struct purse *p);

/** What a hold is for. */
struct hold_terms {
	const struct rate *rate; /* kept by reference, as are the terms, for the life of the hold */
	const struct rate_terms *terms;
	uint32_t slice_s;  /* set aside ahead, where there is money enough */
	int64_t most_nano; /* that the call may cost; 0 = no limit */
	hold_change_h *changeh;
	void *arg;
};

/**
 * Set aside a first slice for a call about to be dialled, as if it were answered now. mem_deref gives it back, too;
 * hold_release() lets calls that were short have of it at once.
 *
 * EDQUOT: not even its first interval can be had
 */
int hold_alloc(struct hold **hp, struct purse *p, const struct hold_terms *terms, int64_t now_us,
	       uint64_t now_ms);

/**
 * The call was answered: its time runs, at the prices of this moment. EDQUOT: they are higher than those it was
 * let through by, and there is no more money: paid time is 0.
 */
int hold_answer(struct hold *h, int64_t answer_us, uint64_t answer_ms);

/** Set aside a slice from here on. What can be had is had; hold_paid_ms() says how long that lasts. */
void hold_extend(struct hold *h, uint64_t now_ms);

/** The call comes to nothing: all that is held goes back. */
void hold_release(struct hold *h, uint64_t now_ms);

/** Paid for until so long after the answer; INT64_MAX: without end. */
int64_t hold_paid_ms(const struct hold *h);
int64_t hold_nano(const struct hold *h);

/**
 * The call is over after so long: its price leaves the purse, and what was held beyond that goes back. What it went
 * on beyond its paid time is not charged. Calls that are short get of it by the next purse_limit_set(), so that the
 * price can be written down before. Errors are those of rate_price().
 */
int hold_settle(struct hold *h, int64_t duration_ms, struct rate_price *price);

#endif

/**
 * @file habit.h  What an account does out of its habit: calls to countries that are new to it, and bursts of dear calls
 *
 * Pure: the time is given to it.
 */
#ifndef TANDEM_HABIT_H
#define TANDEM_HABIT_H

#include <re.h>

struct habit;
struct burst_limit;

/** So long after an account's first answered call to a country that country is known. */
enum { HABIT_KNOWN_AFTER_S = 86400 };

int habit_alloc(struct habit **gp);

/** Known by its calls: the first answered one is long enough ago. */
bool habit_knows(const struct habit *g, const struct pl *country, int64_t now_us);

/** A call to it was answered. True: the first one, ever. */
bool habit_learn(struct habit *g, const struct pl *country, int64_t answer_us);

/** A call to it is refused. True: the first one since the start, which is to be told. */
bool habit_refused(struct habit *g, const struct pl *country);

/** One call at a time may go to new countries; false: there is one. Given back when it is over. */
bool habit_new_take(struct habit *g);
void habit_new_give(struct habit *g);

enum habit_verdict {
	HABIT_PASS,
	HABIT_BURST,   /* it was one too many: from now on blocked */
	HABIT_BLOCKED, /* as it was before */
};

/** A call is about to be dialled; one that passes counts. Without memory it passes. */
enum habit_verdict habit_call(struct habit *g, const struct burst_limit *burst, uint64_t now_ms);

/** Blocked until then, monotonic. */
void habit_block(struct habit *g, uint64_t until_ms);

/** False: it was not blocked. */
bool habit_unblock(struct habit *g, uint64_t now_ms);

#endif

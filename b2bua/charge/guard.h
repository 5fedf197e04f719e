/**
 * @file guard.h  What an account does out of its habit: calls to countries that are new to it, and bursts of dear calls
 *
 * Pure: the time is given to it.
 */
#ifndef TANDEM_GUARD_H
#define TANDEM_GUARD_H

#include <re.h>

struct guard;

/** So long after an account's first answered call to a country that country is known. */
enum { GUARD_KNOWN_AFTER_S = 86400 };

int guard_alloc(struct guard **gp);

/** Known by its calls: the first answered one is long enough ago. */
bool guard_knows(const struct guard *g, const struct pl *country, int64_t now_us);

/** A call to it was answered. True: the first one, ever. */
bool guard_learn(struct guard *g, const struct pl *country, int64_t answer_us);

/** A call to it is refused. True: the first one since the start, which is to be told. */
bool guard_refused(struct guard *g, const struct pl *country);

/** One call at a time may go to new countries; false: there is one. Given back when it is over. */
bool guard_new_take(struct guard *g);
void guard_new_give(struct guard *g);

/** At most so many calls in any window of time; one more, and there are none for a while. */
struct guard_burst {
	uint32_t calls;
	uint32_t window_s;
	uint32_t block_s;
};

enum guard_verdict {
	GUARD_PASS,
	GUARD_BURST,   /* it was one too many: from now on blocked */
	GUARD_BLOCKED, /* as it was before */
};

/** A call is about to be dialled; one that passes counts. Without memory it passes. */
enum guard_verdict guard_call(struct guard *g, const struct guard_burst *burst, uint64_t now_ms);

/** Blocked until then, monotonic. */
void guard_block(struct guard *g, uint64_t until_ms);

/** False: it was not blocked. */
bool guard_unblock(struct guard *g, uint64_t now_ms);

#endif

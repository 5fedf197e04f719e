/**
 * @file throttle.h  How soon a password may be tried again: back-off for each address, a budget for all
 *
 * The first mistakes are free; each further one doubles the wait. IPv6 addresses count by their /64.
 * The budget bounds what guessing from many addresses costs this process. Times are clock_mono_ms().
 */
#ifndef TANDEM_WEBUI_THROTTLE_H
#define TANDEM_WEBUI_THROTTLE_H

#include <re.h>

enum {
	THROTTLE_FREE = 3, /* mistakes without a wait */
	THROTTLE_WAIT_MAX_MS = 300000,
	THROTTLE_PEER_MAX = 256,     /* addresses remembered */
	THROTTLE_FORGET_MS = 900000, /* after so long without a try */
	THROTTLE_BUDGET = 10,        /* tries at once, from all addresses */
	THROTTLE_REFILL_MS = 250,    /* one more try */
};

struct throttle;

int throttle_alloc(struct throttle **tp, uint64_t now_ms);

/** Take a try: 0 when it may be made now, else how many milliseconds to wait. */
uint64_t throttle_take(struct throttle *t, const struct sa *sa, uint64_t now_ms);

/** What became of a try. */
void throttle_failed(struct throttle *t, const struct sa *sa, uint64_t now_ms);
void throttle_passed(struct throttle *t, const struct sa *sa);

#endif

/**
 * @file statetable.h  State machines as tables: rows of {state, event} -> {next, action}
 */
#ifndef TANDEM_STATETABLE_H
#define TANDEM_STATETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * What a row does. It runs after the object's state has become `next`, so that it may itself step
 * the machine again. Returns 0 or an errno, which statetable_step hands on.
 */
typedef int(state_action_h)(void *obj, void *event_arg);

struct state_row {
	uint8_t state;
	uint8_t event;
	uint8_t next;
	state_action_h *action; /* NULL: the move is all */
};

struct statetable {
	const char *name;
	const char *const *statev; /* names, by state */
	const char *const *eventv; /* names, by event */
	uint8_t statec;
	uint8_t eventc;
	const struct state_row *rowv;
	size_t rowc;
};

/** The row for {state, event}, or NULL when the event has no place in that state. */
const struct state_row *statetable_row(const struct statetable *st, uint8_t state, uint8_t event);

/**
 * Move `*state` by `event` and run the row's action; traced at debug level with `who`.
 *
 * @return the action's result, or EPROTO when there is no such row (the state stays)
 */
int statetable_step(const struct statetable *st, uint8_t *state, uint8_t event, void *obj, void *event_arg,
		    const char *who);

/** Events refused since start for want of a row, all tables together; any thread. */
uint64_t statetable_refused(void);

/** Check a table once at start: names given, indices in range, no {state, event} twice. 0 or EINVAL (logged). */
int statetable_check(const struct statetable *st);

#endif

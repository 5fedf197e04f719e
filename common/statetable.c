/**
 * @file statetable.c  State machines as tables
 */
#include <errno.h>
#include <stdatomic.h>
#include <re.h>
#include "log.h"
#include "statetable.h"

static atomic_uint_fast64_t refused; /* events without a row, all tables together */

const struct state_row *statetable_row(const struct statetable *st, uint8_t state, uint8_t event)
{
	size_t i;

	for (i = 0; i < st->rowc; i++)
		if (st->rowv[i].state == state && st->rowv[i].event == event)
			return &st->rowv[i];

	return NULL;
}

static const char *state_name(const struct statetable *st, uint8_t state)
{
	return state < st->statec ? st->statev[state] : "?";
}

static const char *event_name(const struct statetable *st, uint8_t event)
{
	return event < st->eventc ? st->eventv[event] : "?";
}

int statetable_step(const struct statetable *st, uint8_t *state, uint8_t event, void *obj, void *event_arg,
		    const char *who)
{
	const struct state_row *row = statetable_row(st, *state, event);

	if (!row) {
		atomic_fetch_add_explicit(&refused, 1, memory_order_relaxed);
		log_debug("%s: %s: %s + %s: refused, no such row", who, st->name, state_name(st, *state),
			  event_name(st, event));
		return EPROTO;
	}

	log_debug("%s: %s: %s + %s -> %s", who, st->name, state_name(st, *state), event_name(st, event),
		  state_name(st, row->next));
	*state = row->next;

	return row->action ? row->action(obj, event_arg) : 0;
}

uint64_t statetable_refused(void)
{
	return atomic_load_explicit(&refused, memory_order_relaxed);
}

static const char *row_fault(const struct statetable *st, const struct state_row *row)
{
	if (row->state >= st->statec || row->next >= st->statec)
		return "a state out of range";

	if (row->event >= st->eventc)
		return "an event out of range";

	if (statetable_row(st, row->state, row->event) != row)
		return "the same state and event as an earlier row";

	return NULL;
}

static const char *names_fault(const struct statetable *st)
{
	size_t i;

	for (i = 0; i < st->statec; i++)
		if (!st->statev[i])
			return "a state without a name";

	for (i = 0; i < st->eventc; i++)
		if (!st->eventv[i])
			return "an event without a name";

	return NULL;
}

int statetable_check(const struct statetable *st)
{
	const char *fault = names_fault(st);
	size_t i;

	if (fault) {
		log_error("state table %s has %s; correct the table", st->name, fault);
		return EINVAL;
	}

	for (i = 0; i < st->rowc; i++) {
		fault = row_fault(st, &st->rowv[i]);
		if (!fault)
			continue;

		log_error("state table %s, row %zu has %s; correct the table", st->name, i, fault);
		return EINVAL;
	}

	return 0;
}

/**
 * @file trace_name.h  Whose messages trace sessions want: ids of calls and Call-IDs of dialogs
 *
 * Of each it is known for which slots, a bit each; a name that no slot wants is gone. Their number is bounded.
 */
#ifndef TANDEM_DOOR_TRACE_NAME_H
#define TANDEM_DOOR_TRACE_NAME_H

#include <re.h>

struct trace_names;

/** A Call-ID from outside may be spelt like the id of a call, and is none. */
enum trace_name_of { TRACE_OF_CALL, TRACE_DIALOG };

int trace_names_alloc(struct trace_names **tnp);

/** Wanted for these slots, too; not where memory is short or there are too many names. */
void trace_names_add(struct trace_names *tn, enum trace_name_of of, const struct pl *name, uint32_t slots);

/** For which slots; 0: nobody wants it. */
uint32_t trace_names_slots(const struct trace_names *tn, enum trace_name_of of, const struct pl *name);

/** These slots want nothing any more. */
void trace_names_drop(struct trace_names *tn, uint32_t slots);

#endif

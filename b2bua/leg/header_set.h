/**
 * @file header_set.h  The headers of one message on its way from one leg to the other, and rules over them
 */
#ifndef TANDEM_HEADER_SET_H
#define TANDEM_HEADER_SET_H

#include <re.h>
#include "header_rule.h"
#include "header_cross.h"

struct header_set;

/** All headers of a message that rules may touch; those that cross by themselves as they may be seen. */
int header_set_alloc(struct header_set **setp, const struct sip_msg *msg, const struct header_cross *cross);

/** Add From or To: a name-addr without parameters of the header. */
int header_set_party(struct header_set *set, const char *name, const struct pl *addr);

/** Run rules; `who` names whose they are, for the log. */
int header_set_apply(struct header_set *set, const struct header_rules *rules,
		     const struct subst_values *values, const char *who);

/** What became of From or To; as it was where it is no address any more. */
struct pl header_set_party_of(const struct header_set *set, const char *name);

/** Append the lines of what crosses, From and To left out. */
int header_set_print(struct mbuf *mb, const struct header_set *set);

/** The first header of a name in a message, by its long name or its short form; p NULL: none. */
struct pl header_value(const struct sip_msg *msg, const struct pl *name);

#endif

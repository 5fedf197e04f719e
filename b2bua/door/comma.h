/**
 * @file comma.h  Which commas of a header divide a list, and which belong to a URI or a name
 *
 * A comma may stand in the user part of a URI (RFC 3261 25.1, user-unreserved), where the angle brackets keep it from
 * being one of the list's (20), and in a quoted name, also behind a quote that is escaped. libre divides at both.
 */
#ifndef TANDEM_COMMA_H
#define TANDEM_COMMA_H

#include <re.h>

/** The number of values in a header; 0: a quote or a bracket is not closed, so nobody can tell. */
size_t comma_count(const struct pl *val);

/** Take the first value off `rest`, without the blanks around it. False: nothing is left. */
bool comma_next(struct pl *item, struct pl *rest);

/** Put together again what libre has divided in a message's Contact, routes and identities. The rest stays as it is. */
void comma_mend(struct sip_msg *msg);

#endif

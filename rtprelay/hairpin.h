/**
 * @file hairpin.h  Calls that come back to us: a party names one of our own media ports as its address
 *
 * A PBX that forwards a call out again and keeps out of its media names, in each of the two calls, our port of
 * the other one. Packets then go from one of our sockets to another:
 *
 *   A <--> [session 1] <--------> [session 2] <--> B        signalling: A, PBX, B
 *
 * That is harmless as long as they leave at an end. Where they would come back to the socket they left from
 * they would go in circles for ever.
 */
#ifndef TANDEM_RELAY_HAIRPIN_H
#define TANDEM_RELAY_HAIRPIN_H

#include <stdbool.h>
#include <re.h>
#include "session.h"

/** True if what `m`, an m-line of session `s`, sends to our own port `target` would come back, or might. */
bool hairpin_loops(const struct session *s, const struct media *m, const struct sa *target);

#endif

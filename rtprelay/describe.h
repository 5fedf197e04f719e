/**
 * @file describe.h  What query and delete tell of a session, in rtpengine's keys and units
 */
#ifndef TANDEM_RELAY_DESCRIBE_H
#define TANDEM_RELAY_DESCRIBE_H

#include "bencode.h"
#include "session.h"

/**
 * Write created, last signal, tags, SSRC and totals into an open dictionary.
 *
 * @param tag  of the party it is about, and of whom that party hears; empty: of all, unknown: of nobody
 */
void session_describe(const struct session *s, const struct pl *tag, struct bwriter *w);

#endif

/**
 * @file describe.h  What query and delete tell of a session, in rtpengine's keys and units
 */
#ifndef TANDEM_RELAY_DESCRIBE_H
#define TANDEM_RELAY_DESCRIBE_H

#include "bencode.h"
#include "session.h"

/** Write created, last signal, tags, SSRC and totals into an open dictionary. */
void session_describe(const struct session *s, struct bwriter *w);

#endif

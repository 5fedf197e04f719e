/**
 * @file hep.h  SIP messages to a capture server such as Homer: HEP version 3 over UDP
 */
#ifndef TANDEM_DOOR_HEP_H
#define TANDEM_DOOR_HEP_H

#include <re.h>
#include "trace_ring.h"

enum { HEP_SIZE = TRACE_TEXT_MAX + 512 };

struct hep;

/** What goes with each message. */
struct hep_origin {
	uint32_t id;      /* capture agent */
	const char *node; /* its name */
	const char *call; /* what the legs of a call have in common; "": unknown */
};

/** Write a message as one HEP packet; of `text`, m->len bytes, the first TRACE_TEXT_MAX, without secrets. */
int hep_encode(struct mbuf *mb, const struct trace_msg *m, const struct hep_origin *o, const char *text);

/** Open the socket; `target` as ADDR:PORT. */
int hep_alloc(struct hep **hp, const char *target, uint32_t id, const char *node);

/** Send a message; it is lost where the socket would block. */
void hep_send(struct hep *hep, const struct trace_msg *m, const char *call, const char *text);

#endif

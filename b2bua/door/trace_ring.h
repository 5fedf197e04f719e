/**
 * @file trace_ring.h  The last messages of every dialog, in memory that is given at the start and never grows
 *
 *   block    [message | text…]──►[text…]──►[text…]     a chain a message
 *   dialog   message, message, message                 at most leg_size of them: the oldest goes first
 *   ring     messages of calls, messages of strangers  the oldest goes first; strangers have an eighth
 *
 * A dialog belongs to a call from trace_ring_link on; until then it is a stranger's, so that a flood from
 * nowhere pushes out no call.
 */
#ifndef TANDEM_DOOR_TRACE_RING_H
#define TANDEM_DOOR_TRACE_RING_H

#include <re.h>
#include "uuid.h"

enum {
	TRACE_LEG_SIZE = 8,     /* "a", "b1", "b12" */
	TRACE_TEXT_MAX = 16384, /* of a longer message the beginning is kept */
};

struct trace_ring;

/** One message as it went over the wire. */
struct trace_msg {
	int64_t time_us;
	struct sa src, dst;
	enum sip_transp tp;
	bool tx;
	uint32_t len; /* of its text */
};

/**
 * @param size      bytes of memory for everything; at least 64 KiB
 * @param leg_size  of which one dialog may have so many
 */
int trace_ring_alloc(struct trace_ring **ringp, size_t size, size_t leg_size);

/** Keep a message; `m->len` bytes of `text`. */
void trace_ring_add(struct trace_ring *ring, const struct pl *callid, const struct trace_msg *m,
		    const char *text);

/** Say whose a dialog is: the call's CDR id, and which leg. */
void trace_ring_link(struct trace_ring *ring, const struct pl *callid, const char *call, const char *leg);

/** The call of an id, which is that of its CDR or the Call-ID of a leg. ENOENT: nothing is kept of it. */
int trace_ring_find(const struct trace_ring *ring, const char *id, char call[UUID_STRSIZE]);

/** The call that a dialog belongs to; "" if none is known. */
const char *trace_ring_call(const struct trace_ring *ring, const struct pl *callid);

/** `text` has m->len bytes, may be changed, and is gone after the return. Anything but 0 ends the visit. */
typedef int(trace_ring_h)(const struct trace_msg *m, const struct pl *leg, char *text, void *arg);

/** Visit the messages of a call in the order in which they came; returns what the handler did, or ENOMEM. */
int trace_ring_apply(const struct trace_ring *ring, const char *call, trace_ring_h *h, void *arg);

/** Messages held. */
uint32_t trace_ring_count(const struct trace_ring *ring);

#endif

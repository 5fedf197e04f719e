/**
 * @file trace.h  Every SIP message in and out: into the ring, to files, to Homer, and on lines of the log
 */
#ifndef TANDEM_DOOR_TRACE_H
#define TANDEM_DOOR_TRACE_H

#include <re.h>
#include "config.h"
#include "trace_ring.h"
#include "trace_session.h"

struct trace;

/** `background` writes the files of trace sessions, and must outlive it. */
int trace_alloc(struct trace **tp, const struct config *cfg, struct background *background);

/** libre's sip_trace_h; its argument is a struct trace, which must outlive the struct sip. */
void trace_message(bool tx, enum sip_transp tp, const struct sa *src, const struct sa *dst,
		   const uint8_t *pkt, size_t len, void *arg);

/** A log line a message, at level debug. */
void trace_lines(struct trace *t, bool on);

/** The messages kept; NULL: trace_ring_mb is 0. */
struct trace_ring *trace_ring(const struct trace *t);

/** NULL: trace_ring_mb is 0, and a call's beginning would be missing. */
struct trace_sessions *trace_sessions(const struct trace *t);

/** A leg of a call has begun: what is traced of its dialog is the call's from now on. */
void trace_leg_add(struct trace *t, const struct pl *callid, const struct trace_leg *leg);

#endif

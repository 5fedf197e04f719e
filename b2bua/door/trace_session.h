/**
 * @file trace_session.h  Whole calls into a file each: one call, those of a trunk, or those of a number
 *
 *   OPENING ──► RUNNING ──► TIME_OVER, FULL, STOPPED, FAILED
 *
 * A call is traced from its first message on, which the ring still has when a session takes the call up.
 * What is asked of each message while sessions run is whether its Call-ID is one of theirs.
 */
#ifndef TANDEM_DOOR_TRACE_SESSION_H
#define TANDEM_DOOR_TRACE_SESSION_H

#include "trace_file.h"
#include "trace_ring.h"

struct trace_session;
struct trace_sessions;

enum trace_kind { TRACE_CALL, TRACE_TRUNK, TRACE_NUMBER, TRACE_KINDC };

enum {
	TRACE_RUNNING_MAX = 8,
	TRACE_MINUTES = 10,
	TRACE_MINUTES_MAX = 1440,
	TRACE_VALUE_SIZE = 128,
};

/** Which calls are wanted: by CDR id, by either trunk, or by how either number begins. */
struct trace_want {
	enum trace_kind kind;
	const char *value;
	uint32_t minutes;
};

/** A leg of a call and what it may be wanted by. */
struct trace_leg {
	const char *call; /* CDR id */
	const char *name; /* "a", "b1" */
	const char *trunk;
	const char *caller, *callee;
};

struct trace_session_figures {
	uint32_t id;
	enum trace_kind kind;
	const char *value;
	const char *state;
	const char *path;
	int64_t start_us, end_us; /* of one that runs: when it will end */
	uint32_t calls;
	struct trace_file_figures file;
};

/** `ring` and `background` must outlive it. */
int trace_sessions_alloc(struct trace_sessions **tsp, const struct config *cfg, struct trace_ring *ring,
			 struct background *background);

/** The session runs, or err says why not: as trace_file_open(). */
typedef void(trace_started_h)(int err, struct trace_session *s, void *arg);

/** Start a session. EBUSY: TRACE_RUNNING_MAX run already. On an error the handler is not called. */
int trace_sessions_start(struct trace_sessions *ts, const struct trace_want *want, trace_started_h *h,
			 void *arg);

/** ENOENT: no session that runs has this id. */
int trace_sessions_stop(struct trace_sessions *ts, uint32_t id);

/** Visit all that run, and the last that have ended; the newest first. Anything but 0 ends the visit. */
typedef int(trace_session_h)(const struct trace_session_figures *figures, void *arg);
int trace_sessions_apply(const struct trace_sessions *ts, trace_session_h *h, void *arg);

void trace_session_figures(const struct trace_session *s, struct trace_session_figures *figures);

/** "call", "trunk", "number". */
const char *trace_kind_name(enum trace_kind kind);

/** A leg has begun; the ring knows already whose its dialog is. */
void trace_sessions_leg(struct trace_sessions *ts, const struct pl *callid, const struct trace_leg *leg);

/** A message went over the wire. */
void trace_sessions_message(struct trace_sessions *ts, const struct pl *callid, const struct trace_msg *m,
			    const char *text);

#endif

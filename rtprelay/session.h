/**
 * @file session.h  The media of one call: its parties, and when it was last heard of
 *
 * Control thread only.
 */
#ifndef TANDEM_RELAY_SESSION_H
#define TANDEM_RELAY_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>
#include "local.h"
#include "ng_peer.h"
#include "party.h"
#include "ports.h"
#include "watch.h"
#include "worker.h"

enum { SESSION_ID_MAX = 255, SESSION_WHY_SIZE = 160 };

struct sessions;

struct session {
	struct le he;
	struct sessions *sessions;
	struct worker *worker; /* every m-line of a session is relayed by the same one */
	char *call_id;
	struct list partyl; /* struct party; the first one made the first offer */
	bool answered;
	int64_t created_us; /* wall clock */
	uint64_t created_mono_ms;
	int64_t signal_us; /* last offer or answer, wall clock */
	uint64_t signal_mono_ms;
	uint32_t timeout_s; /* silence of so long is told */
	bool notify;        /* … to this client */
	struct ng_peer client;
	uint64_t notified_ms;          /* monotonic; 0: not yet */
	uint64_t delete_ms;            /* deleted, but kept until then, monotonic; 0: it was not */
	struct stream_control control; /* of everybody; a party has its own, too */
	bool controlled;               /* somebody's is not the default */
	bool drop;                     /* no RTP of anybody passes: drop-traffic */
	int tos;                       /* of what we send */
	bool refused;                  /* an address was, and the log says so */
};

/** Media of a session has been silent for its time-out: tell the client. Repeated until it is deleted. */
typedef void(session_silent_h)(struct session *s, void *arg);

/** An m-line of a session went wrong, or is well again. */
typedef void(session_watch_h)(const struct session *s, const struct watch_event *event, void *arg);

struct sessions_config {
	struct ports *ports;
	const struct locals *locals;
	struct worker **workerv;
	unsigned workerc;
	uint32_t timeout_s;
	bool hairpin;         /* parties may name our ports of other sessions as their address */
	uint32_t keepalive_s; /* nothing sent for so long: a NAT's binding is kept; 0: never */
	struct watch_config watch;
	int tos;
	session_silent_h *silenth;
	session_watch_h *watchh;
	void *arg;
};

/** The table of sessions. mem_deref frees them all. */
int sessions_alloc(struct sessions **ssp, const struct sessions_config *cfg);

const struct sessions_config *sessions_config(const struct sessions *ss);

struct session *session_find(const struct sessions *ss, const struct pl *call_id);

/** A new session, owned by the table: mem_deref ends it. */
int session_alloc(struct session **sp, struct sessions *ss, const struct pl *call_id);

/** Bring every m-line in line with what was asked of the session: its control and its TOS. ENOMEM. */
int session_apply(struct session *s);

/** Its client has no more use for it: it ends, at once or in `delay_s` seconds unless it is heard of again. */
void session_delete(struct session *s, uint32_t delay_s);

/** Note that its client has been heard of. */
void session_signal(struct session *s);

typedef bool(session_each_h)(struct session *s, void *arg);

/** Visit every session until the handler returns true. */
void sessions_apply(const struct sessions *ss, session_each_h *h, void *arg);

struct sessions_count {
	uint32_t now;
	uint64_t total;       /* since start */
	uint64_t silent;      /* of them told of as silent */
	uint64_t expired;     /* of them removed because no client did … */
	uint64_t unanswered;  /* … of which nobody had answered */
	uint64_t deleted;     /* of them, by their clients */
	uint64_t lasted_ms;   /* how long those that ended had been there, together */
	uint64_t mos_x100;    /* of all streams of them that could be rated, together … */
	uint64_t mos2_x10000; /* … their squares … */
	uint64_t mosc;        /* … and how many they were */
	uint64_t oneway;      /* m-lines of them that only one party sent on */
	uint64_t zeroway;     /* … or nobody */
};

void sessions_count(const struct sessions *ss, struct sessions_count *count);

/** Look for silent and forgotten sessions; once a second. */
void sessions_sweep(struct sessions *ss);

#endif

/**
 * @file worker.h  A thread that relays the streams given to it; told what to do by messages
 */
#ifndef TANDEM_WORKER_H
#define TANDEM_WORKER_H

#include <re.h>
#include "io.h"
#include "ports.h"
#include "queue.h"
#include "stream.h"

struct worker;

/**
 * Start a worker.
 *
 * @param wp      returned worker; mem_deref stops it and waits for its thread
 * @param engine  how it does I/O
 * @param ports   to know our own addresses by; must outlive the worker
 * @param done    where finished jobs go back to, to be freed by worker_reap; need not wake
 */
int worker_alloc(struct worker **wp, const struct io_engine *engine, const struct ports *ports,
		 struct queue *done);

/** Hand over what has been asked of the worker since the last time: once for each request, before its reply. */
void worker_flush(struct worker *w);

/** Close and free what finished jobs brought back. */
void worker_reap(struct queue *done);

/** Streams it has now. */
uint32_t worker_load(const struct worker *w);

const struct stats_worker *worker_stats(const struct worker *w);

/**
 * A stream in a worker's hands, as the control thread holds it. mem_deref takes it from the worker.
 * What is asked of it takes effect with worker_flush.
 */
struct lane;

int lane_alloc(struct lane **lanep, struct worker *w);

/** Give it its sockets; those it had are closed. Takes over the caller's reference, not after an error. */
int lane_bind(struct lane *lane, struct port_pair *pair);

/** Tell where its party is. */
int lane_announce(struct lane *lane, const struct stream_announce *ann);

/** What comes in goes out through `to`, a lane of the same worker; NULL: nowhere. */
int lane_link(struct lane *lane, const struct lane *to);

int lane_control(struct lane *lane, const struct stream_control *control);

/** SRTP: as stream_secure. Takes over the references in `keys`, not after an error. */
int lane_secure(struct lane *lane, const struct stream_keys *keys);

int lane_ice(struct lane *lane, const struct ice_credentials *own);

/** As stream_keepalive, with the time it is carried out at. */
int lane_keepalive(struct lane *lane, uint64_t before_us);

/** For stream_view and stream_last_us only. */
const struct stream *lane_stream(const struct lane *lane);

#endif

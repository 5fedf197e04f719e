/**
 * @file writer_thread.h  The thread behind writer.h: takes records and jobs, commits, checkpoints
 */
#ifndef TANDEM_WRITER_THREAD_H
#define TANDEM_WRITER_THREAD_H

#include "recorder.h"
#include "writer.h"

struct writer_thread;

/** Start the thread; from now on database and recorder are its own. mem_deref stops and joins it. */
int writer_thread_alloc(struct writer_thread **tp, struct db *db, struct recorder *recorder,
			struct spool *spool);

/** Say that a record was put. Costs a system call only when the thread sleeps. */
void writer_thread_wake(struct writer_thread *t);

/** As writer_submit(). */
int writer_thread_submit(struct writer_thread *t, writer_job_h *jobh, writer_done_h *doneh, void *arg);

/** As writer_changes(). */
uint64_t writer_thread_changes(const struct writer_thread *t);

/** False while neither the database nor the spool can be made durable. */
bool writer_thread_durable(const struct writer_thread *t);

/** Fills what the thread knows: all but the spool's room and `recovered`. */
void writer_thread_stats(const struct writer_thread *t, struct writer_stats *stats);

#endif

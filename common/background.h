/**
 * @file background.h  One thread beside the loop for what would hold the loop up: large texts
 *
 * Jobs run one after the other in the order they were given, so what only jobs touch needs no lock.
 * libre's references are not counted atomically: an object is used by the loop or by jobs, not by both
 * at a time; it is handed over by giving a job and by the job's end.
 */
#ifndef TANDEM_BACKGROUND_H
#define TANDEM_BACKGROUND_H

struct background;

/** The work: on the thread. */
typedef void(background_job_h)(void *arg);

/** Its end: on the loop's thread. err 0, or ECANCELED: it never ran, for the thread was stopped. */
typedef void(background_done_h)(int err, void *arg);

/** mem_deref waits for the job at work, then cancels the rest; every done handler is called. */
int background_alloc(struct background **bp);

/** `doneh` may be NULL. On an error neither is called. */
int background_run(struct background *b, background_job_h *jobh, background_done_h *doneh, void *arg);

/** Give an object's last reference away, where freeing takes long. NULL-safe; frees here when it cannot. */
void background_free(struct background *b, void *object);

#endif

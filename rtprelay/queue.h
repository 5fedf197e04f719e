/**
 * @file queue.h  Hands list elements from one thread to another, many at a time
 */
#ifndef TANDEM_QUEUE_H
#define TANDEM_QUEUE_H

#include <stdbool.h>
#include <re.h>

struct queue;

/** `wakes`: the taker may wait on queue_fd; else it only looks when it has time. */
int queue_alloc(struct queue **qp, bool wakes);

/** Becomes readable, and stays so, by queue_wake: to be watched edge-triggered. -1 for a queue that does not wake. */
int queue_fd(const struct queue *q);

/** Move all elements of `list` to the queue, in order; any thread. The taker owns them from then on. */
void queue_push(struct queue *q, struct list *list);

/** How many elements wait; any thread. */
unsigned queue_count(const struct queue *q);

/** Have a taker who sleeps on queue_fd look at once. */
void queue_wake(const struct queue *q);

/** Move all waiting elements to the end of `list`, in order. */
void queue_take(struct queue *q, struct list *list);

#endif

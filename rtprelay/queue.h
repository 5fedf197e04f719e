/**
 * @file queue.h  Hands list elements from one thread to another, which is woken by a descriptor
 */
#ifndef TANDEM_QUEUE_H
#define TANDEM_QUEUE_H

#include <re.h>

struct queue;

int queue_alloc(struct queue **qp);

/** Readable while elements wait. */
int queue_fd(const struct queue *q);

/** Append an element; any thread. The taker owns it from then on. */
void queue_push(struct queue *q, struct le *le, void *data);

/** Move all waiting elements to the end of `list`, in order. */
void queue_take(struct queue *q, struct list *list);

#endif

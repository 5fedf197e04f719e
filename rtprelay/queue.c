/**
 * @file queue.c  Hands list elements from one thread to another, which is woken by a descriptor
 */
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <re.h>
#include "queue.h"

struct queue {
	pthread_mutex_t mutex;
	struct list waiting; /* under mutex */
	int fd;
};

static void queue_destructor(void *arg)
{
	struct queue *q = arg;

	list_flush(&q->waiting);
	if (q->fd >= 0)
		(void)close(q->fd);
	(void)pthread_mutex_destroy(&q->mutex);
}

int queue_alloc(struct queue **qp)
{
	struct queue *q;

	q = mem_zalloc(sizeof(*q), queue_destructor);
	if (!q)
		return ENOMEM;

	(void)pthread_mutex_init(&q->mutex, NULL);
	q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->fd < 0) {
		const int err = errno;

		mem_deref(q);
		return err;
	}

	*qp = q;

	return 0;
}

int queue_fd(const struct queue *q)
{
	return q->fd;
}

/* The taker is woken once for all that waits, not for each element. */
void queue_push(struct queue *q, struct le *le, void *data)
{
	bool first;

	(void)pthread_mutex_lock(&q->mutex);
	first = list_isempty(&q->waiting);
	list_append(&q->waiting, le, data);
	(void)pthread_mutex_unlock(&q->mutex);

	if (first)
		(void)eventfd_write(q->fd, 1);
}

void queue_take(struct queue *q, struct list *list)
{
	struct le *le;
	eventfd_t val;

	(void)eventfd_read(q->fd, &val);

	(void)pthread_mutex_lock(&q->mutex);
	while ((le = list_head(&q->waiting))) {
		list_unlink(le);
		list_append(list, le, le->data);
	}
	(void)pthread_mutex_unlock(&q->mutex);
}

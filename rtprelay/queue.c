/**
 * @file queue.c  Hands list elements from one thread to another, many at a time
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <re.h>
#include "queue.h"

struct queue {
	pthread_mutex_t mutex;
	struct list waiting; /* under mutex */
	atomic_uint count;   /* of waiting; written under mutex */
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

int queue_alloc(struct queue **qp, bool wakes)
{
	struct queue *q;

	q = mem_zalloc(sizeof(*q), queue_destructor);
	if (!q)
		return ENOMEM;

	(void)pthread_mutex_init(&q->mutex, NULL);
	q->fd = wakes ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
	if (wakes && q->fd < 0) {
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

static unsigned list_move(struct list *to, struct list *from)
{
	struct le *le;
	unsigned n = 0;

	while ((le = list_head(from))) {
		list_unlink(le);
		list_append(to, le, le->data);
		++n;
	}

	return n;
}

void queue_push(struct queue *q, struct list *list)
{
	if (list_isempty(list))
		return;

	(void)pthread_mutex_lock(&q->mutex);
	atomic_fetch_add(&q->count, list_move(&q->waiting, list));
	(void)pthread_mutex_unlock(&q->mutex);
}

unsigned queue_count(const struct queue *q)
{
	return atomic_load(&q->count);
}

void queue_wake(const struct queue *q)
{
	(void)eventfd_write(q->fd, 1);
}

void queue_take(struct queue *q, struct list *list)
{
	(void)pthread_mutex_lock(&q->mutex);
	(void)list_move(list, &q->waiting);
	atomic_store(&q->count, 0);
	(void)pthread_mutex_unlock(&q->mutex);
}

/**
 * @file test_queue.c  A queue between threads: order, count, waking
 */
#include <poll.h>
#include <pthread.h>
#include <re.h>
#include "queue.h"
#include "unit.h"

enum { ELEMENTS = 1000, AT_ONCE = 10 };

struct element {
	struct le le;
	unsigned n;
};

static void elements_push(struct queue *q, struct element *elv, unsigned n)
{
	struct list list = LIST_INIT;
	unsigned i;

	for (i = 0; i < n; i++)
		list_append(&list, &elv[i].le, &elv[i]);

	queue_push(q, &list);
}

static void elements_come_out_in_the_order_they_went_in(void)
{
	struct element elv[6] = {{.n = 0}, {.n = 1}, {.n = 2}, {.n = 3}, {.n = 4}, {.n = 5}};
	struct list list = LIST_INIT;
	struct queue *q;
	struct le *le;
	unsigned n = 0;

	CU_ASSERT_EQUAL_FATAL(queue_alloc(&q, false), 0);
	CU_ASSERT_EQUAL(queue_count(q), 0);
	elements_push(q, elv, 2);
	elements_push(q, elv + 2, 0);
	elements_push(q, elv + 2, 3);
	CU_ASSERT_EQUAL(queue_count(q), 5);

	queue_take(q, &list);
	CU_ASSERT_EQUAL(queue_count(q), 0);
	elements_push(q, elv + 5, 1);
	queue_take(q, &list);

	for (le = list_head(&list); le; le = le->next)
		CU_ASSERT_EQUAL(((struct element *)le->data)->n, n++);
	CU_ASSERT_EQUAL(n, 6);

	list_clear(&list);
	mem_deref(q);
}

static bool readable(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};

	return poll(&pfd, 1, 0) == 1;
}

static void a_push_wakes_nobody_and_queue_wake_does(void)
{
	struct element el = {.n = 0};
	struct list list = LIST_INIT;
	struct queue *q;

	CU_ASSERT_EQUAL_FATAL(queue_alloc(&q, true), 0);
	elements_push(q, &el, 1);
	CU_ASSERT(!readable(queue_fd(q)));
	queue_wake(q);
	CU_ASSERT(readable(queue_fd(q)));
	queue_take(q, &list);
	list_clear(&list);
	mem_deref(q);
}

static void *pusher(void *arg)
{
	static struct element elv[ELEMENTS];
	unsigned i;

	for (i = 0; i < ELEMENTS; i++)
		elv[i].n = i;
	for (i = 0; i < ELEMENTS; i += AT_ONCE)
		elements_push(arg, elv + i, AT_ONCE);

	return NULL;
}

static void nothing_is_lost_or_disordered_between_threads(void)
{
	struct list list = LIST_INIT;
	pthread_t thread;
	struct queue *q;
	struct le *le;
	unsigned n = 0;

	CU_ASSERT_EQUAL_FATAL(queue_alloc(&q, false), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, pusher, q), 0);
	while (n < ELEMENTS) {

		queue_take(q, &list);
		while ((le = list_head(&list))) {
			CU_ASSERT_EQUAL(((struct element *)le->data)->n, n++);
			list_unlink(le);
		}
	}
	(void)pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(queue_count(q), 0);
	mem_deref(q);
}

static const struct unit_test testv[] = {
	{"elements come out in the order they went in", elements_come_out_in_the_order_they_went_in},
	{"a push wakes nobody, queue_wake does", a_push_wakes_nobody_and_queue_wake_does},
	{"nothing is lost or disordered between threads", nothing_is_lost_or_disordered_between_threads},
	{NULL, NULL},
};

const struct unit_suite queue_suite = {"queue", testv};

/**
 * @file background.c  One thread beside the loop for what would hold the loop up
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <re.h>
#include "background.h"

struct job {
	struct le le;
	background_job_h *jobh;
	background_done_h *doneh;
	void *arg;
};

struct background {
	struct mqueue *mq;
	pthread_t tid;
	bool running; /* tid is valid */

	pthread_mutex_t lock; /* over all below */
	pthread_cond_t more;
	struct list jobl;  /* to run */
	struct list donel; /* to report */
	bool stop;
};

static struct job *job_next(struct background *b)
{
	struct job *job = NULL;

	(void)pthread_mutex_lock(&b->lock);

	while (!b->stop && list_isempty(&b->jobl))
		(void)pthread_cond_wait(&b->more, &b->lock);

	if (!b->stop) {
		job = list_ledata(list_head(&b->jobl));
		list_unlink(&job->le);
	}

	(void)pthread_mutex_unlock(&b->lock);

	return job;
}

static void *thread_main(void *arg)
{
	struct background *b = arg;
	struct job *job;
	bool first;

	while ((job = job_next(b))) {

		job->jobh(job->arg);

		(void)pthread_mutex_lock(&b->lock);
		first = list_isempty(&b->donel);
		list_append(&b->donel, &job->le, job);
		(void)pthread_mutex_unlock(&b->lock);

		/* a full pipe holds a message that will find this job too */
		if (first)
			(void)mqueue_push(b->mq, 0, NULL);
	}

	return NULL;
}

static void report(struct background *b, struct list *from, int err)
{
	for (;;) {
		struct job *job;

		(void)pthread_mutex_lock(&b->lock);
		job = list_ledata(list_head(from));
		if (job)
			list_unlink(&job->le);
		(void)pthread_mutex_unlock(&b->lock);

		if (!job)
			return;

		if (job->doneh)
			job->doneh(err, job->arg);
		mem_deref(job);
	}
}

static void mqueue_handler(int id, void *data, void *arg)
{
	struct background *b = mem_ref(arg);

	report(b, &b->donel, 0);
	mem_deref(b);
}

static void background_destructor(void *arg)
{
	struct background *b = arg;

	if (b->running) {
		(void)pthread_mutex_lock(&b->lock);
		b->stop = true;
		(void)pthread_cond_signal(&b->more);
		(void)pthread_mutex_unlock(&b->lock);
		(void)pthread_join(b->tid, NULL);
	}

	report(b, &b->donel, 0);
	report(b, &b->jobl, ECANCELED);

	mem_deref(b->mq);
	(void)pthread_cond_destroy(&b->more);
	(void)pthread_mutex_destroy(&b->lock);
}

/* Signals are the loop's business. */
static int thread_start(struct background *b)
{
	sigset_t all, before;
	int err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&b->tid, NULL, thread_main, b);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);

	b->running = !err;

	return err;
}

int background_alloc(struct background **bp)
{
	struct background *b;
	int err;

	b = mem_zalloc(sizeof(*b), background_destructor);
	if (!b)
		return ENOMEM;

	(void)pthread_mutex_init(&b->lock, NULL);
	(void)pthread_cond_init(&b->more, NULL);

	err = mqueue_alloc(&b->mq, mqueue_handler, b);
	err = err ? err : thread_start(b);
	if (err)
		mem_deref(b);
	else
		*bp = b;

	return err;
}

int background_run(struct background *b, background_job_h *jobh, background_done_h *doneh, void *arg)
{
	struct job *job;

	if (!b || !jobh)
		return EINVAL;

	job = mem_zalloc(sizeof(*job), NULL);
	if (!job)
		return ENOMEM;

	job->jobh = jobh;
	job->doneh = doneh;
	job->arg = arg;

	(void)pthread_mutex_lock(&b->lock);
	list_append(&b->jobl, &job->le, job);
	(void)pthread_cond_signal(&b->more);
	(void)pthread_mutex_unlock(&b->lock);

	return 0;
}

/** What took long to free is much: give it back to the system too. */
static void free_job(void *arg)
{
	mem_deref(arg);
	(void)malloc_trim(0);
}

static void free_done(int err, void *arg)
{
	if (err)
		mem_deref(arg);
}

void background_free(struct background *b, void *object)
{
	if (object && background_run(b, free_job, free_done, object))
		mem_deref(object);
}

/**
 * @file worker.c  A thread that relays the streams given to it; told what to do by messages
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "worker.h"

/* So many jobs, or for so long, may wait for a packet before the worker is woken. */
enum { JOBS_WAITING_MAX = 64, JOBS_WAITING_MS = 20 };

enum job_type {
	JOB_BIND,
	JOB_ANNOUNCE,
	JOB_LINK,
	JOB_CONTROL,
	JOB_SECURE,
	JOB_ICE,
	JOB_KEEPALIVE,
	JOB_REMOVE,
	JOB_STOP,
};

/**
 * A message to a worker, which sends it back when done. What it owns at that time (sockets replaced,
 * a stream removed) dies with it, on the control thread: closing sockets is not the worker's time.
 */
struct job {
	struct le le;
	enum job_type type;
	struct stream *stream;
	struct port_pair *pair;
	union {
		struct stream_announce announce;
		struct stream_control control;
		struct stream_keys keys;
		struct ice_credentials ice;
		struct stream *to;
		uint64_t before_us;
	} u;
};

/* Up to `running` the fields are set before the thread starts. */
struct worker {
	struct queue *jobs;
	struct queue *done;
	struct stream_env env;
	struct stats_worker stats;
	struct job *stop;
	pthread_t thread;
	bool running;

	bool stopped; /* the worker's */

	/* the control thread's */
	struct list asked; /* jobs not yet handed over */
	struct tmr wake;
	uint32_t loadc;
};

/* The last job is made with the lane, so that taking a stream back cannot fail. */
struct lane {
	struct worker *worker;
	struct stream *stream;
	struct job *removal;
};

static void job_destructor(void *arg)
{
	struct job *job = arg;

	mem_deref(job->pair);

	if (job->type == JOB_SECURE) {
		mem_deref(job->u.keys.rx);
		mem_deref(job->u.keys.tx);
	}

	if (job->type == JOB_REMOVE)
		mem_deref(job->stream);
}

static struct job *job_alloc(enum job_type type, struct stream *st)
{
	struct job *job = mem_zalloc(sizeof(*job), job_destructor);

	if (!job)
		return NULL;

	job->type = type;
	job->stream = st;

	return job;
}

static void job_run(struct worker *w, struct job *job)
{
	switch (job->type) {

	case JOB_BIND:
		job->pair = stream_bind(job->stream, &w->env, job->pair);
		break;

	case JOB_ANNOUNCE:
		stream_announce(job->stream, &w->env, &job->u.announce);
		break;

	case JOB_LINK:
		stream_link(job->stream, job->u.to);
		break;

	case JOB_CONTROL:
		stream_control(job->stream, &job->u.control);
		break;

	case JOB_SECURE:
		stream_secure(job->stream, &job->u.keys);
		break;

	case JOB_ICE:
		stream_ice(job->stream, &job->u.ice);
		break;

	case JOB_KEEPALIVE:
		stream_keepalive(job->stream, &w->env, job->u.before_us, clock_mono_us());
		break;

	case JOB_REMOVE:
		job->pair = stream_detach(job->stream, &w->env);
		break;

	case JOB_STOP:
		w->stopped = true;
		break;
	}
}

static void round_handler(void *arg)
{
	struct worker *w = arg;
	struct list list = LIST_INIT;
	struct le *le;

	if (!queue_count(w->jobs))
		return;

	queue_take(w->jobs, &list);

	for (le = list_head(&list); le; le = le->next)
		job_run(w, le->data);

	queue_push(w->done, &list);
}

static void packet_handler(struct io_sock *sock, struct io_packet *pkt, void *arg)
{
	struct worker *w = arg;

	stream_receive(sock, pkt, &w->env);
}

static void *thread_main(void *arg)
{
	struct worker *w = arg;

	while (!w->stopped) {

		const int err = w->env.engine->run(w->env.io, -1);

		if (err)
			log_peer(LOG_ERROR, "relay worker: %s I/O failed: %m", w->env.engine->name, err);
	}

	return NULL;
}

/* Signals are for the control thread. */
static int thread_start(struct worker *w)
{
	sigset_t all, old;
	int err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&w->thread, NULL, thread_main, w);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);

	if (!err)
		(void)pthread_setname_np(w->thread, "relay-worker");

	w->running = !err;

	return err;
}

static void worker_wake(void *arg)
{
	struct worker *w = arg;

	tmr_cancel(&w->wake);
	queue_wake(w->jobs);
}

static void worker_destructor(void *arg)
{
	struct worker *w = arg;

	if (w->running) {

		struct job *stop = w->stop;

		w->stop = NULL;
		list_append(&w->asked, &stop->le, stop);
		worker_flush(w);
		worker_wake(w);
		(void)pthread_join(w->thread, NULL);
	}

	mem_deref(w->stop);
	mem_deref(w->env.io);
	mem_deref(w->jobs);
	mem_deref(w->done);
}

int worker_alloc(struct worker **wp, const struct io_engine *engine, const struct ports *ports,
		 struct queue *done)
{
	struct io_handlers h = {.packeth = packet_handler, .roundh = round_handler};
	struct worker *w;
	int err;

	w = mem_zalloc(sizeof(*w), worker_destructor);
	if (!w)
		return ENOMEM;

	h.arg = w;
	tmr_init(&w->wake);
	w->done = mem_ref(done);
	w->env.engine = engine;
	w->env.ports = ports;
	w->env.stats = &w->stats;
	w->stop = job_alloc(JOB_STOP, NULL);

	err = w->stop ? queue_alloc(&w->jobs, true) : ENOMEM;
	err = err ? err : engine->alloc(&w->env.io, &h, queue_fd(w->jobs), &w->stats.failed);
	err = err ? err : thread_start(w);

	if (err)
		mem_deref(w);
	else
		*wp = w;

	return err;
}

/*
 * A worker looks for jobs before it looks at packets, so a job need not wake it: by the next packet
 * it is done. It is not left lying for long either, because of what it gives back.
 */
void worker_flush(struct worker *w)
{
	if (list_isempty(&w->asked))
		return;

	queue_push(w->jobs, &w->asked);

	if (queue_count(w->jobs) >= JOBS_WAITING_MAX)
		worker_wake(w);
	else if (!tmr_isrunning(&w->wake))
		tmr_start(&w->wake, JOBS_WAITING_MS, worker_wake, w);
}

void worker_reap(struct queue *done)
{
	struct list list = LIST_INIT;

	queue_take(done, &list);
	list_flush(&list);
}

uint32_t worker_load(const struct worker *w)
{
	return w->loadc;
}

const struct stats_worker *worker_stats(const struct worker *w)
{
	return &w->stats;
}

static void lane_destructor(void *arg)
{
	struct lane *lane = arg;

	if (!lane->removal) {
		mem_deref(lane->stream);
		return;
	}

	--lane->worker->loadc;
	list_append(&lane->worker->asked, &lane->removal->le, lane->removal);
}

int lane_alloc(struct lane **lanep, struct worker *w)
{
	struct lane *lane;
	int err;

	lane = mem_zalloc(sizeof(*lane), lane_destructor);
	if (!lane)
		return ENOMEM;

	lane->worker = w;
	err = stream_alloc(&lane->stream);
	if (err)
		goto out;

	lane->removal = job_alloc(JOB_REMOVE, lane->stream);
	if (!lane->removal) {
		err = ENOMEM;
		goto out;
	}

	++w->loadc;

out:
	if (err)
		mem_deref(lane);
	else
		*lanep = lane;

	return err;
}

/* A job for its stream, in the order asked for; NULL: out of memory. */
static struct job *lane_ask(struct lane *lane, enum job_type type)
{
	struct job *job = job_alloc(type, lane->stream);

	if (job)
		list_append(&lane->worker->asked, &job->le, job);

	return job;
}

/* Watched from here on, so that its first packet wakes the worker, who then looks for this job. */
int lane_bind(struct lane *lane, struct port_pair *pair)
{
	struct job *job;
	int err;

	err = stream_watch(lane->stream, &lane->worker->env, pair);
	if (err)
		return err;

	job = lane_ask(lane, JOB_BIND);
	if (!job)
		return ENOMEM;

	job->pair = pair;

	return 0;
}

int lane_announce(struct lane *lane, const struct stream_announce *ann)
{
	struct job *job = lane_ask(lane, JOB_ANNOUNCE);

	if (!job)
		return ENOMEM;

	job->u.announce = *ann;

	return 0;
}

int lane_link(struct lane *lane, const struct lane *to)
{
	struct job *job = lane_ask(lane, JOB_LINK);

	if (!job)
		return ENOMEM;

	job->u.to = to ? to->stream : NULL;

	return 0;
}

int lane_control(struct lane *lane, const struct stream_control *control)
{
	struct job *job = lane_ask(lane, JOB_CONTROL);

	if (!job)
		return ENOMEM;

	job->u.control = *control;

	return 0;
}

int lane_secure(struct lane *lane, const struct stream_keys *keys)
{
	struct job *job = lane_ask(lane, JOB_SECURE);
	if (!job)
		return ENOMEM;

	job->u.keys = *keys;

	return 0;
}

int lane_ice(struct lane *lane, const struct ice_credentials *own)
{
	struct job *job = lane_ask(lane, JOB_ICE);

	if (!job)
		return ENOMEM;

	job->u.ice = *own;
	return 0;
}

int lane_keepalive(struct lane *lane, uint64_t before_us)
{
	struct job *job = lane_ask(lane, JOB_KEEPALIVE);

	if (!job)
		return ENOMEM;

	job->u.before_us = before_us;

	return 0;
}

const struct stream *lane_stream(const struct lane *lane)
{
	return lane->stream;
}

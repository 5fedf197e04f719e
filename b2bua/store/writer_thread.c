/**
 * @file writer_thread.c  The thread behind writer.h: takes records and jobs, commits, checkpoints
 *
 *            records or jobs                    commit failed
 *   asleep ------------------> gathering ---> committing ------> degraded (retries, keeps the spool synced)
 *      ^                       (20 ms)           |                  |
 *      +-----------------------------------------+------------------+ committed
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "clock.h"
#include "log.h"
#include "writer_thread.h"

enum {
	QUIET = 32,          /* fewer records than this after WRITER_GATHER_MS are committed at once */
	BACKLOG = 4096,      /* as many as this are committed without waiting for more */
	GATHER_MAX_MS = 200, /* in between, records are synced in the spool and gathered for so long */
	SYNC_EVERY_MS = 40,
	RETRY_MIN_MS = 100,
	RETRY_MAX_MS = 2000,
	SYNC_MS = 100,   /* degraded: new records in the spool are on the disk after this */
	MARK_MS = 10000, /* mark of life in the database, when nothing else is written */
	IDLE_MS = 1000,
	CHECKPOINT_PAGES = 2000, /* of the log: a longer one makes a checkpoint hold up commits too long */
	LOG_AGAIN_MS = 60000,
};

struct job {
	struct le le;
	writer_job_h *jobh;
	writer_done_h *doneh;
	void *arg;
	int err;
};

struct writer_thread {
	struct db *db;
	struct recorder *recorder;
	struct spool *spool;
	struct mqueue *mq;
	pthread_t tid;
	bool running; /* tid is valid */
	int wakefd;

	pthread_mutex_t lock; /* over the two lists */
	struct list jobl;     /* to run */
	struct list donel;    /* to report on the loop's thread */

	uint64_t changes; /* reported; the loop's own */

	_Atomic bool stop;
	_Atomic bool asleep; /* nothing to do: the next record must wake it */

	/* the thread's own */
	uint64_t marked_ms, retry_ms, logged_ms;
	uint32_t backoff_ms;
	int wal_pages; /* in the log since the last checkpoint */
	bool failing;
	bool lost; /* the spool's file; it was logged */

	/* for stats */
	_Atomic uint64_t records, commits, failures;
	_Atomic int64_t last_commit_us;
	_Atomic bool degraded;
	_Atomic bool durable;
};

static void nudge(struct writer_thread *t)
{
	const uint64_t one = 1;

	/* fails only when the counter is full, and then the thread wakes anyhow */
	(void)!write(t->wakefd, &one, sizeof(one));
}

static void doze(struct writer_thread *t, int timeout_ms)
{
	struct pollfd pfd = {.fd = t->wakefd, .events = POLLIN};
	uint64_t count;

	if (poll(&pfd, 1, timeout_ms) > 0)
		(void)!read(t->wakefd, &count, sizeof(count));
}

void writer_thread_wake(struct writer_thread *t)
{
	/* the record's head was stored with full order before this load; wait_for_work() stores `asleep`
	 * before it looks at the head: one of the two sees the other */
	if (atomic_load(&t->asleep) && atomic_exchange(&t->asleep, false))
		nudge(t);
}

static bool has_jobs(struct writer_thread *t)
{
	bool some;

	(void)pthread_mutex_lock(&t->lock);
	some = !list_isempty(&t->jobl);
	(void)pthread_mutex_unlock(&t->lock);

	return some;
}

static uint64_t backlog(const struct writer_thread *t)
{
	return spool_last(t->spool) - recorder_last(t->recorder);
}

static bool has_work(struct writer_thread *t)
{
	return spool_used(t->spool) || has_jobs(t) || atomic_load(&t->stop);
}

/* A job or the end does not wait. */
static bool may_gather(struct writer_thread *t)
{
	return backlog(t) < BACKLOG && !has_jobs(t) && !atomic_load(&t->stop);
}

/*
 * Under load it pays to commit many calls together: a row touches a page of each index, and pages are
 * written once a commit. Until then the records are durable in the spool, which is one short write.
 */
static void gather_more(struct writer_thread *t)
{
	const uint64_t end = clock_mono_ms() + GATHER_MAX_MS;

	while (backlog(t) >= QUIET && may_gather(t) && clock_mono_ms() < end) {

		if (spool_sync(t->spool))
			return;
		doze(t, SYNC_EVERY_MS);
	}
}

static void wait_for_work(struct writer_thread *t)
{
	if (t->failing) {
		doze(t, SYNC_MS);
		return;
	}

	atomic_store(&t->asleep, true);
	if (!has_work(t))
		doze(t, IDLE_MS);
	atomic_store(&t->asleep, false);

	if (spool_used(t->spool) && may_gather(t)) {
		doze(t, WRITER_GATHER_MS);
		gather_more(t);
	}
}

/* ---------------------------------------------------------------- records */

static void failed(struct writer_thread *t, int err, uint64_t now)
{
	const int sync_err = spool_sync(t->spool);

	atomic_fetch_add(&t->failures, 1);
	atomic_store(&t->degraded, true);
	atomic_store(&t->durable, !sync_err);

	t->backoff_ms = t->failing ? MIN(2 * t->backoff_ms, (uint32_t)RETRY_MAX_MS) : RETRY_MIN_MS;
	t->retry_ms = now + t->backoff_ms;

	if (!t->failing || now >= t->logged_ms + LOG_AGAIN_MS) {
		log_error("writer: tandem.db cannot be written: %s (%m). CDRs are kept in the spool (%zu of "
			  "%zu "
			  "bytes used) and retried; make room on the disk or check it",
			  db_failure(t->db), err, spool_used(t->spool), spool_size(t->spool));
		if (sync_err)
			log_error("writer: the spool cannot be synced either (%m): new calls are refused",
				  sync_err);
		t->logged_ms = now;
	}

	t->failing = true;
}

static void succeeded(struct writer_thread *t, size_t taken, uint64_t now)
{
	if (t->failing)
		log_warn("writer: tandem.db is written again; %zu bytes are left in the spool",
			 spool_used(t->spool));

	t->failing = false;
	t->marked_ms = now;
	atomic_store(&t->degraded, false);
	atomic_store(&t->durable, true);
	atomic_fetch_add(&t->records, taken);
	atomic_fetch_add(&t->commits, 1);
}

static int commit_some(struct writer_thread *t)
{
	const uint64_t start_us = clock_mono_us();
	const struct mark mark = spool_mark(t->spool);
	const uint64_t now = start_us / 1000;
	size_t taken = 0;
	int err;

	err = recorder_take(t->recorder, t->spool, &mark, &taken);
	if (err) {
		failed(t, err, now);
		return err;
	}

	succeeded(t, taken, now);
	atomic_store(&t->last_commit_us, (int64_t)(clock_mono_us() - start_us));

	return 0;
}

static void take_records(struct writer_thread *t)
{
	const struct mark mark = spool_mark(t->spool);
	const uint64_t now = clock_mono_ms();
	int err;

	if (t->failing && now < t->retry_ms) {
		atomic_store(&t->durable, !spool_sync(t->spool));
		return;
	}

	if (spool_used(t->spool)) {
		(void)commit_some(t);
		return;
	}

	if (t->failing || now >= t->marked_ms + MARK_MS) {
		err = recorder_mark(t->recorder, &mark);
		if (err)
			failed(t, err, now);
		else
			succeeded(t, 0, now);
	}
}

/* ---------------------------------------------------------------- jobs */

static struct job *job_next(struct writer_thread *t)
{
	struct job *job;

	(void)pthread_mutex_lock(&t->lock);
	job = list_ledata(list_head(&t->jobl));
	if (job)
		list_unlink(&job->le);
	(void)pthread_mutex_unlock(&t->lock);

	return job;
}

static void job_finish(struct writer_thread *t, struct job *job)
{
	bool first;

	(void)pthread_mutex_lock(&t->lock);
	first = list_isempty(&t->donel);
	list_append(&t->donel, &job->le, job);
	(void)pthread_mutex_unlock(&t->lock);

	if (first)
		(void)mqueue_push(t->mq, 0, NULL);
}

static size_t jobs_waiting(struct writer_thread *t)
{
	size_t n;

	(void)pthread_mutex_lock(&t->lock);
	n = list_count(&t->jobl);
	(void)pthread_mutex_unlock(&t->lock);

	return n;
}

/* Not those that come meanwhile: records of calls have their turn between an import's steps. */
static void run_jobs(struct writer_thread *t)
{
	size_t n = jobs_waiting(t);
	struct job *job;

	while (n-- && (job = job_next(t))) {

		job->err = db_exec(t->db, "BEGIN IMMEDIATE;");
		if (!job->err) {
			job->err = job->jobh(db_handle(t->db), job->arg);
			job->err = job->err ? job->err : db_exec(t->db, "COMMIT;");
			if (job->err)
				db_rollback(t->db);
		}

		job_finish(t, job);
	}
}

/* On the loop's thread. */
static void report_done(struct writer_thread *t)
{
	struct job *job;

	for (;;) {
		(void)pthread_mutex_lock(&t->lock);
		job = list_ledata(list_head(&t->donel));
		if (job)
			list_unlink(&job->le);
		(void)pthread_mutex_unlock(&t->lock);

		if (!job)
			return;

		++t->changes;
		if (job->doneh)
			job->doneh(job->err, job->arg);
		mem_deref(job);
	}
}

static void mqueue_handler(int id, void *data, void *arg)
{
	struct writer_thread *t = mem_ref(arg);

	report_done(t);
	mem_deref(t);
}

/* ---------------------------------------------------------------- the log's checkpoint */

static int wal_hook(void *arg, struct sqlite3 *handle, const char *name, int pages)
{
	struct writer_thread *t = arg;

	t->wal_pages = pages;

	return SQLITE_OK;
}

/* Passive: it never waits for a reader. What a reader holds back is moved by a later one. */
static void checkpoint(struct writer_thread *t)
{
	const bool idle = !spool_used(t->spool);
	int pages = 0, moved = 0, rc;

	if (t->failing || !t->wal_pages || (t->wal_pages < CHECKPOINT_PAGES && !idle))
		return;

	rc = sqlite3_wal_checkpoint_v2(db_handle(t->db), NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
	t->wal_pages = 0;
	if (rc != SQLITE_OK && rc != SQLITE_BUSY)
		log_warn("writer: the log of tandem.db cannot be moved into it: %s; check the disk",
			 sqlite3_errmsg(db_handle(t->db)));
}

static void spool_watch(struct writer_thread *t)
{
	if (t->lost || !spool_lost(t->spool))
		return;

	t->lost = true;
	log_error("writer: the spool's file cannot be reached any more: its disk or file system is gone, or "
		  "it was "
		  "cut. Records are kept in memory until tandem.db has them, and would not survive this "
		  "process; "
		  "repair the disk, then restart tandem-b2bua");
}

/* ---------------------------------------------------------------- life */

/* At the end everything is written, unless the disk refuses: then it waits in the synced spool. */
static bool finished(struct writer_thread *t)
{
	if (!atomic_load(&t->stop))
		return false;

	return t->failing || (!spool_used(t->spool) && !has_jobs(t));
}

/* Once it could not be written the folder may be another by now: mounted anew after a repair. */
static int spool_secure(struct writer_thread *t)
{
	int err = t->failing ? spool_sync(t->spool) : 0;

	if (spool_lost(t->spool))
		err = EIO;

	return err && spool_used(t->spool) ? spool_save(t->spool) : 0;
}

static void farewell(struct writer_thread *t)
{
	const int err = spool_secure(t);
	const size_t left = spool_used(t->spool);

	if (err && spool_lost(t->spool))
		log_error("writer: %zu bytes of records were in memory alone and end with this process: "
			  "neither "
			  "tandem.db nor the spool can be written (%m)",
			  left, err);
	else if (err)
		log_error("writer: %zu bytes of records are not on the disk (%m): copy spool/records "
			  "elsewhere before "
			  "the disk is unmounted or the machine restarted, and put it back before the next "
			  "start",
			  left, err);
	else if (left)
		log_warn("writer: %zu bytes of records wait in the spool for the next start", left);
}

static void *thread_main(void *arg)
{
	struct writer_thread *t = arg;

	do {
		wait_for_work(t);
		run_jobs(t);
		take_records(t);
		checkpoint(t);
		spool_watch(t);
	} while (!finished(t));

	farewell(t);

	return NULL;
}

static void thread_destructor(void *arg)
{
	struct writer_thread *t = arg;

	if (t->running) {
		atomic_store(&t->stop, true);
		nudge(t);
		(void)pthread_join(t->tid, NULL);
		report_done(t);
	}

	if (t->wakefd >= 0)
		(void)close(t->wakefd);
	(void)pthread_mutex_destroy(&t->lock);
	mem_deref(t->mq);
	mem_deref(t->recorder);
	mem_deref(t->db);
	mem_deref(t->spool);
}

/* Signals are the loop's business. */
static int thread_start(struct writer_thread *t)
{
	sigset_t all, before;
	int err;

	(void)sigfillset(&all);
	(void)sigdelset(&all, SIGBUS); /* spool_guard.h */
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&t->tid, NULL, thread_main, t);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);

	t->running = !err;

	return err;
}

int writer_thread_alloc(struct writer_thread **tp, struct db *db, struct recorder *recorder,
			struct spool *spool)
{
	struct writer_thread *t;
	int err;

	t = mem_zalloc(sizeof(*t), thread_destructor);
	if (!t)
		return ENOMEM;

	t->db = mem_ref(db);
	t->recorder = mem_ref(recorder);
	t->spool = mem_ref(spool);
	t->durable = true;
	t->marked_ms = clock_mono_ms();
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)sqlite3_wal_hook(db_handle(db), wal_hook, t);

	t->wakefd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = t->wakefd < 0 ? errno : 0;
	err = err ? err : mqueue_alloc(&t->mq, mqueue_handler, t);
	err = err ? err : thread_start(t);
	if (err)
		mem_deref(t);
	else
		*tp = t;

	return err;
}

int writer_thread_submit(struct writer_thread *t, writer_job_h *jobh, writer_done_h *doneh, void *arg)
{
	struct job *job = mem_zalloc(sizeof(*job), NULL);

	if (!job)
		return ENOMEM;

	job->jobh = jobh;
	job->doneh = doneh;
	job->arg = arg;

	(void)pthread_mutex_lock(&t->lock);
	list_append(&t->jobl, &job->le, job);
	(void)pthread_mutex_unlock(&t->lock);
	nudge(t);

	return 0;
}

uint64_t writer_thread_changes(const struct writer_thread *t)
{
	return t->changes;
}

bool writer_thread_durable(const struct writer_thread *t)
{
	return atomic_load_explicit(&t->durable, memory_order_relaxed);
}

void writer_thread_stats(const struct writer_thread *t, struct writer_stats *stats)
{
	stats->records = atomic_load(&t->records);
	stats->commits = atomic_load(&t->commits);
	stats->failures = atomic_load(&t->failures);
	stats->last_commit_us = atomic_load(&t->last_commit_us);
	stats->degraded = atomic_load(&t->degraded);
}

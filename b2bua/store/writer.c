/**
 * @file writer.c  The loop's side of the writer: opens the data folder, puts records into the spool
 */
#include <sys/stat.h>
#include "batch.h"
#include "clock.h"
#include "event.h"
#include "held.h"
#include "lock.h"
#include "log.h"
#include "migrate.h"
#include "recorder.h"
#include "writer.h"
#include "writer_thread.h"

/*
 * Each open call holds back room for its closing, and until it is answered for its answer, so that these always fit.
 * When the spool is otherwise full their text is cut to what is held back.
 */
enum {
	ANSWER_ROOM = 1408,
	CLOSE_ROOM = 2048,
	CALL_ROOM = ANSWER_ROOM + CLOSE_ROOM,
	LAP_ROOM = 2 * CLOSE_ROOM, /* what skipping to the next lap may waste */
	OPEN_ROOM = 4096,          /* a call's opening, for writer_ready */
	ALIVE_MS = 100,
};

struct writer {
	struct lock *lock;
	struct db *db;
	struct recorder *recorder;
	struct spool *spool;
	struct writer_thread *thread;
	struct mbuf *mb;
	struct tmr tmr_alive;
	int64_t run_us;             /* when this run began */
	uint64_t began_ms;          /* the same, monotonic */
	size_t open_calls, ringing; /* of them those that are not answered */
	size_t recovered;
};

static void writer_destructor(void *arg)
{
	struct writer *w = arg;

	tmr_cancel(&w->tmr_alive);
	mem_deref(w->thread);
	mem_deref(w->recorder);
	mem_deref(w->db);
	mem_deref(w->spool);
	mem_deref(w->lock);
	mem_deref(w->mb);
}

static struct mark mark_now(const struct writer *w)
{
	return (struct mark){.at_us = clock_wall_us(),
			     .run_us = w->run_us,
			     .lived_ms = (int64_t)(clock_mono_ms() - w->began_ms)};
}

static void alive_handler(void *arg)
{
	struct writer *w = arg;
	const struct mark mark = mark_now(w);

	spool_mark_set(w->spool, &mark);
	tmr_start(&w->tmr_alive, ALIVE_MS, alive_handler, w);
}

static int open_database(struct writer *w, const char *data_dir, const char *node, char *errstr,
			 size_t errsize)
{
	char path[1024];
	int err;

	if (re_snprintf(path, sizeof(path), "%s/tandem.db", data_dir) < 0)
		return ENAMETOOLONG;

	err = db_open(&w->db, path, DB_WRITE, errstr, errsize);
	err = err ? err : migrate_run(w->db, errstr, errsize);
	err = err ? err : db_prepare_all(w->db, errstr, errsize);
	if (err)
		return err;

	err = recorder_alloc(&w->recorder, w->db, node);
	if (err)
		(void)re_snprintf(errstr, errsize, "cannot read the state of database %s: %s (%m)", path,
				  sqlite3_errmsg(db_handle(w->db)), err);

	return err;
}

static int database_id(struct db *db, char *id, size_t size)
{
	struct sqlite3_stmt *stmt = db_stmt(db, SQL_META_GET);
	int rc;

	if (!stmt)
		return ENOMEM;

	(void)db_bind_str(stmt, 1, "db_id");
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		str_ncpy(id, (const char *)sqlite3_column_text(stmt, 0), size);
	(void)sqlite3_reset(stmt);

	return rc == SQLITE_ROW ? 0 : EBADMSG;
}

static int open_spool(struct writer *w, const char *data_dir, size_t spool_size, char *errstr, size_t errsize)
{
	char path[1024], id[40] = "";
	int err;

	if (re_snprintf(path, sizeof(path), "%s/spool", data_dir) < 0)
		return ENAMETOOLONG;

	if (mkdir(path, 0750) && errno != EEXIST) {
		err = errno;
		(void)re_snprintf(errstr, errsize, "cannot make the folder %s (%m); give %s to this user",
				  path, err, data_dir);
		return err;
	}

	err = database_id(w->db, id, sizeof(id));
	if (err) {
		(void)re_snprintf(errstr, errsize, "%s/tandem.db has lost its id; restore a backup",
				  data_dir);
		return err;
	}

	if (re_snprintf(path, sizeof(path), "%s/spool/records", data_dir) < 0)
		return ENAMETOOLONG;

	return spool_open(&w->spool, path, spool_size, id, recorder_last(w->recorder), errstr, errsize);
}

/* The database keeps its own mark until all is closed: killed now, it is needed again. */
static int recover(struct writer *w, char *errstr, size_t errsize)
{
	const struct mark spooled = spool_mark(w->spool), marked = *recorder_marked(w->recorder);
	const size_t left = spool_used(w->spool);
	size_t taken;
	int err;

	do
		err = recorder_take(w->recorder, w->spool, &marked, &taken);
	while (!err && taken);

	err = err ? err : recorder_close_open(w->recorder, &spooled, clock_wall_us(), &w->recovered);
	if (err) {
		(void)re_snprintf(errstr, errsize,
				  "cannot write into tandem.db what the last run left in the spool: %s (%m); "
				  "make "
				  "room on the disk or check it, and start again: nothing is lost",
				  sqlite3_errmsg(db_handle(w->db)), err);
		return err;
	}

	if (left || w->recovered)
		log_warn("writer: the last run did not end cleanly: took %zu bytes from the spool, closed "
			 "%zu open "
			 "calls (recovered=1)",
			 left, w->recovered);

	return 0;
}

int writer_alloc_sized(struct writer **wp, const char *data_dir, const char *node, size_t spool_size,
		       char *errstr, size_t errsize)
{
	struct writer *w;
	int err;

	if (!wp || !data_dir || !node || !errstr || !errsize)
		return EINVAL;

	*errstr = '\0';
	w = mem_zalloc(sizeof(*w), writer_destructor);
	if (!w)
		return ENOMEM;

	w->run_us = clock_wall_us();
	w->began_ms = clock_mono_ms();
	w->mb = mbuf_alloc(OPEN_ROOM);
	err = w->mb ? 0 : ENOMEM;
	err = err ? err : lock_take(&w->lock, data_dir, errstr, errsize);
	err = err ? err : open_database(w, data_dir, node, errstr, errsize);
	err = err ? err : open_spool(w, data_dir, spool_size, errstr, errsize);
	err = err ? err : recover(w, errstr, errsize);
	err = err ? err : writer_thread_alloc(&w->thread, w->db, w->recorder, w->spool);
	if (err) {
		if (!*errstr)
			(void)re_snprintf(errstr, errsize, "cannot start the writer of %s (%m)", data_dir,
					  err);
		mem_deref(w);
		return err;
	}

	alive_handler(w);
	*wp = w;

	return 0;
}

int writer_alloc(struct writer **wp, const char *data_dir, const char *node, char *errstr, size_t errsize)
{
	return writer_alloc_sized(wp, data_dir, node, SPOOL_SIZE, errstr, errsize);
}

/* Room for records that nothing was held back for. */
static size_t room(const struct writer *w)
{
	const size_t held = w->open_calls * CLOSE_ROOM + w->ringing * ANSWER_ROOM + LAP_ROOM;
	const size_t left = spool_free(w->spool);

	return left > held ? left - held : 0;
}

static int put(struct writer *w, enum record_kind kind)
{
	int err;

	err = spool_put(w->spool, (uint8_t)kind, w->mb->buf, w->mb->end);
	if (!err)
		writer_thread_wake(w->thread);

	return err;
}

/* With the mark of now behind it, from which its duration counts after a crash. */
static int put_marked(struct writer *w, enum record_kind kind)
{
	const struct mark mark = mark_now(w);
	const int err = mark_pack(w->mb, &mark);

	return err ? err : put(w, kind);
}

/* A record that room was held back for: it always fits, and so does a mark behind it. */
static int pack_held(struct writer *w, const struct cdr *cdr, size_t held)
{
	int err;

	mbuf_rewind(w->mb);
	err = cdr_pack(w->mb, cdr);

	if (!err && spool_cost(w->mb->end + MARK_SIZE) > room(w)) {
		mbuf_rewind(w->mb);
		err = cdr_pack_within(w->mb, cdr, held - spool_cost(MARK_SIZE));
	}

	return err;
}

int writer_call_open(struct writer *w, const struct cdr *cdr)
{
	int err;

	if (!w || !cdr)
		return EINVAL;

	if (!writer_thread_durable(w->thread))
		return EIO;

	mbuf_rewind(w->mb);
	err = cdr_pack(w->mb, cdr);
	if (err)
		return err;

	if (spool_cost(w->mb->end + MARK_SIZE) + CALL_ROOM > room(w))
		return ENOSPC;

	err = put_marked(w, RECORD_OPEN);
	if (!err) {
		++w->open_calls;
		++w->ringing;
	}

	return err;
}

int writer_call_answer(struct writer *w, const struct cdr *cdr)
{
	int err;

	if (!w || !cdr)
		return EINVAL;

	err = pack_held(w, cdr, ANSWER_ROOM);
	err = err ? err : put_marked(w, RECORD_ANSWER);
	if (w->ringing)
		--w->ringing;

	return err;
}

int writer_call_close(struct writer *w, const struct cdr *cdr)
{
	int err;

	if (!w || !cdr)
		return EINVAL;

	err = pack_held(w, cdr, CLOSE_ROOM);
	err = err ? err : put(w, RECORD_CLOSE);
	if (!err && w->open_calls) {
		--w->open_calls;
		if (w->ringing && !cdr->answer_us)
			--w->ringing;
	}

	return err;
}

int writer_hold(struct writer *w, const struct cdr *cdr, int64_t nano)
{
	struct held held = {.at_us = clock_wall_us(), .nano = nano};
	int err;

	if (!w || !cdr || !cdr->account || !cdr->currency)
		return EINVAL;

	pl_set_str(&held.cdr_id, cdr->cdr_id);
	pl_set_str(&held.account, cdr->account);
	pl_set_str(&held.currency, cdr->currency);

	mbuf_rewind(w->mb);
	err = held_pack(w->mb, &held);
	if (err)
		return err;

	return spool_cost(w->mb->end) > room(w) ? ENOSPC : put(w, RECORD_HOLD);
}

int writer_event(struct writer *w, const char *kind, const char *cdr_id, const char *detail)
{
	struct event ev = {.at_us = clock_wall_us()};
	int err;

	if (!w || !kind)
		return EINVAL;

	pl_set_str(&ev.kind, kind);
	if (cdr_id)
		pl_set_str(&ev.cdr_id, cdr_id);
	if (detail)
		pl_set_str(&ev.detail, detail);

	mbuf_rewind(w->mb);
	err = event_pack(w->mb, &ev);
	if (err)
		return err;

	return spool_cost(w->mb->end) > room(w) ? ENOSPC : put(w, RECORD_EVENT);
}

bool writer_ready(const struct writer *w)
{
	return w && writer_thread_durable(w->thread) && room(w) >= OPEN_ROOM + CALL_ROOM;
}

void writer_stats(const struct writer *w, struct writer_stats *stats)
{
	writer_thread_stats(w->thread, stats);
	stats->spool_used = spool_used(w->spool);
	stats->spool_size = spool_size(w->spool);
	stats->spool_lost = spool_lost(w->spool);
	stats->recovered = w->recovered;
}

int writer_submit(struct writer *w, writer_job_h *jobh, writer_done_h *doneh, void *arg)
{
	return w && jobh ? writer_thread_submit(w->thread, jobh, doneh, arg) : EINVAL;
}

uint64_t writer_changes(const struct writer *w)
{
	return w ? writer_thread_changes(w->thread) : 0;
}

/**
 * @file archiver.c  Past months leave tandem.db, and old archives the disk, while calls go on
 *
 *     every ten minutes:
 *
 *          +-----------+ some were deleted            +---+ one was let go
 *          v           |                              v   |
 *     -> CLEAR -----------> MAKE -----------------> REMOVE -------> UNLINK -> until the next time
 *          ^     none  |     | a file   no month            none
 *          +--- ADD <--------+
 */
#include <stdatomic.h>
#include "archive_catalog.h"
#include "background.h"
#include "clock.h"
#include "log.h"
#include "archiver.h"

enum {
	FIRST_MS = 1500,
	TICK_MS = 600000,
	LOG_AGAIN_MS = 3600000,
	ERRSTR_SIZE = 512,
	CLEAR_MIN = 50,
	CLEAR_MAX = 4000,
	CLEAR_MS = 40,    /* a deletion should hold the writer up for so long */
	PAUSE_FACTOR = 4, /* and the writer has so many times as long for itself */
	PAUSE_MIN_MS = 20,
};

enum stage { CLEAR, MAKE, ADD, REMOVE, UNLINK, END };

struct round;

struct archiver {
	struct writer *writer;
	struct background *background;
	struct tmr tmr, tmr_pause;
	char *db_path, *folder;
	uint32_t keep_months, archive_months;
	unsigned clear; /* so many records at a time */
	_Atomic bool stop;
	uint64_t logged_ms;
	struct round *round; /* under way; NULL: none */
};

/** A round under way: a job's while that runs, the loop's in between. The writer may have it longer than its house stands. */
struct round {
	struct archiver *archiver; /* NULL once that is gone: the loop's alone */
	enum stage stage;
	struct archive_month month;
	int64_t now_us;
	uint32_t archive_months;
	unsigned clear;
	uint64_t took_ms;
	int err;
	char errstr[ERRSTR_SIZE];
};

/** A job ends with 0, ENOENT: there was nothing to do, or what is wrong. */
struct stage_row {
	const char *doing;
	writer_job_h *writer_job; /* one of the two */
	background_job_h *background_job;
	enum stage done, nothing;
};

static void stage_enter(struct round *r, enum stage stage);

static void round_destructor(void *arg)
{
	struct round *r = arg;

	if (r->archiver)
		r->archiver->round = NULL;
}

/* ---------------------------------------------------------------- jobs */

static int clear_job(struct sqlite3 *db, void *arg)
{
	struct round *r = arg;
	const uint64_t start_ms = clock_mono_ms();
	const int err = archive_clear(db, r->clear);

	r->took_ms = clock_mono_ms() - start_ms;

	return err;
}

static int add_job(struct sqlite3 *db, void *arg)
{
	const struct round *r = arg;

	return archive_add(db, &r->month, r->now_us);
}

static int remove_job(struct sqlite3 *db, void *arg)
{
	const struct round *r = arg;

	return r->archive_months ? archive_remove(db, r->now_us, r->archive_months) : ENOENT;
}

static void make_job(void *arg)
{
	struct round *r = arg;
	struct archiver *a = r->archiver; /* it waits for this job before it goes */
	struct db *db = NULL;

	r->err = a->keep_months ? db_open(&db, a->db_path, DB_READ, r->errstr, sizeof(r->errstr)) : ENOENT;
	r->err = r->err ? r->err : archive_next(&r->month, db, r->now_us, a->keep_months);
	r->err = r->err ? r->err
			: archive_make(&r->month, db, a->folder, &a->stop, r->errstr, sizeof(r->errstr));
	mem_deref(db);
}

static void unlink_job(void *arg)
{
	struct round *r = arg;
	struct archiver *a = r->archiver;
	struct db *db = NULL;

	r->err = db_open(&db, a->db_path, DB_READ, r->errstr, sizeof(r->errstr));
	r->err = r->err ? r->err : archive_unlink(db, a->folder);
	mem_deref(db);
}

static const struct stage_row stagev[] = {
	[CLEAR] = {"deleting archived records", clear_job, NULL, CLEAR, MAKE},
	[MAKE] = {"archiving a month", NULL, make_job, ADD, REMOVE},
	[ADD] = {"noting an archive", add_job, NULL, CLEAR, END},
	[REMOVE] = {"letting an archive go", remove_job, NULL, REMOVE, UNLINK},
	[UNLINK] = {"deleting an archive", NULL, unlink_job, END, END},
};

/* ---------------------------------------------------------------- from one to the next */

/** It is tried again and again, so a disk that stays full is not worth a line each time. */
static void complain(struct archiver *a, const struct round *r, int err)
{
	const uint64_t now = clock_mono_ms();

	if (err == ECANCELED || (a->logged_ms && now < a->logged_ms + LOG_AGAIN_MS))
		return;

	if (*r->errstr)
		log_error("cdr: %s; it is tried again every ten minutes", r->errstr);
	else
		log_error("cdr: %s failed (%m); it is tried again every ten minutes; see to the disk",
			  stagev[r->stage].doing, err);
	a->logged_ms = now;
}

static void pause_handler(void *arg)
{
	struct round *r = arg;

	stage_enter(r, CLEAR);
}

/** How many records are deleted at once follows how long that takes on this disk. */
static void clear_adapt(struct archiver *a, const struct round *r)
{
	if (r->took_ms > CLEAR_MS)
		a->clear = MAX(a->clear / 2, (unsigned)CLEAR_MIN);
	else if (r->took_ms < CLEAR_MS / 2)
		a->clear = MIN(a->clear * 2, (unsigned)CLEAR_MAX);
}

static void stage_done(struct round *r, int err)
{
	struct archiver *a = r->archiver;
	const struct stage_row *row = &stagev[r->stage];

	if (!a || (err && err != ENOENT)) {
		if (a)
			complain(a, r, err);
		mem_deref(r);
		return;
	}

	if (r->stage == ADD && !err)
		log_info("cdr: the records of %s are in %s/cdr-%s.db", r->month.month, a->folder,
			 r->month.month);

	if (r->stage == CLEAR && !err) {
		clear_adapt(a, r);
		tmr_start(&a->tmr_pause, MAX(r->took_ms * PAUSE_FACTOR, (uint64_t)PAUSE_MIN_MS),
			  pause_handler, r);
		return;
	}

	stage_enter(r, err ? row->nothing : row->done);
}

static void writer_handler(int err, void *arg)
{
	stage_done(arg, err);
}

static void background_handler(int err, void *arg)
{
	struct round *r = arg;

	stage_done(r, err ? err : r->err);
}

static void stage_enter(struct round *r, enum stage stage)
{
	struct archiver *a = r->archiver;
	int err;

	if (stage == END) {
		a->logged_ms = 0;
		mem_deref(r);
		return;
	}

	r->stage = stage;
	r->clear = a->clear;
	r->err = 0;
	*r->errstr = '\0';

	if (stagev[stage].writer_job)
		err = writer_submit(a->writer, stagev[stage].writer_job, writer_handler, r);
	else
		err = background_run(a->background, stagev[stage].background_job, background_handler, r);

	if (err)
		mem_deref(r);
}

static void tick(void *arg)
{
	struct archiver *a = arg;
	struct round *r;

	tmr_start(&a->tmr, TICK_MS, tick, a);
	if (a->round)
		return;

	r = mem_zalloc(sizeof(*r), round_destructor);
	if (!r)
		return;

	r->now_us = clock_wall_us();
	r->archive_months = a->archive_months;
	r->archiver = a;
	a->round = r;
	stage_enter(r, CLEAR);
}

/* ---------------------------------------------------------------- life */

static void archiver_destructor(void *arg)
{
	struct archiver *a = arg;
	const bool pausing = tmr_isrunning(&a->tmr_pause);

	tmr_cancel(&a->tmr);
	tmr_cancel(&a->tmr_pause);
	atomic_store(&a->stop, true);
	mem_deref(a->background);
	if (a->round)
		a->round->archiver = NULL;
	if (pausing)
		mem_deref(a->round);

	mem_deref(a->db_path);
	mem_deref(a->folder);
}

int archiver_alloc(struct archiver **ap, struct writer *w, const struct archiver_config *cfg)
{
	struct archiver *a;
	int err;

	if (!ap || !w || !cfg || !cfg->data_dir)
		return EINVAL;

	a = mem_zalloc(sizeof(*a), archiver_destructor);
	if (!a)
		return ENOMEM;

	a->writer = w;
	a->keep_months = cfg->keep_months;
	a->archive_months = cfg->archive_months;
	a->clear = CLEAR_MIN;
	err = re_sdprintf(&a->db_path, "%s/tandem.db", cfg->data_dir);
	err = err ? err : re_sdprintf(&a->folder, "%s/archive", cfg->data_dir);
	err = err ? err : background_alloc(&a->background);
	if (err) {
		mem_deref(a);
		return err;
	}

	tmr_start(&a->tmr, FIRST_MS, tick, a);
	*ap = a;

	return 0;
}

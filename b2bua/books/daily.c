/**
 * @file daily.c  What is done once a day with its records
 *
 *        every minute            closed             file written            noted
 *     idle ---------> closing ----------> exporting -----------> noting ----------> exporting, until there is none
 */
#include <stdatomic.h>
#include <string.h>
#include "background.h"
#include "clock.h"
#include "day.h"
#include "export.h"
#include "log.h"
#include "daily.h"

enum {
	FIRST_MS = 5000,
	TICK_MS = 60000,
	LOG_AGAIN_MS = 3600000,
	PATH_SIZE = 4096,
	ERRSTR_SIZE = 512,
};

struct step;

struct daily {
	struct writer *writer;
	struct background *background;
	struct tmr tmr;
	char *db_path, *export_dir;
	enum export_format format;
	_Atomic bool stop;
	uint64_t logged_ms;
	struct step *step; /* under way; NULL: none */
};

/** One round under way: a job's while that runs, the loop's in between. The writer may have it longer than its house stands. */
struct step {
	struct daily *daily; /* NULL once that is gone: the loop's alone */
	int64_t now_us;
	struct days_closed closed;
	struct cdr_day day;
	struct export_report report;
	int err;
	char errstr[ERRSTR_SIZE];
};

static void export_next(struct step *s);

static void step_destructor(void *arg)
{
	struct step *s = arg;

	if (s->daily)
		s->daily->step = NULL;
}

/** The loop asks again every minute, so a disk that stays full is not worth a line each time. */
static void complain(struct daily *d, const char *what)
{
	const uint64_t now = clock_mono_ms();

	if (d->logged_ms && now < d->logged_ms + LOG_AGAIN_MS)
		return;

	log_error("cdr: %s; it is tried again every minute", what);
	d->logged_ms = now;
}

/* ---------------------------------------------------------------- its files */

static void export_job(void *arg)
{
	struct step *s = arg;
	struct daily *d = s->daily; /* it waits for this job before it goes */
	struct db *db = NULL;

	s->errstr[0] = '\0';
	s->err = db_open(&db, d->db_path, DB_READ, s->errstr, sizeof(s->errstr));
	s->err = s->err ? s->err : day_unexported(&s->day, db);
	s->err = s->err ? s->err
			: export_day(&s->report, db, &s->day, d->format, d->export_dir, &d->stop, s->errstr,
				     sizeof(s->errstr));
	mem_deref(db);
}

static int note_job(struct sqlite3 *db, void *arg)
{
	const struct step *s = arg;

	return day_exported(db, s->day.day, clock_wall_us());
}

static void noted_handler(int err, void *arg)
{
	struct step *s = arg;

	if (err || !s->daily) {
		mem_deref(s);
		return;
	}

	log_info("cdr: %s/%s has the %llu records of %s", s->daily->export_dir, s->report.name,
		 (unsigned long long)s->report.digest.rows, s->day.day);
	s->daily->logged_ms = 0;
	export_next(s);
}

static void exported_handler(int err, void *arg)
{
	struct step *s = arg;

	if (!err && !s->err) {
		if (writer_submit(s->daily->writer, note_job, noted_handler, s))
			mem_deref(s);
		return;
	}

	if (!err && s->err != ENOENT && s->err != ECANCELED)
		complain(s->daily, s->errstr);
	mem_deref(s);
}

static void export_next(struct step *s)
{
	struct daily *d = s->daily;

	if (!*d->export_dir || background_run(d->background, export_job, exported_handler, s))
		mem_deref(s);
}

/* ---------------------------------------------------------------- the day is closed */

static int close_job(struct sqlite3 *db, void *arg)
{
	struct step *s = arg;

	return days_close(db, s->now_us, &s->closed);
}

static void closed_handler(int err, void *arg)
{
	struct step *s = arg;

	if (!s->daily) {
		mem_deref(s);
		return;
	}

	if (err) {
		(void)re_snprintf(s->errstr, sizeof(s->errstr), "the day's records cannot be closed: %m",
				  err);
		complain(s->daily, s->errstr);
		mem_deref(s);
		return;
	}

	/* a log that is kept elsewhere proves the records that are here */
	if (s->closed.days)
		log_info("cdr: the day is over; its last record is seq %lld, hash %s",
			 (long long)s->closed.last_seq, s->closed.hash);
	export_next(s);
}

static void tick(void *arg)
{
	struct daily *d = arg;
	struct step *s;

	tmr_start(&d->tmr, TICK_MS, tick, d);
	if (d->step)
		return;

	s = mem_zalloc(sizeof(*s), step_destructor);
	if (!s)
		return;

	s->now_us = clock_wall_us();
	s->daily = d;
	d->step = s;
	if (writer_submit(d->writer, close_job, closed_handler, s))
		mem_deref(s);
}

/* ---------------------------------------------------------------- life */

static void daily_destructor(void *arg)
{
	struct daily *d = arg;

	tmr_cancel(&d->tmr);
	atomic_store(&d->stop, true);
	mem_deref(d->background);
	if (d->step)
		d->step->daily = NULL;

	mem_deref(d->db_path);
	mem_deref(d->export_dir);
}

int daily_alloc(struct daily **dp, struct writer *w, const struct daily_config *cfg)
{
	struct daily *d;
	int err;

	if (!dp || !w || !cfg || !cfg->data_dir || !cfg->export_dir)
		return EINVAL;

	d = mem_zalloc(sizeof(*d), daily_destructor);
	if (!d)
		return ENOMEM;

	d->writer = w;
	d->format = cfg->format;
	err = re_sdprintf(&d->db_path, "%s/tandem.db", cfg->data_dir);
	err = err ? err : str_dup(&d->export_dir, cfg->export_dir);
	err = err ? err : background_alloc(&d->background);
	if (err) {
		mem_deref(d);
		return err;
	}

	tmr_start(&d->tmr, FIRST_MS, tick, d);
	*dp = d;

	return 0;
}

/**
 * @file trace_session.c  Which calls are traced into which files
 */
#include <string.h>
#include <time.h>
#include <re.h>
#include "background.h"
#include "clock.h"
#include "config.h"
#include "log.h"
#include "trace_name.h"
#include "trace_session.h"
#include "trace_text.h"

enum { ENDED_MAX = 20, MINUTE_MS = 60000, NAME_SIZE = 64 };

enum state { OPENING, RUNNING, TIME_OVER, FULL, STOPPED, FAILED };

static const char *const state_namev[] = {
	[OPENING] = "opening", [RUNNING] = "running", [TIME_OVER] = "time_over",
	[FULL] = "full",       [STOPPED] = "stopped", [FAILED] = "failed",
};

struct trace_session {
	struct le le;              /* ts->sessionl, the newest first */
	struct trace_sessions *ts; /* NULL: gone while the file was opened */
	uint32_t id;
	enum state state;
	enum trace_kind kind;
	char value[TRACE_VALUE_SIZE];
	uint32_t minutes;
	int64_t start_us, end_us;
	uint32_t calls;
	struct trace_file_figures figures; /* of the file that was closed */
	struct trace_file *file;           /* until the end */
	char *path;
	struct tmr tmr;
	int err; /* of opening the file */
	trace_started_h *startedh;
	void *arg;
};

struct trace_sessions {
	const struct config *cfg;
	struct trace_ring *ring;
	struct background *background;
	struct list sessionl;
	struct trace_session *slotv[TRACE_RUNNING_MAX]; /* opening or running */
	struct trace_names *names; /* of calls and dialogs, with the slots they are for */
	uint32_t running;          /* slots, a bit each */
	uint32_t last_id;
};

static void session_destructor(void *arg)
{
	struct trace_session *s = arg;

	tmr_cancel(&s->tmr);
	list_unlink(&s->le);
	(void)trace_file_close(s->file);
	mem_deref(s->path);
}

static void destructor(void *arg)
{
	struct trace_sessions *ts = arg;

	for (struct le *le = ts->sessionl.head; le; le = le->next)
		((struct trace_session *)le->data)->ts = NULL;

	list_flush(&ts->sessionl);
	mem_deref(ts->names);
}

int trace_sessions_alloc(struct trace_sessions **tsp, const struct config *cfg, struct trace_ring *ring,
			 struct background *background)
{
	struct trace_sessions *ts;
	int err;

	ts = mem_zalloc(sizeof(*ts), destructor);
	if (!ts)
		return ENOMEM;

	ts->cfg = cfg;
	ts->ring = ring;
	ts->background = background;
	err = trace_names_alloc(&ts->names);

	if (err)
		mem_deref(ts);
	else
		*tsp = ts;

	return err;
}

const char *trace_kind_name(enum trace_kind kind)
{
	static const char *const namev[TRACE_KINDC] =
		{[TRACE_CALL] = "call", [TRACE_TRUNK] = "trunk", [TRACE_NUMBER] = "number"};

	return namev[kind];
}

/* ---------------------------------------------------------------- end */

/** The last that ended can be looked at, the others go. */
static void ended_prune(struct trace_sessions *ts)
{
	struct le *le = ts->sessionl.head;
	unsigned ended = 0;

	while (le) {

		struct trace_session *s = le->data;

		le = le->next;
		if (s->state > RUNNING && ++ended > ENDED_MAX)
			mem_deref(s);
	}
}

static void session_end(struct trace_session *s, enum state state)
{
	struct trace_sessions *ts = s->ts;

	tmr_cancel(&s->tmr);
	s->state = state;
	s->end_us = clock_wall_us();
	trace_file_figures(s->file, &s->figures);
	s->file = trace_file_close(s->file);

	for (unsigned i = 0; i < TRACE_RUNNING_MAX; i++) {

		if (ts->slotv[i] != s)
			continue;

		ts->slotv[i] = NULL;
		ts->running &= ~(1U << i);
		trace_names_drop(ts->names, 1U << i);
	}

	log_info("trace %u: %s, %u messages of %u calls in %s", s->id, state_namev[state],
		 s->figures.messages, s->calls, s->path);
	ended_prune(ts);
}

static void time_handler(void *arg)
{
	session_end(arg, TIME_OVER);
}

int trace_sessions_stop(struct trace_sessions *ts, uint32_t id)
{
	for (unsigned i = 0; i < TRACE_RUNNING_MAX; i++) {

		if (!(ts->running & 1U << i) || ts->slotv[i]->id != id)
			continue;

		session_end(ts->slotv[i], STOPPED);
		return 0;
	}

	return ENOENT;
}

/* ---------------------------------------------------------------- start */

static void open_job(void *arg)
{
	struct trace_session *s = arg;

	s->err = trace_file_open(s->file);
}

static void session_run(struct trace_session *s)
{
	struct trace_sessions *ts = s->ts;

	for (unsigned i = 0; i < TRACE_RUNNING_MAX; i++)
		if (ts->slotv[i] == s)
			ts->running |= 1U << i;

	s->state = RUNNING;
	s->start_us = clock_wall_us();
	s->end_us = s->start_us + (int64_t)s->minutes * MINUTE_MS * 1000;
	tmr_start(&s->tmr, (uint64_t)s->minutes * MINUTE_MS, time_handler, s);
	log_info("trace %u: started, for %u minutes, into %s", s->id, s->minutes, s->path);
}

static void opened_handler(int err, void *arg)
{
	struct trace_session *s = arg;
	struct trace_sessions *ts = s->ts;

	err = err ? err : s->err;
	if (!err && !ts)
		err = ECANCELED;
	if (!err)
		session_run(s);

	s->startedh(err, s, s->arg);

	if (err && ts) {
		for (unsigned i = 0; i < TRACE_RUNNING_MAX; i++)
			ts->slotv[i] = ts->slotv[i] == s ? NULL : ts->slotv[i];
		mem_deref(s);
	}
	mem_deref(s);
}

/** "trace-20260131T235959Z-7.pcap": in the order of their names they are in that of time. */
static void name_make(char name[NAME_SIZE], uint32_t id)
{
	const time_t now = (time_t)(clock_wall_us() / 1000000);
	char when[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		(void)strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	(void)re_snprintf(name, NAME_SIZE, "trace-%s-%u.pcap", when, id);
}

static int session_alloc(struct trace_session **sp, struct trace_sessions *ts, const struct trace_want *want)
{
	struct trace_session *s;
	char name[NAME_SIZE];
	int err;

	s = mem_zalloc(sizeof(*s), session_destructor);
	if (!s)
		return ENOMEM;

	s->ts = ts;
	s->id = ++ts->last_id;
	s->kind = want->kind;
	s->minutes = want->minutes;
	str_ncpy(s->value, want->value, sizeof(s->value));
	name_make(name, s->id);
	err = trace_file_alloc(&s->file, ts->cfg, name, ts->background);
	err = err ? err : str_dup(&s->path, trace_file_path(s->file));

	if (err)
		mem_deref(s);
	else
		*sp = s;

	return err;
}

int trace_sessions_start(struct trace_sessions *ts, const struct trace_want *want, trace_started_h *h,
			 void *arg)
{
	struct trace_session *s;
	unsigned slot = 0;
	int err;

	while (slot < TRACE_RUNNING_MAX && ts->slotv[slot])
		++slot;
	if (slot == TRACE_RUNNING_MAX)
		return EBUSY;

	err = session_alloc(&s, ts, want);
	if (err)
		return err;

	s->startedh = h;
	s->arg = arg;
	err = background_run(ts->background, open_job, opened_handler, mem_ref(s));
	if (err) {
		mem_deref(s);
		mem_deref(s);
		return err;
	}

	ts->slotv[slot] = s;
	list_prepend(&ts->sessionl, &s->le, s);

	return 0;
}

/* ---------------------------------------------------------------- which calls */

/** Whether a number begins as wanted, with or without the + of both. */
static bool number_begins(const char *number, const char *prefix)
{
	if (!number)
		return false;

	number += *number == '+';
	prefix += *prefix == '+';

	return !strncmp(number, prefix, strlen(prefix));
}

static bool is_wanted(const struct trace_session *s, const struct trace_leg *leg)
{
	switch (s->kind) {

	case TRACE_CALL:
		return !str_casecmp(s->value, leg->call);

	case TRACE_TRUNK:
		return !str_cmp(s->value, leg->trunk);

	default:
		return number_begins(leg->caller, s->value) || number_begins(leg->callee, s->value);
	}
}

static uint32_t slots_wanting(const struct trace_sessions *ts, const struct trace_leg *leg)
{
	uint32_t slots = 0;

	for (unsigned i = 0; i < TRACE_RUNNING_MAX; i++)
		if (ts->running & 1U << i && is_wanted(ts->slotv[i], leg))
			slots |= 1U << i;

	return slots;
}

/* ---------------------------------------------------------------- messages */

static void message_write(struct trace_sessions *ts, uint32_t slots, const struct trace_msg *m,
			  const char *text)
{
	for (unsigned i = 0; i < TRACE_RUNNING_MAX; i++) {

		struct trace_session *s = ts->slotv[i];
		int err;

		if (!(slots & ts->running & 1U << i))
			continue;

		err = trace_file_write(s->file, m, text);
		if (err && err != EFBIG)
			log_warn("trace %u: %s: %m", s->id, s->path, err);
		if (err)
			session_end(s, err == EFBIG ? FULL : FAILED);
	}
}

/** What the ring still has of a call: of all its legs, or of one. */
struct past {
	struct trace_sessions *ts;
	uint32_t slots;
	const char *leg; /* NULL: all */
};

static int past_handler(const struct trace_msg *m, const struct pl *leg, char *text, void *arg)
{
	const struct past *p = arg;
	struct pl callid = PL_INIT;

	if (p->leg && pl_strcmp(leg, p->leg))
		return 0;

	if (trace_text_callid(&callid, text, m->len))
		trace_names_add(p->ts->names, TRACE_DIALOG, &callid, p->slots & p->ts->running);
	message_write(p->ts, p->slots, m, text);

	return 0;
}

void trace_sessions_leg(struct trace_sessions *ts, const struct pl *callid, const struct trace_leg *leg)
{
	struct past known = {ts, 0, leg->name}, found = {ts, 0, NULL};
	struct pl call;

	if (!ts->running)
		return;

	pl_set_str(&call, leg->call);
	known.slots = trace_names_slots(ts->names, TRACE_OF_CALL, &call);
	found.slots = slots_wanting(ts, leg) & ~known.slots;
	if (!(known.slots | found.slots))
		return;

	for (unsigned i = 0; i < TRACE_RUNNING_MAX; i++)
		if (found.slots & 1U << i)
			++ts->slotv[i]->calls;

	trace_names_add(ts->names, TRACE_OF_CALL, &call, found.slots);
	trace_names_add(ts->names, TRACE_DIALOG, callid, known.slots | found.slots);
	if (known.slots)
		(void)trace_ring_apply(ts->ring, leg->call, past_handler, &known);
	if (found.slots)
		(void)trace_ring_apply(ts->ring, leg->call, past_handler, &found);
}

void trace_sessions_message(struct trace_sessions *ts, const struct pl *callid, const struct trace_msg *m,
			    const char *text)
{
	if (ts->running)
		message_write(ts, trace_names_slots(ts->names, TRACE_DIALOG, callid), m, text);
}

/* ---------------------------------------------------------------- what is known of them */

void trace_session_figures(const struct trace_session *s, struct trace_session_figures *figures)
{
	*figures = (struct trace_session_figures){
		.id = s->id,
		.kind = s->kind,
		.value = s->value,
		.state = state_namev[s->state],
		.path = s->path,
		.start_us = s->start_us,
		.end_us = s->end_us,
		.calls = s->calls,
		.file = s->figures,
	};

	if (s->file)
		trace_file_figures(s->file, &figures->file);
}

int trace_sessions_apply(const struct trace_sessions *ts, trace_session_h *h, void *arg)
{
	int err = 0;

	for (const struct le *le = ts->sessionl.head; le && !err; le = le->next) {

		const struct trace_session *s = le->data;
		struct trace_session_figures figures;

		if (s->state == OPENING)
			continue;

		trace_session_figures(s, &figures);
		err = h(&figures, arg);
	}

	return err;
}

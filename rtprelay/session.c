/**
 * @file session.c  The table of sessions, and the sweep that finds the silent and the forgotten
 */
#include <string.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "session.h"
#include "wheel.h"

enum {
	HASH_SIZE = 16384,
	NOTIFY_REPEAT_S = 5,
	EXPIRE_FACTOR = 3,  /* times the time-out, then nobody will delete it any more */
	UNANSWERED_S = 300, /* longer than any telephone rings */
	HELD_S = 24 * 3600, /* a call on hold may be silent, but not for ever */
};

struct sessions {
	struct sessions_config cfg;
	struct hash *table;
	struct sessions_count count;
};

static bool free_handler(struct le *le, void *arg)
{
	mem_deref(le->data);

	return false;
}

static void sessions_destructor(void *arg)
{
	struct sessions *ss = arg;

	if (ss->table)
		(void)hash_apply(ss->table, free_handler, NULL);
	mem_deref(ss->table);
}

int sessions_alloc(struct sessions **ssp, const struct sessions_config *cfg)
{
	struct sessions *ss;
	int err;

	ss = mem_zalloc(sizeof(*ss), sessions_destructor);
	if (!ss)
		return ENOMEM;

	ss->cfg = *cfg;
	err = hash_alloc(&ss->table, HASH_SIZE);

	if (err)
		mem_deref(ss);
	else
		*ssp = ss;

	return err;
}

const struct sessions_config *sessions_config(const struct sessions *ss)
{
	return &ss->cfg;
}

void sessions_count(const struct sessions *ss, struct sessions_count *count)
{
	*count = ss->count;
}

static bool id_cmp_handler(struct le *le, void *arg)
{
	const struct session *s = le->data;

	return !pl_strcmp(arg, s->call_id);
}

struct session *session_find(const struct sessions *ss, const struct pl *call_id)
{
	struct pl id = *call_id;

	return list_ledata(hash_lookup(ss->table, hash_joaat_pl(call_id), id_cmp_handler, &id));
}

static uint64_t packets_from(const struct party *p, unsigned i)
{
	struct stream_view view;

	if (!p || i >= p->mediac || !p->mediav[i])
		return 0;

	stream_view(lane_stream(p->mediav[i]->lane), &view);

	return view.partv[STREAM_RTP].packets;
}

static void mos_count(const struct session *s, struct sessions_count *count, uint64_t now_ms)
{
	const struct le *le;
	unsigned i;

	for (le = list_head(&s->partyl); le; le = le->next) {

		const struct party *p = le->data;

		for (i = 0; i < p->mediac; i++) {

			struct watch_report report;
			uint64_t mos;

			if (!packets_from(p, i))
				continue;

			watch_read(s, p, i, now_ms, &report);
			mos = report.quality.mos_x100;
			count->mos_x100 += mos;
			count->mos2_x10000 += mos * mos;
			count->mosc += mos > 0;
		}
	}
}

/* What statistics tell of sessions that are over. */
static void end_count(const struct session *s, struct sessions_count *count)
{
	const struct party *p = list_ledata(list_head(&s->partyl));
	const uint64_t now_ms = clock_mono_ms();
	unsigned i;

	--count->now;
	count->lasted_ms += now_ms - s->created_mono_ms;
	mos_count(s, count, now_ms);

	for (i = 0; p && i < p->mediac; i++) {

		const bool there = packets_from(p, i), back = packets_from(p->with, i);

		if (!p->mediav[i])
			continue;

		count->oneway += there != back;
		count->zeroway += !there && !back;
	}
}

static void session_destructor(void *arg)
{
	struct session *s = arg;

	if (s->he.list) {
		hash_unlink(&s->he);
		end_count(s, &s->sessions->count);
	}

	list_flush(&s->partyl);
	mem_deref(s->call_id);
}

static struct worker *worker_choose(const struct sessions_config *cfg)
{
	struct worker *best = cfg->workerv[0];
	unsigned i;

	for (i = 1; i < cfg->workerc; i++)
		if (worker_load(cfg->workerv[i]) < worker_load(best))
			best = cfg->workerv[i];

	return best;
}

int session_alloc(struct session **sp, struct sessions *ss, const struct pl *call_id)
{
	struct session *s;
	int err;

	s = mem_zalloc(sizeof(*s), session_destructor);
	if (!s)
		return ENOMEM;

	err = pl_strdup(&s->call_id, call_id);
	if (err) {
		mem_deref(s);
		return err;
	}

	s->sessions = ss;
	s->worker = worker_choose(&ss->cfg);
	s->timeout_s = ss->cfg.timeout_s;
	s->tos = ss->cfg.tos;
	s->created_us = clock_wall_us();
	s->created_mono_ms = clock_mono_ms();
	session_signal(s);
	hash_append(ss->table, hash_joaat_pl(call_id), &s->he, s);
	++ss->count.now;
	++ss->count.total;
	*sp = s;

	return 0;
}

void session_signal(struct session *s)
{
	s->signal_us = clock_wall_us();
	s->signal_mono_ms = clock_mono_ms();
	s->notified_ms = 0;
	s->delete_ms = 0;
}

void session_delete(struct session *s, uint32_t delay_s)
{
	if (delay_s) {
		s->delete_ms = clock_mono_ms() + delay_s * 1000ULL;
		return;
	}

	++s->sessions->count.deleted;
	mem_deref(s);
}

static int party_apply(const struct session *s, struct party *p)
{
	const struct stream_control control = {
		.block = s->control.block || s->drop || p->control.block,
		.silence = s->control.silence || p->control.silence,
		.no_dtmf = s->control.no_dtmf || s->drop || p->control.no_dtmf,
	};
	unsigned i;
	int err = 0;

	for (i = 0; i < p->mediac && !err; i++) {

		if (!p->mediav[i])
			continue;

		media_mark(p->mediav[i], s->tos);
		if (s->controlled)
			err = media_control(p->mediav[i], &control);
	}

	return err;
}

int session_apply(struct session *s)
{
	struct le *le;
	int err = 0;

	for (le = list_head(&s->partyl); le && !err; le = le->next)
		err = party_apply(s, le->data);

	return err;
}

struct each {
	session_each_h *h;
	void *arg;
};

static bool each_handler(struct le *le, void *arg)
{
	const struct each *each = arg;

	return each->h(le->data, each->arg);
}

void sessions_apply(const struct sessions *ss, session_each_h *h, void *arg)
{
	struct each each = {.h = h, .arg = arg};

	(void)hash_apply(ss->table, each_handler, &each);
}

/* The last sign of life: a packet from any party, or the client's last word. */
static uint64_t session_last_ms(const struct session *s)
{
	uint64_t last_ms = s->signal_mono_ms;
	struct le *le;

	for (le = list_head(&s->partyl); le; le = le->next) {

		const uint64_t ms = party_last_us(le->data) / 1000;

		last_ms = MAX(ms, last_ms);
	}

	return last_ms;
}

static bool session_flows(const struct session *s)
{
	struct le *le;

	for (le = list_head(&s->partyl); le; le = le->next)
		if (party_flows(le->data))
			return true;

	return false;
}

static void silent_tell(struct sessions *ss, struct session *s, uint64_t silent_ms, uint64_t now_ms)
{
	if (silent_ms < s->timeout_s * 1000ULL) {
		s->notified_ms = 0;
		return;
	}

	if (s->notified_ms && now_ms - s->notified_ms < NOTIFY_REPEAT_S * 1000ULL)
		return;

	if (!s->notified_ms) {
		++ss->count.silent;
		log_info("media of call %s has been silent for %u s", s->call_id, s->timeout_s);
	}

	s->notified_ms = now_ms;
	if (s->notify)
		ss->cfg.silenth(s, ss->cfg.arg);
}

/* Nothing is sent before the parties have had time to speak. */
static void keepalive(const struct sessions *ss, const struct session *s, uint64_t now_ms)
{
	const uint64_t age_ms = ss->cfg.keepalive_s * 1000ULL;
	struct le *le;

	if (!age_ms || now_ms - s->signal_mono_ms < age_ms)
		return;

	for (le = list_head(&s->partyl); le; le = le->next)
		party_keepalive(le->data, (now_ms - age_ms) * 1000);
}

static bool sweep_handler(struct le *le, void *arg)
{
	struct sessions *ss = arg;
	struct session *s = le->data;
	const uint64_t now_ms = clock_mono_ms(), last_ms = session_last_ms(s);
	const uint64_t silent_ms = now_ms > last_ms ? now_ms - last_ms : 0;
	const bool flows = s->answered && session_flows(s);
	const uint64_t limit_s = !s->answered ? UNANSWERED_S : flows ? EXPIRE_FACTOR * s->timeout_s : HELD_S;

	if (s->delete_ms) {
		if (now_ms >= s->delete_ms)
			session_delete(s, 0);
		return false;
	}

	if (silent_ms >= limit_s * 1000ULL) {
		log_warn("media of call %s has been silent for %llu s and nobody deleted it: removed",
			 s->call_id, (unsigned long long)limit_s);
		++ss->count.expired;
		ss->count.unanswered += !s->answered;
		mem_deref(s);
		return false;
	}

	watch_session(s, now_ms);

	if (flows)
		silent_tell(ss, s, silent_ms, now_ms);
	keepalive(ss, s, now_ms);

	return false;
}

void sessions_sweep(struct sessions *ss)
{
	(void)hash_apply(ss->table, sweep_handler, ss);
}

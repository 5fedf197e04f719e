/**
 * @file stream.c  One party's m-line being relayed: what it is told, and what it tells of itself
 */
#include <string.h>
#include <re.h>
#include "stream_core.h"

static void stream_destructor(void *arg)
{
	struct stream *st = arg;

	mem_deref(st->keys.rx);
	mem_deref(st->keys.tx);
}

int stream_alloc(struct stream **stp)
{
	struct stream *st;
	unsigned part;

	st = mem_zalloc(sizeof(*st), stream_destructor);
	if (!st)
		return ENOMEM;

	st->rtp = true;

	for (part = 0; part < STREAM_PARTS; part++) {

		struct stream_sock *sock = &st->sockv[part];

		sock->io.fd = -1;
		sock->stream = st;
		sock->part = (uint8_t)part;
	}

	*stp = st;

	return 0;
}

void stream_publish(struct stream *st, unsigned part)
{
	const struct sa *target = latch_target(&st->latchv[part]);
	struct sa none;

	sa_init(&none, AF_UNSPEC);
	peer_publish(&st->sharedv[part].peer, target ? target : &none);
	atomic_store_explicit(&st->sharedv[part].latched, st->latchv[part].rank != LATCH_RANK_NONE,
			      memory_order_relaxed);
}

void stream_send(struct stream *st, struct stream_env *env, unsigned part, const struct io_packet *pkt,
		 const struct sa *dst)
{
	env->engine->send(env->io, &st->sockv[part].io, pkt, dst);
	stat_set(&st->sharedv[part].sent_us, pkt->now_us);
}

int stream_watch(struct stream *st, const struct stream_env *env, const struct port_pair *pair)
{
	unsigned part;
	int err = 0;

	for (part = 0; part < STREAM_PARTS && !err; part++)
		if (pair->fdv[part] >= 0)
			err = env->engine->add(env->io, &st->sockv[part].io, pair->fdv[part]);

	return err;
}

struct port_pair *stream_bind(struct stream *st, struct stream_env *env, struct port_pair *pair)
{
	struct port_pair *old = st->pair;
	unsigned part;

	for (part = 0; part < STREAM_PARTS; part++) {

		/* also where none are bound: they may be watched already (stream_watch) */
		if (old || !pair)
			env->engine->remove(env->io, &st->sockv[part].io);

		st->sockv[part].io.fd = pair ? pair->fdv[part] : -1;
	}

	st->pair = pair;

	return old;
}

/* Its payload types may mean something else now. */
static void payload_forget(struct stream *st)
{
	st->rate_hz = 0;
	st->pt = UINT8_MAX;
}

void stream_link(struct stream *st, struct stream *to)
{
	list_unlink(&st->le);
	st->to = to;
	payload_forget(st);
	if (to)
		list_append(&to->froml, &st->le, st);
}

void stream_control(struct stream *st, const struct stream_control *control)
{
	st->control = *control;
	st->controlled = control->block || control->silence || control->no_dtmf;
}

/* New credentials are a restart: who was nominated before stays the peer until another is. */
void stream_ice(struct stream *st, const struct ice_credentials *own)
{
	unsigned part;

	if (!str_cmp(own->ufrag, st->ice.own.ufrag))
		return;

	st->ice.own = *own;
	for (part = 0; part < STREAM_PARTS; part++)
		latch_ice_restart(&st->latchv[part]);
}

static void swap(struct rsrtp **a, struct rsrtp **b)
{
	struct rsrtp *was = *a;

	*a = *b;
	*b = was;
}

void stream_secure(struct stream *st, struct stream_keys *keys)
{
	st->keys.srtp = keys->srtp;

	if (keys->rx && st->keys.rx) {
		rsrtp_follow(keys->rx, st->keys.rx);
		st->keys.rx = NULL;
	}

	if (keys->rx || !keys->srtp)
		swap(&st->keys.rx, &keys->rx);
	if (keys->tx || !keys->srtp)
		swap(&st->keys.tx, &keys->tx);
}

struct port_pair *stream_detach(struct stream *st, struct stream_env *env)
{
	while (st->froml.head)
		stream_link(st->froml.head->data, NULL);

	stream_link(st, NULL);

	return stream_bind(st, env, NULL);
}

void stream_announce(struct stream *st, struct stream_env *env, const struct stream_announce *ann)
{
	struct le *le;
	unsigned part;

	for (part = 0; part < STREAM_PARTS; part++) {

		const struct sa *sa = &ann->addrv[part];

		/* a loop through ourselves is never a target */
		if (ports_is_ours(env->ports, sa) && !ann->hairpin)
			sa = NULL;

		st->latchv[part].rules = ann->rules;
		if (ann->anew)
			latch_open(&st->latchv[part], NULL);
		latch_announce(&st->latchv[part], sa);
		stream_publish(st, part);
	}

	st->rtp = ann->rtp && (ann->final || st->rtp);
	st->secure = ann->secure || (!ann->final && st->secure);
	st->mux = ann->mux;
	st->hairpin = ann->hairpin;
	st->payloads = ann->payloads;

	for (le = st->froml.head; le; le = le->next)
		payload_forget(le->data);
}

void stream_keepalive(struct stream *st, struct stream_env *env, uint64_t before_us, uint64_t now_us)
{
	static const uint8_t indication[] = BINDING_INDICATION;
	struct io_packet pkt = {.p = (uint8_t *)(uintptr_t)indication, .now_us = now_us};
	unsigned part;

	if (st->ice.own.ufrag[0])
		pkt.len = sizeof(indication);

	for (part = 0; part < STREAM_PARTS; part++) {

		const struct sa *target = latch_target(&st->latchv[part]);

		if (stream_sent_us(st, part) >= before_us)
			continue;

		stat_set(&st->sharedv[part].sent_us, now_us);
		if (target && st->sockv[part].io.fd >= 0 && (part == STREAM_RTP || !st->mux))
			stream_send(st, env, part, &pkt, target);
	}
}

uint64_t stream_sent_us(const struct stream *st, enum stream_part part)
{
	return stat_get(&st->sharedv[part].sent_us);
}

uint64_t stream_last_us(const struct stream *st)
{
	return stat_get(&st->last_us);
}

void stream_figures(const struct stream *st, struct stats_figures *figures, uint32_t *round_trip_us)
{
	stats_source_read(&st->source, figures);
	*round_trip_us = (uint32_t)MIN(stat_get(&st->round_trip_us), UINT32_MAX);
}

void stream_view(const struct stream *st, struct stream_view *view)
{
	unsigned part;

	for (part = 0; part < STREAM_PARTS; part++) {

		const struct part_shared *shared = &st->sharedv[part];

		peer_read(&shared->peer, &view->partv[part].peer);
		view->partv[part].latched = atomic_load_explicit(&shared->latched, memory_order_relaxed);
		view->partv[part].packets = stat_get(&shared->count.packets);
		view->partv[part].bytes = stat_get(&shared->count.bytes);
		view->partv[part].errors = stat_get(&shared->count.errors);
	}

	view->last_us = stat_get(&st->last_us);
	view->strangers = stat_get(&st->strangers);
	stats_source_read(&st->source, &view->source);
	view->rtcp_lost = stat_get(&st->rtcp_lost);
	view->rtcp_jitter_us = stat_get(&st->rtcp_jitter_us);
	view->round_trip_us = stat_get(&st->round_trip_us);
}

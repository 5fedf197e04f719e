/**
 * @file stream.c  One party's m-line being relayed: a packet is judged, counted and sent out on another
 */
#include <string.h>
#include <re.h>
#include "latch.h"
#include "packet.h"
#include "peer.h"
#include "rtcp.h"
#include "stream.h"

struct stream_sock {
	struct io_sock io; /* first: the engine knows this part */
	struct stream *stream;
	uint8_t part;
};

/** What is published for other threads about one socket. */
struct part_shared {
	struct peer peer;
	_Atomic(bool) latched;
	struct stats_count count;
	stat64_t sent_us; /* when its peer was last sent anything, or there was none to keep alive */
};

struct stream {
	struct stream *to;
	struct le le;      /* to->froml */
	struct list froml; /* streams that lead here */

	struct stream_sock sockv[STREAM_PARTS];
	struct latch latchv[STREAM_PARTS];
	struct ice ice;
	struct port_pair *pair;
	bool rtp;
	bool secure;
	bool mux;
	bool hairpin;
	struct stream_control control;
	bool controlled; /* any of it */
	struct stream_keys keys;
	struct rsdp_payloads payloads; /* which its party takes */
	uint8_t pt;                    /* of its last packet */
	uint32_t rate_hz;              /* of that payload type */
	struct rtcp_passed passed;     /* sender reports sent on to it */

	struct part_shared sharedv[STREAM_PARTS];
	struct stats_source source;
	stat64_t last_us;
	stat64_t strangers;
	stat64_t rtcp_lost;
	stat64_t rtcp_jitter_us;
	stat64_t round_trip_us;
};

/** A packet on its way through. */
struct passage {
	struct stream_env *env;
	struct stream_sock *sock; /* where it came in */
	struct io_packet *pkt;
	struct stream *in;
	struct stream *out; /* NULL: nobody is at the other end yet */
	size_t wire_len;
	enum packet_kind kind;
	struct packet_rtp rtp;
};

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

static void publish(struct stream *st, unsigned part)
{
	const struct sa *target = latch_target(&st->latchv[part]);
	struct sa none;

	sa_init(&none, AF_UNSPEC);
	peer_publish(&st->sharedv[part].peer, target ? target : &none);
	atomic_store_explicit(&st->sharedv[part].latched, st->latchv[part].rank != LATCH_RANK_NONE,
			      memory_order_relaxed);
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

		if (old)
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
		publish(st, part);
	}

	st->rtp = ann->rtp && (ann->final || st->rtp);
	st->secure = ann->secure || (!ann->final && st->secure);
	st->mux = ann->mux;
	st->hairpin = ann->hairpin;
	st->payloads = ann->payloads;

	for (le = st->froml.head; le; le = le->next)
		payload_forget(le->data);
}

static bool source_usable(const struct passage *p)
{
	const struct sa *src = &p->pkt->src;

	if (!latch_usable(src))
		return false;

	/* a port of ours is heard only where the SDP named it, and was allowed to */
	return !ports_is_ours(p->env->ports, src) ||
	       (p->in->hairpin && sa_cmp(src, &p->in->latchv[p->sock->part].announced, SA_ALL));
}

/* Send to a party, from the socket it knows us by. */
static void sock_send(struct stream *st, struct stream_env *env, unsigned part, const struct io_packet *pkt,
		      const struct sa *dst)
{
	env->engine->send(env->io, &st->sockv[part].io, pkt, dst);
	stat_set(&st->sharedv[part].sent_us, pkt->now_us);
}

/* ICE: the response takes the place of the request, whose length and IO_TAIL_ROOM have room for any. */
static enum stats_drop check_answer(struct passage *p)
{
	const unsigned part = p->sock->part;
	struct ice_response r;
	enum ice_verdict verdict;

	if (!source_usable(p))
		return DROP_OWN;

	verdict = ice_handle(&p->in->ice, p->pkt->p, p->pkt->len, &p->pkt->src, p->pkt->now_us, &r);
	if (verdict == ICE_DROPPED)
		return DROP_NOT_MEDIA;

	if (r.len) {
		memcpy(p->pkt->p, r.buf, r.len);
		p->pkt->len = r.len;
		sock_send(p->in, p->env, part, p->pkt, &p->pkt->src);
	}

	if (verdict == ICE_NOMINATED && latch_nominate(&p->in->latchv[part], &p->pkt->src, r.priority))
		publish(p->in, part);

	return DROP_CHECK;
}

/* What may come in at all on this socket. */
static enum stats_drop kind_check(struct passage *p)
{
	if (p->pkt->truncated)
		return DROP_TRUNCATED;

	if (!p->pkt->len)
		return DROP_KEEPALIVE;

	if (!p->in->rtp)
		return DROP_NONE;

	p->kind = packet_classify(p->pkt->p, p->pkt->len, p->in->secure || p->in->keys.srtp, &p->rtp);

	switch (p->kind) {

	case PACKET_RTP:
		return p->sock->part == STREAM_RTP ? DROP_NONE : DROP_NOT_MEDIA;
	case PACKET_RTCP:
		return DROP_NONE;
	case PACKET_DTLS:
		return p->in->secure ? DROP_NONE : DROP_NOT_MEDIA;
	case PACKET_STUN:
		return check_answer(p);
	case PACKET_MALFORMED:
		return DROP_MALFORMED;
	default:
		return DROP_NOT_MEDIA;
	}
}

/* Would the peer that the SDP describes send this? Asked of hosts the SDP did not name. */
static bool plausible(const struct passage *p)
{
	if (!p->in->rtp || p->kind == PACKET_DTLS)
		return true;

	/* an RTCP socket learns of an unknown host only by the RTP socket's peer */
	return p->kind == PACKET_RTP && (rsdp_lists_pt(&p->in->payloads, p->rtp.pt) ||
					 (p->out && rsdp_lists_pt(&p->out->payloads, p->rtp.pt)));
}

/* Behind a NAT the announced RTCP address is as wrong as the RTP one: one port up is the best guess. */
static void rtcp_guess(struct stream *st)
{
	struct sa guess = st->latchv[STREAM_RTP].peer;

	if (st->latchv[STREAM_RTP].rank != LATCH_RANK_ANY || st->latchv[STREAM_RTCP].rank != LATCH_RANK_NONE)
		return;

	sa_set_port(&guess, (uint16_t)(sa_port(&guess) + 1));
	latch_announce(&st->latchv[STREAM_RTCP], &guess);
	publish(st, STREAM_RTCP);
}

/* Packets that are not authentic change nothing, whoever sent them and however many. */
static enum stats_drop unprotect(struct passage *p)
{
	struct rsrtp *rx = p->in->keys.rx;
	int err;

	if (!p->in->keys.srtp)
		return DROP_NONE;

	if (!rx)
		return DROP_NO_KEY;

	err = (p->kind == PACKET_RTCP ? rsrtcp_unprotect : rsrtp_unprotect)(rx, p->pkt->p, &p->pkt->len);

	switch (err) {

	case 0:
		return packet_classify(p->pkt->p, p->pkt->len, false, &p->rtp) == p->kind ? DROP_NONE
											  : DROP_MALFORMED;
	case EALREADY:
		return DROP_REPLAYED;
	default:
		return DROP_NOT_AUTHENTIC;
	}
}

static enum stats_drop source_learn(struct passage *p)
{
	const unsigned part = p->sock->part;
	const struct latch *rtp = &p->in->latchv[STREAM_RTP];
	struct latch_hint hint = {.plausible = plausible(p), .authentic = p->in->keys.srtp};
	enum stats_drop reason;

	if (!source_usable(p))
		return DROP_OWN;

	reason = unprotect(p);
	if (reason)
		return reason;

	if (p->kind == PACKET_RTP) {
		hint.rtp = &p->rtp;
		hint.familiar = p->rtp.ssrc == stat_get(&p->in->source.ssrc);
	}
	if (part == STREAM_RTCP && rtp->rank != LATCH_RANK_NONE)
		hint.kin = &rtp->peer;

	switch (latch_judge(&p->in->latchv[part], &p->pkt->src, &hint)) {

	case LATCH_STRANGER:
		return DROP_STRANGER;

	case LATCH_UNPROVEN:
		return DROP_UNPROVEN;

	case LATCH_MOVED:
		publish(p->in, part);
		if (part == STREAM_RTP)
			rtcp_guess(p->in);
		return DROP_NONE;

	default:
		return DROP_NONE;
	}
}

static enum stats_drop source_check(struct passage *p)
{
	if (latch_hears(&p->in->latchv[p->sock->part], &p->pkt->src))
		return unprotect(p);

	return source_learn(p);
}

static void rtp_measure(struct passage *p)
{
	struct stats_packet pkt = {.rtp = &p->rtp, .now_us = p->pkt->now_us};

	if (p->rtp.pt != p->in->pt || !p->in->rate_hz) {

		/* a sender numbers its codecs as the receiver's SDP does */
		const struct rsdp_payloads *own = &p->in->payloads,
					   *theirs = p->out ? &p->out->payloads : own;

		p->in->pt = p->rtp.pt;
		p->in->rate_hz = rsdp_rate_hz(rsdp_lists_pt(theirs, p->rtp.pt) ? theirs : own, p->rtp.pt);
	}

	pkt.rate_hz = p->in->rate_hz;
	pkt.silent = !p->in->secure && packet_is_silence(p->pkt->p, p->pkt->len);
	stats_source_update(&p->in->source, &pkt);
}

/* Reports from `in` speak of what `out` sent; a sender report we pass on is a time stamp for later. */
static void report_note(const struct rtcp_report *report, void *arg)
{
	struct passage *p = arg;
	uint64_t rtt_us;

	if (!p->out)
		return;

	if (!report->is_block) {
		rtcp_passed_add(&p->out->passed, report->ntp_middle, p->pkt->now_us);
		return;
	}

	if (report->ssrc != stat_get(&p->out->source.ssrc))
		return;

	stat_set(&p->in->rtcp_lost, report->lost > 0 ? (uint64_t)report->lost : 0);
	if (p->out->rate_hz)
		stat_set(&p->in->rtcp_jitter_us, (uint64_t)report->jitter * 1000000 / p->out->rate_hz);

	rtt_us = rtcp_round_trip_us(&p->in->passed, report, p->pkt->now_us);
	if (rtt_us)
		stat_set(&p->in->round_trip_us, rtt_us);
}

static void measure(struct passage *p)
{
	const unsigned part = p->kind == PACKET_RTCP ? STREAM_RTCP : p->sock->part;
	struct stats_count *count = &p->in->sharedv[part].count;

	stat_add(&count->packets, 1);
	stat_add(&count->bytes, p->wire_len);
	stat_set(&p->in->last_us, p->pkt->now_us);

	if (p->kind == PACKET_RTP)
		rtp_measure(p);
	else if (p->kind == PACKET_RTCP && !p->in->secure)
		(void)rtcp_reports_read(p->pkt->p, p->pkt->len, report_note, p);
}

/* DTMF passes where media is blocked or silenced, as rtpengine's does. */
static enum stats_drop control_check(struct passage *p)
{
	const struct stream_control *control = &p->in->control;

	if (rsdp_is_event(&p->in->payloads, p->rtp.pt) || rsdp_is_event(&p->out->payloads, p->rtp.pt))
		return control->no_dtmf ? DROP_BLOCKED : DROP_NONE;

	if (control->block)
		return DROP_BLOCKED;

	if (control->silence && (p->in->secure || !packet_silence(p->pkt->p, p->pkt->len)))
		return DROP_BLOCKED;

	return DROP_NONE;
}

/* Whether its packets may go on, and where to. */
static enum stats_drop way_check(struct passage *p)
{
	if (!p->out)
		return DROP_NO_TARGET;

	if (p->out->to != p->in)
		return DROP_INACTIVE;

	return p->in->controlled && p->kind == PACKET_RTP ? control_check(p) : DROP_NONE;
}

static enum stats_drop protect(struct passage *p)
{
	struct rsrtp *tx = p->out->keys.tx;
	int err;

	if (!p->out->keys.srtp || (p->kind != PACKET_RTP && p->kind != PACKET_RTCP))
		return DROP_NONE;

	if (!tx)
		return DROP_NO_KEY;

	err = (p->kind == PACKET_RTCP ? rsrtcp_protect : rsrtp_protect)(tx, p->pkt->p, &p->pkt->len,
									p->pkt->len + IO_TAIL_ROOM);

	return !err ? DROP_NONE : err == EALREADY ? DROP_REPLAYED : DROP_NO_KEY;
}

static enum stats_drop pass_on(struct passage *p)
{
	const unsigned part = p->kind != PACKET_RTCP ? p->sock->part : p->out->mux ? STREAM_RTP : STREAM_RTCP;
	const struct sa *target = latch_target(&p->out->latchv[part]);
	enum stats_drop reason;

	if (p->out->sockv[part].io.fd < 0 || !target)
		return DROP_NO_TARGET;

	reason = protect(p);
	if (reason)
		return reason;

	sock_send(p->out, p->env, part, p->pkt, target);
	stat_add(&p->env->stats->packets, 1);
	stat_add(&p->env->stats->bytes, p->pkt->len);

	return DROP_NONE;
}

static void drop(struct passage *p, enum stats_drop reason)
{
	stat_add(&p->env->stats->dropv[reason], 1);

	if (reason == DROP_STRANGER || reason == DROP_OWN)
		stat_add(&p->in->strangers, 1);
	else if (reason < DROP_UNPROVEN)
		stat_add(&p->in->sharedv[p->sock->part].count.errors, 1);
}

void stream_receive(struct io_sock *io_sock, struct io_packet *pkt, struct stream_env *env)
{
	struct stream_sock *sock = (struct stream_sock *)io_sock;
	struct passage p = {
		.env = env,
		.sock = sock,
		.pkt = pkt,
		.in = sock->stream,
		.out = sock->stream->to,
		.wire_len = pkt->len,
		.kind = PACKET_OTHER,
	};
	enum stats_drop reason;

	reason = kind_check(&p);
	if (!reason)
		reason = source_check(&p);

	if (!reason) {
		measure(&p);
		reason = way_check(&p);
	}

	if (!reason)
		reason = pass_on(&p);

	if (reason)
		drop(&p, reason);
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
			sock_send(st, env, part, &pkt, target);
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

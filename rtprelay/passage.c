/**
 * @file passage.c  A packet's way through: judged, counted, and sent out on another stream
 */
#include <string.h>
#include <re.h>
#include "stream_core.h"

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

static bool source_usable(const struct passage *p)
{
	const struct sa *src = &p->pkt->src;

	if (!latch_usable(src))
		return false;

	/* a port of ours is heard only where the SDP named it, and was allowed to */
	return !ports_is_ours(p->env->ports, src) ||
	       (p->in->hairpin && sa_cmp(src, &p->in->latchv[p->sock->part].announced, SA_ALL));
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
		stream_send(p->in, p->env, part, p->pkt, &p->pkt->src);
	}

	if (verdict == ICE_NOMINATED && latch_nominate(&p->in->latchv[part], &p->pkt->src, r.priority))
		stream_publish(p->in, part);

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

/* RTP has moved to another host: RTCP will, too, unless it comes from where the SDP says. */
static void rtcp_reopen(struct stream *st)
{
	struct latch *rtcp = &st->latchv[STREAM_RTCP];
	const struct sa announced = rtcp->announced;
	const bool moved = !sa_cmp(&rtcp->peer, &st->latchv[STREAM_RTP].peer, SA_ADDR);

	if (rtcp->rank != LATCH_RANK_NONE && rtcp->rank != LATCH_RANK_AUTHENTIC && moved &&
	    !sa_cmp(&rtcp->peer, &announced, SA_ALL))
		latch_open(rtcp, &announced);
}

/* Behind a NAT the announced RTCP address is as wrong as the RTP one: one port up is the best guess. */
static void rtcp_guess(struct stream *st)
{
	struct sa guess = st->latchv[STREAM_RTP].peer;

	rtcp_reopen(st);

	if (st->latchv[STREAM_RTP].rank != LATCH_RANK_ANY || st->latchv[STREAM_RTCP].rank != LATCH_RANK_NONE)
		return;

	sa_set_port(&guess, (uint16_t)(sa_port(&guess) + 1));
	latch_guess(&st->latchv[STREAM_RTCP], &guess);
	stream_publish(st, STREAM_RTCP);
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
	else {
		hint.digest = (uint16_t)hash_fast((const char *)p->pkt->p, p->pkt->len);
	}
	if (part == STREAM_RTCP && rtp->rank != LATCH_RANK_NONE)
		hint.kin = &rtp->peer;

	switch (latch_judge(&p->in->latchv[part], &p->pkt->src, &hint)) {

	case LATCH_STRANGER:
		return DROP_STRANGER;

	case LATCH_UNPROVEN:
		return DROP_UNPROVEN;

	case LATCH_MOVED:
		stream_publish(p->in, part);
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

	stream_send(p->out, p->env, part, p->pkt, target);
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

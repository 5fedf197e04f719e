/**
 * @file stats.c  Loss, bursts, jitter and packet time of an RTP source (RFC 3550 appendix A)
 */
#include <re.h>
#include "stats.h"

enum {
	SEQ_MOD = 1 << 16,
	MAX_DROPOUT = 3000,
	MAX_MISORDER = 100,
	WINDOW = 64,
	STEP_VOTES_MAX = 16, /* packets it takes to change the usual step, twice */
};

const char *stats_drop_name(enum stats_drop reason)
{
	static const char *const namev[DROP_REASONC] = {
		[DROP_NONE] = "none",
		[DROP_STRANGER] = "stranger",
		[DROP_OWN] = "own address",
		[DROP_MALFORMED] = "malformed",
		[DROP_NOT_MEDIA] = "not media",
		[DROP_TRUNCATED] = "truncated",
		[DROP_NOT_AUTHENTIC] = "not authentic",
		[DROP_REPLAYED] = "replayed",
		[DROP_NO_KEY] = "no key",
		[DROP_UNPROVEN] = "unproven",
		[DROP_CHECK] = "ICE check",
		[DROP_KEEPALIVE] = "keep-alive",
		[DROP_NO_TARGET] = "no target",
		[DROP_INACTIVE] = "inactive fork",
		[DROP_BLOCKED] = "blocked",
	};

	return namev[reason];
}

/* `n` packets in a row leave the window that never came. */
static void lost_settle(struct stats_source *src, uint64_t n)
{
	const uint64_t open = stat_get(&src->burst_open);

	if (!open)
		stat_add(&src->bursts, 1);
	if (open + n > stat_get(&src->burst_max))
		stat_set(&src->burst_max, open + n);

	stat_set(&src->burst_open, open + n);
	stat_add(&src->burst_lost, n);
}

/* The window moves on by `n` packets, beyond its length over some that it never held. */
static void window_shift(struct stats_source *src, unsigned n)
{
	const uint64_t window = stat_get(&src->window);
	unsigned i;

	if (n == 1 && window >> (WINDOW - 1) && !stat_get(&src->burst_open)) {
		stat_set(&src->window, window << 1);
		return;
	}

	for (i = 0; i < n && i < WINDOW; i++) {

		if (window >> (WINDOW - 1 - i) & 1)
			stat_set(&src->burst_open, 0);
		else
			lost_settle(src, 1);
	}

	if (n > WINDOW)
		lost_settle(src, n - WINDOW);

	stat_set(&src->window, n < WINDOW ? window << n : 0);
}

static void packet_come(struct stats_source *src, uint64_t bit)
{
	stat_set(&src->window, stat_get(&src->window) | bit);
	stat_add(&src->received, 1);
}

/* A new SSRC, or a restart with the same: what was counted before stays counted. */
static void source_start(struct stats_source *src, const struct packet_rtp *rtp)
{
	if (src->seen)
		window_shift(src, WINDOW);

	src->seen = true;
	src->transit_known = false;
	src->max_seq = rtp->seq;
	src->timestamp = rtp->timestamp;
	src->span = 1;
	src->bad_seq = SEQ_MOD + 1; /* so that no sequence number equals it */
	stat_set(&src->ssrc, rtp->ssrc);
	stat_set(&src->jitter16, 0);
	stat_set(&src->burst_open, 0);
	stat_set(&src->window, UINT64_MAX << 1); /* nobody waits for what was sent before */
	stat_add(&src->expected, 1);
	packet_come(src, 1);
}

static void sequence_forward(struct stats_source *src, const struct packet_rtp *rtp, uint16_t delta)
{
	src->max_seq = rtp->seq;
	src->span = src->span + delta < src->span ? UINT32_MAX : src->span + delta;
	stat_add(&src->expected, delta);
	window_shift(src, delta);
	packet_come(src, 1);
}

/* It is older than the newest by `age`: late, or there already. False: a duplicate. */
static bool sequence_late(struct stats_source *src, uint16_t age)
{
	if (age < WINDOW && age < src->span && stat_get(&src->window) >> age & 1) {
		stat_add(&src->duplicates, 1);
		return false;
	}

	stat_add(&src->reordered, 1);
	if (age < WINDOW && age < src->span)
		packet_come(src, 1ULL << age);

	return true;
}

/*
 * RFC 3550 appendix A.1, without its probation: a latched peer has proved itself. False: the packet
 * counts no further, as a duplicate or the first of a large jump, of which two in a row are a restart.
 */
static bool sequence_update(struct stats_source *src, const struct packet_rtp *rtp)
{
	const uint16_t delta = (uint16_t)(rtp->seq - src->max_seq);

	if (delta && delta < MAX_DROPOUT) {
		sequence_forward(src, rtp, delta);
		return true;
	}

	if (!delta || delta > SEQ_MOD - MAX_MISORDER)
		return sequence_late(src, (uint16_t)-delta);

	if (rtp->seq != src->bad_seq) {
		src->bad_seq = (rtp->seq + 1U) & (SEQ_MOD - 1);
		return false;
	}

	source_start(src, rtp);

	return true;
}

static uint32_t clock_of(uint64_t us, uint32_t rate_hz)
{
	return (uint32_t)(us / 1000000 * rate_hz + us % 1000000 * rate_hz / 1000000);
}

/*
 * RFC 3550 appendix A.8. A jump of over ten seconds is a new time base, not jitter; so may be the step
 * to another payload type or over a silence, which the marker bit ends (RFC 3551 section 4.1).
 */
static void jitter_update(struct stats_source *src, const struct stats_packet *pkt)
{
	const uint32_t transit = clock_of(pkt->now_us, pkt->rate_hz) - pkt->rtp->timestamp;
	const bool known = src->transit_known && src->pt == pkt->rtp->pt && !pkt->rtp->marker;
	int64_t d = (int32_t)(transit - src->transit);
	uint64_t jitter16;

	src->transit = transit;
	src->transit_known = true;
	d = d < 0 ? -d : d;

	if (!known || d > (int64_t)pkt->rate_hz * 10)
		return;

	jitter16 = stat_get(&src->jitter16);
	stat_set(&src->jitter16, jitter16 + (uint64_t)d - ((jitter16 + 8) >> 4));
}

static void format_publish(struct stats_source *src, uint32_t rate_hz)
{
	const uint64_t step = src->step < 1U << 24 ? src->step : 0;

	stat_set(&src->format, (uint64_t)rate_hz << 32 | step << 8 | src->pt);
}

/* The step most packets agree on (a majority vote that forgets), told from packets sent in a row. */
static void step_vote(struct stats_source *src, uint32_t step, uint32_t rate_hz)
{
	if (!step || step > rate_hz / 2)
		return;

	if (step == src->step) {
		src->step_votes += src->step_votes < STEP_VOTES_MAX;
		return;
	}

	if (src->step_votes) {
		--src->step_votes;
		return;
	}

	src->step = step;
	src->step_votes = 1;
	format_publish(src, rate_hz);
}

static void format_update(struct stats_source *src, const struct stats_packet *pkt, bool in_a_row)
{
	const uint64_t format = stat_get(&src->format);

	if (src->pt != pkt->rtp->pt || format >> 32 != pkt->rate_hz) {
		if (format >> 32 != pkt->rate_hz)
			stat_set(&src->jitter16, 0);
		src->pt = pkt->rtp->pt;
		src->step = 0;
		src->step_votes = 0;
		format_publish(src, pkt->rate_hz);
	}
	else if (in_a_row && !pkt->rtp->marker) {
		step_vote(src, pkt->rtp->timestamp - src->timestamp, pkt->rate_hz);
	}
}

void stats_source_update(struct stats_source *src, const struct stats_packet *pkt)
{
	const uint16_t max_seq = src->max_seq;
	bool in_a_row;

	if (!src->seen || stat_get(&src->ssrc) != pkt->rtp->ssrc)
		source_start(src, pkt->rtp);
	else if (!sequence_update(src, pkt->rtp))
		return;

	stat_set(&src->heard_us, pkt->now_us);
	if (pkt->silent)
		stat_add(&src->silent, 1);
	else
		stat_set(&src->sound_us, pkt->now_us);

	/* comfort noise is no codec, and comes when it likes (RFC 3389) */
	if (!pkt->rate_hz || pkt->rtp->pt == PACKET_PT_CN)
		return;

	in_a_row = pkt->rtp->seq == (uint16_t)(max_seq + 1);
	jitter_update(src, pkt);
	format_update(src, pkt, in_a_row);
	if (src->max_seq == pkt->rtp->seq)
		src->timestamp = pkt->rtp->timestamp;
}

/* What has left the window is settled; what it holds is told as if it left it now. */
static void window_read(struct stats_figures *f, uint64_t window, uint64_t open)
{
	unsigned i;

	for (i = 0; i < WINDOW && (open || window != UINT64_MAX); i++, window = window << 1 | 1) {

		if (window >> (WINDOW - 1)) {
			open = 0;
			continue;
		}

		f->bursts += !open++;
		f->burst_max = MAX(f->burst_max, open);
		++f->burst_lost;
	}
}

void stats_source_read(const struct stats_source *src, struct stats_figures *f)
{
	const uint64_t format = stat_get(&src->format), jitter16 = stat_get(&src->jitter16);
	const uint64_t step = format >> 8 & 0xffffff;

	f->ssrc = (uint32_t)stat_get(&src->ssrc);
	f->received = stat_get(&src->received);
	f->expected = MAX(stat_get(&src->expected), f->received);
	f->lost = f->expected - f->received;
	f->duplicates = stat_get(&src->duplicates);
	f->reordered = stat_get(&src->reordered);
	f->silent = stat_get(&src->silent);
	f->heard_us = stat_get(&src->heard_us);
	f->sound_us = stat_get(&src->sound_us);
	f->pt = (uint8_t)(format & 0xff);
	f->rate_hz = (uint32_t)(format >> 32);
	f->jitter_us = f->rate_hz ? (uint32_t)(jitter16 * 1000000 / 16 / f->rate_hz) : 0;
	f->ptime_us = f->rate_hz ? (uint32_t)(step * 1000000 / f->rate_hz) : 0;
	f->bursts = stat_get(&src->bursts);
	f->burst_lost = stat_get(&src->burst_lost);
	f->burst_max = stat_get(&src->burst_max);
	if (f->expected)
		window_read(f, stat_get(&src->window), stat_get(&src->burst_open));
}

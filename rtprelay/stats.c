/**
 * @file stats.c  Loss and jitter of an RTP source, as RFC 3550 measures them
 */
#include "stats.h"

enum { SEQ_MOD = 1 << 16, MAX_DROPOUT = 3000, MAX_MISORDER = 100 };

const char *stats_drop_name(enum stats_drop reason)
{
	static const char *const namev[DROP_REASONC] = {
		[DROP_NONE] = "none",           [DROP_STRANGER] = "stranger",
		[DROP_OWN] = "own address",     [DROP_MALFORMED] = "malformed",
		[DROP_NOT_MEDIA] = "not media", [DROP_TRUNCATED] = "truncated",
		[DROP_NO_TARGET] = "no target", [DROP_INACTIVE] = "inactive fork",
		[DROP_BLOCKED] = "blocked",
	};

	return namev[reason];
}

static void sequence_start(struct stats_source *src, uint16_t seq)
{
	src->base_seq = seq;
	src->max_seq = seq;
	src->bad_seq = SEQ_MOD + 1; /* so that no sequence number equals it */
	src->cycles = 0;
	src->received = 0;
}

/* A new SSRC, or a restart with the same: what was lost before stays lost. */
static void source_start(struct stats_source *src, const struct packet_rtp *rtp)
{
	src->lost_before = stat_get(&src->lost);
	src->seen = true;
	src->transit_known = false;
	src->jitter16 = 0;
	stat_set(&src->ssrc, rtp->ssrc);
	sequence_start(src, rtp->seq);
}

/* RFC 3550 appendix A.1, without its probation: a latched peer has proved itself. */
static bool sequence_update(struct stats_source *src, uint16_t seq)
{
	const uint16_t delta = (uint16_t)(seq - src->max_seq);

	if (delta < MAX_DROPOUT) {

		if (seq < src->max_seq)
			src->cycles += SEQ_MOD;
		src->max_seq = seq;
	}
	else if (delta <= SEQ_MOD - MAX_MISORDER) {

		/* a large jump: twice in a row it is a restart of the sender */
		if (seq != src->bad_seq) {
			src->bad_seq = (seq + 1U) & (SEQ_MOD - 1);
			return false;
		}

		src->lost_before = stat_get(&src->lost);
		sequence_start(src, seq);
	}

	++src->received;

	return true;
}

/* RFC 3550 appendix A.3 */
static void lost_update(struct stats_source *src)
{
	const uint32_t expected = src->cycles + src->max_seq - src->base_seq + 1;
	const uint64_t lost = expected > src->received ? expected - src->received : 0;

	stat_set(&src->lost, src->lost_before + lost);
}

/* RFC 3550 appendix A.8. A jump of over ten seconds is a new time base, not jitter. */
static void jitter_update(struct stats_source *src, const struct packet_rtp *rtp, uint32_t rate_hz,
			  uint64_t now_us)
{
	const uint32_t arrival =
		(uint32_t)(now_us / 1000000 * rate_hz + now_us % 1000000 * rate_hz / 1000000);
	const uint32_t transit = arrival - rtp->timestamp;
	int64_t d = (int32_t)(transit - src->transit);
	const bool known = src->transit_known && src->pt == rtp->pt;

	src->transit = transit;
	src->transit_known = true;
	src->pt = rtp->pt;
	d = d < 0 ? -d : d;

	if (!known || d > (int64_t)rate_hz * 10)
		return;

	src->jitter16 += (uint32_t)d - ((src->jitter16 + 8) >> 4);
	stat_set(&src->jitter_us, (uint64_t)src->jitter16 * 1000000 / 16 / rate_hz);
}

void stats_source_update(struct stats_source *src, const struct packet_rtp *rtp, uint32_t rate_hz,
			 uint64_t now_us)
{
	if (!src->seen || stat_get(&src->ssrc) != rtp->ssrc)
		source_start(src, rtp);

	if (!sequence_update(src, rtp->seq))
		return;

	lost_update(src);

	if (rate_hz)
		jitter_update(src, rtp, rate_hz, now_us);
}

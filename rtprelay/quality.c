/**
 * @file quality.c  How a party's media sounded: rated every ten seconds, and over the whole call
 */
#include <math.h>
#include <string.h>
#include <re.h>
#include "quality.h"

enum { PTIME_US = 20000 }; /* where packets do not tell: what nearly all telephones send */

/* An interval, or the whole call. */
struct stretch {
	double expected;
	double lost;
	double bursts;
	double burst_lost;
	double jitter_us;
};

static double less(uint64_t now, uint64_t before)
{
	return now > before ? (double)(now - before) : 0;
}

static struct stretch stretch_open(const struct quality *q, const struct stats_figures *f)
{
	return (struct stretch){
		.expected = less(f->expected, q->open.expected),
		.lost = less(f->lost, q->open.lost),
		.bursts = less(f->bursts, q->open.bursts),
		.burst_lost = less(f->burst_lost, q->open.burst_lost),
		.jitter_us = q->open.jitterc ? (double)q->open.jitter_sum_us / q->open.jitterc : f->jitter_us,
	};
}

static double loss_of(const struct stretch *s)
{
	return s->expected > 0 ? MIN(s->lost / s->expected, 1) : 0;
}

/*
 * Mouth to ear as far as it can be seen from here: half the round trips, a packet's length, the codec's
 * look-ahead, and a jitter buffer of twice the jitter or one packet.
 */
static double delay_ms(const struct stretch *s, const struct quality_input *in)
{
	const double ptime_us = in->figures->ptime_us ? in->figures->ptime_us : PTIME_US;

	return (in->round_trip_us / 2.0 + ptime_us + MAX(2 * s->jitter_us, ptime_us)) / 1000 +
	       in->codec->delay_ms;
}

static bool can_rate(const struct stretch *s, const struct quality_input *in)
{
	return in->codec && s->expected >= QUALITY_PACKETS_MIN;
}

static double rate(const struct stretch *s, const struct quality_input *in)
{
	const double loss = loss_of(s);
	const struct emodel_path path = {
		.loss = loss,
		.burst_ratio = emodel_burst_ratio(s->burst_lost, s->bursts, loss),
		.delay_ms = delay_ms(s, in),
	};

	return emodel_rating(in->codec, &path);
}

static uint16_t u16(double val)
{
	return val > UINT16_MAX ? UINT16_MAX : (uint16_t)lround(val);
}

static struct quality_entry entry_of(const struct stretch *s, const struct quality_input *in)
{
	return (struct quality_entry){
		.mos_x100 = can_rate(s, in) ? u16(emodel_mos_x100(rate(s, in))) : 0,
		.loss_x100 = u16(loss_of(s) * 10000),
		.jitter_x10 = u16(s->jitter_us / 100),
		.round_trip_ms = u16(in->round_trip_us / 1000.0),
	};
}

/* Of `n` entries whose mean is `a`, and one more. Those not rated weigh nothing. */
static struct quality_entry entry_mean(struct quality_entry a, unsigned n, struct quality_entry b)
{
	if (!a.mos_x100 || !b.mos_x100)
		return a.mos_x100 ? a : b;

	return (struct quality_entry){
		.mos_x100 = (uint16_t)((a.mos_x100 * n + b.mos_x100) / (n + 1)),
		.loss_x100 = (uint16_t)((a.loss_x100 * n + b.loss_x100) / (n + 1)),
		.jitter_x10 = (uint16_t)((a.jitter_x10 * n + b.jitter_x10) / (n + 1)),
		.round_trip_ms = (uint16_t)((a.round_trip_ms * n + b.round_trip_ms) / (n + 1)),
	};
}

static void progression_halve(struct quality *q)
{
	size_t i;

	for (i = 0; i < QUALITY_ENTRIES / 2; i++)
		q->entryv[i] = entry_mean(q->entryv[2 * i], 1, q->entryv[2 * i + 1]);

	q->entryc = QUALITY_ENTRIES / 2;
	q->span *= 2;
	q->filled = q->span;
}

static void progression_add(struct quality *q, struct quality_entry entry)
{
	if (q->filled < q->span && q->entryc) {
		q->entryv[q->entryc - 1] = entry_mean(q->entryv[q->entryc - 1], q->filled, entry);
		++q->filled;
		return;
	}

	if (q->entryc == QUALITY_ENTRIES)
		progression_halve(q);

	q->entryv[q->entryc++] = entry;
	q->filled = 1;
}

static void mark_take(struct quality_mark *lowest, struct quality_mark *highest,
		      const struct quality_entry *entry, uint64_t at_ms)
{
	const struct quality_mark mark = {.entry = *entry, .at_ms = at_ms};

	if (!lowest->at_ms || entry->mos_x100 < lowest->entry.mos_x100)
		*lowest = mark;
	if (!highest->at_ms || entry->mos_x100 > highest->entry.mos_x100)
		*highest = mark;
}

static void open_begin(struct quality *q, const struct quality_input *in)
{
	memset(&q->open, 0, sizeof(q->open));
	q->open.start_ms = in->now_ms;
	q->open.expected = in->figures->expected;
	q->open.lost = in->figures->lost;
	q->open.bursts = in->figures->bursts;
	q->open.burst_lost = in->figures->burst_lost;
}

static bool open_close(struct quality *q, const struct quality_input *in, struct quality_entry *ended)
{
	const struct stretch s = stretch_open(q, in->figures);
	const struct quality_entry entry = entry_of(&s, in);

	if (entry.mos_x100) {
		q->rating_sum += rate(&s, in) * s.expected;
		q->packets += s.expected;
		++q->ratedc;
		mark_take(&q->lowest, &q->highest, &entry, in->now_ms);
	}

	progression_add(q, entry);
	open_begin(q, in);
	*ended = entry;

	return true;
}

static void jitter_add(struct quality *q, uint32_t jitter_us)
{
	q->open.jitter_sum_us += jitter_us;
	++q->open.jitterc;
	q->jitter_sum_us += jitter_us;
	++q->jitterc;
	q->jitter_max_us = MAX(q->jitter_max_us, jitter_us);
}

bool quality_sample(struct quality *q, const struct quality_input *in, struct quality_entry *ended)
{
	if (!in->figures->expected)
		return false;

	if (!q->start_ms) {
		q->start_ms = in->now_ms;
		q->span = 1;
		q->open.start_ms = in->now_ms; /* what came before this look counts into it */
	}

	jitter_add(q, in->figures->jitter_us);

	return in->now_ms - q->open.start_ms >= QUALITY_INTERVAL_MS && open_close(q, in, ended);
}

static void open_read(const struct quality *q, const struct quality_input *in, struct quality_report *report,
		      double *rating_sum, double *packets)
{
	const struct stretch s = stretch_open(q, in->figures);
	const struct quality_entry entry = entry_of(&s, in);

	if (!entry.mos_x100)
		return;

	*rating_sum += rate(&s, in) * s.expected;
	*packets += s.expected;
	++report->samples;
	if (!q->ratedc || in->now_ms - q->open.start_ms >= QUALITY_INTERVAL_MS / 2)
		mark_take(&report->lowest, &report->highest, &entry, in->now_ms);
}

void quality_read(const struct quality *q, const struct quality_input *in, struct quality_report *report)
{
	const struct stats_figures *f = in->figures;
	double rating_sum = q->rating_sum, packets = q->packets;
	const double loss = f->expected ? (double)f->lost / (double)f->expected : 0;

	*report = (struct quality_report){
		.samples = q->ratedc,
		.loss_x100 = u16(loss * 10000),
		.burst_ratio_x100 =
			u16(100 * emodel_burst_ratio((double)f->burst_lost, (double)f->bursts, loss)),
		.jitter_us = q->jitterc ? (uint32_t)(q->jitter_sum_us / q->jitterc) : f->jitter_us,
		.jitter_max_us = MAX(q->jitter_max_us, f->jitter_us),
		.lowest = q->lowest,
		.highest = q->highest,
		.entryv = q->entryv,
		.entryc = q->entryc,
		.entry_s = MAX(q->span, 1) * (QUALITY_INTERVAL_MS / 1000U),
		.start_ms = q->start_ms,
	};

	open_read(q, in, report, &rating_sum, &packets);
	if (packets > 0) {
		report->rating_x10 = u16(rating_sum / packets * 10);
		report->mos_x100 = emodel_mos_x100(rating_sum / packets);
	}
}

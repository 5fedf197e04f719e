/**
 * @file describe_quality.c  What query and delete tell of quality: our precise keys, and rtpengine's
 */
#include <re.h>
#include "clock.h"
#include "describe_quality.h"
#include "wheel.h"

enum { SSRCS_MAX = 64 }; /* of a call in one reply */

static int64_t wall_s(uint64_t mono_ms)
{
	return (clock_wall_us() / 1000 - ((int64_t)clock_mono_ms() - (int64_t)mono_ms)) / 1000;
}

static void sequence_write(struct bwriter *w, const struct stats_figures *f)
{
	bwrite_int(w, "SSRC", f->ssrc);
	bwrite_int(w, "expected", (int64_t)f->expected);
	bwrite_int(w, "lost", (int64_t)f->lost);
	bwrite_int(w, "duplicates", (int64_t)f->duplicates);
	bwrite_int(w, "reordered", (int64_t)f->reordered);
	bwrite_int(w, "loss-bursts", (int64_t)f->bursts);
	bwrite_int(w, "loss-burst-max", (int64_t)f->burst_max);
	bwrite_int(w, "silent", (int64_t)f->silent);
	bwrite_int(w, "jitter-us", f->jitter_us);
}

static void format_write(struct bwriter *w, const struct watch_report *r)
{
	if (codec_name(r->codec))
		bwrite_str(w, "codec", codec_name(r->codec));

	bwrite_int(w, "payload-type", r->figures.pt);
	bwrite_int(w, "clock-rate", r->figures.rate_hz);
	if (r->figures.ptime_us)
		bwrite_int(w, "ptime-us", r->figures.ptime_us);
}

static void rating_write(struct bwriter *w, const struct quality_report *q)
{
	unsigned i;

	bwrite_int(w, "burst-ratio-x100", q->burst_ratio_x100);
	bwrite_int(w, "jitter-mean-us", q->jitter_us);
	bwrite_int(w, "jitter-max-us", q->jitter_max_us);
	if (!q->mos_x100)
		return;

	bwrite_int(w, "r-x10", q->rating_x10);
	bwrite_int(w, "mos-x100", q->mos_x100);
	bwrite_int(w, "mos-min-x100", q->lowest.entry.mos_x100);
	bwrite_int(w, "mos-interval-s", q->entry_s);
	bwrite_list(w, "mos-progression-x100");
	for (i = 0; i < q->entryc; i++)
		bwrite_int(w, NULL, q->entryv[i].mos_x100);
	bwrite_end_list(w);
}

void describe_quality(struct bwriter *w, const struct watch_report *report)
{
	const struct stats_figures *f = &report->figures;

	if (!f->expected)
		return;

	sequence_write(w, f);
	if (f->rate_hz)
		format_write(w, report);
	if (f->sound_us)
		bwrite_int(w, "last sound", wall_s(f->sound_us / 1000));
	rating_write(w, &report->quality);
}

/* ---------------------------------------------------------------- rtpengine's keys and units */

static void values_write(struct bwriter *w, unsigned mos_x100, unsigned loss_x100, uint32_t jitter_us,
			 uint32_t round_trip_us)
{
	bwrite_int(w, "MOS", (mos_x100 + 5) / 10);
	bwrite_int(w, "round-trip time", round_trip_us);
	bwrite_int(w, "jitter", (jitter_us + 500) / 1000);
	bwrite_int(w, "packet loss", (loss_x100 + 50) / 100);
}

static void entry_write(struct bwriter *w, const char *key, const struct quality_entry *entry, uint64_t at_ms)
{
	bwrite_dict(w, key);
	values_write(w, entry->mos_x100, entry->loss_x100, entry->jitter_x10 * 100U,
		     entry->round_trip_ms * 1000U);
	bwrite_int(w, "reported at", wall_s(at_ms));
	bwrite_end_dict(w);
}

static void progression_write(struct bwriter *w, const struct quality_report *q)
{
	unsigned i;

	bwrite_dict(w, "MOS progression");
	bwrite_int(w, "interval", q->entry_s);
	bwrite_list(w, "entries");
	for (i = 0; i < q->entryc; i++)
		if (q->entryv[i].mos_x100)
			entry_write(w, NULL, &q->entryv[i], q->start_ms + (i + 1ULL) * q->entry_s * 1000);
	bwrite_end_list(w);
	bwrite_end_dict(w);
}

static void ssrc_write(struct bwriter *w, const struct watch_report *r)
{
	char ssrc[16];

	(void)re_snprintf(ssrc, sizeof(ssrc), "%u", r->figures.ssrc);
	bwrite_dict(w, ssrc);
	bwrite_int(w, "cumulative loss", (int64_t)r->figures.lost);

	if (r->quality.mos_x100) {

		bwrite_dict(w, "average MOS");
		values_write(w, r->quality.mos_x100, r->quality.loss_x100, r->quality.jitter_us,
			     r->round_trip_us);
		bwrite_int(w, "samples", r->quality.samples);
		bwrite_end_dict(w);
		entry_write(w, "lowest MOS", &r->quality.lowest.entry, r->quality.lowest.at_ms);
		entry_write(w, "highest MOS", &r->quality.highest.entry, r->quality.highest.at_ms);
		progression_write(w, &r->quality);
	}

	bwrite_end_dict(w);
}

/** A key stands in a dictionary once; what is echoed has the SSRC of what was said. */
struct ssrcs {
	uint32_t v[SSRCS_MAX];
	unsigned c;
};

static bool ssrc_first(struct ssrcs *seen, uint32_t ssrc)
{
	unsigned i;

	for (i = 0; i < seen->c; i++)
		if (seen->v[i] == ssrc)
			return false;

	if (seen->c == SSRCS_MAX)
		return false;

	seen->v[seen->c++] = ssrc;

	return true;
}

static void party_write(struct bwriter *w, const struct session *s, const struct party *p, struct ssrcs *seen)
{
	const uint64_t now_ms = clock_mono_ms();
	struct watch_report report;
	unsigned i;

	for (i = 0; i < p->mediac; i++) {

		watch_read(s, p, i, now_ms, &report);
		if (report.figures.expected && ssrc_first(seen, report.figures.ssrc))
			ssrc_write(w, &report);
	}
}

bool describe_scope_has(const struct describe_scope *scope, const struct party *p)
{
	return scope->all || (scope->party && (p == scope->party || p == scope->party->with));
}

void describe_ssrcs(struct bwriter *w, const struct session *s, const struct describe_scope *scope)
{
	struct ssrcs seen = {.c = 0};
	const struct le *le;

	bwrite_dict(w, "SSRC");
	for (le = list_head(&s->partyl); le; le = le->next)
		if (describe_scope_has(scope, le->data))
			party_write(w, s, le->data, &seen);
	bwrite_end_dict(w);
}

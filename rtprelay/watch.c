/**
 * @file watch.c  Looks at every audio m-line once a second: rates it, and tells when it goes wrong
 */
#include <string.h>
#include <re.h>
#include "session.h"
#include "watch.h"

enum {
	HEARD_MS = 2000,         /* heard within: it is sending */
	ONLY_SILENCE_MS = 10000, /* nobody is quiet for so long from the start */
};

/** One direction: what `party` says is for `other` to hear. */
struct way {
	const struct session *session;
	const struct party *party;
	unsigned index;
	struct media *media;
	const struct media *other; /* NULL: there is none */
	struct stats_figures figures;
	struct stats_figures heard; /* from the other one */
	uint32_t round_trip_us;
	uint64_t now_ms;
};

static bool way_begin(struct way *way, const struct session *s, const struct party *p, unsigned i,
		      uint64_t now_ms)
{
	const struct party *with = p->with;

	memset(way, 0, sizeof(*way));
	way->session = s;
	way->party = p;
	way->index = i;
	way->media = p->mediav[i];
	way->now_ms = now_ms;
	if (!way->media)
		return false;

	stream_figures(lane_stream(way->media->lane), &way->figures, &way->round_trip_us);

	if (with && with->with == p && i < with->mediac && with->mediav[i]) {

		uint32_t round_trip_us;

		way->other = with->mediav[i];
		stream_figures(lane_stream(way->other->lane), &way->heard, &round_trip_us);
		way->round_trip_us += round_trip_us;
	}

	return true;
}

/* A sender numbers its codecs as the receiver's SDP does. */
static enum codec way_codec(const struct way *way)
{
	const struct rsdp_payloads *own = &way->media->announce.payloads;
	const struct rsdp_payloads *theirs = way->other ? &way->other->announce.payloads : own;
	const uint8_t pt = way->figures.pt;

	return way->figures.rate_hz ? rsdp_codec_id(rsdp_lists_pt(theirs, pt) ? theirs : own, pt)
				    : CODEC_UNKNOWN;
}

static struct quality_input way_input(const struct way *way)
{
	const bool audio = !strcmp(way->media->type, "audio");

	return (struct quality_input){
		.figures = &way->figures,
		.codec = audio ? codec_emodel(way_codec(way),
					      sessions_config(way->session->sessions)->watch.plc)
			       : NULL,
		.round_trip_us = way->round_trip_us,
		.now_ms = way->now_ms,
	};
}

static bool since(uint64_t now_ms, uint64_t us, uint64_t ms)
{
	return us && now_ms < us / 1000 + ms;
}

/* The party may send, the other one listens, and is itself heard. */
static bool should_be_heard(const struct way *way)
{
	const struct media *m = way->media, *other = way->other;

	return way->session->answered && other && !strcmp(m->type, "audio") && m->announce.rtp &&
	       m->announced && other->announced && m->sends && other->receives &&
	       !sa_is_any(&other->announce.addrv[STREAM_RTP]) &&
	       since(way->now_ms, way->heard.heard_us, HEARD_MS);
}

static bool is_heard(const struct way *way)
{
	return since(way->now_ms, way->figures.heard_us, HEARD_MS);
}

/* After a new offer or answer all is given time to begin again. */
static const char *one_way_cause(const struct way *way, uint32_t limit_s)
{
	const struct stats_figures *f = &way->figures;
	const uint64_t signal_ms = way->session->signal_mono_ms;

	if (is_heard(way))
		return !f->sound_us && way->heard.sound_us && way->now_ms >= signal_ms + ONLY_SILENCE_MS
			       ? "silence"
			       : NULL;

	if (way->now_ms < MAX(signal_ms, f->heard_us / 1000) + limit_s * 1000ULL)
		return NULL;

	/* its last words were that it would be silent */
	return f->heard_us > f->sound_us ? NULL : "no packets";
}

static bool is_well_again(const struct way *way)
{
	return !should_be_heard(way) || (is_heard(way) && way->figures.sound_us);
}

static void tell(const struct way *way, const struct watch_event *event)
{
	const struct sessions_config *cfg = sessions_config(way->session->sessions);

	if (cfg->watchh)
		cfg->watchh(way->session, event, cfg->arg);
}

static void one_way_watch(const struct way *way, uint32_t limit_s)
{
	struct watch *watch = &way->media->watch;
	struct watch_event event = {.event = "one-way", .party = way->party, .index = way->index};

	if (watch->one_way ? !is_well_again(way) : !limit_s || !should_be_heard(way))
		return;

	event.began = !watch->one_way;
	event.cause = event.began ? one_way_cause(way, limit_s) : watch->one_way;
	if (!event.cause)
		return;

	watch->one_way = event.began ? event.cause : NULL;
	tell(way, &event);
}

/* An interval that could not be rated changes nothing. */
static void quality_watch(const struct way *way, const struct quality_entry *ended, uint32_t min_x100)
{
	struct watch *watch = &way->media->watch;
	const bool bad = ended->mos_x100 < min_x100;
	const struct watch_event event = {.event = "bad-quality",
					  .began = bad,
					  .party = way->party,
					  .index = way->index,
					  .quality = *ended};

	if (!ended->mos_x100 || bad == watch->bad)
		return;

	watch->bad = bad;
	tell(way, &event);
}

static void way_watch(const struct way *way)
{
	const struct watch_config *cfg = &sessions_config(way->session->sessions)->watch;
	const struct quality_input in = way_input(way);
	struct quality_entry ended;

	if (quality_sample(&way->media->watch.quality, &in, &ended))
		quality_watch(way, &ended, cfg->mos_min_x100);

	one_way_watch(way, cfg->one_way_s);
}

void watch_session(struct session *s, uint64_t now_ms)
{
	struct way way;
	struct le *le;
	unsigned i;

	for (le = list_head(&s->partyl); le; le = le->next) {

		const struct party *p = le->data;

		for (i = 0; i < p->mediac; i++)
			if (way_begin(&way, s, p, i, now_ms))
				way_watch(&way);
	}
}

void watch_read(const struct session *s, const struct party *p, unsigned index, uint64_t now_ms,
		struct watch_report *report)
{
	struct quality_input in;
	struct way way;

	memset(report, 0, sizeof(*report));
	if (!way_begin(&way, s, p, index, now_ms))
		return;

	in = way_input(&way);
	report->figures = way.figures;
	report->codec = way_codec(&way);
	report->round_trip_us = way.round_trip_us;
	quality_read(&way.media->watch.quality, &in, &report->quality);
}

/**
 * @file quality.c  What a relay's reply says of the media: our relay's keys, or rtpengine's
 *
 * Our relay rates each stream itself (docs/quality.md). rtpengine rates an SSRC from what RTCP reports of
 * it, if anything does: MOS times 10, jitter in ms, round-trip time in µs (its ng_control_protocol).
 */
#include <re.h>
#include "json.h"
#include "quality.h"

enum { TEXT_MAX = 64 };

static int64_t int_get(const struct bval *dict, const char *key)
{
	int64_t n;

	return !bval_int(dict, key, &n) && n > 0 ? n : 0;
}

static int64_t mean_by_packets(const struct cdr_media *a, const struct cdr_media *b)
{
	const double packets = (double)a->rx_packets + (double)b->rx_packets;

	if (!a->mos_x100 || !b->mos_x100 || packets <= 0)
		return a->mos_x100 ? a->mos_x100 : b->mos_x100;

	return (int64_t)(((double)a->mos_x100 * (double)a->rx_packets +
			  (double)b->mos_x100 * (double)b->rx_packets) /
				 packets +
			 0.5);
}

static int64_t worst(int64_t a, int64_t b)
{
	return !a ? b : !b ? a : MIN(a, b);
}

void quality_add(struct cdr_media *sum, const struct cdr_media *m)
{
	sum->mos_x100 = mean_by_packets(sum, m);
	sum->mos_min_x100 = worst(sum->mos_min_x100, m->mos_min_x100);
	sum->rx_packets += m->rx_packets;
	sum->rx_bytes += m->rx_bytes;
	sum->lost += m->lost;
	sum->jitter_us = MAX(sum->jitter_us, m->jitter_us);
	sum->round_trip_us = MAX(sum->round_trip_us, m->round_trip_us);
	sum->loss_burst_max = MAX(sum->loss_burst_max, m->loss_burst_max);
}

static bool is_ours(const struct bval *rtp)
{
	return bval_get(rtp, "strangers") || bval_get(rtp, "lost");
}

static void ours_read(struct cdr_media *m, const struct bval *rtp)
{
	const struct bval *rtcp = rtp->next;

	m->lost = int_get(rtp, "lost");
	m->jitter_us = int_get(rtp, bval_get(rtp, "jitter-mean-us") ? "jitter-mean-us" : "jitter-us");
	m->mos_x100 = int_get(rtp, "mos-x100");
	m->mos_min_x100 = int_get(rtp, "mos-min-x100");
	m->loss_burst_max = int_get(rtp, "loss-burst-max");
	m->round_trip_us = rtcp ? int_get(rtcp, "round-trip-us") : 0;
}

static void ssrc_add(struct cdr_media *m, const struct bval *reply, int64_t ssrc)
{
	const struct bval *entry, *average;
	struct cdr_media one = {.rx_packets = 0};
	char key[24];

	(void)re_snprintf(key, sizeof(key), "%lld", ssrc);
	entry = bval_get(bval_get(reply, "SSRC"), key);
	average = bval_get(entry, "average MOS");
	if (!entry)
		return;

	one.lost = int_get(entry, "cumulative loss");
	one.jitter_us = int_get(average, "jitter") * 1000;
	one.round_trip_us = int_get(average, "round-trip time leg"); /* of the sender's side, as ours */
	one.mos_x100 = int_get(average, "MOS") * 10;
	one.mos_min_x100 = int_get(bval_get(entry, "lowest MOS"), "MOS") * 10;
	one.rx_packets = int_get(entry, "packets");

	/* of an SSRC old versions tell no packets; those of the stream are counted by the caller */
	quality_add(m, &one);
}

/* One SSRC a stream until version 10, then a list of those that came in. */
static void theirs_read(struct cdr_media *m, const struct bval *reply, const struct bval *rtp)
{
	const struct bval *list = bval_get(rtp, "ingress SSRCs"), *in;
	int64_t ssrc;

	for (in = list ? list->child : NULL; in; in = in->next)
		if (!bval_int(in, "SSRC", &ssrc))
			ssrc_add(m, reply, ssrc);

	if (!list && !bval_int(rtp, "SSRC", &ssrc))
		ssrc_add(m, reply, ssrc);
}

/* The first stream of an m-line is RTP, the second one RTCP. */
static void media_read(struct cdr_media *sum, const struct bval *reply, const struct bval *media)
{
	const struct bval *streams = bval_get(media, "streams"), *rtp = streams ? streams->child : NULL;
	struct cdr_media m = {.rx_packets = 0};

	if (!rtp)
		return;

	if (is_ours(rtp))
		ours_read(&m, rtp);
	else
		theirs_read(&m, reply, rtp);

	m.rx_packets = int_get(bval_get(rtp, "stats"), "packets");
	m.rx_bytes = int_get(bval_get(rtp, "stats"), "bytes");
	quality_add(sum, &m);
}

void quality_read(struct cdr_media *sum, const struct bval *reply, const struct bval *tag)
{
	const struct bval *medias = bval_get(tag, "medias"), *media;

	for (media = medias ? medias->child : NULL; media; media = media->next)
		media_read(sum, reply, media);
}

/* ---------------------------------------------------------------- for the operator */

/* Keys of our relay that no column has, under the names an operator reads. */
static const struct {
	const char *key;
	const char *name;
	int64_t scale;
} extrav[] = {
	{"r-x10", "r_x100", 10},
	{"expected", "expected", 1},
	{"duplicates", "duplicates", 1},
	{"reordered", "reordered", 1},
	{"silent", "silent", 1},
	{"loss-bursts", "loss_bursts", 1},
	{"burst-ratio-x100", "burst_ratio_x100", 1},
	{"jitter-max-us", "jitter_max_us", 1},
	{"ptime-us", "ptime_us", 1},
};

static int figure_add(struct odict *od, const char *name, int64_t n, bool known)
{
	return known ? odict_entry_add(od, name, ODICT_INT, n) : odict_entry_add(od, name, ODICT_NULL);
}

static int sum_describe(struct odict *od, const struct cdr_media *m)
{
	int err;

	err = figure_add(od, "rx_packets", m->rx_packets, true);
	err |= figure_add(od, "rx_bytes", m->rx_bytes, true);
	err |= figure_add(od, "lost", m->lost, true);
	err |= figure_add(od, "loss_burst_max", m->loss_burst_max, true);
	err |= figure_add(od, "jitter_us", m->jitter_us, true);
	err |= figure_add(od, "round_trip_us", m->round_trip_us, m->round_trip_us > 0);
	err |= figure_add(od, "mos_x100", m->mos_x100, m->mos_x100 > 0);
	err |= figure_add(od, "mos_min_x100", m->mos_min_x100, m->mos_min_x100 > 0);

	return err;
}

static int text_add(struct odict *od, const char *name, const struct pl *pl)
{
	char text[TEXT_MAX];

	return pl_strcpy(pl, text, sizeof(text)) ? 0 : odict_entry_add(od, name, ODICT_STRING, text);
}

/* Of the first m-line, which is the audio of a call. */
static int extra_describe(struct odict *od, const struct bval *tag)
{
	const struct bval *medias = bval_get(tag, "medias"), *media = medias ? medias->child : NULL;
	const struct bval *streams = bval_get(media, "streams"), *rtp = streams ? streams->child : NULL;
	struct pl codec;
	size_t i;
	int64_t n;
	int err = 0;

	if (!bval_str(rtp, "codec", &codec))
		err |= text_add(od, "codec", &codec);

	for (i = 0; i < ARRAY_SIZE(extrav); i++)
		if (!bval_int(rtp, extrav[i].key, &n))
			err |= odict_entry_add(od, extrav[i].name, ODICT_INT, n * extrav[i].scale);

	return err;
}

int quality_describe(struct odict *od, const struct bval *reply, const struct bval *tag)
{
	struct cdr_media sum = {.rx_packets = 0};
	int err;

	quality_read(&sum, reply, tag);
	err = sum_describe(od, &sum);

	return err | extra_describe(od, tag);
}

/* ---------------------------------------------------------------- events */

static const struct {
	const char *event;
	const char *kind;
} eventv[] = {
	{"one-way", "ONE_WAY_AUDIO"},
	{"bad-quality", "BAD_QUALITY"},
};

/* Keys of a notification, and of the event's detail. */
static const struct {
	const char *key;
	const char *name;
	bool is_text;
} detailv[] = {
	{"state", "state", true},          {"from-tag", "from", true},
	{"cause", "cause", true},          {"media", "media", false},
	{"mos-x100", "mos_x100", false},   {"loss-x100", "loss_x100", false},
	{"jitter-us", "jitter_us", false}, {"round-trip-us", "round_trip_us", false},
};

static int detail_write(struct mbuf *mb, const struct bval *dict)
{
	struct pl text = PL_INIT;
	const char *sep = "{";
	int64_t n = 0;
	size_t i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(detailv); i++) {

		if (detailv[i].is_text ? bval_str(dict, detailv[i].key, &text) || text.l > TEXT_MAX
				       : bval_int(dict, detailv[i].key, &n))
			continue;

		err |= mbuf_printf(mb, "%s\"%s\": ", sep, detailv[i].name);
		err |= detailv[i].is_text ? json_write_str(mb, text.p, text.l) : mbuf_printf(mb, "%lld", n);
		sep = ", ";
	}

	return err | mbuf_write_str(mb, *sep == '{' ? "{}" : "}");
}

const char *quality_event(struct mbuf *detail, const struct pl *event, const struct bval *dict)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(eventv); i++)
		if (!pl_strcmp(event, eventv[i].event))
			return detail_write(detail, dict) ? NULL : eventv[i].kind;

	return NULL;
}

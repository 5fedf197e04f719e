/**
 * @file describe.c  What query and delete tell of a session, in rtpengine's keys and units
 */
#include <string.h>
#include <re.h>
#include "clock.h"
#include "describe.h"
#include "describe_quality.h"
#include "latch.h"
#include "wheel.h"

struct totals {
	uint64_t packets;
	uint64_t bytes;
	uint64_t errors;
};

struct describer {
	struct bwriter *w;
	const struct session *s;
	struct totals totalv[STREAM_PARTS];
};

static void endpoint_write(struct bwriter *w, const char *key, const struct sa *sa)
{
	char addr[64];

	if (!sa_isset(sa, SA_ADDR))
		return;

	(void)re_snprintf(addr, sizeof(addr), "%j", sa);
	bwrite_dict(w, key);
	bwrite_str(w, "family", sa_af(sa) == AF_INET6 ? "IPv6" : "IPv4");
	bwrite_str(w, "address", addr);
	bwrite_int(w, "port", sa_port(sa));
	bwrite_end_dict(w);
}

static void counts_write(struct bwriter *w, const char *key, uint64_t packets, uint64_t bytes,
			 uint64_t errors)
{
	bwrite_dict(w, key);
	bwrite_int(w, "packets", (int64_t)packets);
	bwrite_int(w, "bytes", (int64_t)bytes);
	bwrite_int(w, "errors", (int64_t)errors);
	bwrite_end_dict(w);
}

/* Ours, not rtpengine's: what a party reported back. */
static void reported_write(struct bwriter *w, const struct stream_view *view)
{
	bwrite_int(w, "reported-lost", (int64_t)view->rtcp_lost);
	bwrite_int(w, "reported-jitter-us", (int64_t)view->rtcp_jitter_us);
	bwrite_int(w, "round-trip-us", (int64_t)view->round_trip_us);
}

static void flags_write(struct bwriter *w, const struct stream_part_view *part, bool rtp, bool rtcp)
{
	bwrite_list(w, "flags");
	if (rtp)
		bwrite_str(w, NULL, rtcp ? "RTCP" : "RTP");
	if (sa_isset(&part->peer, SA_ADDR))
		bwrite_str(w, NULL, "filled");
	if (part->latched)
		bwrite_str(w, NULL, "confirmed");
	bwrite_end_list(w);
}

static int64_t wall_s(uint64_t mono_us)
{
	return (clock_wall_us() - (int64_t)(clock_mono_us() - mono_us)) / 1000000;
}

/* What was just announced reaches the worker a little later. */
static const struct sa *target(const struct stream_part_view *pv, const struct sa *announced)
{
	return !sa_isset(&pv->peer, SA_ADDR) && latch_usable(announced) ? announced : &pv->peer;
}

static void part_write(struct bwriter *w, const struct media *m, const struct stream_view *view,
		       const struct watch_report *quality, unsigned part)
{
	const struct stream_part_view *pv = &view->partv[part];
	char addr[64];

	bwrite_dict(w, NULL);
	bwrite_int(w, "local port", sa_port(&m->local) + (int)part);
	(void)re_snprintf(addr, sizeof(addr), "%j", &m->local);
	bwrite_str(w, "local address", addr);
	bwrite_str(w, "family", sa_af(&m->local) == AF_INET6 ? "IPv6" : "IPv4");
	endpoint_write(w, "endpoint", target(pv, &m->announce.addrv[part]));
	endpoint_write(w, "advertised endpoint", &m->announce.addrv[part]);
	if (view->last_us)
		bwrite_int(w, "last packet", wall_s(view->last_us));
	flags_write(w, pv, m->announce.rtp, part == STREAM_RTCP);
	counts_write(w, "stats", pv->packets, pv->bytes, pv->errors);
	if (part == STREAM_RTP) {
		bwrite_int(w, "strangers", (int64_t)view->strangers);
		describe_quality(w, quality);
	}
	else {
		reported_write(w, view);
	}
	bwrite_end_dict(w);
}

static void media_flags_write(struct bwriter *w, const struct media *m)
{
	bwrite_list(w, "flags");
	bwrite_str(w, NULL, "initialized");
	if (m->sends)
		bwrite_str(w, NULL, "send");
	if (m->receives)
		bwrite_str(w, NULL, "recv");
	if (m->announce.mux)
		bwrite_str(w, NULL, "rtcp-mux");
	if (m->secured)
		bwrite_str(w, NULL, "SDES");
	if (m->announce.secure)
		bwrite_str(w, NULL, "passthrough");
	if (m->ice.ufrag[0])
		bwrite_str(w, NULL, "ICE");
	bwrite_end_list(w);
}

static void media_write(struct describer *d, const struct party *p, unsigned index)
{
	const struct media *m = p->mediav[index];
	struct bwriter *w = d->w;
	struct watch_report quality;
	struct stream_view view;
	unsigned part;

	watch_read(d->s, p, index, clock_mono_ms(), &quality);
	stream_view(lane_stream(m->lane), &view);

	bwrite_dict(w, NULL);
	bwrite_int(w, "index", index + 1);
	bwrite_str(w, "type", m->type);
	bwrite_str(w, "protocol", m->proto);
	bwrite_list(w, "streams");

	for (part = 0; part < STREAM_PARTS; part++) {

		part_write(w, m, &view, &quality, part);
		d->totalv[part].packets += view.partv[part].packets;
		d->totalv[part].bytes += view.partv[part].bytes;
		d->totalv[part].errors += view.partv[part].errors;
	}

	bwrite_end_list(w);
	media_flags_write(w, m);
	bwrite_end_dict(w);
}

/* Whom a party hears, and who hears it. */
static void subscriptions_write(struct bwriter *w, const char *key, const struct party *with)
{
	bwrite_list(w, key);
	if (with && with->tag) {
		bwrite_dict(w, NULL);
		bwrite_str(w, "tag", with->tag);
		bwrite_str(w, "type", "offer/answer");
		bwrite_end_dict(w);
	}
	bwrite_end_list(w);
}

/* Who has not answered yet has no tag: named by its branch, so that names differ. */
static void party_write(struct describer *d, const struct party *p)
{
	struct bwriter *w = d->w;
	const char *tag = p->tag ? p->tag : "";
	unsigned i;

	bwrite_dict(w, p->tag || !p->branch ? tag : p->branch);
	bwrite_str(w, "tag", tag);
	if (p->branch)
		bwrite_str(w, "via-branch", p->branch);
	if (p->label)
		bwrite_str(w, "label", p->label);
	bwrite_int(w, "created", p->tag_us / 1000000);
	if (p->with && p->with->tag)
		bwrite_str(w, "in dialogue with", p->with->tag);
	subscriptions_write(w, "subscriptions", p->with);
	subscriptions_write(w, "subscribers", p->with && p->with->with == p ? p->with : NULL);

	bwrite_list(w, "medias");
	for (i = 0; i < p->mediac; i++)
		if (p->mediav[i])
			media_write(d, p, i);
	bwrite_end_list(w);
	bwrite_end_dict(w);
}

void session_describe(const struct session *s, const struct pl *tag, struct bwriter *w)
{
	const struct describe_scope scope = {.all = !tag->l, .party = party_by_tag(&s->partyl, tag)};
	struct describer d = {.w = w, .s = s};
	struct le *le;

	bwrite_int(w, "created", s->created_us / 1000000);
	bwrite_int(w, "created_us", s->created_us % 1000000);
	bwrite_int(w, "last signal", s->signal_us / 1000000);

	bwrite_dict(w, "tags");
	for (le = list_head(&s->partyl); le; le = le->next)
		if (describe_scope_has(&scope, le->data))
			party_write(&d, le->data);
	bwrite_end_dict(w);

	describe_ssrcs(w, s, &scope);

	bwrite_dict(w, "totals");
	counts_write(w, "RTP", d.totalv[STREAM_RTP].packets, d.totalv[STREAM_RTP].bytes,
		     d.totalv[STREAM_RTP].errors);
	counts_write(w, "RTCP", d.totalv[STREAM_RTCP].packets, d.totalv[STREAM_RTCP].bytes,
		     d.totalv[STREAM_RTCP].errors);
	bwrite_end_dict(w);
}

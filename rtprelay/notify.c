/**
 * @file notify.c  What the relay tells a client of itself: silence, one-way audio, bad quality
 *
 * One datagram each, with a cookie of ours, that nobody answers.
 */
#include <re.h>
#include "log.h"
#include "notify.h"
#include "relay.h"

struct notice {
	struct relay *relay;
	const struct session *s;
	struct mbuf *mb;
	struct bwriter w;
};

static int notice_begin(struct notice *n, struct relay *relay, const struct session *s, const char *event)
{
	struct pl cookie;
	char buf[32];

	n->relay = relay;
	n->s = s;
	n->mb = mbuf_alloc(256);
	if (!n->mb)
		return ENOMEM;

	cookie.p = buf;
	cookie.l = (size_t)re_snprintf(buf, sizeof(buf), "relay-%u", ++relay->notify_serial);

	ng_begin(&n->w, n->mb, &cookie, false);
	bwrite_str(&n->w, "command", "notify");
	bwrite_str(&n->w, "event", event);
	bwrite_str(&n->w, "call-id", s->call_id);

	return 0;
}

static void notice_send(struct notice *n)
{
	if (!ng_end(&n->w))
		ng_server_send(n->relay->ng, &n->s->client, n->mb);

	mem_deref(n->mb);
}

void notify_silent(struct session *s, void *arg)
{
	struct notice n;

	if (notice_begin(&n, arg, s, "media-timeout"))
		return;

	notice_send(&n);
}

static void quality_write(struct bwriter *w, const struct quality_entry *entry)
{
	bwrite_int(w, "mos-x100", entry->mos_x100);
	bwrite_int(w, "loss-x100", entry->loss_x100);
	bwrite_int(w, "jitter-us", entry->jitter_x10 * INT64_C(100));
	bwrite_int(w, "round-trip-us", entry->round_trip_ms * INT64_C(1000));
}

static void event_log(const struct session *s, const struct watch_event *event)
{
	const char *tag = event->party->tag ? event->party->tag : "";

	if (event->quality.mos_x100)
		log_peer(LOG_INFO, "call %s: %s from party %s %s, MOS %u.%02u", s->call_id, event->event, tag,
			 event->began ? "began" : "ended", event->quality.mos_x100 / 100,
			 event->quality.mos_x100 % 100);
	else
		log_peer(LOG_INFO, "call %s: %s from party %s %s (%s)", s->call_id, event->event, tag,
			 event->began ? "began" : "ended", event->cause);
}

void notify_watch(const struct session *s, const struct watch_event *event, void *arg)
{
	struct notice n;

	event_log(s, event);
	if (!s->notify || notice_begin(&n, arg, s, event->event))
		return;

	bwrite_str(&n.w, "state", event->began ? "begin" : "end");
	bwrite_str(&n.w, "from-tag", event->party->tag ? event->party->tag : "");
	bwrite_int(&n.w, "media", event->index + 1);
	if (event->cause)
		bwrite_str(&n.w, "cause", event->cause);
	if (event->quality.mos_x100)
		quality_write(&n.w, &event->quality);
	notice_send(&n);
}

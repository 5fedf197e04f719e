/**
 * @file media.c  A call's media session over NG
 */
#include <re.h>
#include "log.h"
#include "media.h"

struct media {
	struct relay_client *rc;
	char call_id[UUID_STRSIZE];
	bool known;        /* the relay was told of it */
	struct list stepl; /* struct step: what is under way */
	media_end_h *endh;
	void *end_arg;
};

/** One request under way. */
struct step {
	struct le le;
	struct relay_op *op;
	const char *call_id; /* of the session, which outlives the step */
	media_h *h;
	void *arg;
};

static void step_destructor(void *arg)
{
	struct step *step = arg;

	list_unlink(&step->le);
	mem_deref(step->op);
}

static void destructor(void *arg)
{
	struct media *m = arg;

	list_flush(&m->stepl);
}

int media_alloc(struct media **mp, struct relay_client *rc, const char *call_id)
{
	struct media *m;

	m = mem_zalloc(sizeof(*m), destructor);
	if (!m)
		return ENOMEM;

	m->rc = rc;
	str_ncpy(m->call_id, call_id, sizeof(m->call_id));
	*mp = m;

	return 0;
}

bool media_anchored(const struct media *m)
{
	return m && m->rc;
}

/* The relay's own words for "try another one" (docs/ng.md). */
static bool is_full(const struct pl *reason)
{
	return !pl_strcmp(reason, "Ran out of ports") || !pl_strcmp(reason, "Parallel session limit reached");
}

static void sdp_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct step *step = arg;
	media_h *h = step->h;
	void *h_arg = step->arg;
	struct pl sdp = PL_INIT;

	if (!err && bval_str(reply->dict, "sdp", &sdp))
		err = EBADMSG;

	if (err) {
		char text[64];
		struct pl reason;

		(void)re_snprintf(text, sizeof(text), "%m", err);
		pl_set_str(&reason, text);
		if (reply)
			(void)ng_result(reply, &reason);
		if (is_full(&reason))
			err = ENOSPC;
		log_peer(LOG_WARN, "relay: call %s: %r", step->call_id, &reason);
	}

	mem_deref(step);
	h(err, &sdp, h_arg);
}

static struct step *step_alloc(struct media *m, media_h *h, void *arg)
{
	struct step *step = mem_zalloc(sizeof(*step), step_destructor);

	if (!step)
		return NULL;

	step->call_id = m->call_id;
	step->h = h;
	step->arg = arg;
	list_append(&m->stepl, &step->le, step);

	return step;
}

static void common_print(struct bwriter *w, const struct media *m, const struct media_side *from,
			 const struct media_side *to, const struct pl *sdp)
{
	char addr[64];

	bwrite_str(w, "call-id", m->call_id);
	bwrite_str(w, "from-tag", from->tag);
	bwrite_pl(w, "sdp", sdp);

	bwrite_list(w, "direction");
	bwrite_str(w, NULL, from->interface);
	bwrite_str(w, NULL, to->interface);
	bwrite_end_list(w);

	bwrite_list(w, "tandem-local");
	(void)re_snprintf(addr, sizeof(addr), "%j", &from->laddr);
	bwrite_str(w, NULL, addr);
	(void)re_snprintf(addr, sizeof(addr), "%j", &to->laddr);
	bwrite_str(w, NULL, addr);
	bwrite_end_list(w);

	bwrite_list(w, "replace");
	bwrite_str(w, NULL, "origin");
	bwrite_str(w, NULL, "session-connection");
	bwrite_end_list(w);

	bwrite_int(w, "tandem-notify", 1);
}

static void exchange(struct media *m, const char *command, const struct media_side *from,
		     const struct media_side *to, bool to_known, const struct pl *sdp, media_h *h, void *arg)
{
	struct bwriter *w;
	struct step *step;

	if (!m->rc) {
		h(0, sdp, arg);
		return;
	}

	step = step_alloc(m, h, arg);
	if (!step) {
		h(ENOMEM, NULL, arg);
		return;
	}

	m->known = true;
	w = relay_request(m->rc, command);
	common_print(w, m, from, to, sdp);
	if (to_known)
		bwrite_str(w, "to-tag", to->tag);
	if (relay_request_send(m->rc, &step->op, sdp_handler, step)) {
		mem_deref(step);
		h(ENOMEM, NULL, arg);
	}
}

void media_offer(struct media *m, const struct media_side *from, const struct media_side *to, bool again,
		 const struct pl *sdp, media_h *h, void *arg)
{
	exchange(m, "offer", from, to, again, sdp, h, arg);
}

void media_answer(struct media *m, const struct media_side *from, const struct media_side *to,
		  const struct pl *sdp, media_h *h, void *arg)
{
	exchange(m, "answer", from, to, true, sdp, h, arg);
}

/* Sums of the RTP streams of one tag: {medias: [{streams: [{stats: {…}, lost, jitter-us}, …]}, …]}. */
static void tag_count(struct cdr_media *sum, const struct bval *tag)
{
	const struct bval *medias = bval_get(tag, "medias"), *media, *streams, *stream;
	int64_t n;

	for (media = medias ? medias->child : NULL; media; media = media->next) {

		streams = bval_get(media, "streams");
		stream = streams ? streams->child : NULL; /* the second one is RTCP */
		if (!stream)
			continue;

		if (!bval_int(bval_get(stream, "stats"), "packets", &n))
			sum->rx_packets += n;
		if (!bval_int(bval_get(stream, "stats"), "bytes", &n))
			sum->rx_bytes += n;
		if (!bval_int(stream, "lost", &n))
			sum->lost += n;
		if (!bval_int(stream, "jitter-us", &n) && n > sum->jitter_us)
			sum->jitter_us = n;
	}
}

static void end_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct cdr_media a = {0}, b = {0};
	const struct bval *tags, *tag;
	struct media *m = arg;

	tags = !err && reply ? bval_get(reply->dict, "tags") : NULL;
	for (tag = tags ? tags->child : NULL; tag; tag = tag->next)
		tag_count(!pl_strcmp(&tag->key, "a") ? &a : &b, tag);

	m->endh(&a, &b, m->end_arg);
}

void media_end(struct media *m, media_end_h *h, void *arg)
{
	static const struct cdr_media none;

	list_flush(&m->stepl);

	if (!m->rc || !m->known) {
		h(&none, &none, arg);
		return;
	}

	m->endh = h;
	m->end_arg = arg;
	bwrite_str(relay_request(m->rc, "delete"), "call-id", m->call_id);
	if (relay_request_send(m->rc, NULL, end_handler, m))
		h(&none, &none, arg);
}

/**
 * @file media_count.c  What the relays counted of a media session: asked while it lasts, and at its end
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "media_core.h"
#include "quality.h"

static void reply_count(struct cdr_media v[MEDIA_ENDS], const struct ng_msg *reply)
{
	const struct bval *tags = reply ? bval_get(reply->dict, "tags") : NULL, *tag;

	if (!tags)
		return;

	memset(v, 0, MEDIA_ENDS * sizeof(*v));
	for (tag = tags->child; tag; tag = tag->next)
		quality_read(&v[pl_strcmp(&tag->key, "a") != 0], reply->dict, tag);
}

void media_count_keep(struct media *m)
{
	for (unsigned i = 0; i < MEDIA_ENDS; i++) {
		quality_add(&m->pastv[i], &m->seenv[i]);
		memset(&m->seenv[i], 0, sizeof(m->seenv[i]));
	}
}

int64_t media_packets(const struct media *m)
{
	int64_t n = 0;

	for (unsigned i = 0; i < MEDIA_ENDS; i++)
		n += m->seenv[i].rx_packets + m->pastv[i].rx_packets;

	return n;
}

static void query_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct media_step *step = arg;
	relay_reply_h *h = step->queryh;
	void *h_arg = step->arg;

	if (err && reply) {
		struct pl reason = PL_INIT;

		(void)ng_result(reply, &reason);
		err = media_fault(err, &reason);
	}
	if (!err)
		reply_count(step->m->seenv, reply);

	mem_deref(step);
	h(err, reply, h_arg);
}

void media_query(struct media *m, relay_reply_h *h, void *arg)
{
	struct media_step *step;

	if (!m->rc) {
		h(ENOTCONN, NULL, arg);
		return;
	}

	step = media_step_alloc(m, NULL, NULL, arg);
	if (step) {
		step->queryh = h;
		bwrite_str(relay_request(m->rc, "query"), "call-id", m->call_id);
		if (!relay_request_send(m->rc, &step->op, query_handler, step))
			return;
	}

	mem_deref(step);
	h(ENOMEM, NULL, arg);
}

static void end_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct media *m = arg;

	if (!err)
		reply_count(m->seenv, reply);

	media_count_keep(m);
	m->endh(&m->pastv[0], &m->pastv[1], m->end_arg);
}

void media_end(struct media *m, media_end_h *h, void *arg)
{
	static const struct cdr_media none;

	list_flush(&m->stepl);

	if (!m->rc) {
		h(&none, &none, arg);
		return;
	}

	m->endh = h;
	m->end_arg = arg;
	media_delete_write(m->rc, m->call_id);
	if (relay_request_send(m->rc, NULL, end_handler, m))
		end_handler(ENOMEM, NULL, m);
}

/**
 * @file event.c  A row of table `event` on its way through the spool
 */
#include "event.h"

static int text_pack(struct mbuf *mb, const struct pl *text)
{
	int err;

	if (text->l > EVENT_TEXT_MAX)
		return EOVERFLOW;

	err = mbuf_write_u16(mb, htons((uint16_t)text->l));

	if (!err && text->l)
		err = mbuf_write_mem(mb, (const uint8_t *)text->p, text->l);

	return err;
}

int event_pack(struct mbuf *mb, const struct event *ev)
{
	int err;

	if (!mb || !ev || !pl_isset(&ev->kind))
		return EINVAL;

	err = mbuf_write_u64(mb, sys_htonll((uint64_t)ev->at_us));
	err = err ? err : text_pack(mb, &ev->kind);
	err = err ? err : text_pack(mb, &ev->cdr_id);
	err = err ? err : text_pack(mb, &ev->detail);

	return err;
}

static int text_unpack(struct pl *text, struct mbuf *mb)
{
	size_t len;

	if (mbuf_get_left(mb) < 2)
		return EBADMSG;

	len = ntohs(mbuf_read_u16(mb));
	if (len > EVENT_TEXT_MAX || len > mbuf_get_left(mb))
		return EBADMSG;

	text->p = len ? (const char *)mbuf_buf(mb) : NULL;
	text->l = len;
	mb->pos += len;

	return 0;
}

int event_unpack(struct event *ev, struct mbuf *mb)
{
	int err;

	if (!ev || !mb || mbuf_get_left(mb) < 8)
		return EBADMSG;

	ev->at_us = (int64_t)sys_ntohll(mbuf_read_u64(mb));
	err = text_unpack(&ev->kind, mb);
	err = err ? err : text_unpack(&ev->cdr_id, mb);
	err = err ? err : text_unpack(&ev->detail, mb);

	return !err && !pl_isset(&ev->kind) ? EBADMSG : err;
}

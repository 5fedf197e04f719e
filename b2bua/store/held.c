/**
 * @file held.c  A hold as bytes: version, a spare byte, then texts with their lengths, then numbers
 */
#include "held.h"

enum { HELD_VERSION = 1, HEAD_SIZE = 2, NUMBERS_SIZE = 16 };

static int text_pack(struct mbuf *mb, const struct pl *text)
{
	return mbuf_write_u8(mb, (uint8_t)text->l) | mbuf_write_pl(mb, text);
}

int held_pack(struct mbuf *mb, const struct held *held)
{
	int err;

	if (!mb || !held || held->cdr_id.l != UUID_STRSIZE - 1 || held->account.l > HELD_NAME_MAX ||
	    held->currency.l > HELD_NAME_MAX)
		return EINVAL;

	err = mbuf_write_u8(mb, HELD_VERSION);
	err |= mbuf_write_u8(mb, 0);
	err |= text_pack(mb, &held->cdr_id);
	err |= text_pack(mb, &held->account);
	err |= text_pack(mb, &held->currency);
	err |= mbuf_write_u64(mb, sys_htonll((uint64_t)held->at_us));
	err |= mbuf_write_u64(mb, sys_htonll((uint64_t)held->nano));

	return err;
}

static int text_unpack(struct pl *text, struct mbuf *mb)
{
	size_t len;

	if (!mbuf_get_left(mb))
		return EBADMSG;

	len = mbuf_read_u8(mb);
	if (len > mbuf_get_left(mb))
		return EBADMSG;

	text->p = (const char *)mbuf_buf(mb);
	text->l = len;
	mb->pos += len;

	return 0;
}

int held_unpack(struct held *held, struct mbuf *mb)
{
	int err;

	if (!held || !mb || mbuf_get_left(mb) < HEAD_SIZE || mbuf_read_u8(mb) != HELD_VERSION)
		return EBADMSG;

	(void)mbuf_read_u8(mb);
	err = text_unpack(&held->cdr_id, mb);
	err = err ? err : text_unpack(&held->account, mb);
	err = err ? err : text_unpack(&held->currency, mb);
	if (err || mbuf_get_left(mb) < NUMBERS_SIZE || held->cdr_id.l != UUID_STRSIZE - 1)
		return EBADMSG;

	held->at_us = (int64_t)sys_ntohll(mbuf_read_u64(mb));
	held->nano = (int64_t)sys_ntohll(mbuf_read_u64(mb));

	return held->nano < 0 ? EBADMSG : 0;
}

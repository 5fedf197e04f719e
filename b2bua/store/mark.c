/**
 * @file mark.c  A mark of life, and the span between two
 */
#include "mark.h"

int mark_pack(struct mbuf *mb, const struct mark *m)
{
	return mbuf_write_u64(mb, sys_htonll((uint64_t)m->run_us)) |
	       mbuf_write_u64(mb, sys_htonll((uint64_t)m->lived_ms));
}

void mark_unpack(struct mark *m, struct mbuf *mb)
{
	*m = (struct mark){0};
	if (mbuf_get_left(mb) < MARK_SIZE)
		return;

	m->run_us = (int64_t)sys_ntohll(mbuf_read_u64(mb));
	m->lived_ms = (int64_t)sys_ntohll(mbuf_read_u64(mb));
}

int64_t mark_span(const struct mark *m, const struct mark *later)
{
	if (!m->run_us || m->run_us != later->run_us)
		return -1;

	return MAX(later->lived_ms - m->lived_ms, 0);
}

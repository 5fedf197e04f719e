/**
 * @file loop_mark.c  A mark in an SDP, by which the relay that rewrote it knows it again
 */
#include <errno.h>
#include <string.h>
#include <re.h>
#include "loop_mark.h"

enum { LINE_SIZE = 64 };

/* The line, line end included. */
static size_t line_print(char line[LINE_SIZE], const char *instance)
{
	const int n = re_snprintf(line, LINE_SIZE, "a=tandem-relay:%s\r\n", instance);

	return n > 0 ? (size_t)n : 0;
}

/* Where a line that begins like this begins; the end: there is none. */
static size_t line_find(const char *text, size_t len, const char *start, size_t start_len)
{
	size_t pos = 0;

	while (pos < len) {

		const char *end = memchr(text + pos, '\n', len - pos);

		if (len - pos >= start_len && !memcmp(text + pos, start, start_len))
			return pos;

		pos = end ? (size_t)(end - text) + 1 : len;
	}

	return len;
}

bool loop_mark_is_in(const struct pl *sdp, const char *instance)
{
	char line[LINE_SIZE];
	const size_t len = line_print(line, instance);

	/* up to the name: a body may have its own line ends */
	return len > 2 && line_find(sdp->p, sdp->l, line, len - 2) < sdp->l;
}

int loop_mark_add(struct mbuf *sdp, const char *instance)
{
	const struct pl text = {.p = (const char *)sdp->buf, .l = sdp->end};
	char line[LINE_SIZE];
	const size_t len = line_print(line, instance), media = line_find(text.p, text.l, "m=", 2);

	if (loop_mark_is_in(&text, instance))
		return 0;

	sdp->pos = media;
	if (mbuf_shift(sdp, (ssize_t)len))
		return ENOMEM;

	sdp->pos = media;
	(void)mbuf_write_mem(sdp, (const uint8_t *)line, len);
	sdp->pos = sdp->end;

	return 0;
}

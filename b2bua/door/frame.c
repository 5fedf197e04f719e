/**
 * @file frame.c  Messages in a stream
 */
#include <re.h>
#include "frame.h"
#include "packet.h"

enum { EMPTY_LINE = 3 }; /* bytes of one that may have been seen already */

static size_t keepalive_len(const uint8_t *buf, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && buf[n] == '\r' && buf[n + 1] == '\n')
		n += 2;

	return n;
}

/* The bytes of a head with its empty line; 0: it is not whole. */
static size_t head_len(const uint8_t *buf, size_t size, size_t from)
{
	for (size_t i = from; i < size; i++) {

		if (buf[i] != '\n')
			continue;

		if (i + 1 < size && buf[i + 1] == '\n')
			return i + 2;

		if (i + 2 < size && buf[i + 1] == '\r' && buf[i + 2] == '\n')
			return i + 3;
	}

	return 0;
}

static int length_decode(size_t *len, struct pl value)
{
	*len = 0;
	if (!value.p)
		return EBADMSG;

	while (value.l && (value.p[0] == ' ' || value.p[0] == '\t'))
		pl_advance(&value, 1);
	while (value.l &&
	       (value.p[value.l - 1] == ' ' || value.p[value.l - 1] == '\t' || value.p[value.l - 1] == '\r'))
		--value.l;

	if (!value.l || value.l > 5)
		return EBADMSG;

	for (size_t i = 0; i < value.l; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return EBADMSG;
		*len = *len * 10 + (size_t)(value.p[i] - '0');
	}

	return 0;
}

static bool names_length(const struct pl *line, struct pl *value)
{
	const char *colon = pl_strchr(line, ':');
	struct pl name = {line->p, colon ? (size_t)(colon - line->p) : 0};

	while (name.l && (name.p[name.l - 1] == ' ' || name.p[name.l - 1] == '\t'))
		--name.l;

	if (pl_strcasecmp(&name, "Content-Length") && pl_strcasecmp(&name, "l"))
		return false;

	value->p = colon + 1;
	value->l = line->l - (size_t)(value->p - line->p);

	return true;
}

/* Whoever says two lengths says to two readers that two messages begin here. */
static int body_len(size_t *len, const uint8_t *buf, size_t head)
{
	struct pl rest = {(const char *)buf, head};
	unsigned said = 0;

	while (rest.l) {
		const char *lf = pl_strchr(&rest, '\n');
		struct pl line = {rest.p, lf ? (size_t)(lf - rest.p) : rest.l}, value;
		size_t n;

		if (names_length(&line, &value)) {
			if (length_decode(&n, value) || (said++ && n != *len))
				return EBADMSG;
			*len = n;
		}

		pl_advance(&rest, (ssize_t)(line.l + (lf ? 1 : 0)));
	}

	return said ? 0 : EBADMSG;
}

static enum frame_kind head_read(struct frame *f, const uint8_t *buf, size_t size)
{
	size_t head, body = 0;

	head = head_len(buf, size, f->seen > EMPTY_LINE ? f->seen - EMPTY_LINE : 0);
	f->seen = size;
	if (!head)
		return size > FRAME_MAX ? FRAME_JUNK : FRAME_PART;

	if (packet_kind(buf, head) != PACKET_SIP || body_len(&body, buf, head) || head + body > FRAME_MAX)
		return FRAME_JUNK;

	f->whole = head + body;

	return FRAME_MESSAGE;
}

enum frame_kind frame_find(size_t *len, struct frame *f, const uint8_t *buf, size_t size)
{
	enum frame_kind kind = FRAME_KEEPALIVE;

	*len = keepalive_len(buf, size);
	if (!*len)
		kind = f->whole ? FRAME_MESSAGE : head_read(f, buf, size);

	if (kind == FRAME_PART || (kind == FRAME_MESSAGE && size < f->whole))
		return FRAME_PART;

	if (kind == FRAME_MESSAGE)
		*len = f->whole;
	*f = (struct frame){.whole = 0};

	return kind;
}

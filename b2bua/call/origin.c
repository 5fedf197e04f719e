/**
 * @file origin.c  The version in the o= lines of one side's SDP
 */
#include <errno.h>
#include "origin.h"

/* A text around the version: o=<username> <sess-id> <sess-version> <nettype> … */
struct split {
	struct pl head; /* up to the o= line; all of it where there is none */
	struct pl line;
	struct pl version; /* within the line; not set: there is none that we can count with */
	struct pl tail;
};

static const char *line_end(const char *p, const char *end)
{
	while (p < end && *p != '\n')
		++p;

	return p < end ? p + 1 : end;
}

/* The third word of the line. */
static struct pl version_find(const struct pl *line)
{
	const char *p = line->p, *end = line->p + line->l;
	struct pl version;
	unsigned words = 0;

	while (p < end && words < 2)
		words += *p++ == ' ';

	version.p = p;
	while (p < end && *p >= '0' && *p <= '9')
		++p;
	version.l = (size_t)(p - version.p);

	/* 19 digits always fit 64 bits */
	return words == 2 && version.l && version.l <= 19 && p < end && *p == ' ' ? version : pl_null;
}

static void split(struct split *s, const struct pl *sdp)
{
	const char *p = sdp->p, *end = sdp->p + sdp->l;

	while (p < end && !(end - p > 2 && p[0] == 'o' && p[1] == '='))
		p = line_end(p, end);

	s->head.p = sdp->p;
	s->head.l = (size_t)(p - sdp->p);
	s->line.p = p;
	s->line.l = (size_t)(line_end(p, end) - p);
	s->version = s->line.l ? version_find(&s->line) : pl_null;
	s->tail.p = p + s->line.l;
	s->tail.l = (size_t)(end - s->tail.p);
}

static uint32_t hash_of(const struct split *s)
{
	return hash_joaat_pl(&s->head) ^ (hash_joaat_pl(&s->tail) * 2654435761u);
}

static int rewrite(struct mbuf **mbp, struct pl *sdp, const struct split *s, uint64_t version)
{
	const char *rest = s->version.p + s->version.l;
	struct mbuf *mb = mbuf_alloc(sdp->l + 20);
	int err;

	if (!mb)
		return ENOMEM;

	err = mbuf_write_mem(mb, (const uint8_t *)sdp->p, (size_t)(s->version.p - sdp->p));
	err = err ? err : mbuf_printf(mb, "%llu", version);
	err = err ? err : mbuf_write_mem(mb, (const uint8_t *)rest, (size_t)(sdp->p + sdp->l - rest));
	if (err) {
		mem_deref(mb);
		return err;
	}

	*mbp = mb;
	sdp->p = (const char *)mb->buf;
	sdp->l = mb->end;

	return 0;
}

int origin_keep(struct origin *o, struct pl *sdp, struct mbuf **mbp)
{
	struct split s;
	uint64_t version, wanted;
	uint32_t hash;
	int err = 0;

	*mbp = NULL;
	split(&s, sdp);
	if (!pl_isset(&s.version))
		return 0;

	hash = hash_of(&s);
	version = wanted = pl_u64(&s.version);
	if (o->given && hash == o->hash && version <= o->version)
		wanted = o->version;
	else if (o->given && version <= o->version)
		wanted = o->version + 1;

	if (wanted != version)
		err = rewrite(mbp, sdp, &s, wanted);

	if (!err)
		*o = (struct origin){.given = true, .version = wanted, .hash = hash};

	return err;
}

bool origin_differs(const struct pl *a, const struct pl *b)
{
	struct split sa, sb;

	split(&sa, a);
	split(&sb, b);

	return pl_cmp(&sa.head, &sb.head) || pl_cmp(&sa.tail, &sb.tail);
}

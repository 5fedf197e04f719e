/**
 * @file parts.c  Which part of a multipart body is ours
 */
#include <re.h>
#include "multipart.h"
#include "parts.h"

struct walk {
	struct pl sdp;            /* found */
	const struct pl *instead; /* printing: what stands in its place */
	struct mbuf *mb;          /* NULL: nothing is printed */
	const char *from;         /* what is before this was printed, or left out */
	unsigned partc, cutc;
};

/* What has been read up to `end` crosses. */
static int keep_to(struct walk *w, const char *end)
{
	int err = w->mb ? mbuf_write_mem(w->mb, (const uint8_t *)w->from, (size_t)(end - w->from)) : 0;

	w->from = end;

	return err;
}

static bool is_plain(const struct pl *head)
{
	struct pl val;

	if (multipart_header(head, "Content-Encoding", &val, NULL) && pl_strcasecmp(&val, "identity"))
		return false;

	return !multipart_header(head, "Content-Transfer-Encoding", &val, NULL) ||
	       !pl_strcasecmp(&val, "7bit") || !pl_strcasecmp(&val, "8bit") || !pl_strcasecmp(&val, "binary");
}

/* SDP is of the session where nothing else is said (RFC 3261 20.11). */
static bool is_session(const struct pl *head)
{
	struct pl val, disposition;

	if (!multipart_header(head, "Content-Disposition", &val, NULL))
		return true;

	if (re_regex(val.p, val.l, "[^; \t]+", &disposition))
		return false;

	return !pl_strcasecmp(&disposition, "session");
}

static bool is_optional(const struct pl *head)
{
	struct pl val, handling;

	return multipart_header(head, "Content-Disposition", &val, NULL) &&
	       multipart_param(&val, "handling", &handling) && !pl_strcasecmp(&handling, "optional");
}

/* A length that the part tells of itself would no longer be true. */
static int replace(struct walk *w, const struct multipart_part *part)
{
	struct pl val, line;
	int err = 0;

	if (multipart_header(&part->head, "Content-Length", &val, &line)) {
		err = keep_to(w, line.p);
		w->from = line.p + line.l;
	}

	err |= keep_to(w, part->body.p);
	if (w->mb)
		err |= mbuf_write_pl(w->mb, w->instead);
	w->from = part->body.p + part->body.l;

	return err;
}

static int sdp_take(struct walk *w, const struct multipart_part *part, bool sealed)
{
	int err;

	if (sealed)
		return ENOTSUP;

	if (is_session(&part->head) && is_plain(&part->head)) {
		if (pl_isset(&w->sdp))
			return ENOTSUP;

		w->sdp = part->body;

		return pl_isset(&w->sdp) ? replace(w, part) : EBADMSG;
	}

	if (!is_optional(&part->head))
		return ENOTSUP;

	++w->cutc;
	err = keep_to(w, part->whole.p);
	w->from = part->whole.p + part->whole.l;

	return err;
}

static int walk(struct walk *w, const struct pl *type, const struct pl *body, unsigned depth, bool sealed);

static int part_take(struct walk *w, const struct multipart_part *part, unsigned depth, bool sealed)
{
	struct pl type;

	if (++w->partc > PARTS_MAX)
		return ENOTSUP;

	if (!multipart_header(&part->head, "Content-Type", &type, NULL) &&
	    !multipart_header(&part->head, "c", &type, NULL))
		return 0;

	if (multipart_is_type(&type, "application", "sdp"))
		return sdp_take(w, part, sealed);

	if (multipart_is_type(&type, "multipart", NULL))
		return walk(w, &type, &part->body, depth + 1, sealed);

	return 0;
}

/* A body that would be left without any part is none (RFC 2046 5.1.1). */
static int walk(struct walk *w, const struct pl *type, const struct pl *body, unsigned depth, bool sealed)
{
	struct multipart_part part;
	struct multipart mp;
	unsigned cutc = w->cutc, partc = 0;
	int err;

	if (depth > PARTS_DEPTH_MAX)
		return ENOTSUP;

	sealed = sealed || multipart_is_type(type, "multipart", "signed") ||
		 multipart_is_type(type, "multipart", "encrypted");

	err = multipart_begin(&mp, type, body);
	if (err)
		return err;

	while (!(err = multipart_next(&mp, &part))) {
		err = part_take(w, &part, depth, sealed);
		if (err)
			return err;
		++partc;
	}

	if (err != ENOENT)
		return err;

	return w->cutc - cutc == partc ? ENOTSUP : 0;
}

static int walk_all(struct walk *w, const struct pl *type, const struct pl *body)
{
	int err;

	w->from = body->p;
	err = walk(w, type, body, 1, false);
	if (err)
		return err;

	if (w->cutc && !pl_isset(&w->sdp))
		return ENOTSUP;

	return keep_to(w, body->p + body->l);
}

int parts_find(struct pl *sdp, const struct pl *type, const struct pl *body)
{
	struct walk w = {.mb = NULL};
	int err = walk_all(&w, type, body);

	*sdp = err ? pl_null : w.sdp;

	return err;
}

int parts_print(struct mbuf *mb, const struct pl *type, const struct pl *body, const struct pl *sdp)
{
	struct walk w = {.mb = mb, .instead = sdp};

	return walk_all(&w, type, body);
}

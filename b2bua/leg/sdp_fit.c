/**
 * @file sdp_fit.c  Makes one offer the answer to another
 */
#include <re.h>
#include "sdp.h"
#include "sdp_fit.h"

enum { SECTIONS_MAX = 16 };

/** An m-line and what belongs to it. */
struct section {
	struct pl text;
	struct pl media, rest; /* "audio", and what follows its port */
	bool on;               /* not rejected; not taken yet */
};

struct sections {
	struct pl session; /* what comes before them */
	struct section v[SECTIONS_MAX];
	size_t n;
};

static void section_decode(struct section *s, const struct pl *line)
{
	struct pl port = PL_INIT;

	s->on = !re_regex(line->p, line->l, "m=[^ ]+ [0-9]+[^ ]*[^]*", &s->media, &port, NULL, &s->rest) &&
		pl_u32(&port);
}

static int sections_decode(struct sections *ss, const struct pl *sdp)
{
	struct pl rest = *sdp, line, *text = &ss->session;

	ss->n = 0;
	ss->session = (struct pl){sdp->p, 0};

	while (sdp_line_next(&line, &rest)) {

		if (line.l > 2 && line.p[0] == 'm' && line.p[1] == '=') {

			if (ss->n >= SECTIONS_MAX)
				return EOVERFLOW;

			text = &ss->v[ss->n].text;
			*text = (struct pl){line.p, 0};
			section_decode(&ss->v[ss->n++], &line);
		}

		text->l = (size_t)((rest.l ? rest.p : sdp->p + sdp->l) - text->p);
	}

	return 0;
}

static struct section *section_take(struct sections *ss, const struct section *like)
{
	for (size_t i = 0; i < ss->n && like->on; i++) {

		struct section *s = &ss->v[i];

		if (s->on && !pl_cmp(&s->media, &like->media)) {
			s->on = false;
			return s;
		}
	}

	return NULL;
}

/* RFC 3264 6: a port of zero, with the offer's transport and formats. */
static int reject(struct mbuf *mb, const struct section *offered)
{
	struct pl rest = offered->text, line = PL_INIT, media, formats;

	(void)sdp_line_next(&line, &rest);
	if (re_regex(line.p, line.l, "m=[^ ]+ [^ ]+ [^]+", &media, NULL, &formats))
		return EBADMSG;

	return mbuf_printf(mb, "m=%r 0 %r\r\n", &media, &formats);
}

/* The last line may have no end, and another may follow it now. */
static int text_write(struct mbuf *mb, const struct pl *text)
{
	int err = mbuf_write_mem(mb, (const uint8_t *)text->p, text->l);

	if (!err && text->l && text->p[text->l - 1] != '\n')
		err = mbuf_write_str(mb, "\r\n");

	return err;
}

int sdp_fit(struct mbuf *mb, const struct pl *offer, const struct pl *sdp)
{
	struct sections offered, said;
	bool common = false;
	int err;

	err = sections_decode(&offered, offer);
	err = err ? err : sections_decode(&said, sdp);
	err = err ? err : text_write(mb, &said.session);

	for (size_t i = 0; !err && i < offered.n; i++) {

		const struct section *s = section_take(&said, &offered.v[i]);

		common = common || s;
		err = s ? text_write(mb, &s->text) : reject(mb, &offered.v[i]);
	}

	return err || common ? err : ENOTSUP;
}

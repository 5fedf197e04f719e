/**
 * @file sdp_precondition.c  Preconditions in SDP, read and met on behalf of who has none
 */
#include <string.h>
#include <re.h>
#include "sdp.h"
#include "sdp_precondition.h"

enum {
	LINES_MAX = 16, /* of one media, looked at */
	WORDS_MAX = 4,
	SEND = 1 << 0,
	RECV = 1 << 1,
};

/** One line of them. */
struct precondition {
	enum { CURRENT, DESIRED, CONFIRM } kind;
	struct pl type;     /* "qos" */
	struct pl strength; /* of what is desired */
	struct pl status;   /* whose: "local", "remote" as its sender sees it, or "e2e" */
	unsigned direction; /* SEND, RECV; as its sender sees it, too */
};

/** Those of one media. */
struct section {
	struct precondition v[LINES_MAX];
	size_t n;
};

static const char *const directions[] = {"none", "send", "recv", "sendrecv"};

static bool direction_decode(unsigned *direction, const struct pl *word)
{
	for (unsigned i = 0; i < ARRAY_SIZE(directions); i++) {
		if (!pl_strcmp(word, directions[i])) {
			*direction = i;
			return true;
		}
	}

	return false;
}

/* One side's sending is the other's receiving. */
static unsigned swapped(unsigned direction)
{
	return (direction & SEND ? RECV : 0) | (direction & RECV ? SEND : 0);
}

static size_t split(struct pl wordv[WORDS_MAX], struct pl rest)
{
	size_t n = 0;

	while (rest.l && n < WORDS_MAX) {

		const char *space = memchr(rest.p, ' ', rest.l);
		const size_t l = space ? (size_t)(space - rest.p) : rest.l;

		wordv[n++] = (struct pl){rest.p, l};
		pl_advance(&rest, (ssize_t)(space ? l + 1 : l));
	}

	return rest.l ? 0 : n;
}

static bool decode(struct precondition *p, const struct pl *line)
{
	static const struct {
		const char *start;
		size_t words;
	} kindv[] = {{"a=curr:", 3}, {"a=des:", 4}, {"a=conf:", 3}};
	struct pl wordv[WORDS_MAX];

	for (unsigned i = 0; i < ARRAY_SIZE(kindv); i++) {

		const size_t l = strlen(kindv[i].start), words = kindv[i].words;

		if (line->l <= l || memcmp(line->p, kindv[i].start, l))
			continue;

		if (split(wordv, (struct pl){line->p + l, line->l - l}) != words)
			return false;

		p->kind = i;
		p->type = wordv[0];
		p->strength = words > 3 ? wordv[1] : pl_null;
		p->status = wordv[words - 2];

		return direction_decode(&p->direction, &wordv[words - 1]);
	}

	return false;
}

/* The next media's; `rest` starts at or before its m-line. False: there are no more. */
static bool section_next(struct section *s, struct pl *rest)
{
	struct pl line, after = *rest;
	bool media = false;

	s->n = 0;
	while (sdp_line_next(&line, &after)) {

		if (line.l > 2 && !memcmp(line.p, "m=", 2)) {
			if (media)
				break;
			media = true;
		}
		else if (media && s->n < LINES_MAX && decode(&s->v[s->n], &line)) {
			++s->n;
		}
		*rest = after;
	}

	return media;
}

/* ------------------------------------------------------------------ met or not */

static unsigned current_local(const struct section *s, const struct pl *type)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].kind == CURRENT && !pl_strcmp(&s->v[i].status, "local") &&
		    !pl_cmp(&s->v[i].type, type))
			return s->v[i].direction;

	return 0;
}

/* A mandatory one on its sender's own side. */
static bool is_unmet(const struct section *s, const struct precondition *p)
{
	return p->kind == DESIRED && !pl_strcmp(&p->strength, "mandatory") &&
	       !pl_strcmp(&p->status, "local") && (p->direction & ~current_local(s, &p->type));
}

bool sdp_preconditions_met(const struct pl *sdp)
{
	struct pl rest = *sdp;
	struct section s;

	while (section_next(&s, &rest))
		for (size_t i = 0; i < s.n; i++)
			if (is_unmet(&s, &s.v[i]))
				return false;

	return true;
}

/* ------------------------------------------------------------------ on another's behalf */

static int current_print(struct mbuf *mb, const struct precondition *p)
{
	if (!pl_strcmp(&p->status, "local"))
		return mbuf_printf(mb, "a=curr:%r remote %s\r\n", &p->type,
				   directions[swapped(p->direction)]);

	return mbuf_printf(mb, "a=curr:%r %s sendrecv\r\n", &p->type,
			   pl_strcmp(&p->status, "remote") ? "e2e" : "local");
}

static int desired_print(struct mbuf *mb, const struct section *s, const struct precondition *p)
{
	const char *status = !pl_strcmp(&p->status, "local")    ? "remote"
			     : !pl_strcmp(&p->status, "remote") ? "local"
								: "e2e";
	int err;

	err = mbuf_printf(mb, "a=des:%r %r %s %s\r\n", &p->type, &p->strength, status,
			  directions[swapped(p->direction)]);
	if (!err && is_unmet(s, p))
		err = mbuf_printf(mb, "a=conf:%r remote %s\r\n", &p->type, directions[swapped(p->direction)]);

	return err;
}

static int section_print(struct mbuf *mb, const struct section *s)
{
	int err = 0;

	for (size_t i = 0; i < s->n && !err; i++) {
		if (s->v[i].kind == CURRENT)
			err = current_print(mb, &s->v[i]);
		else if (s->v[i].kind == DESIRED)
			err = desired_print(mb, s, &s->v[i]);
	}

	return err;
}

static int lines_print(struct mbuf *mb, struct pl *theirs, bool asked)
{
	struct section s;

	if (asked)
		return mbuf_write_str(mb, "a=curr:qos local sendrecv\r\n"
					  "a=curr:qos remote none\r\n"
					  "a=des:qos optional local sendrecv\r\n"
					  "a=des:qos optional remote sendrecv\r\n");

	return section_next(&s, theirs) ? section_print(mb, &s) : 0;
}

int sdp_preconditions_serve(struct mbuf *mb, const struct pl *sdp, const struct pl *theirs)
{
	struct pl rest = *sdp, left = *theirs, line;
	const bool asked = !pl_isset(theirs);
	bool media = false;
	int err = 0;

	while (!err && sdp_line_next(&line, &rest)) {

		if (line.l > 2 && !memcmp(line.p, "m=", 2)) {
			err = media ? lines_print(mb, &left, asked) : 0;
			media = true;
		}
		err = err ? err : mbuf_printf(mb, "%r\r\n", &line);
	}

	return !err && media ? lines_print(mb, &left, asked) : err;
}

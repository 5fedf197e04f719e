/**
 * @file sdp_filter.c  Which codecs of an m-line go on: strip, except, offer, mask
 */
#include <string.h>
#include <re.h>
#include "sdp_codec.h"
#include "sdp_line.h"

enum { FORMATS = 128 };

/* What only goes with a codec, and is none itself. */
static const char *const companionv[] = {
	"telephone-event", "CN", "red", "rtx", "ulpfec", "flexfec", "flexfec-03", "parityfec", "tone",
};

static bool is_codec(const struct rsdp_codec *codec)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(companionv); i++)
		if (!pl_strcasecmp(&codec->name, companionv[i]))
			return false;

	return true;
}

static bool is_all(const struct pl *name)
{
	return !pl_strcasecmp(name, "all") || !pl_strcasecmp(name, "full");
}

/* "opus", "opus/48000", "opus/48000/2" or "96"; what the name leaves out may be anything. */
static bool name_fits(const struct pl *name, const struct rsdp_codec *codec)
{
	struct pl base = *name, rate, channels;
	uint16_t pt;

	if (!sdp_port_decode(&pt, name))
		return pt == codec->pt;

	sdp_slash_split(&base, &rate);
	sdp_slash_split(&rate, &channels);

	return base.l && !pl_casecmp(&base, &codec->name) && (!rate.l || pl_u32(&rate) == codec->rate_hz) &&
	       (!channels.l || pl_u32(&channels) == codec->channels);
}

static bool names_have(const struct rsdp_names *names, const struct rsdp_codec *codec)
{
	unsigned i;

	for (i = 0; i < names->c; i++)
		if (name_fits(&names->v[i], codec))
			return true;

	return false;
}

static bool names_have_all(const struct rsdp_names *names)
{
	unsigned i;

	for (i = 0; i < names->c; i++)
		if (is_all(&names->v[i]))
			return true;

	return false;
}

static bool is_taken(const struct rsdp_filter *filter, const struct rsdp_codec *codec, bool all)
{
	if (names_have(&filter->strip, codec) || names_have(&filter->mask, codec))
		return true;

	return all && !names_have(&filter->except, codec);
}

static bool selected(const struct rsdp_selection *sel, uint8_t pt)
{
	unsigned i;

	for (i = 0; i < sel->c; i++)
		if (sel->v[i]->pt == pt)
			return true;

	return false;
}

/* What was taken out and is asked for by name, companions behind codecs. */
static void offered_add(struct rsdp_selection *sel, const struct rsdp_codec *codecv, unsigned codecc,
			const struct rsdp_names *offer, bool codecs)
{
	unsigned i, n;

	for (n = 0; n < offer->c; n++)
		for (i = 0; i < codecc; i++)
			if (is_codec(&codecv[i]) == codecs && name_fits(&offer->v[n], &codecv[i]) &&
			    !selected(sel, codecv[i].pt))
				sel->v[sel->c++] = &codecv[i];
}

static void names_apply(struct rsdp_selection *sel, const struct rsdp *sdp, const struct rsdp_media *m,
			const struct rsdp_filter *filter)
{
	const struct rsdp_codec *codecv = &sdp->codecv[m->codec0];
	bool all;
	unsigned i;

	all = !pl_strcasecmp(&m->type, "audio") &&
	      (names_have_all(&filter->strip) || names_have_all(&filter->mask));

	for (i = 0; i < m->codecc; i++)
		if (!is_taken(filter, &codecv[i], all))
			sel->v[sel->c++] = &codecv[i];

	offered_add(sel, codecv, m->codecc, &filter->offer, true);
	offered_add(sel, codecv, m->codecc, &filter->offer, false);
}

/* The payload types an fmtp of rtx ("apt=96") or red ("96/96/97") speaks of are all selected. */
static bool params_selected(const struct rsdp_selection *sel, const struct rsdp_media *m, struct pl rest)
{
	while (rest.l) {

		struct pl num = {rest.p, 0};
		uint16_t pt;

		while (rest.l && *rest.p >= '0' && *rest.p <= '9') {
			pl_advance(&rest, 1);
			++num.l;
		}

		if (!sdp_port_decode(&pt, &num) && pt < FORMATS && rsdp_lists_pt(&m->payloads, (uint8_t)pt) &&
		    !selected(sel, (uint8_t)pt))
			return false;

		if (rest.l && (*rest.p == ';' || *rest.p == ' ' || *rest.p == '\t'))
			break;
		if (rest.l)
			pl_advance(&rest, 1);
	}

	return true;
}

/* "apt=96" of rtx, "96/96" of red: what stands behind the payload type of "a=fmtp:100 ...". */
static bool companion_serves(const struct rsdp_selection *sel, const struct rsdp *sdp,
			     const struct rsdp_media *m, const struct rsdp_codec *codec)
{
	uint16_t i;

	if (pl_strcasecmp(&codec->name, "rtx") && pl_strcasecmp(&codec->name, "red"))
		return true;

	for (i = codec->paramv[0]; i; i = sdp->paramv[i].next) {

		struct pl rest = {sdp->text.p + sdp->paramv[i].offset, sdp->paramv[i].len}, head;

		(void)sdp_field_next(&head, &rest);
		while (rest.l && *rest.p == ' ')
			pl_advance(&rest, 1);
		if (head.l > 7 && !memcmp(head.p, "a=fmtp:", 7) && !params_selected(sel, m, rest))
			return false;
	}

	return true;
}

/* Retransmission and redundancy of what has gone go too, until no more do: rtx may be of red. */
static void companions_drop(struct rsdp_selection *sel, const struct rsdp *sdp, const struct rsdp_media *m)
{
	unsigned i, kept, before;

	do {
		const struct rsdp_selection was = *sel;

		before = sel->c;
		for (i = kept = 0; i < before; i++)
			if (companion_serves(&was, sdp, m, was.v[i]))
				sel->v[kept++] = was.v[i];
		sel->c = kept;
	} while (sel->c < before);
}

static void single_keep(struct rsdp_selection *sel)
{
	bool found = false;
	unsigned i, kept = 0;

	for (i = 0; i < sel->c; i++) {

		const struct rsdp_codec *codec = sel->v[i];

		if (is_codec(codec) ? !found : !pl_strcasecmp(&codec->name, "telephone-event"))
			sel->v[kept++] = codec;
		found = found || is_codec(codec);
	}

	sel->c = kept;
}

static bool any_codec(const struct rsdp_codec *const v[], unsigned c)
{
	unsigned i;

	for (i = 0; i < c; i++)
		if (is_codec(v[i]))
			return true;

	return false;
}

int rsdp_filter_apply(struct rsdp_selection *sel, const struct rsdp *sdp, const struct rsdp_media *m,
		      const struct rsdp_target *target)
{
	static const struct rsdp_filter nothing;
	bool had;

	sel->c = 0;
	names_apply(sel, sdp, m, &nothing);
	if (!target->filter && !target->single_codec)
		return 0;

	had = any_codec(sel->v, sel->c);
	if (target->filter) {
		sel->c = 0;
		names_apply(sel, sdp, m, target->filter);
		companions_drop(sel, sdp, m);
	}

	if (target->single_codec)
		single_keep(sel);

	return (had && !any_codec(sel->v, sel->c)) || (m->codecc && !sel->c) ? ENOTSUP : 0;
}

/**
 * @file sdp_keep.c  Which attributes stay where they are in an SDP body, and which go
 *
 * Those that go are not ours to pass (ICE, keys, bundles), or are written again in their place (sdp_write.c).
 */
#include <re.h>
#include "sdp_line.h"
#include "sdp_write.h"

/** What an attribute is about; decides where it stays. */
enum about {
	ABOUT_ELSE,
	ABOUT_ICE,
	ABOUT_KEYS,
	ABOUT_DIRECTION,
	ABOUT_CODEC,
	ABOUT_FEEDBACK,
	ABOUT_RTCP,
	ABOUT_PTIME,
	ABOUT_MID,
	ABOUT_EXTENSION,
	ABOUT_GROUP,
	ABOUT_BUNDLE,
};

static const struct {
	const char *name;
	enum about about;
} aboutv[] = {
	{"rtpmap", ABOUT_CODEC},
	{"fmtp", ABOUT_CODEC},
	{"rtcp-fb", ABOUT_FEEDBACK},
	{"ptime", ABOUT_PTIME},
	{"sendrecv", ABOUT_DIRECTION},
	{"sendonly", ABOUT_DIRECTION},
	{"recvonly", ABOUT_DIRECTION},
	{"inactive", ABOUT_DIRECTION},
	{"rtcp", ABOUT_RTCP},
	{"rtcp-mux", ABOUT_RTCP},
	{"rtcp-mux-only", ABOUT_RTCP},
	{"mid", ABOUT_MID},
	{"extmap", ABOUT_EXTENSION},
	{"group", ABOUT_GROUP},
	{"bundle-only", ABOUT_BUNDLE},
	{"crypto", ABOUT_KEYS},
	{"fingerprint", ABOUT_KEYS},
	{"setup", ABOUT_KEYS},
	{"tls-id", ABOUT_KEYS},
	{"key-mgmt", ABOUT_KEYS},
	{"tcap", ABOUT_KEYS}, /* RFC 5939: to encrypt as an alternative, behind the relay's back */
	{"acap", ABOUT_KEYS},
	{"pcfg", ABOUT_KEYS},
	{"acfg", ABOUT_KEYS},
	{"candidate", ABOUT_ICE},
	{"end-of-candidates", ABOUT_ICE},
	{"remote-candidates", ABOUT_ICE},
	{"ice-ufrag", ABOUT_ICE},
	{"ice-pwd", ABOUT_ICE},
	{"ice-options", ABOUT_ICE},
	{"ice-lite", ABOUT_ICE},
	{"ice-mismatch", ABOUT_ICE},
	{"ice-pacing", ABOUT_ICE},
};

static enum about attr_about(const struct pl *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(aboutv); i++)
		if (!pl_strcmp(name, aboutv[i].name))
			return aboutv[i].about;

	return ABOUT_ELSE;
}

bool rsdp_is_foreign(const struct rsdp_writer *w)
{
	return w->media && w->media->kind == RSDP_FOREIGN;
}

/* All keys that pass, pass at the session's level too. */
static bool keeps_keys(const struct rsdp_writer *w)
{
	unsigned i;

	for (i = 0; i < w->sdp->mediac; i++)
		if (w->target->mediav[i].keep_keys)
			return true;

	return !w->all_ours;
}

static bool session_drops(const struct rsdp_writer *w, enum about about)
{
	switch (about) {

	case ABOUT_ICE:
		return true;
	case ABOUT_KEYS:
		return !keeps_keys(w);
	case ABOUT_DIRECTION:
		return w->all_ours && !w->target->keep_directions;
	case ABOUT_EXTENSION:
		return w->target->strip_extmap;
	default:
		return false;
	}
}

/* "a=rtcp-fb:96 nack" is about one codec and written with it; "a=rtcp-fb:* nack" is not. */
static bool drops_feedback(const struct rsdp_writer *w, const struct pl *param)
{
	return w->media->codecc && !(param->l && *param->p == '*');
}

static bool media_drops(const struct rsdp_writer *w, enum about about, const struct pl *param)
{
	switch (about) {

	case ABOUT_KEYS:
		return !w->mt->keep_keys;
	case ABOUT_DIRECTION:
		return !rsdp_keeps_direction(w);
	case ABOUT_CODEC:
	case ABOUT_PTIME:
		return w->media->codecc > 0;
	case ABOUT_FEEDBACK:
		return drops_feedback(w, param);
	case ABOUT_RTCP:
		return w->media->kind == RSDP_RTP;
	case ABOUT_EXTENSION:
		return w->target->strip_extmap;
	case ABOUT_ICE:
	case ABOUT_MID:
	case ABOUT_BUNDLE:
		return true;
	default:
		return false;
	}
}

/* We bind a port for each m-line; a bundle would put them all on one (RFC 9143). */
static bool is_bundle(const struct pl *param)
{
	struct pl rest = *param, semantics;

	return sdp_field_next(&semantics, &rest) && !pl_strcasecmp(&semantics, "BUNDLE");
}

bool rsdp_attr_drops(const struct rsdp_writer *w, const struct sdp_line *line)
{
	struct pl name, param;
	enum about about;

	sdp_attr_split(&line->value, &name, &param);
	about = attr_about(&name);

	if (!w->media)
		return about == ABOUT_GROUP ? is_bundle(&param) : session_drops(w, about);
	if (rsdp_is_foreign(w))
		return false;
	if (!w->mt)
		return about == ABOUT_ICE || about == ABOUT_BUNDLE;

	return media_drops(w, about, &param);
}

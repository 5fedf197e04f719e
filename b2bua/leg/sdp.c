/**
 * @file sdp.c  Reads what the engine must know of an SDP
 */
#include <string.h>
#include <re.h>
#include "sdp.h"

/* RFC 3551 table 4: payload types that need no rtpmap. */
static const char *static_name(uint32_t pt)
{
	switch (pt) {

	case 0:
		return "PCMU";
	case 3:
		return "GSM";
	case 4:
		return "G723";
	case 8:
		return "PCMA";
	case 9:
		return "G722";
	case 15:
		return "G728";
	case 18:
		return "G729";
	default:
		return "";
	}
}

bool sdp_line_next(struct pl *line, struct pl *rest)
{
	const char *lf;

	if (!rest->l)
		return false;

	line->p = rest->p;
	lf = memchr(rest->p, '\n', rest->l);
	line->l = lf ? (size_t)(lf - rest->p) : rest->l;
	pl_advance(rest, (ssize_t)(lf ? line->l + 1 : line->l));
	if (line->l && line->p[line->l - 1] == '\r')
		--line->l;

	return true;
}

void sdp_codec(char name[SDP_CODEC_SIZE], const struct pl *sdp)
{
	struct pl rest = *sdp, line, port, pt = PL_INIT, map, enc;
	bool audio = false;

	name[0] = '\0';

	while (sdp_line_next(&line, &rest)) {

		if (line.l > 2 && line.p[0] == 'm') {
			if (audio)
				break;

			audio = !re_regex(line.p, line.l, "m=audio [0-9]+[^ ]* [^ ]+ [0-9]+", &port, NULL,
					  NULL, &pt) &&
				pl_u32(&port);
		}
		else if (audio && !re_regex(line.p, line.l, "a=rtpmap:[0-9]+[ ]+[^/]+", &map, NULL, &enc) &&
			 !pl_cmp(&map, &pt)) {
			(void)pl_strcpy(&enc, name, SDP_CODEC_SIZE);
			return;
		}
	}

	if (audio)
		str_ncpy(name, static_name(pl_u32(&pt)), SDP_CODEC_SIZE);
}

bool sdp_held(const struct pl *sdp)
{
	static const char *const linev[] = {"a=sendonly", "a=recvonly", "a=inactive", "c=IN IP4 0.0.0.0"};
	struct pl rest = *sdp, line;

	while (sdp_line_next(&line, &rest))
		for (size_t i = 0; i < ARRAY_SIZE(linev); i++)
			if (!pl_strcmp(&line, linev[i]))
				return true;

	return false;
}

int sdp_family(const struct pl *sdp)
{
	struct pl rest = *sdp, line, version, addr;

	while (sdp_line_next(&line, &rest)) {

		if (!line.l || *line.p != 'c' ||
		    re_regex(line.p, line.l, "c=IN IP[46]1 [^ ]+", &version, &addr))
			continue;

		if (pl_strcmp(&addr, "0.0.0.0") && pl_strcmp(&addr, "::"))
			return *version.p == '4' ? AF_INET : AF_INET6;
	}

	return AF_UNSPEC;
}

/* An m-line ends: what was it? */
static void security_note(struct sdp_security *sec, bool rtp, bool secure, bool keyed)
{
	if (!rtp)
		return;

	sec->secure = sec->secure || secure;
	sec->plain = sec->plain || (!secure && !keyed);
}

static bool is_key(const struct pl *line)
{
	static const char crypto[] = "a=crypto:";

	return line->l > sizeof(crypto) && !memcmp(line->p, crypto, sizeof(crypto) - 1);
}

static bool is_direction(const struct pl *line)
{
	static const char *const linev[] = {"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"};

	for (size_t i = 0; i < ARRAY_SIZE(linev); i++)
		if (!pl_strcmp(line, linev[i]))
			return true;

	return false;
}

static bool is_precondition(const struct pl *line)
{
	static const char *const startv[] = {"a=curr:", "a=des:", "a=conf:"};

	for (size_t i = 0; i < ARRAY_SIZE(startv); i++)
		if (line->l > strlen(startv[i]) && !memcmp(line->p, startv[i], strlen(startv[i])))
			return true;

	return false;
}

/* "a=des:qos mandatory local sendrecv"; a strength says nothing elsewhere. */
static bool is_mandatory(const struct pl *line)
{
	static const char start[] = "a=des:", strength[] = " mandatory ";
	const char *type = memchr(line->p, ' ', line->l);
	const size_t left = type ? (size_t)(line->p + line->l - type) : 0;

	return line->l > strlen(start) && !memcmp(line->p, start, strlen(start)) && left > strlen(strength) &&
	       !memcmp(type, strength, strlen(strength));
}

static int copy_without(struct mbuf *mb, const struct pl *sdp, bool (*is_left_out)(const struct pl *line))
{
	const char *end = sdp->p + sdp->l;
	struct pl rest = *sdp, line;
	int err = 0;

	while (!err && sdp_line_next(&line, &rest)) {

		const char *next = rest.l ? rest.p : end;

		if (!is_left_out(&line))
			err = mbuf_write_mem(mb, (const uint8_t *)line.p, (size_t)(next - line.p));
	}

	return err;
}

int sdp_without_keys(struct mbuf *mb, const struct pl *sdp)
{
	return copy_without(mb, sdp, is_key);
}

int sdp_resumed(struct mbuf *mb, const struct pl *sdp)
{
	return copy_without(mb, sdp, is_direction);
}

enum sdp_preconditions sdp_preconditions(const struct pl *sdp)
{
	enum sdp_preconditions found = SDP_PRECONDITIONS_NONE;
	struct pl rest = *sdp, line;

	while (sdp_line_next(&line, &rest)) {

		if (!is_precondition(&line))
			continue;

		if (is_mandatory(&line))
			return SDP_PRECONDITIONS_MANDATORY;

		found = SDP_PRECONDITIONS_OPTIONAL;
	}

	return found;
}

int sdp_without_preconditions(struct mbuf *mb, const struct pl *sdp)
{
	return copy_without(mb, sdp, is_precondition);
}

void sdp_security(struct sdp_security *sec, const struct pl *sdp)
{
	struct pl rest = *sdp, line, port, proto;
	bool rtp = false, secure = false, keyed = false;

	memset(sec, 0, sizeof(*sec));

	while (sdp_line_next(&line, &rest)) {

		if (line.l > 2 && line.p[0] == 'm') {

			security_note(sec, rtp, secure, keyed);
			rtp = !re_regex(line.p, line.l, "m=[^ ]+ [0-9]+[^ ]* [^ ]+", NULL, &port, NULL,
					&proto) &&
			      pl_u32(&port) && !re_regex(proto.p, proto.l, "RTP/");
			secure = rtp && !re_regex(proto.p, proto.l, "SAVP");
			keyed = false;
		}

		keyed = keyed || is_key(&line);
	}

	security_note(sec, rtp, secure, keyed);
}

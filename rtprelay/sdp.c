/**
 * @file sdp.c  Reads what the relay must know from an SDP body (RFC 8866)
 */
#include <string.h>
#include <re.h>
#include "sdp.h"
#include "sdp_line.h"

/* Clock rates of the static payload types, RFC 3551 section 6; 0: unassigned. */
static const uint32_t static_rate_hzv[] = {
	[0] = 8000,   [3] = 8000,   [4] = 8000,   [5] = 8000,   [6] = 16000,  [7] = 8000,
	[8] = 8000,   [9] = 8000,   [10] = 44100, [11] = 44100, [12] = 8000,  [13] = 8000,
	[14] = 90000, [15] = 8000,  [16] = 11025, [17] = 22050, [18] = 8000,  [25] = 90000,
	[26] = 90000, [28] = 90000, [31] = 90000, [32] = 90000, [33] = 90000, [34] = 90000,
};

/** The body being read; `media` is NULL above the first m-line. */
struct reader {
	struct rsdp *sdp;
	struct rsdp_media *media;
	struct {
		unsigned line;
		uint16_t port;
		uint16_t rtcp_port; /* of a=rtcp; 0: none */
		struct sa rtcp;     /* of a=rtcp; no family: the address of RTP */
	} rawv[RSDP_MEDIA_MAX];
	bool sends; /* the session's direction, for m-lines without their own */
	bool receives;
	const char *why;
	unsigned line; /* the one that is wrong */
};

static int fail(struct reader *r, const char *why)
{
	r->why = why;

	return EBADMSG;
}

bool rsdp_lists_pt(const struct rsdp_payloads *payloads, uint8_t pt)
{
	return pt < 128 && payloads->ptv[pt / 64] >> pt % 64 & 1;
}

uint32_t rsdp_rate_hz(const struct rsdp_payloads *payloads, uint8_t pt)
{
	unsigned i;

	for (i = 0; i < payloads->codecc; i++)
		if (payloads->codecv[i].pt == pt)
			return payloads->codecv[i].rate_hz;

	return pt < ARRAY_SIZE(static_rate_hzv) ? static_rate_hzv[pt] : 0;
}

static bool starts_with(const struct pl *pl, const char *prefix)
{
	const size_t len = strlen(prefix);

	return pl->l >= len && !strncasecmp(pl->p, prefix, len);
}

static bool contains(const struct pl *pl, const char *word)
{
	struct pl rest = *pl;

	for (; rest.l; pl_advance(&rest, 1))
		if (starts_with(&rest, word))
			return true;

	return false;
}

/* Cut `pl` at its first slash; what stands behind goes to `behind`. */
static bool slash_split(struct pl *pl, struct pl *behind)
{
	const char *slash = pl->l ? memchr(pl->p, '/', pl->l) : NULL;

	behind->p = slash ? slash + 1 : "";
	behind->l = slash ? pl->l - (size_t)(slash - pl->p) - 1 : 0;
	if (slash)
		pl->l = (size_t)(slash - pl->p);

	return slash != NULL;
}

static enum rsdp_kind proto_kind(const struct pl *proto)
{
	if (starts_with(proto, "TCP"))
		return RSDP_FOREIGN;

	if (contains(proto, "RTP/"))
		return RSDP_RTP;

	return starts_with(proto, "UDP") ? RSDP_DATAGRAM : RSDP_FOREIGN;
}

/* "IN IP4 192.0.2.1", a multicast address with "/ttl" behind. A host name leaves *sa without a family. */
static int address_decode(struct reader *r, struct sa *sa, struct pl rest)
{
	struct pl net, family, addr, ttl;
	int af;

	if (!sdp_field_next(&net, &rest) || !sdp_field_next(&family, &rest) || !sdp_field_next(&addr, &rest))
		return fail(r, "an address is 'IN IP4 a.b.c.d' or 'IN IP6 a:b::c'");

	af = !pl_strcasecmp(&family, "IP4") ? AF_INET : !pl_strcasecmp(&family, "IP6") ? AF_INET6 : AF_UNSPEC;
	if (pl_strcasecmp(&net, "IN") || af == AF_UNSPEC)
		return fail(r, "the address type is neither 'IN IP4' nor 'IN IP6'");

	(void)slash_split(&addr, &ttl);
	sa_init(sa, AF_UNSPEC);
	if (addr.l < INET6_ADDRSTRLEN && !sa_set(sa, &addr, 0) && sa_af(sa) != af)
		return fail(r, "the address is not of the type it says");

	return 0;
}

static int conn_read(struct reader *r, const struct sdp_line *line)
{
	if (r->media) {
		r->media->has_conn = true;
		return address_decode(r, &r->media->rtp, line->value);
	}

	r->sdp->conn_line = line->whole;

	return address_decode(r, &r->sdp->conn, line->value);
}

static void formats_read(struct rsdp_media *m, struct pl rest)
{
	struct pl fmt;
	uint16_t pt;

	while (sdp_field_next(&fmt, &rest))
		if (!sdp_port_decode(&pt, &fmt) && pt < 128)
			m->payloads.ptv[pt / 64] |= 1ULL << pt % 64;
}

static int media_read(struct reader *r, const struct sdp_line *line)
{
	struct pl rest = line->value, port, count;
	struct rsdp_media *m;
	uint16_t num;

	if (r->sdp->mediac >= RSDP_MEDIA_MAX)
		return fail(r, "more than 32 m-lines");

	m = r->media = &r->sdp->mediav[r->sdp->mediac++];
	m->sends = r->sends;
	m->receives = r->receives;

	if (!sdp_field_next(&m->type, &rest) || !sdp_field_next(&port, &rest) ||
	    !sdp_field_next(&m->proto, &rest))
		return fail(r, "an m-line is 'm=media port protocol formats'");

	if (slash_split(&port, &count) && (sdp_port_decode(&num, &count) || num == 0))
		return fail(r, "the number of ports is not a number from 1");

	if (sdp_port_decode(&num, &port))
		return fail(r, "the port is not a number up to 65535");

	m->kind = proto_kind(&m->proto);
	m->secure = contains(&m->proto, "SAVP");
	m->rejected = num == 0;
	r->rawv[r->sdp->mediac - 1].line = line->no;
	r->rawv[r->sdp->mediac - 1].port = num;
	formats_read(m, rest);

	return 0;
}

static int rtcp_read(struct reader *r, const struct pl *param)
{
	struct pl rest = *param, port;
	size_t i;

	if (!r->media)
		return 0;

	i = r->sdp->mediac - 1;

	if (!sdp_field_next(&port, &rest) || sdp_port_decode(&r->rawv[i].rtcp_port, &port))
		return fail(r, "the port of a=rtcp is not a number up to 65535");

	return rest.l ? address_decode(r, &r->rawv[i].rtcp, rest) : 0;
}

/* "96 opus/48000/2" */
static int rtpmap_read(struct reader *r, const struct pl *param)
{
	struct pl rest = *param, pt, name, rate, channels;
	struct rsdp_payloads *pl = r->media ? &r->media->payloads : NULL;
	uint16_t num;

	if (!pl || pl->codecc >= RSDP_CODEC_MAX || !sdp_field_next(&pt, &rest) ||
	    !sdp_field_next(&name, &rest))
		return 0;

	if (sdp_port_decode(&num, &pt) || num > 127)
		return 0;

	rest = name;
	(void)slash_split(&rest, &rate);
	(void)slash_split(&rate, &channels);
	pl->codecv[pl->codecc].pt = (uint8_t)num;
	pl->codecv[pl->codecc].rate_hz = starts_with(&name, "telephone-event/") ? 0 : pl_u32(&rate);
	++pl->codecc;

	return 0;
}

static int mux_read(struct reader *r, const struct pl *param)
{
	if (r->media)
		r->media->mux = true;

	return 0;
}

static int direction_set(struct reader *r, bool sends, bool receives)
{
	*(r->media ? &r->media->sends : &r->sends) = sends;
	*(r->media ? &r->media->receives : &r->receives) = receives;

	return 0;
}

static int sendrecv_read(struct reader *r, const struct pl *param)
{
	return direction_set(r, true, true);
}

static int sendonly_read(struct reader *r, const struct pl *param)
{
	return direction_set(r, true, false);
}

static int recvonly_read(struct reader *r, const struct pl *param)
{
	return direction_set(r, false, true);
}

static int inactive_read(struct reader *r, const struct pl *param)
{
	return direction_set(r, false, false);
}

static const struct {
	const char *name;
	int (*read)(struct reader *r, const struct pl *param);
} attrv[] = {
	{"rtpmap", rtpmap_read},     {"rtcp", rtcp_read},         {"rtcp-mux", mux_read},
	{"sendrecv", sendrecv_read}, {"sendonly", sendonly_read}, {"recvonly", recvonly_read},
	{"inactive", inactive_read},
};

static int attr_read(struct reader *r, const struct sdp_line *line)
{
	struct pl name, param;
	size_t i;

	sdp_attr_split(&line->value, &name, &param);

	for (i = 0; i < ARRAY_SIZE(attrv); i++)
		if (!pl_strcmp(&name, attrv[i].name))
			return attrv[i].read(r, &param);

	return 0;
}

static int origin_read(struct reader *r, const struct sdp_line *line)
{
	struct pl rest = line->value, field;
	struct sa sa;
	int i;

	for (i = 0; i < 3; i++)
		if (!sdp_field_next(&field, &rest))
			return fail(r, "an origin is 'o=user id version IN IP4 address'");

	return address_decode(r, &sa, rest);
}

static int line_read(struct reader *r, const struct sdp_line *line)
{
	if (line->no == 1 && line->type != 'v')
		return fail(r, "the first line is not 'v='");

	switch (line->type) {

	case 'o':
		return r->media ? 0 : origin_read(r, line);
	case 'c':
		return conn_read(r, line);
	case 'm':
		return media_read(r, line);
	case 'a':
		return attr_read(r, line);
	default:
		return 0;
	}
}

static void port_set(struct sa *sa, uint16_t port)
{
	if (sa_af(sa) != AF_UNSPEC)
		sa_set_port(sa, port);
}

/* RTCP goes one port up unless a=rtcp says otherwise (RFC 3605); rtcp-mux counts once both sides agree. */
static void rtcp_resolve(const struct reader *r, struct rsdp_media *m, unsigned i)
{
	uint16_t port = r->rawv[i].rtcp_port;

	if (!port)
		port = (uint16_t)(r->rawv[i].port + 1);

	m->rtcp = sa_isset(&r->rawv[i].rtcp, SA_ADDR) ? r->rawv[i].rtcp : m->rtp;
	port_set(&m->rtcp, port);
}

/* Join each m-line with the session's address. */
static int media_resolve(struct reader *r)
{
	unsigned i;

	for (i = 0; i < r->sdp->mediac; i++) {

		struct rsdp_media *m = &r->sdp->mediav[i];

		if (!m->has_conn && !r->sdp->conn_line.p && !m->rejected && m->kind != RSDP_FOREIGN) {
			r->line = r->rawv[i].line;
			return fail(r, "the m-line has no c= line, nor has the session");
		}

		if (!m->has_conn)
			m->rtp = r->sdp->conn;
		port_set(&m->rtp, r->rawv[i].port);
		rtcp_resolve(r, m, i);
	}

	return 0;
}

int rsdp_decode(struct rsdp *sdp, const struct pl *text, char why[RSDP_ERROR_SIZE])
{
	struct reader r = {.sdp = sdp,
			   .sends = true,
			   .receives = true,
			   .why = "not of the form 'letter=value'"};
	struct sdp_line line = {.no = 0};
	struct pl rest = *text;
	int err;

	memset(sdp, 0, sizeof(*sdp));
	sdp->text = *text;

	if (text->l > RSDP_SIZE_MAX) {
		(void)re_snprintf(why, RSDP_ERROR_SIZE, "SDP is longer than %u bytes", RSDP_SIZE_MAX);
		return EBADMSG;
	}

	do {
		err = sdp_line_next(&line, &rest);
		r.line = line.no;
		err = err ? err : line_read(&r, &line);
	} while (!err);

	if (err == ENOENT)
		err = line.no ? media_resolve(&r) : fail(&r, "the body is empty");

	if (err)
		(void)re_snprintf(why, RSDP_ERROR_SIZE, "SDP line %u: %s", r.line, r.why);

	return err;
}

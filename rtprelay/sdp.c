/**
 * @file sdp.c  Reads what the relay must know from an SDP body (RFC 8866), line by line
 */
#include <stddef.h>
#include <string.h>
#include <re.h>
#include "sdp.h"
#include "sdp_codec.h"
#include "sdp_line.h"
#include "sdp_read.h"

static const char *const transportv[] = {
	[RSDP_AVP] = "RTP/AVP",
	[RSDP_AVPF] = "RTP/AVPF",
	[RSDP_SAVP] = "RTP/SAVP",
	[RSDP_SAVPF] = "RTP/SAVPF",
	[RSDP_DTLS_SAVP] = "UDP/TLS/RTP/SAVP",
	[RSDP_DTLS_SAVPF] = "UDP/TLS/RTP/SAVPF",
	[RSDP_UDPTL] = "udptl",
};

const char *rsdp_transport_name(enum rsdp_transport transport)
{
	return (size_t)transport < ARRAY_SIZE(transportv) ? transportv[transport] : NULL;
}

enum rsdp_transport rsdp_transport_find(const struct pl *name)
{
	size_t i;

	for (i = RSDP_OTHER + 1; i < ARRAY_SIZE(transportv); i++)
		if (!pl_strcasecmp(name, transportv[i]))
			return (enum rsdp_transport)i;

	return RSDP_OTHER;
}

int rsdp_fail(struct rsdp_reader *r, const char *why)
{
	r->why = why;

	return EBADMSG;
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

static enum rsdp_kind proto_kind(const struct pl *proto)
{
	if (starts_with(proto, "TCP"))
		return RSDP_FOREIGN;

	if (contains(proto, "RTP/"))
		return RSDP_RTP;

	return starts_with(proto, "UDP") ? RSDP_DATAGRAM : RSDP_FOREIGN;
}

/* Multicast, and the broadcast address: to send there is to send to many. */
static bool is_many(const struct sa *sa)
{
	if (sa_af(sa) == AF_INET)
		return sa_in(sa) >> 28 == 0xe || sa_in(sa) == 0xffffffff;

	return sa_af(sa) == AF_INET6 && sa->u.in6.sin6_addr.s6_addr[0] == 0xff;
}

int rsdp_address_read(struct rsdp_reader *r, struct sa *sa, struct pl rest)
{
	struct pl net, family, addr, ttl;
	int af;

	if (!sdp_field_next(&net, &rest) || !sdp_field_next(&family, &rest) || !sdp_field_next(&addr, &rest))
		return rsdp_fail(r, "an address is 'IN IP4 a.b.c.d' or 'IN IP6 a:b::c'");

	af = !pl_strcasecmp(&family, "IP4") ? AF_INET : !pl_strcasecmp(&family, "IP6") ? AF_INET6 : AF_UNSPEC;
	if (pl_strcasecmp(&net, "IN") || af == AF_UNSPEC)
		return rsdp_fail(r, "the address type is neither 'IN IP4' nor 'IN IP6'");

	(void)sdp_slash_split(&addr, &ttl);
	sa_init(sa, AF_UNSPEC);
	if (addr.l < INET6_ADDRSTRLEN && !sa_set(sa, &addr, 0) && sa_af(sa) != af)
		return rsdp_fail(r, "the address is not of the type it says");

	if (is_many(sa))
		sa_init(sa, AF_UNSPEC);

	return 0;
}

static int conn_read(struct rsdp_reader *r, const struct sdp_line *line)
{
	if (r->media) {
		r->media->has_conn = true;
		return rsdp_address_read(r, &r->media->rtp, line->value);
	}

	r->sdp->conn_line = line->whole;

	return rsdp_address_read(r, &r->sdp->conn, line->value);
}

static struct rsdp_media *media_add(struct rsdp_reader *r)
{
	struct rsdp_media *m = &r->sdp->mediav[r->sdp->mediac++];

	rsdp_direction_set(m, r->defaults.direction);
	m->dtls = r->defaults.dtls;
	m->ice = r->defaults.ice;
	m->ice_ufrag = r->defaults.ice_ufrag;
	m->ice_pwd = r->defaults.ice_pwd;
	m->crypto0 = r->sdp->cryptoc;
	m->events_pt = -1;

	return r->media = m;
}

static int media_read(struct rsdp_reader *r, const struct sdp_line *line)
{
	struct pl rest = line->value, port, count;
	struct rsdp_media *m;
	uint16_t num;

	if (r->sdp->mediac >= RSDP_MEDIA_MAX)
		return rsdp_fail(r, "more than 32 m-lines");

	m = media_add(r);

	if (!sdp_field_next(&m->type, &rest) || !sdp_field_next(&port, &rest) ||
	    !sdp_field_next(&m->proto, &rest))
		return rsdp_fail(r, "an m-line is 'm=media port protocol formats'");

	if (sdp_slash_split(&port, &count) && (sdp_port_decode(&num, &count) || num == 0))
		return rsdp_fail(r, "the number of ports is not a number from 1");

	if (sdp_port_decode(&num, &port))
		return rsdp_fail(r, "the port is not a number up to 65535");

	m->kind = proto_kind(&m->proto);
	m->transport = rsdp_transport_find(&m->proto);
	m->secure = contains(&m->proto, "SAVP");
	m->rejected = num == 0;
	r->rawv[r->sdp->mediac - 1].line = line->no;
	m->port = num;

	return rsdp_formats_read(r->sdp, m, rest) ? rsdp_fail(r, "more than 512 payload types") : 0;
}

static int origin_read(struct rsdp_reader *r, const struct sdp_line *line)
{
	struct rsdp_origin o, *first = &r->sdp->origin;
	struct pl rest = line->value;
	struct sa sa;

	if (!sdp_field_next(&o.username, &rest) || !sdp_field_next(&o.session_id, &rest) ||
	    !sdp_field_next(&o.version, &rest))
		return rsdp_fail(r, "an origin is 'o=user id version IN IP4 address'");

	while (rest.l && *rest.p == ' ')
		pl_advance(&rest, 1);
	o.address = rest;
	if (!first->username.p)
		*first = o;

	return rsdp_address_read(r, &sa, rest);
}

static int line_read(struct rsdp_reader *r, const struct sdp_line *line)
{
	if (line->no == 1 && line->type != 'v')
		return rsdp_fail(r, "the first line is not 'v='");

	switch (line->type) {

	case 'o':
		return r->media ? 0 : origin_read(r, line);
	case 's':
		if (!r->media && !r->sdp->session_name.p)
			r->sdp->session_name = line->value;
		return 0;
	case 'c':
		return conn_read(r, line);
	case 'm':
		return media_read(r, line);
	case 'a':
		return rsdp_attr_read(r, line);
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
static void rtcp_resolve(const struct rsdp_reader *r, struct rsdp_media *m, unsigned i)
{
	m->has_rtcp = r->rawv[i].rtcp_port != 0;
	m->rtcp_port = m->has_rtcp ? r->rawv[i].rtcp_port : (uint16_t)(m->port + 1);
	m->rtcp = sa_isset(&r->rawv[i].rtcp, SA_ADDR) && !sa_is_any(&m->rtp) ? r->rawv[i].rtcp : m->rtp;
	port_set(&m->rtcp, m->rtcp_port);
}

/*
 * The null address is a hold (RFC 2543): its party wants to hear nothing. With port 9 and ICE it is none:
 * the party's address comes later (RFC 8840 section 4.1.1).
 */
static void null_resolve(struct rsdp_media *m)
{
	if (!sa_is_any(&m->rtp))
		return;

	if (m->ice && m->port == 9)
		sa_init(&m->rtp, AF_UNSPEC);
	else
		rsdp_direction_set(m, m->sends ? RSDP_SENDONLY : RSDP_INACTIVE);
}

/* Join each m-line with the session's address. */
static int media_resolve(struct rsdp_reader *r)
{
	unsigned i;

	for (i = 0; i < r->sdp->mediac; i++) {

		struct rsdp_media *m = &r->sdp->mediav[i];

		if (!m->has_conn && !r->sdp->conn_line.p && !m->rejected && m->kind != RSDP_FOREIGN) {
			r->line = r->rawv[i].line;
			return rsdp_fail(r, "the m-line has no c= line, nor has the session");
		}

		if (!m->has_conn)
			m->rtp = r->sdp->conn;
		port_set(&m->rtp, m->port);
		null_resolve(m);
		rtcp_resolve(r, m, i);
	}

	return 0;
}

static int text_read(struct rsdp_reader *r, struct pl rest)
{
	struct sdp_line line = {.no = 0};
	int err;

	do {
		err = sdp_line_next(&line, &rest);
		r->line = line.no;
		err = err ? err : line_read(r, &line);
	} while (!err);

	if (err != ENOENT)
		return err;

	return line.no ? media_resolve(r) : rsdp_fail(r, "the body is empty");
}

int rsdp_decode(struct rsdp *sdp, const struct pl *text, char why[RSDP_ERROR_SIZE])
{
	struct rsdp_reader r = {.sdp = sdp, .why = "not of the form 'letter=value'"};
	int err;

	memset(sdp, 0, offsetof(struct rsdp, codecv));
	sdp->text = *text;
	sdp->paramc = 1;

	if (text->l > RSDP_SIZE_MAX) {
		(void)re_snprintf(why, RSDP_ERROR_SIZE, "SDP is longer than %u bytes", RSDP_SIZE_MAX);
		return EBADMSG;
	}

	err = text_read(&r, *text);
	if (err)
		(void)re_snprintf(why, RSDP_ERROR_SIZE, "SDP line %u: %s", r.line, r.why);

	return err;
}

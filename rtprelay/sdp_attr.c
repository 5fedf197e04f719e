/**
 * @file sdp_attr.c  Reads the attributes the relay must know, of the session and of an m-line
 */
#include <string.h>
#include <re.h>
#include "sdp_codec.h"
#include "sdp_line.h"
#include "sdp_read.h"

/** An attribute: what stands behind its colon, and the line it is on. */
struct attr {
	struct pl param;
	struct pl line; /* without the line end */
};

void rsdp_direction_set(struct rsdp_media *m, enum rsdp_direction direction)
{
	m->direction = direction;
	m->sends = direction == RSDP_SENDRECV || direction == RSDP_SENDONLY;
	m->receives = direction == RSDP_SENDRECV || direction == RSDP_RECVONLY;
}

static int direction_set(struct rsdp_reader *r, enum rsdp_direction direction)
{
	if (r->media)
		rsdp_direction_set(r->media, direction);
	else
		r->defaults.direction = direction;

	return 0;
}

static int sendrecv_read(struct rsdp_reader *r, const struct attr *a)
{
	return direction_set(r, RSDP_SENDRECV);
}

static int sendonly_read(struct rsdp_reader *r, const struct attr *a)
{
	return direction_set(r, RSDP_SENDONLY);
}

static int recvonly_read(struct rsdp_reader *r, const struct attr *a)
{
	return direction_set(r, RSDP_RECVONLY);
}

static int inactive_read(struct rsdp_reader *r, const struct attr *a)
{
	return direction_set(r, RSDP_INACTIVE);
}

static int rtpmap_read(struct rsdp_reader *r, const struct attr *a)
{
	if (r->media)
		rsdp_rtpmap_read(r->sdp, r->media, &a->param);

	return 0;
}

static int param_read(struct rsdp_reader *r, const struct attr *a)
{
	if (r->media && rsdp_param_read(r->sdp, r->media, &a->line, &a->param))
		return rsdp_fail(r, "more than 2047 fmtp and rtcp-fb lines");

	return 0;
}

static int rtcp_read(struct rsdp_reader *r, const struct attr *a)
{
	struct pl rest = a->param, port;
	size_t i;

	if (!r->media)
		return 0;

	i = r->sdp->mediac - 1;

	if (!sdp_field_next(&port, &rest) || sdp_port_decode(&r->rawv[i].rtcp_port, &port))
		return rsdp_fail(r, "the port of a=rtcp is not a number up to 65535");

	return rest.l ? rsdp_address_read(r, &r->rawv[i].rtcp, rest) : 0;
}

static int mux_read(struct rsdp_reader *r, const struct attr *a)
{
	if (r->media)
		r->media->mux = true;

	return 0;
}

/* RFC 8858 section 4.1: who says mux-only says mux too. */
static int mux_only_read(struct rsdp_reader *r, const struct attr *a)
{
	if (r->media)
		r->media->mux_only = true;

	return 0;
}

static int ptime_read(struct rsdp_reader *r, const struct attr *a)
{
	if (r->media)
		r->media->ptime_ms = a->param.l < 6 ? pl_u32(&a->param) : 0;

	return 0;
}

static int mid_read(struct rsdp_reader *r, const struct attr *a)
{
	if (r->media)
		r->media->mid = a->param;

	return 0;
}

static int crypto_read(struct rsdp_reader *r, const struct attr *a)
{
	if (!r->media)
		return 0;

	if (r->sdp->cryptoc >= RSDP_CRYPTO_MAX)
		return rsdp_fail(r, "more than 128 a=crypto lines");

	r->sdp->cryptov[r->sdp->cryptoc++] = a->param;
	++r->media->cryptoc;

	return 0;
}

static int fingerprint_read(struct rsdp_reader *r, const struct attr *a)
{
	*(r->media ? &r->media->dtls : &r->defaults.dtls) = true;

	return 0;
}

static int candidate_read(struct rsdp_reader *r, const struct attr *a)
{
	*(r->media ? &r->media->ice : &r->defaults.ice) = true;

	return 0;
}

static int ufrag_read(struct rsdp_reader *r, const struct attr *a)
{
	*(r->media ? &r->media->ice_ufrag : &r->defaults.ice_ufrag) = a->param;

	return candidate_read(r, a);
}

static int pwd_read(struct rsdp_reader *r, const struct attr *a)
{
	*(r->media ? &r->media->ice_pwd : &r->defaults.ice_pwd) = a->param;

	return 0;
}

static int ice_lite_read(struct rsdp_reader *r, const struct attr *a)
{
	r->sdp->ice_lite = true;

	return 0;
}

static int group_read(struct rsdp_reader *r, const struct attr *a)
{
	struct pl rest = a->param, semantics;

	if (!r->media && sdp_field_next(&semantics, &rest) && !pl_strcasecmp(&semantics, "BUNDLE"))
		r->sdp->bundle = true;

	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct rsdp_reader *r, const struct attr *a);
} attrv[] = {
	{"rtpmap", rtpmap_read},     {"fmtp", param_read},
	{"rtcp-fb", param_read},     {"sendrecv", sendrecv_read},
	{"sendonly", sendonly_read}, {"recvonly", recvonly_read},
	{"inactive", inactive_read}, {"rtcp", rtcp_read},
	{"rtcp-mux", mux_read},      {"rtcp-mux-only", mux_only_read},
	{"ptime", ptime_read},       {"mid", mid_read},
	{"crypto", crypto_read},     {"candidate", candidate_read},
	{"ice-ufrag", ufrag_read},   {"ice-pwd", pwd_read},
	{"ice-lite", ice_lite_read}, {"fingerprint", fingerprint_read},
	{"group", group_read},
};

int rsdp_attr_read(struct rsdp_reader *r, const struct sdp_line *line)
{
	struct attr a = {.line = {line->whole.p, line->whole.l - line->end.l}};
	struct pl name;
	size_t i;

	sdp_attr_split(&line->value, &name, &a.param);

	for (i = 0; i < ARRAY_SIZE(attrv); i++)
		if (!pl_strcmp(&name, attrv[i].name))
			return attrv[i].read(r, &a);

	return 0;
}

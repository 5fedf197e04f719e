/**
 * @file exchange_sdp.c  What the SDP that goes on says: our address and ports, and the terms of who reads it
 */
#include <string.h>
#include <re.h>
#include "exchange.h"

static unsigned replace_bits(uint32_t asked)
{
	static const struct {
		enum ng_replace asked;
		enum rsdp_replace bit;
	} rowv[] = {
		{NG_REPLACE_ORIGIN, RSDP_REPLACE_ORIGIN},
		{NG_REPLACE_CONNECTION, RSDP_REPLACE_SESSION_CONN},
		{NG_REPLACE_VERSION, RSDP_REPLACE_VERSION},
		{NG_REPLACE_FORCE_VERSION, RSDP_REPLACE_VERSION_FORCE},
		{NG_REPLACE_USERNAME, RSDP_REPLACE_USERNAME},
		{NG_REPLACE_NAME, RSDP_REPLACE_SESSION_NAME},
		{NG_REPLACE_ZERO, RSDP_REPLACE_ZERO},
		{NG_REPLACE_ORIGIN_FULL, RSDP_REPLACE_ORIGIN_FULL},
	};
	unsigned i, bits = 0;

	for (i = 0; i < ARRAY_SIZE(rowv); i++)
		if (asked & rowv[i].asked)
			bits |= rowv[i].bit;

	return bits;
}

static enum rsdp_rtcp_line rtcp_line(const struct exchange *x)
{
	switch (x->flags->rtcp_line) {

	case NG_RTCP_LINE_NONE:
		return RSDP_RTCP_NONE;
	case NG_RTCP_LINE_FULL:
		return RSDP_RTCP_FULL;
	default:
		return RSDP_RTCP_PORT;
	}
}

/* An answer speaks as the offerer did. */
static const char *proto(const struct exchange *x, const struct media *m, const struct rsdp_media *sdp)
{
	const enum rsdp_transport wanted = x->answer ? m->offer.terms.transport : m->told.transport;

	return wanted == sdp->transport || x->flags->transport & NG_TRANSPORT_ACCEPT
		       ? NULL
		       : rsdp_transport_name(wanted);
}

/* What stands for us in the SDP: our address, or what the client has in front of us. */
static const struct sa *shown(const struct exchange *x)
{
	const struct sa *asked = &x->flags->media_address;

	return sa_isset(asked, SA_ADDR) ? asked : &x->to->shown;
}

static void media_target(const struct exchange *x, struct rsdp_media_target *target, struct rsdp_ice *ice,
			 unsigned i)
{
	const struct rsdp_media *sdp = &x->sdp->mediav[i];
	const struct media *m = x->to->mediav[i];
	const struct media_terms *terms = x->answer ? &m->offer.terms : &m->told;
	const bool shared = x->answer ? m->announce.mux : m->told.mux == MEDIA_MUX_YES;
	const uint16_t port = sa_port(media_local(m));

	target->rtp = *shown(x);
	sa_set_port(&target->rtp, port);
	target->rtcp_port = shared ? port : (uint16_t)(port + 1);
	target->rtcp = rtcp_line(x);
	target->mux = x->answer ? m->announce.mux : m->told.mux != MEDIA_MUX_NO;
	target->mux_only = !x->answer && m->told.mux == MEDIA_MUX_YES;
	target->proto = proto(x, m, sdp);
	target->keep_keys = terms->srtp == MEDIA_END_TO_END;
	target->cryptov = (const char *const *)x->linesv[i].v;
	target->cryptoc = x->linesv[i].c;
	target->ptime_ms = m->ptime_ms;

	if (m->ice.ufrag[0]) {
		ice->ufrag = m->ice.ufrag;
		ice->pwd = m->ice.pwd;
		target->ice = ice;
	}
}

static void names_take(struct rsdp_names *names, const struct ng_names *asked)
{
	names->v = asked->v;
	names->c = asked->c;
}

int exchange_sdp(struct exchange *x, struct mbuf *mb)
{
	struct rsdp_target target = {
		.local = *shown(x),
		.replace = replace_bits(x->flags->replace),
		.keep_directions = x->flags->original_sendrecv,
		.strip_extmap = x->flags->strip_extmap,
		.generate_mid = x->flags->generate_mid && !x->answer,
		.single_codec = x->flags->single_codec && x->answer,
	};
	const struct ng_codecs *codecs = &x->flags->codecs;
	struct rsdp_ice icev[RSDP_MEDIA_MAX];
	struct rsdp_filter filter;
	unsigned i;

	names_take(&filter.strip, &codecs->strip);
	names_take(&filter.except, &codecs->except);
	names_take(&filter.offer, &codecs->offer);
	names_take(&filter.mask, &codecs->mask);
	target.filter = &filter;

	for (i = 0; i < x->sdp->mediac; i++)
		if (x->to->mediav[i] && exchange_relays(&x->sdp->mediav[i]))
			media_target(x, &target.mediav[i], &icev[i], i);

	return rsdp_rewrite(mb, &x->to->told, x->sdp, &target, x->why);
}

/**
 * @file exchange_media.c  What an offer or answer changes in the m-lines of both parties
 *
 * Each side's terms are settled with its own party: transport, keys and rtcp-mux may differ between them.
 */
#include <stdarg.h>
#include <string.h>
#include <re.h>
#include "exchange.h"
#include "hairpin.h"
#include "log.h"

int exchange_fail(const struct exchange *x, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsnprintf(x->why, SESSION_WHY_SIZE, fmt, ap);
	va_end(ap);

	return err;
}

void exchange_reset(struct exchange *x)
{
	unsigned i, j;

	for (i = 0; i < x->sdp->mediac; i++)
		for (j = 0; j < x->linesv[i].c; j++)
			x->linesv[i].v[j] = mem_deref(x->linesv[i].v[j]);
}

bool exchange_relays(const struct rsdp_media *sdp)
{
	return sdp->kind != RSDP_FOREIGN && !sdp->rejected;
}

static int bind_failed(const struct exchange *x, int err, const struct sa *local)
{
	switch (err) {

	case ENOSPC:
		return exchange_fail(x, err, "Ran out of ports");

	case EMFILE:
	case ENFILE:
		return exchange_fail(x, err, "Ran out of file descriptors: raise LimitNOFILE");

	case EADDRNOTAVAIL:
		return exchange_fail(x, err, "%j is not an address of this machine", local);

	default:
		return exchange_fail(x, err, "Cannot open media sockets on %j: %m", local, err);
	}
}

static int media_of(struct exchange *x, struct media **mp, struct party *p, unsigned i)
{
	struct ports *ports = sessions_config(x->s->sessions)->ports;
	const int err = party_media(mp, p, i, x->s->worker, ports);

	if (!err)
		(*mp)->offered = true;

	return err ? bind_failed(x, err, &p->local) : 0;
}

static void media_refuse(struct party *p, unsigned i)
{
	if (p->mediav[i])
		p->mediav[i]->offered = false;
}

/* Where the party receives, if the client knows better than the SDP. The null address goes on holding. */
static void addresses_take(const struct exchange *x, struct media_said *said)
{
	const struct ng_flags *flags = x->flags;
	const struct sa *known = flags->sip_source ? &flags->received_from : NULL;
	unsigned part;

	said->addrv[STREAM_RTP] = said->sdp->rtp;
	said->addrv[STREAM_RTCP] = said->sdp->rtcp;

	if (!known || !sa_isset(known, SA_ADDR) || sa_is_any(&said->sdp->rtp))
		return;

	for (part = 0; part < STREAM_PARTS; part++) {

		const uint16_t port = part == STREAM_RTP ? said->sdp->port : said->sdp->rtcp_port;

		said->addrv[part] = *known;
		sa_set_port(&said->addrv[part], port);
	}
}

/* Once a call: the first says it all. */
static void own_refuse(const struct exchange *x, const struct sa *own, const char *why)
{
	if (!x->s->refused)
		log_warn("call %s: no media to %J, a media port of our own: %s", x->s->call_id, own, why);
	x->s->refused = true;
}

/* A party that names a port of ours has its media with us already, or sends us in circles: only who may name it
 * is worth the search, which takes long. */
static bool own_port_allowed(const struct exchange *x, const struct media *m, const struct sa *own)
{
	const bool may = sessions_config(x->s->sessions)->hairpin;

	if (!may)
		own_refuse(x, own,
			   "if a PBX sends calls back to us and keeps out of their media, set rtp_hairpin 1");
	else if (hairpin_loops(x->s, m, own))
		own_refuse(x, own, "it would go in circles; look at who forwards the call to itself");
	else
		return true;

	return false;
}

static void own_ports_check(const struct exchange *x, const struct media *m, struct media_said *said)
{
	const struct ports *ports = sessions_config(x->s->sessions)->ports;
	bool refused = false;
	unsigned part;

	for (part = 0; part < STREAM_PARTS && !refused; part++) {

		if (!ports_is_ours(ports, &said->addrv[part]))
			continue;

		said->hairpin = true;
		refused = !own_port_allowed(x, m, &said->addrv[part]);
	}

	said->hairpin = said->hairpin && !refused;
}

static int said_take(struct exchange *x, struct media *m, const struct rsdp_media *sdp, enum media_srtp srtp)
{
	struct media_said said = {
		.sdp = sdp,
		.answer = x->answer,
		.anew = x->anew,
		.end_to_end = srtp == MEDIA_END_TO_END,
		.rules = {.asymmetric = x->flags->symmetry == NG_ASYMMETRIC,
			  .strict = x->flags->strict_source,
			  .handover = x->flags->handover},
	};

	addresses_take(x, &said);
	own_ports_check(x, m, &said);

	return media_announce(m, &said);
}

static bool transport_secure(enum rsdp_transport transport)
{
	return transport == RSDP_SAVP || transport == RSDP_SAVPF || transport == RSDP_DTLS_SAVP ||
	       transport == RSDP_DTLS_SAVPF;
}

static const struct pl *lines_of(const struct exchange *x, const struct rsdp_media *sdp)
{
	return &x->sdp->cryptov[sdp->crypto0];
}

/* Of the offered suites one that the client would rather have. */
static int preferred_read(const struct exchange *x, struct media *m, const struct rsdp_media *sdp)
{
	const struct keying_suites *all = keying_suites_all();
	struct keying_suites suites = {.c = 0};
	unsigned i;

	for (i = 0; i < all->c; i++)
		if (x->flags->sdes.prefer & 1U << all->v[i])
			suites.v[suites.c++] = all->v[i];

	return suites.c ? keying_offer_read(m->keying, lines_of(x, sdp), sdp->cryptoc, &suites) : ENOTSUP;
}

/* How the offerer encrypts. Keys that are not ours to read go through, if nothing was asked that needs them. */
static int offerer_srtp(const struct exchange *x, struct media *m, const struct rsdp_media *sdp)
{
	enum media_srtp *srtp = &m->offer.terms.srtp;
	const bool may = transport_secure(sdp->transport) || x->flags->osrtp & NG_OSRTP_ACCEPT;
	int err;

	*srtp = MEDIA_PLAIN;
	if (sdp->kind != RSDP_RTP || !may)
		return 0;

	if (sdp->cryptoc) {

		err = media_keying(m);
		if (err)
			return err;

		*srtp = MEDIA_SDES;
		if (!preferred_read(x, m, sdp) ||
		    !keying_offer_read(m->keying, lines_of(x, sdp), sdp->cryptoc, keying_suites_all()))
			return 0;
	}

	*srtp = transport_secure(sdp->transport) ? MEDIA_END_TO_END : MEDIA_PLAIN;

	return 0;
}

/* Who speaks as before is no reason to speak otherwise to the other side: what was translated stays so. */
static enum rsdp_transport transport_wanted(const struct exchange *x, const struct media *m,
					    const struct media *to, const struct rsdp_media *sdp)
{
	const uint32_t wanted = x->flags->transport;
	const bool as_before = m->announced && to->announced && m->transport == sdp->transport;

	if (sdp->kind != RSDP_RTP)
		return sdp->transport;

	if (!(wanted & NG_TRANSPORT_GIVEN))
		return as_before ? to->transport : sdp->transport;

	if (wanted & NG_TRANSPORT_SECURE)
		return wanted & NG_TRANSPORT_FEEDBACK ? RSDP_SAVPF : RSDP_SAVP;

	return wanted & NG_TRANSPORT_FEEDBACK ? RSDP_AVPF : RSDP_AVP;
}

/* Append the suites of `v` that are among the bits `may`, each once. */
static void suites_add(struct keying_suites *suites, uint32_t *left, uint32_t may, const enum rsrtp_suite *v,
		       unsigned c)
{
	unsigned i;

	for (i = 0; i < c; i++) {

		const uint32_t bit = 1U << v[i];

		if (*left & may & bit)
			suites->v[suites->c++] = v[i];
		*left &= ~(may & bit);
	}
}

/*
 * Which suites to offer on: as the client orders them, then the one in force (a telephone may not be able to change
 * over within a call), then what the offerer has, then the rest, best first.
 */
static void suites_choose(struct keying_suites *suites, const struct exchange *x, const struct media *to,
			  const struct media *offerer)
{
	const struct keying_suites *all = keying_suites_all();
	const struct ng_sdes *sdes = &x->flags->sdes;
	const bool keyed = offerer->offer.terms.srtp == MEDIA_SDES;
	const uint32_t offered = keyed ? keying_offered(offerer->keying) : 0;
	uint32_t left = (sdes->only ? sdes->only : UINT32_MAX) & ~sdes->no;

	if (sdes->nonew && keyed)
		left &= offered;

	suites->c = 0;
	suites_add(suites, &left, UINT32_MAX, sdes->orderv, sdes->orderc);
	suites_add(suites, &left, keying_agreed(to->keying), all->v, all->c);
	suites_add(suites, &left, offered, all->v, all->c);
	suites_add(suites, &left, UINT32_MAX, all->v, all->c);
}

static int keys_offer(struct exchange *x, struct media *to, const struct media *offerer, unsigned i)
{
	struct keying_suites suites;
	int err;

	err = media_keying(to);
	if (err)
		return err;

	suites_choose(&suites, x, to, offerer);
	if (!suites.c || x->flags->sdes.off)
		return exchange_fail(x, ENOTSUP,
				     "SRTP is asked for, and the SDES flags leave no suite for it");

	keying_lifetime_set(to->keying, x->flags->sdes.lifetime);
	err = keying_offer_write(to->keying, &suites, x->linesv[i].v, &x->linesv[i].c);
	if (!err && !to->settled)
		err = media_secure_await(to);

	return err;
}

/* How the other side is to encrypt. */
static int offered_srtp(struct exchange *x, struct media *to, const struct media *offerer, unsigned i)
{
	struct media_terms *told = &to->told;
	const bool secure = transport_secure(told->transport);

	if (offerer->offer.terms.srtp == MEDIA_END_TO_END) {

		told->srtp = MEDIA_END_TO_END;
		if (told->transport == x->sdp->mediav[i].transport)
			return 0;

		return exchange_fail(x, ENOTSUP,
				     "The offer's SRTP keys are not ours to read (DTLS, or no a=crypto suite "
				     "we "
				     "know): its transport-protocol cannot change");
	}

	told->srtp = secure ? MEDIA_SDES : x->flags->osrtp & NG_OSRTP_OFFER ? MEDIA_SDES_MAYBE : MEDIA_PLAIN;
	if (x->sdp->mediav[i].kind != RSDP_RTP)
		told->srtp = MEDIA_PLAIN;

	return told->srtp == MEDIA_PLAIN ? 0 : keys_offer(x, to, offerer, i);
}

/* rtcp-mux of both sides, as far as the offer decides it. */
static void mux_offer(const struct exchange *x, struct media *m, struct media *to,
		      const struct rsdp_media *sdp)
{
	const uint32_t mux = x->flags->mux;
	const bool offers = sdp->mux || sdp->mux_only;

	m->offer.terms.mux = !offers || mux & NG_MUX_REJECT                          ? MEDIA_MUX_NO
			     : sdp->mux_only || mux & (NG_MUX_DEMUX | NG_MUX_ACCEPT) ? MEDIA_MUX_YES
										     : MEDIA_MUX_FOLLOW;

	to->told.mux = mux & NG_MUX_REQUIRE              ? MEDIA_MUX_YES
		       : mux & NG_MUX_OFFER              ? MEDIA_MUX_FOLLOW
		       : mux & NG_MUX_DEMUX              ? MEDIA_MUX_NO
		       : offers && sdp->kind == RSDP_RTP ? MEDIA_MUX_FOLLOW
							 : MEDIA_MUX_NO;
}

static uint32_t ice_name(const struct rsdp_media *sdp)
{
	return sdp->ice_ufrag.l ? hash_joaat_pl(&sdp->ice_ufrag) : 0;
}

/* An offer with ICE is answered as an ICE-lite agent does, and offered on with us as the only candidate. */
static int ice_offer(const struct exchange *x, struct media *m, struct media *to,
		     const struct rsdp_media *sdp)
{
	const enum ng_ice ice = x->flags->ice;

	m->offer.terms.ice = sdp->ice && ice != NG_ICE_REMOVE && !x->flags->reject_ice;
	m->offer.terms.ice_peer = ice_name(sdp);
	to->told.ice = ice == NG_ICE_DEFAULT ? sdp->ice : ice != NG_ICE_REMOVE;

	return media_ice(to, to->told.ice, 0);
}

static int ice_settle(const struct exchange *x, struct media *m, struct media *offerer,
		      const struct rsdp_media *sdp)
{
	const struct media_terms *asked = &offerer->offer.terms;
	const bool remove = x->flags->ice == NG_ICE_REMOVE;
	int err;

	m->ice_peer = ice_name(sdp);
	err = media_ice(m, m->told.ice && sdp->ice, 0);

	return err ? err : media_ice(offerer, asked->ice && !remove, asked->ice_peer);
}

static int links_make(struct exchange *x, struct media *m, struct media *to)
{
	int err = 0;

	if (x->from->with == x->to)
		err = media_link(m, to);
	if (!err && x->to->with == x->from)
		err = media_link(to, m);

	return err;
}

static int offer_take(struct exchange *x, unsigned i)
{
	const struct rsdp_media *sdp = &x->sdp->mediav[i];
	const bool known = x->from->mediav[i] && x->to->mediav[i];
	struct media *m, *to;
	int err;

	if (!exchange_relays(sdp)) {
		media_refuse(x->from, i);
		media_refuse(x->to, i);
		return 0;
	}

	err = media_of(x, &m, x->from, i);
	err = err ? err : media_of(x, &to, x->to, i);
	if (!err && !known)
		err = links_make(x, m, to);
	if (err)
		return err;

	m->offer.terms.transport = sdp->transport;
	to->told.transport = transport_wanted(x, m, to, sdp);
	mux_offer(x, m, to, sdp);

	err = offerer_srtp(x, m, sdp);
	if (!err && m->offer.terms.srtp == MEDIA_SDES && !m->settled)
		err = media_secure_await(m);
	err = err ? err : offered_srtp(x, to, m, i);
	err = err ? err : ice_offer(x, m, to, sdp);

	return err ? err : said_take(x, m, sdp, m->offer.terms.srtp);
}

/* What the answerer made of the terms it was told. */
static int answerer_srtp(const struct exchange *x, struct media *m, const struct rsdp_media *sdp,
			 enum media_srtp *srtp)
{
	const bool agreed =
		m->keying && sdp->cryptoc && !keying_answer_read(m->keying, lines_of(x, sdp), sdp->cryptoc);

	*srtp = m->told.srtp;

	if (*srtp == MEDIA_SDES_MAYBE)
		*srtp = agreed ? MEDIA_SDES : MEDIA_PLAIN;

	if (*srtp == MEDIA_SDES &&
	    (!agreed || (!transport_secure(sdp->transport) && m->told.srtp != MEDIA_SDES_MAYBE)))
		return exchange_fail(x, EBADMSG, "The answer has none of the offered a=crypto lines");

	return 0;
}

static int mux_settle(const struct exchange *x, struct media *m, struct media *offerer,
		      const struct rsdp_media *sdp)
{
	const bool theirs = m->told.mux == MEDIA_MUX_YES || (m->told.mux == MEDIA_MUX_FOLLOW && sdp->mux);
	const enum media_mux asked = offerer->offer.terms.mux;
	const bool demux = x->flags->mux & NG_MUX_DEMUX;
	int err;

	err = media_mux(m, theirs);

	return err ? err
		   : media_mux(offerer,
			       asked == MEDIA_MUX_YES || (asked == MEDIA_MUX_FOLLOW && (theirs || demux)));
}

static int answer_take(struct exchange *x, unsigned i)
{
	const struct rsdp_media *sdp = &x->sdp->mediav[i];
	struct media *m = x->from->mediav[i], *offerer = x->to->mediav[i];
	enum media_srtp srtp;
	int err;

	if (!m || !offerer || sdp->kind == RSDP_FOREIGN)
		return 0;

	/* rejected by both: its ports go back; the m-line may come to life again in a later offer */
	if (!m->offered) {
		x->from->mediav[i] = mem_deref(m);
		x->to->mediav[i] = mem_deref(offerer);
		return 0;
	}

	err = media_move(m);
	err = err ? err : media_move(offerer);
	if (err || sdp->rejected)
		return err;

	err = answerer_srtp(x, m, sdp, &srtp);
	if (!err && offerer->offer.terms.srtp == MEDIA_SDES) {
		keying_lifetime_set(offerer->keying, x->flags->sdes.lifetime);
		err = keying_answer_write(offerer->keying, &x->linesv[i].v[0]);
		x->linesv[i].c = !err;
	}

	err = err ? err : media_settle(offerer);
	err = err ? err : said_take(x, m, sdp, srtp);
	err = err ? err : media_secure(m, srtp);
	err = err ? err : media_secure(offerer, offerer->offer.terms.srtp);
	err = err ? err : ice_settle(x, m, offerer, sdp);

	return err ? err : mux_settle(x, m, offerer, sdp);
}

int exchange_media(struct exchange *x)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < x->sdp->mediac && !err; i++)
		err = x->answer ? answer_take(x, i) : offer_take(x, i);

	return err;
}

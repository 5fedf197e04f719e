/**
 * @file media.c  One m-line of one party: our sockets towards it, and what it last said
 */
#include <string.h>
#include <re.h>
#include "media.h"

static void media_destructor(void *arg)
{
	struct media *m = arg;

	mem_deref(m->lane);
	mem_deref(m->next);
	mem_deref(m->keying);
}

int media_alloc(struct media **mp, struct worker *worker)
{
	struct media *m;
	int err;

	m = mem_zalloc(sizeof(*m), media_destructor);
	if (!m)
		return ENOMEM;

	err = lane_alloc(&m->lane, worker);

	if (err)
		mem_deref(m);
	else
		*mp = m;

	return err;
}

int media_bind(struct media *m, struct ports *ports, const struct sa *local)
{
	int err;

	if (m->next && !sa_cmp(&m->next->local, local, SA_ADDR))
		m->next = mem_deref(m->next);

	if (m->next || sa_cmp(&m->local, local, SA_ADDR))
		return 0;

	err = ports_bind(&m->next, ports, local);

	return err || m->settled ? err : media_move(m);
}

int media_move(struct media *m)
{
	int fdv[STREAM_PARTS], err;
	struct sa bound;

	if (!m->next)
		return 0;

	/* the worker has the pair from then on */
	bound = m->next->local;
	memcpy(fdv, m->next->fdv, sizeof(fdv));
	m->tos = ports_tos(m->next->ports);

	err = lane_bind(m->lane, m->next);
	if (err) {
		m->next = mem_deref(m->next);
		return err;
	}

	m->next = NULL;
	m->local = bound;
	memcpy(m->fdv, fdv, sizeof(m->fdv));

	return 0;
}

const struct sa *media_local(const struct media *m)
{
	return m->next ? &m->next->local : &m->local;
}

/* An option of the socket alone: it need not pass through the worker. What the kernel refuses is left so. */
void media_mark(struct media *m, int tos)
{
	const bool v6 = sa_af(&m->local) == AF_INET6;
	unsigned part;

	if (m->tos == tos || !sa_isset(&m->local, SA_ADDR))
		return;

	for (part = 0; part < STREAM_PARTS; part++)
		if (m->fdv[part] >= 0)
			(void)setsockopt(m->fdv[part], v6 ? IPPROTO_IPV6 : IPPROTO_IP,
					 v6 ? IPV6_TCLASS : IP_TOS, &tos, sizeof(tos));

	m->tos = tos;
}

int media_control(struct media *m, const struct stream_control *control)
{
	return lane_control(m->lane, control);
}

int media_link(struct media *m, const struct media *to)
{
	return lane_link(m->lane, to ? to->lane : NULL);
}

static void offer_take(struct media *m)
{
	m->sends = m->offer.sends;
	m->receives = m->offer.receives;
	memcpy(m->announce.addrv, m->offer.addrv, sizeof(m->announce.addrv));
	m->announce.rtp = m->offer.rtp;
	m->announce.secure = m->offer.secure;
	m->announce.hairpin = m->offer.hairpin;
	m->announce.rules = m->offer.rules;
	m->announce.payloads = m->offer.payloads;
	m->transport = m->offer.transport;
	memcpy(m->type, m->offer.type, sizeof(m->type));
	memcpy(m->proto, m->offer.proto, sizeof(m->proto));
	m->offer.waiting = false;
}

static void offer_note(struct media *m, const struct media_said *said)
{
	const struct rsdp_media *sdp = said->sdp;

	m->offer.sends = sdp->sends;
	m->offer.receives = sdp->receives;
	memcpy(m->offer.addrv, said->addrv, sizeof(m->offer.addrv));
	m->offer.rtp = sdp->kind == RSDP_RTP;
	m->offer.secure = said->end_to_end;
	m->offer.hairpin = said->hairpin;
	m->offer.rules = said->rules;
	m->offer.payloads = sdp->payloads;
	m->offer.transport = sdp->transport;
	(void)pl_strcpy(&sdp->type, m->offer.type, sizeof(m->offer.type));
	(void)pl_strcpy(&sdp->proto, m->offer.proto, sizeof(m->offer.proto));
	m->offer.waiting = true;
}

int media_announce(struct media *m, const struct media_said *said)
{
	const bool moves = said->answer || said->anew || !m->settled;

	if (said->sdp->ptime_ms)
		m->ptime_ms = said->sdp->ptime_ms;

	offer_note(m, said);
	if (!moves)
		return 0;

	offer_take(m);
	m->announce.final = said->answer || said->anew || !m->announced;
	m->announce.anew = said->anew;
	m->announced = true;
	m->settled = m->settled || said->answer;

	return lane_announce(m->lane, &m->announce);
}

int media_settle(struct media *m)
{
	m->settled = m->announced;
	if (!m->announced || (!m->offer.waiting && m->announce.final))
		return 0;

	offer_take(m);
	m->announce.anew = false;
	m->announce.final = true;

	return lane_announce(m->lane, &m->announce);
}

int media_mux(struct media *m, bool mux)
{
	if (m->announce.mux == mux || !m->announced)
		return 0;

	m->announce.mux = mux;
	m->announce.anew = false;

	return lane_announce(m->lane, &m->announce);
}

int media_keying(struct media *m)
{
	return m->keying ? 0 : keying_alloc(&m->keying);
}

static int secure(struct media *m, const struct stream_keys *keys)
{
	m->secured = keys->srtp;

	return lane_secure(m->lane, keys);
}

int media_secure_await(struct media *m)
{
	const struct stream_keys none = {.srtp = true};

	return m->secured ? 0 : secure(m, &none);
}

static int keys_install(struct media *m)
{
	struct stream_keys keys = {.srtp = true};
	struct keying_change change;
	int err;

	err = keying_settle(m->keying, &change);
	if (!err && change.rx)
		err = rsrtp_alloc(&keys.rx, change.rx);
	if (!err && change.tx)
		err = rsrtp_alloc(&keys.tx, change.tx);
	if (!err && (keys.rx || keys.tx || !m->secured))
		err = secure(m, &keys);

	if (err) {
		mem_deref(keys.rx);
		mem_deref(keys.tx);
	}

	return err;
}

int media_secure(struct media *m, enum media_srtp srtp)
{
	const struct stream_keys none = {.srtp = false};

	if (srtp == MEDIA_SDES)
		return keys_install(m);

	m->keying = mem_deref(m->keying);

	return m->secured ? secure(m, &none) : 0;
}

int media_ice(struct media *m, bool on, uint32_t peer)
{
	const bool restart = m->ice_peer && peer && peer != m->ice_peer, has = m->ice.ufrag[0];

	m->ice_peer = peer ? peer : m->ice_peer;
	if (on ? has && !restart : !has)
		return 0;

	if (!on)
		memset(&m->ice, 0, sizeof(m->ice));
	else if (ice_credentials_make(&m->ice))
		return EIO;

	return lane_ice(m->lane, &m->ice);
}

int media_forget(struct media *m)
{
	int err;

	m->next = mem_deref(m->next);
	m->keying = mem_deref(m->keying);
	m->ice_peer = 0;
	err = media_ice(m, false, 0);
	if (err || !m->announced)
		return err;

	m->announced = false;
	m->settled = false;
	m->offer.waiting = false;
	m->announce.anew = true;
	m->announce.final = false;
	m->announce.mux = false;
	sa_init(&m->announce.addrv[STREAM_RTP], AF_UNSPEC);
	sa_init(&m->announce.addrv[STREAM_RTCP], AF_UNSPEC);

	return lane_announce(m->lane, &m->announce);
}

bool media_flows(const struct media *m)
{
	return m->announced && m->sends && m->receives && !sa_is_any(&m->announce.addrv[STREAM_RTP]);
}

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
	struct port_pair *pair;
	struct sa bound;
	int err;

	if (sa_cmp(&m->local, local, SA_ADDR))
		return 0;

	err = ports_bind(&pair, ports, local, true);
	if (err)
		return err;

	bound = pair->local;
	err = lane_bind(m->lane, pair);
	if (err) {
		mem_deref(pair);
		return err;
	}

	m->local = bound;

	return 0;
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
	m->offer.waiting = false;
}

int media_announce(struct media *m, const struct rsdp_media *sdp, bool answer, bool anew)
{
	m->announce.rtp = sdp->kind == RSDP_RTP;
	m->announce.secure = sdp->secure;
	m->announce.final = answer;
	m->announce.anew = anew;
	m->announce.payloads = sdp->payloads;
	m->announced = true;
	m->offer.waiting = !answer && m->settled && !anew;
	m->offer.sends = sdp->sends;
	m->offer.receives = sdp->receives;
	m->offer.addrv[STREAM_RTP] = sdp->rtp;
	m->offer.addrv[STREAM_RTCP] = sdp->rtcp;
	if (!answer)
		m->offers_mux = sdp->mux;
	if (!m->offer.waiting)
		offer_take(m);
	m->settled = m->settled || answer;

	(void)pl_strcpy(&sdp->type, m->type, sizeof(m->type));
	(void)pl_strcpy(&sdp->proto, m->proto, sizeof(m->proto));

	return lane_announce(m->lane, &m->announce);
}

int media_settle(struct media *m)
{
	m->settled = m->announced;
	if (!m->offer.waiting)
		return 0;

	offer_take(m);
	m->announce.anew = false;

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

int media_forget(struct media *m)
{
	if (!m->announced)
		return 0;

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

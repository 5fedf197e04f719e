/**
 * @file media.c  One m-line of a session: its ports on both sides and the stream that relays it
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

int media_bind(struct media *m, struct ports *ports, unsigned side, const struct sa *local)
{
	struct media_side *s = &m->sidev[side];
	struct port_pair *pair;
	struct sa bound;
	int err;

	if (sa_cmp(&s->local, local, SA_ADDR))
		return 0;

	err = ports_bind(&pair, ports, local, true);
	if (err)
		return err;

	bound = pair->local;
	err = lane_bind(m->lane, side, pair);
	if (err) {
		mem_deref(pair);
		return err;
	}

	s->local = bound;

	return 0;
}

static void offer_take(struct media_side *s)
{
	s->sends = s->offer.sends;
	s->receives = s->offer.receives;
	memcpy(s->announce.addrv, s->offer.addrv, sizeof(s->announce.addrv));
	s->offer.waiting = false;
}

int media_announce(struct media *m, unsigned side, const struct rsdp_media *sdp, bool answer, bool anew)
{
	struct media_side *s = &m->sidev[side];

	s->announce.rtp = sdp->kind == RSDP_RTP;
	s->announce.secure = sdp->secure;
	s->announce.final = answer;
	s->announce.anew = anew;
	s->announce.payloads = sdp->payloads;
	s->announced = true;
	s->offer.waiting = !answer && s->settled && !anew;
	s->offer.sends = sdp->sends;
	s->offer.receives = sdp->receives;
	s->offer.addrv[STREAM_RTP] = sdp->rtp;
	s->offer.addrv[STREAM_RTCP] = sdp->rtcp;
	if (!answer)
		s->offers_mux = sdp->mux;
	if (!s->offer.waiting)
		offer_take(s);
	s->settled = s->settled || answer;

	(void)pl_strcpy(&sdp->type, m->type, sizeof(m->type));
	(void)pl_strcpy(&sdp->proto, m->proto, sizeof(m->proto));

	return lane_announce(m->lane, side, &s->announce);
}

int media_settle(struct media *m, unsigned side)
{
	struct media_side *s = &m->sidev[side];

	s->settled = s->announced;
	if (!s->offer.waiting)
		return 0;

	offer_take(s);
	s->announce.anew = false;

	return lane_announce(m->lane, side, &s->announce);
}

int media_mux(struct media *m, unsigned side, bool mux)
{
	struct media_side *s = &m->sidev[side];

	if (s->announce.mux == mux || !s->announced)
		return 0;

	s->announce.mux = mux;
	s->announce.anew = false;

	return lane_announce(m->lane, side, &s->announce);
}

int media_forget(struct media *m, unsigned side)
{
	struct media_side *s = &m->sidev[side];

	if (!s->announced)
		return 0;

	s->announced = false;
	s->settled = false;
	s->offer.waiting = false;
	s->announce.anew = true;
	s->announce.final = false;
	s->announce.mux = false;
	sa_init(&s->announce.addrv[STREAM_RTP], AF_UNSPEC);
	sa_init(&s->announce.addrv[STREAM_RTCP], AF_UNSPEC);

	return lane_announce(m->lane, side, &s->announce);
}

static bool on_hold(const struct media_side *s)
{
	return !s->sends || !s->receives || sa_is_any(&s->announce.addrv[STREAM_RTP]);
}

bool media_flows(const struct media *m)
{
	unsigned i;

	for (i = 0; i < SIDES; i++)
		if (!m->sidev[i].announced || on_hold(&m->sidev[i]))
			return false;

	return m->offered;
}

/**
 * @file offer.c  Offer and answer: what each changes in a session, and the SDP that goes on
 *
 * Both sides get their ports with the offer, so that a want of ports shows while the call can still go
 * elsewhere. The party that speaks tells where it receives; the SDP that goes on shows our sockets on
 * the other side. What an offer asks for is final only with its answer (RFC 3264 section 8).
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "offer.h"

/** A request being carried out. */
struct exchange {
	struct session *s;
	const struct offer_request *req;
	const struct rsdp *sdp;
	unsigned from; /* the side whose SDP this is */
	bool answer;
	bool anew; /* another party than before speaks for that side */
	char *why;
};

static int say(char *why, int err, const char *text)
{
	(void)re_snprintf(why, SESSION_WHY_SIZE, "%s", text);

	return err;
}

/* Which of our addresses faces this one, by the routing table. Sends nothing. */
static int route_source(struct sa *local, const struct sa *dst)
{
	int fd, err = 0;

	fd = socket(sa_af(dst), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;

	local->len = sizeof(local->u);
	if (connect(fd, &dst->u.sa, dst->len) || getsockname(fd, &local->u.sa, &local->len))
		err = errno;

	(void)close(fd);
	sa_set_port(local, 0);

	return err;
}

static int local_guess(struct sa *local, const struct rsdp *sdp)
{
	unsigned i;

	for (i = 0; i < sdp->mediac; i++) {

		const struct sa *rtp = &sdp->mediav[i].rtp;

		if (sa_isset(rtp, SA_ALL) && !sa_is_any(rtp) && !route_source(local, rtp))
			return 0;
	}

	return net_default_source_addr_get(AF_INET, local);
}

/* Our addresses on both sides: as asked for, as before, or where the route to the offerer begins. */
static int locals_choose(struct exchange *x)
{
	unsigned i;

	for (i = 0; i < SIDES; i++) {

		struct sa *local = &x->s->localv[i ? !x->from : x->from];

		if (sa_isset(&x->req->localv[i], SA_ADDR))
			*local = x->req->localv[i];
		else if (!sa_isset(local, SA_ADDR) && i)
			*local = x->s->localv[x->from];
		else if (!sa_isset(local, SA_ADDR) && local_guess(local, x->sdp))
			return say(x->why, EADDRNOTAVAIL, "No local address faces the one in the SDP");
	}

	return 0;
}

static int bind_failed(struct exchange *x, int err, const struct sa *local)
{
	switch (err) {

	case ENOSPC:
		return say(x->why, err, "Ran out of ports");

	case EMFILE:
	case ENFILE:
		return say(x->why, err, "Ran out of file descriptors: raise LimitNOFILE");

	case EADDRNOTAVAIL:
		(void)re_snprintf(x->why, SESSION_WHY_SIZE, "%j is not an address of this machine", local);
		return err;

	default:
		(void)re_snprintf(x->why, SESSION_WHY_SIZE, "Cannot open media sockets on %j: %m", local,
				  err);
		return err;
	}
}

static int media_prepare(struct exchange *x, struct media *m)
{
	unsigned side;

	for (side = 0; side < SIDES; side++) {

		const struct sa *local = &x->s->localv[side];
		const int err = media_bind(m, sessions_config(x->s->sessions)->ports, side, local);

		if (err)
			return bind_failed(x, err, local);
	}

	return 0;
}

static bool wants_relay(const struct rsdp_media *sdp)
{
	return sdp->kind != RSDP_FOREIGN && !sdp->rejected;
}

static int media_offer(struct exchange *x, unsigned i)
{
	const struct rsdp_media *sdp = &x->sdp->mediav[i];
	struct media **mp = &x->s->mediav[i];
	int err;

	if (*mp)
		(*mp)->offered = wants_relay(sdp);

	if (!wants_relay(sdp))
		return 0;

	if (!*mp) {
		err = media_alloc(mp, x->s->worker);
		if (err)
			return say(x->why, err, "Out of memory");
	}

	(*mp)->offered = true;

	err = media_prepare(x, *mp);
	if (err)
		return err;

	return media_announce(*mp, x->from, sdp, false, x->anew);
}

static int media_answer(struct exchange *x, unsigned i)
{
	const struct rsdp_media *sdp = &x->sdp->mediav[i];
	struct media *m = x->s->mediav[i];
	bool mux;
	int err;

	if (!m || sdp->kind == RSDP_FOREIGN)
		return 0;

	/* rejected by both: its ports go back; the m-line may come to life again in a later offer */
	if (!m->offered) {
		x->s->mediav[i] = mem_deref(m);
		return 0;
	}

	if (sdp->rejected)
		return 0;

	err = media_settle(m, !x->from);
	err = err ? err : media_announce(m, x->from, sdp, true, x->anew);
	if (err)
		return err;

	mux = m->sidev[!x->from].offers_mux;
	err = media_mux(m, x->from, mux && sdp->mux);
	if (err)
		return err;

	return media_mux(m, !x->from, mux && (sdp->mux || x->req->demux));
}

static int all_media(struct exchange *x)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < x->sdp->mediac && !err; i++)
		err = x->answer ? media_answer(x, i) : media_offer(x, i);

	return err;
}

static enum rsdp_mux mux_mode(const struct exchange *x, const struct media *m, const struct rsdp_media *sdp)
{
	if (!x->req->demux)
		return RSDP_MUX_KEEP;

	if (!x->answer)
		return RSDP_MUX_STRIP;

	return m->sidev[!x->from].announce.mux && !sdp->mux ? RSDP_MUX_ADD : RSDP_MUX_KEEP;
}

/* Show the other side's sockets in what goes on to it. */
static int sdp_write(struct exchange *x, struct mbuf *mb)
{
	const unsigned to = !x->from;
	struct rsdp_target target = {.local = x->s->localv[to], .origin = x->req->origin};
	unsigned i;

	for (i = 0; i < x->sdp->mediac; i++) {

		const struct rsdp_media *sdp = &x->sdp->mediav[i];
		const struct media *m = x->s->mediav[i];
		uint16_t port;

		if (!m || !wants_relay(sdp))
			continue;

		port = sa_port(&m->sidev[to].local);
		target.mediav[i].rtp_port = port;
		target.mediav[i].rtcp_port = (uint16_t)(port + 1);
		target.mediav[i].mux = mux_mode(x, m, sdp);

		/* who puts RTCP on the RTP port in so many words goes on doing so */
		if (sdp->mux && target.mediav[i].mux == RSDP_MUX_KEEP &&
		    sa_cmp(&sdp->rtp, &sdp->rtcp, SA_ALL))
			target.mediav[i].rtcp_port = port;
	}

	return rsdp_rewrite(mb, x->sdp, &target);
}

static bool tag_is(const struct session *s, unsigned side, const struct pl *tag)
{
	return s->tagv[side] && tag->p && !pl_strcmp(tag, s->tagv[side]);
}

/* Who offers: a side known by its tag, or a new party opposite one that is. */
static int offer_side(struct exchange *x)
{
	const struct offer_request *req = x->req;
	struct session *s = x->s;

	if (!s->tagv[0] || tag_is(s, 0, &req->from_tag)) {
		x->from = 0;
	}
	else if (tag_is(s, 1, &req->from_tag)) {
		x->from = 1;
	}
	else if (tag_is(s, 0, &req->to_tag)) {
		x->from = 1;
		x->anew = s->tagv[1] != NULL;
	}
	else {
		return say(x->why, ENOENT, "Unknown from-tag for this call-id");
	}

	return session_tag_set(s, x->from, &req->from_tag);
}

/* An offer that names no answerer, after somebody answered: the next one is being tried. */
static int answerer_forget(struct exchange *x)
{
	unsigned i;
	int err = 0;

	if (x->req->to_tag.p || !x->s->tagv[!x->from])
		return 0;

	for (i = 0; i < x->s->mediac && !err; i++)
		if (x->s->mediav[i])
			err = media_forget(x->s->mediav[i], !x->from);

	return err;
}

static int decode(struct rsdp *sdp, const struct offer_request *req, char *why)
{
	char text[RSDP_ERROR_SIZE];
	const int err = rsdp_decode(sdp, &req->sdp, text);

	return err ? say(why, err, text) : 0;
}

static int offer_run(struct exchange *x, struct mbuf *mb)
{
	int err;

	err = offer_side(x);
	err = err ? err : locals_choose(x);
	if (err)
		return err;

	if (x->s->mediac < x->sdp->mediac)
		x->s->mediac = x->sdp->mediac;

	err = answerer_forget(x);
	err = err ? err : all_media(x);
	err = err ? err : sdp_write(x, mb);

	return err;
}

int session_offer(struct session **sp, struct sessions *ss, const struct offer_request *req, struct mbuf *mb,
		  char why[SESSION_WHY_SIZE])
{
	struct exchange x = {.s = session_find(ss, &req->call_id), .req = req, .why = why};
	const bool known = x.s != NULL;
	struct rsdp sdp;
	int err;

	(void)say(why, 0, "Out of memory");
	err = decode(&sdp, req, why);
	if (err)
		return err;

	x.sdp = &sdp;
	err = known ? 0 : session_alloc(&x.s, ss, &req->call_id);
	err = err ? err : offer_run(&x, mb);
	if (err)
		goto out;

	if (req->timeout_s)
		x.s->timeout_s = req->timeout_s;
	session_signal(x.s);
	*sp = x.s;

out:
	if (err && !known)
		mem_deref(x.s);

	return err;
}

/* Who answers: the side opposite the offerer. */
static int answer_side(struct exchange *x)
{
	const struct offer_request *req = x->req;
	struct session *s = x->s;

	if (tag_is(s, 0, &req->from_tag))
		x->from = 1;
	else if (tag_is(s, 1, &req->from_tag))
		x->from = 0;
	else
		return say(x->why, ENOENT, "Unknown from-tag for this call-id");

	x->anew = s->tagv[x->from] && !tag_is(s, x->from, &req->to_tag);

	return session_tag_set(s, x->from, &req->to_tag);
}

int session_answer(struct session **sp, struct sessions *ss, const struct offer_request *req, struct mbuf *mb,
		   char why[SESSION_WHY_SIZE])
{
	struct exchange x = {.s = session_find(ss, &req->call_id), .req = req, .answer = true, .why = why};
	struct rsdp sdp;
	int err;

	if (!x.s)
		return say(why, ENOENT, "Unknown call-id");

	(void)say(why, 0, "Out of memory");
	err = decode(&sdp, req, why);
	if (err)
		return err;

	if (sdp.mediac > x.s->mediac)
		return say(why, EBADMSG, "The answer has more m-lines than the offer");

	x.sdp = &sdp;
	err = answer_side(&x);
	err = err ? err : all_media(&x);
	err = err ? err : sdp_write(&x, mb);
	if (err)
		return err;

	x.s->answered = true;
	session_signal(x.s);
	*sp = x.s;

	return 0;
}

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
	struct party *from; /* whose SDP this is */
	struct party *to;   /* who is to have it */
	struct party *made; /* by this request: gone if it fails */
	bool answer;
	bool anew; /* another party than before speaks in place of `from` */
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
	struct sa *from = &x->from->local, *to = &x->to->local;

	if (sa_isset(&x->req->localv[0], SA_ADDR))
		*from = x->req->localv[0];
	else if (!sa_isset(from, SA_ADDR) && local_guess(from, x->sdp))
		return say(x->why, EADDRNOTAVAIL, "No local address faces the one in the SDP");

	if (sa_isset(&x->req->localv[1], SA_ADDR))
		*to = x->req->localv[1];
	else if (!sa_isset(to, SA_ADDR))
		*to = *from;

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

static bool wants_relay(const struct rsdp_media *sdp)
{
	return sdp->kind != RSDP_FOREIGN && !sdp->rejected;
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

static int media_offer(struct exchange *x, unsigned i)
{
	const struct rsdp_media *sdp = &x->sdp->mediav[i];
	const bool known = x->from->mediav[i] && x->to->mediav[i];
	struct media *m, *other;
	int err;

	if (!wants_relay(sdp)) {
		media_refuse(x->from, i);
		media_refuse(x->to, i);
		return 0;
	}

	err = media_of(x, &m, x->from, i);
	err = err ? err : media_of(x, &other, x->to, i);
	if (err)
		return err;

	if (!known && x->from->with == x->to)
		err = media_link(m, other);
	if (!known && x->to->with == x->from)
		err = err ? err : media_link(other, m);

	return err ? err : media_announce(m, sdp, false, x->anew);
}

static int media_answer(struct exchange *x, unsigned i)
{
	const struct rsdp_media *sdp = &x->sdp->mediav[i];
	struct media *m = x->from->mediav[i], *offerer = x->to->mediav[i];
	bool mux;
	int err;

	if (!m || !offerer || sdp->kind == RSDP_FOREIGN)
		return 0;

	/* rejected by both: its ports go back; the m-line may come to life again in a later offer */
	if (!m->offered) {
		x->from->mediav[i] = mem_deref(m);
		x->to->mediav[i] = mem_deref(offerer);
		return 0;
	}

	if (sdp->rejected)
		return 0;

	err = media_settle(offerer);
	err = err ? err : media_announce(m, sdp, true, x->anew);
	if (err)
		return err;

	mux = offerer->offers_mux;
	err = media_mux(m, mux && sdp->mux);
	if (err)
		return err;

	return media_mux(offerer, mux && (sdp->mux || x->req->demux));
}

static int all_media(struct exchange *x)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < x->sdp->mediac && !err; i++)
		err = x->answer ? media_answer(x, i) : media_offer(x, i);

	return err;
}

static bool mux_wanted(const struct exchange *x, const struct media *m, const struct rsdp_media *sdp)
{
	if (!x->req->demux)
		return sdp->mux;

	if (!x->answer)
		return false;

	return m->announce.mux || sdp->mux;
}

/* Show the other side's sockets in what goes on to it. */
static int sdp_write(struct exchange *x, struct mbuf *mb)
{
	struct rsdp_target target = {.local = x->to->local,
				     .replace = x->req->origin ? RSDP_REPLACE_ORIGIN : 0};
	unsigned i;

	for (i = 0; i < x->sdp->mediac; i++) {

		const struct rsdp_media *sdp = &x->sdp->mediav[i];
		const struct media *m = x->to->mediav[i];
		uint16_t port;

		if (!m || !wants_relay(sdp))
			continue;

		port = sa_port(&m->local);
		target.mediav[i].rtp = m->local;
		target.mediav[i].rtcp_port = (uint16_t)(port + 1);
		target.mediav[i].mux = mux_wanted(x, m, sdp);

		/* who puts RTCP on the RTP port in so many words goes on doing so */
		if (sdp->mux && target.mediav[i].mux && sa_cmp(&sdp->rtp, &sdp->rtcp, SA_ALL))
			target.mediav[i].rtcp_port = port;
	}

	return rsdp_rewrite(mb, NULL, x->sdp, &target, x->why);
}

static int party_make(struct exchange *x, struct party **pp)
{
	const int err = party_alloc(pp, &x->s->partyl);

	if (err == EOVERFLOW)
		return say(x->why, err, "Too many branches in this call");

	x->made = err ? NULL : *pp;

	return err;
}

/* Who offers: a party known by its tag, or a new one in the place opposite one that is. */
static int offerer_find(struct exchange *x)
{
	const struct offer_request *req = x->req;
	const struct party *opposite;
	int err = 0;

	x->from = party_by_tag(&x->s->partyl, &req->from_tag);
	if (x->from)
		return 0;

	opposite = party_by_tag(&x->s->partyl, &req->to_tag);
	if (opposite && opposite->with) {
		x->from = opposite->with;
		x->anew = x->from->tag != NULL;
	}
	else if (x->s->partyl.head) {
		return say(x->why, ENOENT, "Unknown from-tag for this call-id");
	}
	else {
		err = party_make(x, &x->from);
	}

	return err ? err : party_tag_set(x->from, &req->from_tag);
}

/* Who answered before, if the offer names nobody: the next one is being tried in its place. */
static struct party *offered_find(const struct exchange *x)
{
	const struct offer_request *req = x->req;
	struct party *p;

	p = party_by_tag(&x->s->partyl, &req->to_tag);
	if (p && p != x->from)
		return p;

	if (req->branch.p)
		return party_by_branch(&x->s->partyl, &req->branch);

	return x->from->asks ? x->from->asks : x->from->with;
}

static int offered_make(struct exchange *x)
{
	const bool session_made = x->made != NULL;
	int err;

	err = party_make(x, &x->to);
	if (!err && x->req->branch.p)
		err = party_branch_set(x->to, &x->req->branch);
	if (session_made)
		x->made = NULL; /* all of it goes */

	return err;
}

/* Whom the offer is for. */
static int offer_parties(struct exchange *x)
{
	const struct offer_request *req = x->req;
	int err;

	err = offerer_find(x);
	if (err)
		return err;

	x->to = offered_find(x);
	if (!x->to)
		err = offered_make(x);
	else if (!req->to_tag.p && !req->branch.p && x->to->tag)
		err = party_forget(x->to);
	if (err)
		return err;

	x->from->asks = x->to;
	if (!x->from->with)
		x->from->with = x->to;
	if (!x->to->with)
		x->to->with = x->from;

	return req->to_tag.p && !x->to->tag ? party_tag_set(x->to, &req->to_tag) : 0;
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

	err = offer_parties(x);
	err = err ? err : locals_choose(x);
	if (err)
		return err;

	x->from->mediac = MAX(x->from->mediac, x->sdp->mediac);
	x->to->mediac = MAX(x->to->mediac, x->sdp->mediac);
	err = all_media(x);

	return err ? err : sdp_write(x, mb);
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
	else if (err && x.made)
		party_remove(x.made);

	return err;
}

/* Who answers whom: a fork by its tag or its branch, else the one that was offered to last. */
static int answer_parties(struct exchange *x)
{
	const struct offer_request *req = x->req;
	const struct list *partyl = &x->s->partyl;

	x->to = party_by_tag(partyl, &req->from_tag);
	if (!x->to)
		return say(x->why, ENOENT, "Unknown from-tag for this call-id");

	x->from = party_by_tag(partyl, &req->to_tag);
	if (!x->from)
		x->from = party_by_branch(partyl, &req->branch);
	if (!x->from)
		x->from = x->to->asks ? x->to->asks : x->to->with;
	if (!x->from || x->from == x->to)
		return say(x->why, ENOENT, "Nobody was offered to: an answer needs an offer first");

	x->anew = x->from->tag && pl_strcmp(&req->to_tag, x->from->tag);

	return party_tag_set(x->from, &req->to_tag);
}

/* From now on they talk to each other; other forks wait. */
static int talk(struct exchange *x)
{
	int err = 0;

	if (x->to->with != x->from)
		err = party_talk(x->to, x->from);
	if (!err && x->from->with != x->to)
		err = party_talk(x->from, x->to);

	return err;
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

	x.sdp = &sdp;
	err = answer_parties(&x);
	if (!err && sdp.mediac > x.to->mediac)
		err = say(why, EBADMSG, "The answer has more m-lines than the offer");
	err = err ? err : all_media(&x);
	err = err ? err : talk(&x);
	err = err ? err : sdp_write(&x, mb);
	if (err)
		return err;

	x.s->answered = true;
	session_signal(x.s);
	*sp = x.s;

	return 0;
}

/**
 * @file offer.c  Offer and answer: who they are from and for, and on which of our addresses
 *
 * Both sides get their ports with the offer, so that a want of ports shows while the call can still go
 * elsewhere. The party that speaks tells where it receives; the SDP that goes on shows our sockets on
 * the other side. What an offer asks for is final only with its answer (RFC 3264 section 8).
 */
#include <string.h>
#include <re.h>
#include "exchange.h"
#include "local.h"
#include "offer.h"

static int local_guess(const struct exchange *x, struct sa *local)
{
	unsigned i;

	for (i = 0; i < x->sdp->mediac; i++) {

		const struct sa *rtp = &x->sdp->mediav[i].rtp;

		if (sa_isset(rtp, SA_ALL) && !sa_is_any(rtp) && !local_by_route(local, rtp))
			return 0;
	}

	return net_default_source_addr_get(AF_INET, local);
}

/* As the client asks for by address or by interface; ENOENT: it asks for nothing, or for what is not there. */
static int local_asked(const struct exchange *x, struct sa *local, unsigned i, int af)
{
	const struct locals *locals = sessions_config(x->s->sessions)->locals;
	const struct ng_flags *flags = x->flags;

	if (sa_isset(&flags->localv[i], SA_ADDR)) {
		*local = flags->localv[i];
		return 0;
	}

	return flags->interfacev[i].p ? locals_by_name(locals, local, &flags->interfacev[i], af) : ENOENT;
}

/* Of the SDP's own family where the client says nothing else. */
static int offerer_family(const struct exchange *x)
{
	unsigned i;

	for (i = 0; i < x->sdp->mediac; i++)
		if (sa_isset(&x->sdp->mediav[i].rtp, SA_ADDR))
			return sa_af(&x->sdp->mediav[i].rtp);

	return AF_UNSPEC;
}

/* Another address that a refused offer asked for is over. */
static void local_restore(struct party *p)
{
	unsigned i;

	for (i = 0; i < p->mediac; i++)
		if (p->mediav[i] && p->mediav[i]->settled)
			p->local = p->mediav[i]->local;
}

/* Our addresses on both sides: as asked for, as before, or where the route to the offerer begins. */
static int locals_choose(struct exchange *x)
{
	const struct locals *locals = sessions_config(x->s->sessions)->locals;
	const int af = offerer_family(x);
	struct sa *from = &x->from->local, *to = &x->to->local;

	local_restore(x->from);
	local_restore(x->to);

	if (local_asked(x, from, 0, af) && !sa_isset(from, SA_ADDR) && locals_first(locals, from, af) &&
	    local_guess(x, from))
		return exchange_fail(x, EADDRNOTAVAIL, "No local address faces the one in the SDP");

	if (local_asked(x, to, 1, x->flags->family) && !sa_isset(to, SA_ADDR) &&
	    (!x->flags->family || locals_first(locals, to, x->flags->family)))
		*to = *from;

	if (x->flags->family && sa_af(to) != x->flags->family)
		return exchange_fail(x, EADDRNOTAVAIL,
				     "No local address of the asked address-family: name one in "
				     "rtp_interfaces");

	locals_shown(locals, &x->from->shown, from);
	locals_shown(locals, &x->to->shown, to);

	return 0;
}

static int party_make(struct exchange *x, struct party **pp)
{
	const int err = party_alloc(pp, &x->s->partyl);

	if (err == EOVERFLOW)
		return exchange_fail(x, err, "Too many branches in this call");

	x->made = err ? NULL : *pp;

	return err;
}

/* Who offers: a party known by its tag, or a new one in the place opposite one that is. */
static int offerer_find(struct exchange *x)
{
	const struct ng_flags *flags = x->flags;
	const struct party *opposite;
	int err = 0;

	x->from = party_by_tag(&x->s->partyl, &flags->from_tag);
	if (x->from)
		return 0;

	opposite = party_by_tag(&x->s->partyl, &flags->to_tag);
	if (opposite && opposite->with) {
		x->from = opposite->with;
		x->anew = x->from->tag != NULL;
	}
	else if (x->s->partyl.head) {
		return exchange_fail(x, ENOENT, "Unknown from-tag for this call-id");
	}
	else {
		err = party_make(x, &x->from);
	}

	return err ? err : party_tag_set(x->from, &flags->from_tag);
}

/* Who answered before, if the offer names nobody: the next one is being tried in its place. */
static struct party *offered_find(const struct exchange *x)
{
	const struct ng_flags *flags = x->flags;
	struct party *p;

	p = party_by_tag(&x->s->partyl, &flags->to_tag);
	if (p && p != x->from)
		return p;

	if (flags->branch.p)
		return party_by_branch(&x->s->partyl, &flags->branch);

	return x->from->asks ? x->from->asks : x->from->with;
}

static int offered_make(struct exchange *x)
{
	const bool session_made = x->made != NULL;
	int err;

	err = party_make(x, &x->to);
	if (!err && x->flags->branch.p)
		err = party_branch_set(x->to, &x->flags->branch);
	if (session_made)
		x->made = NULL; /* all of it goes */

	return err;
}

/* Whom the offer is for. */
static int offer_parties(struct exchange *x)
{
	const struct ng_flags *flags = x->flags;
	int err;

	err = offerer_find(x);
	if (err)
		return err;

	x->to = offered_find(x);
	if (!x->to)
		err = offered_make(x);
	else if (!flags->to_tag.p && !flags->branch.p && x->to->tag)
		err = party_forget(x->to);
	if (err)
		return err;

	x->from->asks = x->to;
	if (!x->from->with)
		x->from->with = x->to;
	if (!x->to->with)
		x->to->with = x->from;

	return flags->to_tag.p && !x->to->tag ? party_tag_set(x->to, &flags->to_tag) : 0;
}

static int decode(struct rsdp *sdp, const struct exchange *x)
{
	char text[RSDP_ERROR_SIZE];
	const int err = rsdp_decode(sdp, &x->flags->sdp, text);

	return err ? exchange_fail(x, err, "%s", text) : 0;
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
	err = exchange_media(x);

	return err ? err : exchange_sdp(x, mb);
}

int session_offer(struct session **sp, struct sessions *ss, const struct ng_flags *flags, struct mbuf *mb,
		  char why[SESSION_WHY_SIZE])
{
	struct exchange x = {.s = session_find(ss, &flags->call_id), .flags = flags};
	const bool known = x.s != NULL;
	struct rsdp sdp;
	int err;

	x.why = why;
	(void)exchange_fail(&x, 0, "Out of memory");
	err = decode(&sdp, &x);
	if (err)
		return err;

	x.sdp = &sdp;
	err = known ? 0 : session_alloc(&x.s, ss, &flags->call_id);
	err = err ? err : offer_run(&x, mb);
	if (err)
		goto out;

	session_signal(x.s);
	*sp = x.s;

out:
	exchange_reset(&x);
	if (err && !known)
		mem_deref(x.s);
	else if (err && x.made)
		party_remove(x.made);

	return err;
}

/* Who answers whom: a fork by its tag or its branch, else the one that was offered to last. */
static int answer_parties(struct exchange *x)
{
	const struct ng_flags *flags = x->flags;
	const struct list *partyl = &x->s->partyl;

	x->to = party_by_tag(partyl, &flags->from_tag);
	if (!x->to)
		return exchange_fail(x, ENOENT, "Unknown from-tag for this call-id");

	x->from = party_by_tag(partyl, &flags->to_tag);
	if (!x->from)
		x->from = party_by_branch(partyl, &flags->branch);
	if (!x->from)
		x->from = x->to->asks ? x->to->asks : x->to->with;
	if (!x->from || x->from == x->to)
		return exchange_fail(x, ENOENT, "Nobody was offered to: an answer needs an offer first");

	x->anew = x->from->tag && pl_strcmp(&flags->to_tag, x->from->tag);

	return party_tag_set(x->from, &flags->to_tag);
}

/* From now on they talk to each other; other forks wait. */
static int talk(struct exchange *x)
{
	int err = 0;

	if (x->to->with == x->from && x->from->with == x->to)
		return 0;

	/* both ways: while it waited an m-line of the other side may have been made anew */
	err = party_talk(x->to, x->from);
	err = err ? err : party_talk(x->from, x->to);

	return err;
}

static int answer_run(struct exchange *x, struct mbuf *mb)
{
	int err;

	err = answer_parties(x);
	if (!err && x->sdp->mediac > x->to->mediac)
		err = exchange_fail(x, EBADMSG, "The answer has more m-lines than the offer");
	err = err ? err : exchange_media(x);
	err = err ? err : talk(x);

	return err ? err : exchange_sdp(x, mb);
}

int session_answer(struct session **sp, struct sessions *ss, const struct ng_flags *flags, struct mbuf *mb,
		   char why[SESSION_WHY_SIZE])
{
	struct exchange x = {.s = session_find(ss, &flags->call_id), .flags = flags, .answer = true};
	struct rsdp sdp;
	int err;

	x.why = why;
	if (!x.s)
		return exchange_fail(&x, ENOENT, "Unknown call-id");

	(void)exchange_fail(&x, 0, "Out of memory");
	err = decode(&sdp, &x);
	if (err)
		return err;

	x.sdp = &sdp;
	err = answer_run(&x, mb);
	exchange_reset(&x);
	if (err)
		return err;

	x.s->answered = true;
	session_signal(x.s);
	*sp = x.s;

	return 0;
}

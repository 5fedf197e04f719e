/**
 * @file cross.c  The headers of a call's messages that go to the other side, by both trunks' policies
 *
 * What crosses by itself is header_cross.h's; rules of the trunk a message comes from go over it first, then those
 * of the trunk it goes to. Without rules nothing of them is made.
 */
#include <string.h>
#include <re.h>
#include "../leg/header.h"
#include "../leg/header_set.h"
#include "../route/number.h"
#include "core.h"
#include "cross.h"
#include "precondition.h"

/** One message on its way. */
struct crossing {
	const struct call *call;
	const struct sip_msg *msg;
	const struct trunk *from, *to;
	const struct media_side *hears;
	struct pl sdp;         /* that goes with it */
	const struct sa *host; /* ours, towards the side it goes to */
	char addr[64];
};

static void value(struct pl *pl, enum subst_variable variable, const struct pl *name, void *arg)
{
	struct crossing *x = arg;
	const struct cdr *cdr = x->call->cdr;
	const char *const textv[SUBST_VARIABLEC] = {
		[SUBST_CALLER] = cdr->caller,           [SUBST_CALLEE] = cdr->callee,
		[SUBST_CALL_ID] = cdr->a_call_id,       [SUBST_CDR_ID] = cdr->cdr_id,
		[SUBST_SRC_TRUNK] = x->call->src->name, [SUBST_DST_TRUNK] = x->call->dst->name,
		[SUBST_ACCOUNT] = cdr->account,         [SUBST_SRC_ADDR] = x->addr,
	};

	if (variable == SUBST_HEADER)
		*pl = header_value(x->msg, name);
	else
		pl_set_str(pl, textv[variable]);
}

static bool has_rules(const struct crossing *x)
{
	return x->from->headers_in || x->to->headers_out;
}

static int rules_apply(struct header_set *set, struct crossing *x)
{
	const struct subst_values values = {value, x};
	int err;

	(void)re_snprintf(x->addr, sizeof(x->addr), "%j", &x->msg->src);
	err = header_set_apply(set, x->from->headers_in, &values, x->from->name);

	return err ? err : header_set_apply(set, x->to->headers_out, &values, x->to->name);
}

static int party_add(struct header_set *set, const char *name, const struct mbuf *addr)
{
	const struct pl pl = {(const char *)addr->buf, addr->end};

	return header_set_party(set, name, &pl);
}

/* Only the display name and the user: the host stays the one we gave. */
static int party_rewrite(struct mbuf *mb, const struct pl *now)
{
	const struct pl was = {(const char *)mb->buf, mb->end};
	struct sip_addr before, after;
	struct pl user;
	char *line = NULL;
	struct mbuf *name;
	int err;

	if (!pl_cmp(now, &was) || sip_addr_decode(&before, &was) || sip_addr_decode(&after, now))
		return 0;

	name = mbuf_alloc(64);
	if (!name)
		return ENOMEM;

	user = number_user(&after.uri);
	err = header_print_name(name, now, &after.auri);
	err = err ? err
		  : re_sdprintf(&line, before.uri.af == AF_INET6 ? "%b<sip:%r%s[%r]>" : "%b<sip:%r%s%r>",
				name->buf, name->end, &user, pl_isset(&user) ? "@" : "", &before.uri.host);
	if (!err) {
		mbuf_rewind(mb);
		err = mbuf_write_str(mb, line);
	}

	mem_deref(line);
	mem_deref(name);

	return err;
}

static int parties_rewrite(const struct cross_parties *parties, const struct header_set *set)
{
	const struct pl from = header_set_party_of(set, "From"), to = header_set_party_of(set, "To");
	int err = party_rewrite(parties->from, &from);

	return err ? err : party_rewrite(parties->to, &to);
}

static int cross_by_rules(struct mbuf *mb, struct crossing *x, const struct header_cross *between,
			  const struct cross_parties *parties)
{
	struct header_set *set = NULL;
	int err;

	err = header_set_alloc(&set, x->msg, between);
	if (!err && parties) {
		err = party_add(set, "From", parties->from);
		err = err ? err : party_add(set, "To", parties->to);
	}
	err = err ? err : rules_apply(set, x);
	if (!err && parties)
		err = parties_rewrite(parties, set);
	err = err ? err : header_set_print(mb, set);
	mem_deref(set);

	return err;
}

static int cross(struct mbuf *mb, struct crossing *x, const struct cross_parties *parties)
{
	const struct header_cross between = {x->host, x->from->trust && x->to->trust};
	int err;

	err = has_rules(x) ? cross_by_rules(mb, x, &between, parties)
			   : header_print_passed(mb, x->msg, &between);

	return err ? err : precondition_print(mb, x->hears, x->msg, &x->sdp);
}

int cross_invite(const struct call *call, struct mbuf *mb, const struct cross_parties *parties)
{
	struct crossing x = {.call = call,
			     .msg = call->invite,
			     .from = call->src,
			     .to = call->dst,
			     .hears = &call->side_b,
			     .host = iface_addr(call->iface_b, dial_target_af(call))};

	return cross(mb, &x, parties);
}

struct mbuf *cross_message(const struct call *call, const struct sip_msg *msg, const struct leg *to,
			   struct content *c)
{
	const bool caller = to == call->a;
	struct crossing x = {.call = call,
			     .msg = msg,
			     .from = caller ? call->dst : call->trunk_a,
			     .to = caller ? call->trunk_a : call->dst,
			     .hears = caller ? &call->side_a : &call->side_b,
			     .sdp = content_sdp_in(c)};
	/* after a transfer nobody may be there any more to hear it */
	const bool heard = to || call->invite;
	struct mbuf *mb = msg && x.from && x.to && heard ? mbuf_alloc(128) : NULL;

	if (!mb)
		return NULL;

	x.host = iface_addr(caller ? call->iface_a : call->iface_b,
			    sa_af(to ? leg_peer(to) : &call->invite->src));
	if (header_print_body(mb, msg) || cross(mb, &x, NULL))
		mb->end = 0;

	c->hdrs = (struct pl){(const char *)mb->buf, mb->end};

	return mb;
}

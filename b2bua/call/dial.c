/**
 * @file dial.c  The INVITE to a candidate: what crosses from the caller's, and what is ours
 */
#include <re.h>
#include "../dns/resolver.h"
#include "../door/trace.h"
#include "../leg/header.h"
#include "../leg/header_cross.h"
#include "../leg/stack.h"
#include "../route/number.h"
#include "core.h"
#include "cross.h"

const char *dial_target(const struct call *call)
{
	return call->attempt.redirect.uri ? call->attempt.redirect.uri : call->dst->target;
}

/* Which address family a target will be reached by, for its SDP; IPv4 while that of a name is not known. */
int dial_target_af(const struct call *call)
{
	struct sip *sip = stack_sip(iface_stack(call->iface_b));
	struct hops hops;
	struct uri uri;
	struct pl pl;

	pl_set_str(&pl, dial_target(call));
	if (uri_decode(&uri, &pl))
		return AF_INET;

	if (uri.af != AF_UNSPEC)
		return uri.af;

	return resolver_find(NULL, &hops, door_resolver(call->calls->e->door), sip, &uri, 0, NULL, NULL)
		       ? AF_INET
		       : sa_af(&hops.v[0].addr);
}

/* "sip:host:5080;transport=tcp" and a user make "sip:user@host:5080;transport=tcp". */
int dial_home_uri(char **urip, const struct call *call)
{
	struct uri uri;
	struct pl pl;
	int err;

	pl_set_str(&pl, call->dst->target);
	err = uri_decode(&uri, &pl);
	if (err)
		return err;

	uri.user = number_user(&call->invite->uri);

	return re_sdprintf(urip, "%H", uri_encode, &uri);
}

/* None to where a trunk only sent us, for that is another's host. */
static const struct leg_credentials *credentials(struct leg_credentials *cred, const struct call *call)
{
	const struct trunk *trunk = call->dst;

	if (!trunk->auth_user || !redirect_is_home(dial_target(call), trunk->target))
		return NULL;

	*cred = (struct leg_credentials){trunk->auth_user, trunk->auth_password, trunk->auth_realm};

	return cred;
}

/* Who asks for privacy is nobody to whom we do not trust (RFC 3323 4.1). */
static bool is_anonymous(const struct call *call)
{
	return !call->dst->trust && header_is_private(call->invite);
}

static int from_print(struct mbuf *mb, const struct call *call, const struct sa *host)
{
	const struct sip_msg *msg = call->invite;
	const struct uri *uri = &msg->from.uri;
	struct pl user = number_user(uri);
	int err = 0;

	if (is_anonymous(call))
		return mbuf_write_str(mb, "\"Anonymous\" <sip:anonymous@anonymous.invalid>");

	err |= header_print_name(mb, &msg->from.val, &msg->from.auri);

	if (!pl_strcasecmp(&uri->host, "anonymous.invalid"))
		return err | mbuf_printf(mb, "<sip:%r@anonymous.invalid>", &user);

	return err |
	       mbuf_printf(mb, "<sip:%r%s%H>", &user, pl_isset(&user) ? "@" : "", header_print_host, host);
}

static int to_print(struct mbuf *mb, const struct trunk *trunk, const struct pl *user)
{
	struct uri uri;
	struct pl pl;

	pl_set_str(&pl, trunk->target);
	if (uri_decode(&uri, &pl))
		return EINVAL;

	return mbuf_printf(mb, uri.af == AF_INET6 ? "<sip:%r%s[%r]>" : "<sip:%r%s%r>", user,
			   pl_isset(user) ? "@" : "", &uri.host);
}

static uint32_t hops(const struct sip_msg *msg)
{
	uint32_t n = pl_isset(&msg->maxfwd) ? pl_u32(&msg->maxfwd) : 70;

	return MIN(n, 255) - 1;
}

/* The user of our Contact: no more is told there than in From. */
static struct pl party_user(const struct pl *from)
{
	struct sip_addr addr;

	return sip_addr_decode(&addr, from) ? pl_null : addr.uri.user;
}

static struct pl written(const struct mbuf *mb, size_t from)
{
	struct pl pl = {(const char *)mb->buf + from, mb->end - from};

	return pl;
}

int dial_candidate(struct call *call, const struct pl *sdp)
{
	const struct sip_msg *msg = call->invite;
	const struct sa *host = iface_addr(call->iface_b, dial_target_af(call));
	struct pl user = number_user(&msg->uri);
	struct leg_dial d = {.max_forwards = hops(msg), .content = content_of(msg)};
	struct mbuf *from = mbuf_alloc(128), *to = mbuf_alloc(128), *hdrs = mbuf_alloc(256);
	const struct cross_parties parties = {from, to};
	struct leg_credentials cred;
	const char *redirected = call->attempt.redirect.uri;
	char *uri = NULL;
	int err;

	if (!from || !to || !hdrs) {
		err = ENOMEM;
		goto out;
	}

	err = redirected ? str_dup(&uri, redirected) : dial_home_uri(&uri, call);
	err = err ? err : from_print(from, call, host);
	err = err ? err : to_print(to, call->dst, &user);
	err = err ? err : cross_invite(call, hdrs, &parties);
	err = err ? err : header_print_body(hdrs, msg);
	if (err)
		goto out;

	/* a callee may put its offer into a reliable response, and who does not know those cannot answer it */
	if (call->offered || leg_is_reliable(call->a))
		d.prack = call_prack(call->dst->prack_out);

	d.preconditions = call->side_b.preconditions != MEDIA_PRECONDITIONS_NONE;
	if (pl_isset(sdp))
		d.content = content_around(sdp, msg);
	d.uri = uri;
	d.tls = call->dst->tls;
	d.session = call->dst->session;
	d.timeout_ms = call->dst->timeout_ms;
	d.allow = call->dst->allow;
	d.credentials = credentials(&cred, call);
	d.from = written(from, 0);
	d.user = party_user(&d.from);
	d.to = written(to, 0);
	d.content.hdrs = written(hdrs, 0);

	err = leg_dial(&call->b, iface_stack(call->iface_b), &d, &call_b_handlers, call);
	if (!err)
		trace_callee(call);

out:
	mem_deref(uri);
	mem_deref(from);
	mem_deref(to);
	mem_deref(hdrs);

	return err;
}

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

	uri.user = number_dialled(&call->invite->uri);

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

static struct pl written(const struct mbuf *mb)
{
	return (struct pl){(const char *)mb->buf, mb->end};
}

/* What a request to the candidate is made of. */
struct texts {
	struct mbuf *from, *to, *hdrs;
	char *uri;
	struct leg_credentials cred;
};

static void texts_reset(struct texts *t)
{
	mem_deref(t->uri);
	mem_deref(t->from);
	mem_deref(t->to);
	mem_deref(t->hdrs);
}

static int texts_print(struct texts *t, const struct call *call)
{
	const struct sa *host = iface_addr(call->iface_b, dial_target_af(call));
	const struct pl user = number_dialled(&call->invite->uri);
	const char *redirected = call->attempt.redirect.uri;
	int err;

	*t = (struct texts){.from = mbuf_alloc(128), .to = mbuf_alloc(128), .hdrs = mbuf_alloc(256)};
	if (!t->from || !t->to || !t->hdrs)
		return ENOMEM;

	err = redirected ? str_dup(&t->uri, redirected) : dial_home_uri(&t->uri, call);
	err = err ? err : from_print(t->from, call, host);
	err = err ? err : to_print(t->to, call->dst, &user);
	err = err ? err : cross_invite(call, t->hdrs, &(struct cross_parties){t->from, t->to});

	return err ? err : header_print_body(t->hdrs, call->invite);
}

static struct leg_dial dial_of(const struct call *call, struct texts *t, const struct content *c)
{
	struct leg_dial d = {
		.uri = t->uri,
		.from = written(t->from),
		.to = written(t->to),
		.max_forwards = hops(call->invite),
		.timeout_ms = call->dst->timeout_ms,
		.tls = call->dst->tls,
		.credentials = credentials(&t->cred, call),
		.content = *c,
	};

	d.user = party_user(&d.from);
	d.content.hdrs = written(t->hdrs);

	return d;
}

int dial_candidate(struct call *call, const struct pl *sdp)
{
	const struct sip_msg *msg = call->invite;
	const struct content c = pl_isset(sdp) ? content_around(sdp, msg) : content_of(msg);
	struct leg_dial d;
	struct texts t;
	int err;

	err = texts_print(&t, call);
	if (err)
		goto out;

	d = dial_of(call, &t, &c);

	/* a callee may put its offer into a reliable response, and who does not know those cannot answer it */
	if (call->offered || leg_is_reliable(call->a))
		d.prack = call_prack(call->dst->prack_out);

	d.preconditions = call->side_b.preconditions != MEDIA_PRECONDITIONS_NONE;
	d.session = call->dst->session;
	d.allow = call->dst->allow;

	err = leg_dial(&call->b, iface_stack(call->iface_b), &d, &call_b_handlers, call);
	if (!err)
		trace_callee(call);

out:
	texts_reset(&t);

	return err;
}

/* Of a request outside any call. */
static int request_print(struct texts *t, const struct call *call)
{
	const int err = texts_print(t, call);

	return err ? err : header_print_event(t->hdrs, call->invite);
}

int dial_ask(const struct call *call, leg_response_h *resph, void *arg)
{
	const struct sip_msg *msg = call->invite;
	const struct content c = content_of(msg);
	char *met = NULL;
	struct leg_dial d;
	struct texts t;
	int err;

	err = request_print(&t, call);
	err = err ? err : pl_strdup(&met, &msg->met);
	if (!err) {
		d = dial_of(call, &t, &c);
		err = leg_send_outside(iface_stack(call->iface_b), met, &d, resph, arg);
	}

	mem_deref(met);
	texts_reset(&t);

	return err;
}

int dial_subscribe(struct call *call, const struct leg_handlers *h, leg_response_h *resph, void *arg)
{
	const struct content c = content_of(call->invite);
	struct leg_dial d;
	struct texts t;
	int err;

	err = request_print(&t, call);
	err = err ? err : header_print_eventlist(t.hdrs, call->invite);
	if (!err) {
		d = dial_of(call, &t, &c);
		d.allow = call->dst->allow_event;
		err = leg_subscribe(&call->b, iface_stack(call->iface_b), &d, h, resph, arg);
	}

	texts_reset(&t);

	return err;
}

/**
 * @file way.c  Where a request may go
 */
#include <re.h>
#include "core.h"
#include "way.h"

enum {
	SIZE_FOR_TCP = 1300, /* RFC 3261 18.1.1 */
	SIZE_OF_VIA = 200,   /* start line, Via and Contact, which are printed later */
};

int way_uri(struct uri *uri, const struct leg *leg)
{
	static const struct pl sip = PL("sip"), by_tls = PL(";transport=tls");
	struct pl pl;
	int err;

	pl_set_str(&pl, dialog_next_hop(&leg->dlg));
	err = uri_decode(uri, &pl);
	if (err || pl_strcasecmp(&uri->scheme, "sips"))
		return err;

	uri->scheme = sip;
	uri->params = by_tls;

	return 0;
}

/* ------------------------------------------------------------------ what is special about it */

static bool is_private(const struct sa *sa)
{
	static const struct {
		uint32_t net, mask;
	} netv[] = {
		{0x0a000000, 0xff000000},
		{0xac100000, 0xfff00000},
		{0xc0a80000, 0xffff0000},
		{0x64400000, 0xffc00000}, /* RFC 6598 */
	};

	for (size_t i = 0; sa_af(sa) == AF_INET && i < ARRAY_SIZE(netv); i++)
		if ((sa_in(sa) & netv[i].mask) == netv[i].net)
			return true;

	return false;
}

/* The peer's own messages come from a better place than the one it names: on the connection of a caller that has
 * one, or through the NAT that a private Contact from a public address lies behind. Proxies name theirs. */
static bool by_peer(const struct leg *leg, const struct uri *uri)
{
	struct sa sa;

	if (!leg->dlg.rtag || leg->dlg.next_hop || !sa_isset(&leg->peer, SA_ALL))
		return false;

	if (!leg->uac && leg->peer_tp > SIP_TRANSP_UDP)
		return true;

	return !sa_set(&sa, &uri->host, 0) && is_private(&sa) && !is_private(&leg->peer);
}

static bool speaks_tcp(const struct leg *leg, int af)
{
	struct sa laddr, dst;

	sa_init(&dst, af);

	return !sip_transp_laddr(leg->stack->sip, &laddr, SIP_TRANSP_TCP, &dst);
}

static bool by_tcp_first(const struct leg *leg, const struct uri *uri, bool large)
{
	struct pl val;

	return large && msg_param_decode(&uri->params, "transport", &val) && speaks_tcp(leg, uri->af);
}

static bool is_large(size_t size)
{
	return size + SIZE_OF_VIA > SIZE_FOR_TCP;
}

bool way_is_plain(const struct leg *leg, const struct uri *uri, size_t size)
{
	return uri->af != AF_UNSPEC && !by_peer(leg, uri) && !by_tcp_first(leg, uri, is_large(size));
}

/* ------------------------------------------------------------------ finding it */

static void hop_append(struct hops *hops, enum sip_transp tp, const struct sa *addr)
{
	if (hops->n < HOPS_MAX)
		hops->v[hops->n++] = (struct hop){tp, *addr};
}

/* What was found, in order; UDP is preceded by TCP where the message is too large for it and nobody named UDP. */
static void hops_append(struct way *w, const struct hops *found)
{
	struct pl val;
	struct uri uri;
	const bool may =
		w->large && !way_uri(&uri, w->leg) && msg_param_decode(&uri.params, "transport", &val);

	for (uint32_t i = 0; i < found->n; i++) {
		const struct hop *hop = &found->v[i];

		if (may && hop->tp == SIP_TRANSP_UDP && speaks_tcp(w->leg, sa_af(&hop->addr)))
			hop_append(&w->hops, SIP_TRANSP_TCP, &hop->addr);
		hop_append(&w->hops, hop->tp, &hop->addr);
	}
}

static void found_handler(int err, const struct hops *hops, void *arg)
{
	struct way *w = arg;

	w->resolution = mem_deref(w->resolution);
	if (!err)
		hops_append(w, hops);

	w->foundh(w->hops.n ? 0 : err, &w->hops, w->arg);
}

static void destructor(void *arg)
{
	struct way *w = arg;

	mem_deref(w->resolution);
}

static int find(struct way *w, const struct uri *uri)
{
	const struct leg *leg = w->leg;
	struct hops found;
	int err;

	if (by_peer(leg, uri))
		hop_append(&w->hops, (enum sip_transp)leg->peer_tp, &leg->peer);

	err = resolver_find(&w->resolution, &found, leg->stack->resolver, leg->stack->sip, uri,
			    hash_joaat_str(leg->dlg.callid), found_handler, w);
	if (!err)
		hops_append(w, &found);

	return err == EINPROGRESS || !w->hops.n ? err : 0;
}

int way_find(struct way **wp, struct leg *leg, size_t size, resolve_h *foundh, void *arg)
{
	struct way *w;
	struct uri uri;
	int err;

	err = way_uri(&uri, leg);
	if (err)
		return err;

	w = mem_zalloc(sizeof(*w), destructor);
	if (!w)
		return ENOMEM;

	w->leg = leg;
	w->large = is_large(size);
	w->named = uri.af == AF_UNSPEC;
	w->foundh = foundh;
	w->arg = arg;
	err = find(w, &uri);
	if (err && err != EINPROGRESS)
		mem_deref(w);
	else
		*wp = w;

	return err;
}

/* ------------------------------------------------------------------ going it */

void way_hop_uri(struct uri *uri, char host[WAY_HOST_SIZE], const struct way *w)
{
	static const struct pl sip = PL("sip"), by_udp = PL(";transport=udp"), by_tcp = PL(";transport=tcp"),
			       by_tls = PL(";transport=tls");
	const struct hop *hop = &w->hops.v[w->i];

	(void)re_snprintf(host, WAY_HOST_SIZE, "%j", &hop->addr);
	*uri = (struct uri){.scheme = sip, .af = sa_af(&hop->addr), .port = sa_port(&hop->addr)};
	pl_set_str(&uri->host, host);
	uri->params = hop->tp == SIP_TRANSP_TLS ? by_tls : hop->tp == SIP_TRANSP_TCP ? by_tcp : by_udp;
}

static uint32_t next(const struct way *w, bool elsewhere)
{
	uint32_t i = w->i + 1;

	while (elsewhere && i < w->hops.n && sa_cmp(&w->hops.v[i].addr, &w->hops.v[w->i].addr, SA_ADDR))
		++i;

	return i;
}

bool way_next(struct way *w, bool elsewhere)
{
	const uint32_t i = next(w, elsewhere);

	if (i >= w->hops.n)
		return false;

	w->i = i;

	return true;
}

bool way_leads_elsewhere(const struct way *w)
{
	return next(w, true) < w->hops.n;
}

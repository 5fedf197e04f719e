/**
 * @file walk.c  From a SIP URI to addresses (RFC 3263)
 */
#include <strings.h>
#include <re.h>
#include "walk.h"

enum { RECORDS_MAX = 32, NAME_SIZE = 256 };

struct walk {
	struct hops *hops;
	const struct walk_want *want;
	uint32_t chance;
	bool missing;
};

static const struct list *records(struct walk *w, const char *name, uint16_t type)
{
	const struct list *l = w->want->findh(name, type, w->want->arg);

	w->missing |= !l;

	return l;
}

static bool speaks(const struct walk *w, enum sip_transp tp, int af)
{
	return w->want->speaksh(tp, af, w->want->arg);
}

/* ------------------------------------------------------------------ addresses */

static void hop_add(struct hops *hops, enum sip_transp tp, const struct sa *addr)
{
	for (uint32_t i = 0; i < hops->n; i++)
		if (hops->v[i].tp == tp && sa_cmp(&hops->v[i].addr, addr, SA_ALL))
			return;

	if (hops->n < HOPS_MAX)
		hops->v[hops->n++] = (struct hop){tp, *addr};
}

static void family(struct walk *w, const char *name, enum sip_transp tp, uint16_t port, int af)
{
	const uint16_t type = af == AF_INET6 ? DNS_TYPE_AAAA : DNS_TYPE_A;
	const struct list *rrl;
	struct sa sa;

	if (!speaks(w, tp, af))
		return;

	rrl = records(w, name, type);

	for (struct le *le = list_head(rrl); le; le = le->next) {
		const struct dnsrr *rr = le->data;

		if (type == DNS_TYPE_A)
			sa_set_in(&sa, rr->rdata.a.addr, port);
		else
			sa_set_in6(&sa, rr->rdata.aaaa.addr, port);

		hop_add(w->hops, tp, &sa);
	}
}

static void addresses(struct walk *w, const char *name, enum sip_transp tp, uint16_t port)
{
	family(w, name, tp, port, AF_INET);
	family(w, name, tp, port, AF_INET6);
}

/* ------------------------------------------------------------------ SRV */

static uint32_t draw(struct walk *w, uint32_t below)
{
	w->chance = w->chance * 1664525 + 1013904223;

	return (uint32_t)((uint64_t)w->chance * below >> 32);
}

static size_t srv_take(const struct dnsrr *v[RECORDS_MAX], const struct list *rrl)
{
	size_t n = 0;

	for (struct le *le = list_head(rrl); le && n < RECORDS_MAX; le = le->next) {
		const struct dnsrr *rr = le->data;
		size_t i = n++;

		/* of one priority, those of weight 0 come first, so that they are drawn seldom (RFC 2782) */
		for (; i && (v[i - 1]->rdata.srv.pri > rr->rdata.srv.pri ||
			     (v[i - 1]->rdata.srv.pri == rr->rdata.srv.pri && v[i - 1]->rdata.srv.weight &&
			      !rr->rdata.srv.weight));
		     i--)
			v[i] = v[i - 1];
		v[i] = rr;
	}

	return n;
}

/* One of the first `n`, which have one priority, by weight: it changes places to the front. */
static void srv_draw(struct walk *w, const struct dnsrr **v, size_t n)
{
	const struct dnsrr *drawn;
	uint32_t sum = 0, mark;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i]->rdata.srv.weight;

	mark = draw(w, sum + 1);
	for (i = 0, sum = 0; i < n - 1; i++) {
		sum += v[i]->rdata.srv.weight;
		if (sum >= mark)
			break;
	}

	for (drawn = v[i]; i; i--)
		v[i] = v[i - 1];
	v[0] = drawn;
}

static void srv_order(struct walk *w, const struct dnsrr **v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t same = 1;

		while (i + same < n && v[i + same]->rdata.srv.pri == v[i]->rdata.srv.pri)
			++same;
		if (same > 1)
			srv_draw(w, &v[i], same);
	}
}

/* False: the name has no SRV records; true if that is not known yet. */
static bool service(struct walk *w, const char *name, enum sip_transp tp)
{
	const struct dnsrr *v[RECORDS_MAX];
	const struct list *rrl = records(w, name, DNS_TYPE_SRV);
	size_t n = srv_take(v, rrl);

	srv_order(w, v, n);

	/* "." is no host: the service is decidedly not there */
	for (size_t i = 0; i < n; i++)
		if (str_isset(v[i]->rdata.srv.target))
			addresses(w, v[i]->rdata.srv.target, tp, v[i]->rdata.srv.port);

	return !rrl || n;
}

static const char *service_name(enum sip_transp tp)
{
	switch (tp) {

	case SIP_TRANSP_UDP:
		return "_sip._udp";
	case SIP_TRANSP_TCP:
		return "_sip._tcp";
	default:
		return "_sips._tcp";
	}
}

static bool service_of(struct walk *w, enum sip_transp tp)
{
	char name[NAME_SIZE];

	if (!speaks(w, tp, AF_UNSPEC) ||
	    re_snprintf(name, sizeof(name), "%s.%s", service_name(tp), w->want->host) < 0)
		return false;

	return service(w, name, tp);
}

/* ------------------------------------------------------------------ NAPTR */

static enum sip_transp naptr_transp(const struct walk *w, const struct dnsrr *rr)
{
	static const struct {
		const char *service;
		enum sip_transp tp;
	} servicev[] = {{"SIP+D2U", SIP_TRANSP_UDP},
			{"SIP+D2T", SIP_TRANSP_TCP},
			{"SIPS+D2T", SIP_TRANSP_TLS}};

	for (size_t i = 0; i < ARRAY_SIZE(servicev); i++)
		if (!str_casecmp(rr->rdata.naptr.services, servicev[i].service) &&
		    !str_casecmp(rr->rdata.naptr.flags, "s") && str_isset(rr->rdata.naptr.replace) &&
		    (!w->want->sips || servicev[i].tp == SIP_TRANSP_TLS) &&
		    speaks(w, servicev[i].tp, AF_UNSPEC))
			return servicev[i].tp;

	return SIP_TRANSP_NONE;
}

static uint32_t naptr_rank(const struct dnsrr *rr)
{
	return (uint32_t)rr->rdata.naptr.order << 16 | rr->rdata.naptr.pref;
}

static size_t naptr_take(const struct walk *w, const struct dnsrr *v[RECORDS_MAX], const struct list *rrl)
{
	size_t n = 0;

	for (struct le *le = list_head(rrl); le && n < RECORDS_MAX; le = le->next) {
		const struct dnsrr *rr = le->data;
		size_t i;

		if (naptr_transp(w, rr) == SIP_TRANSP_NONE)
			continue;

		for (i = n++; i && naptr_rank(v[i - 1]) > naptr_rank(rr); i--)
			v[i] = v[i - 1];
		v[i] = rr;
	}

	return n;
}

/* False: no record of the domain is of use here; true if that is not known yet. */
static bool domain(struct walk *w)
{
	const struct dnsrr *v[RECORDS_MAX];
	const struct list *rrl = records(w, w->want->host, DNS_TYPE_NAPTR);
	size_t n = naptr_take(w, v, rrl);

	for (size_t i = 0; i < n; i++)
		(void)service(w, v[i]->rdata.naptr.replace, naptr_transp(w, v[i]));

	return !rrl || n;
}

/* ------------------------------------------------------------------ the walk */

/* RFC 3263 4.1: what the URI leaves open is UDP, and TLS where it is SIPS. */
static enum sip_transp transp_default(const struct walk_want *want)
{
	if (want->tp != SIP_TRANSP_NONE)
		return want->tp;

	if (want->sips)
		return SIP_TRANSP_TLS;

	return want->speaksh(SIP_TRANSP_UDP, AF_UNSPEC, want->arg) ? SIP_TRANSP_UDP : SIP_TRANSP_TCP;
}

static bool by_service(struct walk *w)
{
	const struct walk_want *want = w->want;

	if (want->port)
		return false;

	if (want->tp != SIP_TRANSP_NONE)
		return service_of(w, want->tp);

	if (domain(w))
		return true;

	return (!want->sips && (service_of(w, SIP_TRANSP_UDP) || service_of(w, SIP_TRANSP_TCP))) ||
	       service_of(w, SIP_TRANSP_TLS);
}

int walk(struct hops *hops, const struct walk_want *want, uint32_t seed)
{
	struct walk w = {hops, want, seed, false};
	const enum sip_transp tp = transp_default(want);

	const uint16_t port = sip_transp_port(tp, want->port);
	struct sa sa;

	hops->n = 0;
	if (!sa_set_str(&sa, want->host, port))
		hop_add(hops, tp, &sa);
	else if (!by_service(&w))
		addresses(&w, want->host, tp, port);

	if (w.missing)
		return EAGAIN;

	return hops->n ? 0 : EDESTADDRREQ;
}

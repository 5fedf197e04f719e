/**
 * @file resolver.c  Resolutions under way, and addresses that failed
 */
#include <re.h>
#include "clock.h"
#include "log.h"
#include "cache.h"
#include "dns_servers.h"
#include "resolver.h"

enum { FAILED_MAX = 64, FAILED_MS = 30000 };

struct failed {
	struct hop hop;
	uint64_t until_ms;
};

struct resolver {
	struct dns_cache *cache;
	char *servers;
	struct list resolutionl;
	struct failed failedv[FAILED_MAX]; /* a ring */
	uint32_t failedc;                  /* written ever */
};

struct resolution {
	struct le le;
	struct resolver *r;
	struct walk_want want;
	char *host;
	struct sip *sip;
	uint32_t seed;
	uint64_t begun_ms;
	resolve_h *resolveh;
	void *arg;
};

/* ------------------------------------------------------------------ what failed */

static bool hop_cmp(const struct hop *a, const struct hop *b)
{
	return a->tp == b->tp && sa_cmp(&a->addr, &b->addr, SA_ALL);
}

static bool is_failed(const struct resolver *r, const struct hop *hop, uint64_t now_ms)
{
	for (uint32_t i = 0; i < MIN(r->failedc, (uint32_t)FAILED_MAX); i++)
		if (r->failedv[i].until_ms > now_ms && hop_cmp(&r->failedv[i].hop, hop))
			return true;

	return false;
}

void resolver_failed(struct resolver *r, const struct hop *hop)
{
	const uint64_t now_ms = clock_mono_ms();

	if (!r || is_failed(r, hop, now_ms))
		return;

	r->failedv[r->failedc++ % FAILED_MAX] = (struct failed){*hop, now_ms + FAILED_MS};
}

static void failed_last(const struct resolver *r, struct hops *hops)
{
	const uint64_t now_ms = clock_mono_ms();
	struct hops last = {.n = 0};
	uint32_t n = 0;

	for (uint32_t i = 0; i < hops->n; i++) {
		if (is_failed(r, &hops->v[i], now_ms))
			last.v[last.n++] = hops->v[i];
		else
			hops->v[n++] = hops->v[i];
	}

	for (uint32_t i = 0; i < last.n; i++)
		hops->v[n++] = last.v[i];
}

/* ------------------------------------------------------------------ resolutions */

static bool speaks(enum sip_transp tp, int af, void *arg)
{
	const struct resolution *res = arg;

	struct sa laddr, dst;

	sa_init(&dst, af);

	return !sip_transp_laddr(res->sip, &laddr, tp, &dst);
}

static const struct list *find(const char *name, uint16_t type, void *arg)
{
	static const struct list none = LIST_INIT;
	const struct resolution *res = arg;

	return !res->r ? &none : dns_cache_find(res->r->cache, name, type, res->begun_ms);
}

static int try(struct resolution *res, struct hops *hops)
{
	int err = walk(hops, &res->want, res->seed);

	if (!err && res->r)
		failed_last(res->r, hops);

	return err;
}

static void finish(struct resolution *res, int err, const struct hops *hops)
{
	resolve_h *resolveh = res->resolveh;

	list_unlink(&res->le);
	if (resolveh)
		resolveh(err, hops, res->arg);
	else
		mem_deref(res);
}

/* What a handler does may end other resolutions and begin new ones. */
static void answered_handler(void *arg)
{
	struct list waiting = LIST_INIT;
	struct resolver *r = arg;
	struct hops hops;

	while (r->resolutionl.head) {
		struct resolution *res = r->resolutionl.head->data;

		list_unlink(&res->le);
		list_append(&waiting, &res->le, res);
	}

	while (waiting.head) {
		struct resolution *res = waiting.head->data;
		int err = try(res, &hops);

		if (err != EAGAIN) {
			finish(res, err, &hops);
			continue;
		}

		list_unlink(&res->le);
		list_append(&r->resolutionl, &res->le, res);
	}
}

static void resolution_destructor(void *arg)
{
	struct resolution *res = arg;

	list_unlink(&res->le);
	mem_deref(res->host);
	mem_deref(res->sip);
}

static enum sip_transp transp_said(const struct uri *uri)
{
	static const enum sip_transp tpv[] = {SIP_TRANSP_UDP, SIP_TRANSP_TCP, SIP_TRANSP_TLS};
	struct pl pl;

	if (msg_param_decode(&uri->params, "transport", &pl))
		return SIP_TRANSP_NONE;

	for (size_t i = 0; i < ARRAY_SIZE(tpv); i++)
		if (!pl_strcasecmp(&pl, sip_transp_name(tpv[i])))
			return tpv[i];

	return SIP_TRANSPC;
}

static int want_set(struct resolution *res, const struct uri *uri)
{
	struct walk_want *want = &res->want;
	struct pl host = uri->host;
	int err;

	(void)msg_param_decode(&uri->params, "maddr", &host);
	err = pl_strdup(&res->host, &host);
	if (err)
		return err;

	want->host = res->host;
	want->port = uri->port;
	want->sips = !pl_strcasecmp(&uri->scheme, "sips");
	want->tp = want->sips ? SIP_TRANSP_TLS : transp_said(uri);
	want->speaksh = speaks;
	want->findh = find;
	want->arg = res;

	return want->tp == SIP_TRANSPC ? EPROTONOSUPPORT : 0;
}

int resolver_find(struct resolution **resp, struct hops *hops, struct resolver *r, struct sip *sip,
		  const struct uri *uri, uint32_t seed, resolve_h *resolveh, void *arg)
{
	struct resolution *res;
	int err;

	res = mem_zalloc(sizeof(*res), resolution_destructor);
	if (!res)
		return ENOMEM;

	res->r = r;
	res->sip = mem_ref(sip);
	res->seed = seed;
	res->begun_ms = clock_mono_ms();
	res->resolveh = resolveh;
	res->arg = arg;
	err = want_set(res, uri);
	err = err ? err : try(res, hops);

	if (err != EAGAIN) {
		mem_deref(res);
		return err;
	}

	list_append(&r->resolutionl, &res->le, res);
	if (resp)
		*resp = res;

	return EINPROGRESS;
}

/* ------------------------------------------------------------------ the resolver */

static void destructor(void *arg)
{
	struct resolver *r = arg;

	while (r->resolutionl.head) {
		struct resolution *res = r->resolutionl.head->data;

		list_unlink(&res->le);
		if (!res->resolveh)
			mem_deref(res);
	}
	mem_deref(r->cache);
	mem_deref(r->servers);
}

static void servers_find(struct dns_servers *servers, const char *text)
{
	struct pl pl, bad;

	pl_set_str(&pl, text);
	servers->n = 0;
	if (str_isset(text)) {
		(void)dns_servers_decode(servers, &pl, &bad);
		return;
	}

	servers->n = ARRAY_SIZE(servers->v);
	if (dns_srv_get(NULL, 0, servers->v, &servers->n))
		servers->n = 0;
	if (!servers->n)
		log_info("no DNS server in /etc/resolv.conf; name some in dns_servers, or trunks' targets "
			 "must be "
			 "addresses or in /etc/hosts");
}

int resolver_alloc(struct resolver **rp, const char *servers)
{
	struct resolver *r = mem_zalloc(sizeof(*r), destructor);
	struct dns_servers v;
	int err;

	if (!r)
		return ENOMEM;

	servers_find(&v, servers);
	err = str_dup(&r->servers, servers ? servers : "");
	err = err ? err : dns_cache_alloc(&r->cache, &v, "/etc/hosts", answered_handler, r);

	if (err)
		mem_deref(r);
	else
		*rp = r;

	return err;
}

void resolver_reload(struct resolver *r)
{
	struct dns_servers v;

	servers_find(&v, r->servers);
	dns_cache_reset(r->cache, &v);
	r->failedc = 0;
}

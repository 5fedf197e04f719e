/**
 * @file test_dns.c  From names to addresses: the walk of RFC 3263, the hosts file, messages
 */
#include <string.h>
#include <re.h>
#include "dns/hosts.h"
#include "dns/message.h"
#include "dns/walk.h"
#include "dns_servers.h"
#include "unit.h"

enum { RECORDS_MAX = 16, ROUNDS = 4000 };

/* ------------------------------------------------------------------ a zone in lines */

struct zone {
	const char *const *linev; /* "NAME TYPE DATA…"; TYPE "?": that name is not known yet */
	const char *spoken;       /* "u4 u6 t4 …" */
	struct list rrl[RECORDS_MAX];
	size_t listc;
	unsigned questions;
};

static uint16_t type_of(const struct pl *pl)
{
	static const uint16_t typev[] = {DNS_TYPE_A, DNS_TYPE_AAAA, DNS_TYPE_SRV, DNS_TYPE_NAPTR};

	for (size_t i = 0; i < ARRAY_SIZE(typev); i++)
		if (!pl_strcmp(pl, dns_rr_typename(typev[i])))
			return typev[i];

	return 0;
}

static void data_set(struct dnsrr *rr, const struct pl *data)
{
	struct pl a, b, c, d;
	struct sa sa;

	switch (rr->type) {

	case DNS_TYPE_A:
		(void)sa_set(&sa, data, 0);
		rr->rdata.a.addr = sa_in(&sa);
		break;

	case DNS_TYPE_AAAA:
		(void)sa_set(&sa, data, 0);
		sa_in6(&sa, rr->rdata.aaaa.addr);
		break;

	case DNS_TYPE_SRV:
		CU_ASSERT_FATAL(!re_regex(data->p, data->l, "[0-9]+ [0-9]+ [0-9]+ [^ ]+", &a, &b, &c, &d));
		rr->rdata.srv.pri = (uint16_t)pl_u32(&a);
		rr->rdata.srv.weight = (uint16_t)pl_u32(&b);
		rr->rdata.srv.port = (uint16_t)pl_u32(&c);
		if (!pl_strcmp(&d, "."))
			d.l = 0;
		(void)pl_strdup(&rr->rdata.srv.target, &d);
		break;

	default:
		CU_ASSERT_FATAL(!re_regex(data->p, data->l, "[0-9]+ [0-9]+ [^ ]+ [^ ]+", &a, &b, &c, &d));
		rr->rdata.naptr.order = (uint16_t)pl_u32(&a);
		rr->rdata.naptr.pref = (uint16_t)pl_u32(&b);
		(void)str_dup(&rr->rdata.naptr.flags, "s");
		(void)pl_strdup(&rr->rdata.naptr.services, &c);
		(void)str_dup(&rr->rdata.naptr.regexp, "");
		(void)pl_strdup(&rr->rdata.naptr.replace, &d);
		break;
	}
}

static const struct list *zone_find(const char *name, uint16_t type, void *arg)
{
	struct zone *z = arg;
	struct list *rrl;

	CU_ASSERT_FATAL(z->listc < RECORDS_MAX);
	rrl = &z->rrl[z->listc++];
	++z->questions;

	for (size_t i = 0; z->linev[i]; i++) {
		struct pl owner, kind, data;

		CU_ASSERT_FATAL(!re_regex(z->linev[i], strlen(z->linev[i]), "[^ ]+ [^ ]+ [^~]+", &owner,
					  &kind, &data));
		if (pl_strcmp(&owner, name))
			continue;

		if (!pl_strcmp(&kind, "?"))
			return NULL;

		if (type_of(&kind) == type) {
			struct dnsrr *rr = dns_rr_alloc();

			rr->type = type;
			data_set(rr, &data);
			list_append(rrl, &rr->le, rr);
		}
	}

	return rrl;
}

static bool zone_speaks(enum sip_transp tp, int af, void *arg)
{
	const struct zone *z = arg;
	char what[3] = {tp == SIP_TRANSP_UDP   ? 'u'
			: tp == SIP_TRANSP_TCP ? 't'
					       : 's',
			af == AF_INET    ? '4'
			: af == AF_INET6 ? '6'
					 : '\0'};

	return strstr(z->spoken, what) != NULL;
}

static void zone_forget(struct zone *z)
{
	while (z->listc)
		list_flush(&z->rrl[--z->listc]);
}

static int zone_walk(struct hops *hops, struct zone *z, const char *text, uint32_t seed)
{
	struct walk_want want = {.tp = SIP_TRANSP_NONE, .speaksh = zone_speaks, .findh = zone_find, .arg = z};
	char host[64];
	struct uri uri;
	struct pl pl, tp;
	int err;

	pl_set_str(&pl, text);
	CU_ASSERT_FATAL(!uri_decode(&uri, &pl));
	(void)pl_strcpy(&uri.host, host, sizeof(host));
	want.host = host;
	want.port = uri.port;
	want.sips = !pl_strcmp(&uri.scheme, "sips");
	if (!msg_param_decode(&uri.params, "transport", &tp))
		want.tp = !pl_strcmp(&tp, "tcp")   ? SIP_TRANSP_TCP
			  : !pl_strcmp(&tp, "tls") ? SIP_TRANSP_TLS
						   : SIP_TRANSP_UDP;
	else if (want.sips)
		want.tp = SIP_TRANSP_TLS;

	err = walk(hops, &want, seed);
	zone_forget(z);

	return err;
}

static int hops_print(struct re_printf *pf, const struct hops *hops)
{
	int err = 0;

	for (uint32_t i = 0; i < hops->n; i++)
		err |= re_hprintf(pf, "%s%s %J", i ? ", " : "", sip_transp_name(hops->v[i].tp),
				  &hops->v[i].addr);

	return err;
}

/* ------------------------------------------------------------------ the walk */

static const char *const zone_lines[] = {
	"full.test NAPTR 20 10 SIP+D2U _sip._udp.full.test",
	"full.test NAPTR 10 20 SIP+D2T _sip._tcp.full.test",
	"full.test NAPTR 10 10 SIPS+D2T _sips._tcp.full.test",
	"full.test NAPTR 5 10 E2U+sip nowhere.test",
	"_sip._udp.full.test SRV 20 0 5062 b.test",
	"_sip._udp.full.test SRV 10 0 5061 a.test",
	"_sip._tcp.full.test SRV 10 0 5070 a.test",
	"_sips._tcp.full.test SRV 10 0 5071 a.test",
	"a.test A 192.0.2.1",
	"a.test AAAA 2001:db8::1",
	"b.test A 192.0.2.2",
	"b.test A 192.0.2.3",
	"srv.test A 192.0.2.99",
	"_sip._tcp.srv.test SRV 0 0 5090 a.test",
	"plain.test A 192.0.2.7",
	"gone.test A 192.0.2.8",
	"_sip._udp.gone.test SRV 0 0 0 .",
	"six.test AAAA 2001:db8::6",
	"slow.test ? x",
	"half.test A 192.0.2.9",
	"_sip._udp.half.test SRV 10 0 5061 a.test",
	"_sip._udp.half.test SRV 20 0 5061 slow.test",
	NULL,
};

static void test_walk(void)
{
	static const struct {
		const char *uri, *spoken;
		int err;
		const char *hops;
	} v[] = {
		/* NAPTR by order, then preference; what is not spoken here is passed over */
		{"sip:full.test", "u4t4s4", 0,
		 "TLS 192.0.2.1:5071, TCP 192.0.2.1:5070, UDP 192.0.2.1:5061, UDP 192.0.2.2:5062, "
		 "UDP 192.0.2.3:5062"},
		{"sip:full.test", "u4t4", 0,
		 "TCP 192.0.2.1:5070, UDP 192.0.2.1:5061, UDP 192.0.2.2:5062, UDP 192.0.2.3:5062"},
		{"sip:full.test", "u4", 0, "UDP 192.0.2.1:5061, UDP 192.0.2.2:5062, UDP 192.0.2.3:5062"},
		{"sips:full.test", "u4t4s4", 0, "TLS 192.0.2.1:5071"},
		/* a transport said: no NAPTR; a port said: no SRV */
		{"sip:full.test;transport=tcp", "u4t4s4", 0, "TCP 192.0.2.1:5070"},
		{"sip:full.test;transport=tls", "u4t4s4", 0, "TLS 192.0.2.1:5071"},
		{"sip:a.test:5099", "u4t4s4", 0, "UDP 192.0.2.1:5099"},
		{"sip:a.test:5099;transport=tcp", "u4t4", 0, "TCP 192.0.2.1:5099"},
		{"sips:a.test:5099", "u4s4", 0, "TLS 192.0.2.1:5099"},
		/* no NAPTR: SRV of what is spoken; none of these either: the host itself */
		{"sip:srv.test", "u4t4", 0, "TCP 192.0.2.1:5090"},
		{"sip:srv.test", "u4", 0, "UDP 192.0.2.99:5060"},
		{"sip:plain.test", "u4t4", 0, "UDP 192.0.2.7:5060"},
		{"sip:plain.test", "t4", 0, "TCP 192.0.2.7:5060"},
		{"sips:plain.test", "u4s4", 0, "TLS 192.0.2.7:5061"},
		/* "." means that there is no such service, whatever address the host has */
		{"sip:gone.test", "u4", EDESTADDRREQ, ""},
		/* families */
		{"sip:a.test:5060", "u4u6", 0, "UDP 192.0.2.1:5060, UDP [2001:db8::1]:5060"},
		{"sip:six.test", "u4u6", 0, "UDP [2001:db8::6]:5060"},
		{"sip:six.test", "u4", EDESTADDRREQ, ""},
		/* addresses are no names */
		{"sip:192.0.2.5", "u4", 0, "UDP 192.0.2.5:5060"},
		{"sip:[2001:db8::5]:5080;transport=tcp", "u4t6", 0, "TCP [2001:db8::5]:5080"},
		{"sip:nothing.test", "u4", EDESTADDRREQ, ""},
		/* not known yet */
		{"sip:slow.test", "u4", EAGAIN, NULL},
		{"sip:half.test", "u4", EAGAIN, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct zone z = {.linev = zone_lines, .spoken = v[i].spoken};
		char text[512];
		struct hops hops;

		CU_ASSERT_EQUAL(zone_walk(&hops, &z, v[i].uri, 1), v[i].err);
		(void)re_snprintf(text, sizeof(text), "%H", hops_print, &hops);
		if (v[i].hops)
			CU_ASSERT_STRING_EQUAL(text, v[i].hops);
	}
}

static void test_address_asks_nothing(void)
{
	struct zone z = {.linev = zone_lines, .spoken = "u4"};
	struct hops hops;

	CU_ASSERT_EQUAL(zone_walk(&hops, &z, "sip:192.0.2.5", 1), 0);
	CU_ASSERT_EQUAL(z.questions, 0);
}

/* How often each of three comes first must be as its weight says, within what chance allows. */
static void test_weights(void)
{
	static const char *const lines[] = {
		"_sip._udp.w.test SRV 1 60 5060 a.test",
		"_sip._udp.w.test SRV 1 0 5060 z.test",
		"_sip._udp.w.test SRV 1 30 5060 b.test",
		"_sip._udp.w.test SRV 2 1000 5060 last.test",
		"a.test A 192.0.2.1",
		"b.test A 192.0.2.2",
		"z.test A 192.0.2.3",
		"last.test A 192.0.2.4",
		NULL,
	};
	unsigned firstv[5] = {0};

	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct zone z = {.linev = lines, .spoken = "u4"};
		struct hops hops;

		CU_ASSERT_EQUAL_FATAL(zone_walk(&hops, &z, "sip:w.test;transport=udp", i * 2654435761U), 0);
		CU_ASSERT_EQUAL_FATAL(hops.n, 4);
		CU_ASSERT_EQUAL(sa_in(&hops.v[3].addr) & 0xff, 4);
		++firstv[sa_in(&hops.v[0].addr) & 0xff];
	}

	CU_ASSERT(firstv[1] > ROUNDS * 60 / 100 && firstv[1] < ROUNDS * 72 / 100);
	CU_ASSERT(firstv[2] > ROUNDS * 28 / 100 && firstv[2] < ROUNDS * 39 / 100);
	CU_ASSERT(firstv[3] > 0 && firstv[3] < ROUNDS * 4 / 100);
}

static void test_bounded(void)
{
	static char linev[100][64];
	const char *linepv[101] = {NULL};
	struct zone z = {.linev = linepv, .spoken = "u4"};
	struct hops hops;

	for (size_t i = 0; i < 100; i++) {
		(void)re_snprintf(linev[i], sizeof(linev[i]), "many.test A 192.0.2.%zu", i);
		linepv[i] = linev[i];
	}

	CU_ASSERT_EQUAL(zone_walk(&hops, &z, "sip:many.test:5060", 1), 0);
	CU_ASSERT_EQUAL(hops.n, HOPS_MAX);
}

/* ------------------------------------------------------------------ the hosts file */

static void test_hosts(void)
{
	static const struct pl text = PL("127.0.0.1\tlocalhost\n"
					 "::1 localhost ip6-localhost # the same\n"
					 "192.0.2.1 pbx.test pbx\r\n"
					 "#192.0.2.2 pbx\n"
					 "192.0.2.3 other # pbx\n"
					 "not-an-address pbx\n"
					 "192.0.2.4   pbx");
	static const struct {
		const char *name;
		uint16_t type;
		bool found;
		unsigned records;
	} v[] = {
		{"localhost", DNS_TYPE_A, true, 1},     {"localhost", DNS_TYPE_AAAA, true, 1},
		{"LocalHost", DNS_TYPE_A, true, 1},     {"localhost", DNS_TYPE_NAPTR, true, 0},
		{"ip6-localhost", DNS_TYPE_A, true, 0}, {"pbx", DNS_TYPE_A, true, 2},
		{"pbx.test", DNS_TYPE_AAAA, true, 0},   {"pb", DNS_TYPE_A, false, 0},
		{"192.0.2.1", DNS_TYPE_A, false, 0},    {"", DNS_TYPE_A, false, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct list rrl = LIST_INIT;

		CU_ASSERT_EQUAL(hosts_find(&rrl, &text, v[i].name, v[i].type), v[i].found);
		CU_ASSERT_EQUAL(list_count(&rrl), v[i].records);
		list_flush(&rrl);
	}
}

/* ------------------------------------------------------------------ messages */

static void record(struct mbuf *mb, const char *name, uint16_t type, uint32_t ttl)
{
	struct dnsrr *rr = dns_rr_alloc();

	(void)str_dup(&rr->name, name);
	rr->type = type;
	rr->dnsclass = DNS_CLASS_IN;
	rr->ttl = ttl;
	switch (type) {

	case DNS_TYPE_CNAME:
		(void)str_dup(&rr->rdata.cname.cname, "real.test");
		break;
	case DNS_TYPE_SOA:
		(void)str_dup(&rr->rdata.soa.mname, "ns.test");
		(void)str_dup(&rr->rdata.soa.rname, "root.test");
		rr->rdata.soa.ttlmin = 60;
		break;
	default:
		rr->rdata.a.addr = 0xc0000201;
		break;
	}
	(void)dns_rr_encode(mb, rr, 0, NULL, 0);
	mem_deref(rr);
}

static struct mbuf *answer(const struct dnshdr *hdr, const char *question)
{
	const struct dns_question q = {.id = hdr->id, .type = DNS_TYPE_A, .name = question};
	struct mbuf *mb = mbuf_alloc(512);

	(void)dns_question_encode(mb, &q);
	mb->pos = 0;
	(void)dns_hdr_encode(mb, hdr);
	mb->pos = mb->end;

	return mb;
}

static void test_answers(void)
{
	static const struct dns_question q = {.id = 7, .type = DNS_TYPE_A, .name = "a.test"};
	static const struct {
		struct dnshdr hdr;
		const char *question, *owner;
		int err;
		unsigned records, ttl_s;
	} v[] = {
		{{.id = 7, .qr = true, .nq = 1, .nans = 1}, "a.test", "a.test", 0, 1, 300},
		{{.id = 7, .qr = true, .nq = 1, .nans = 1}, "A.Test", "A.TEST", 0, 1, 300},
		/* what somebody else's name has is none of ours, but by a CNAME */
		{{.id = 7, .qr = true, .nq = 1, .nans = 1}, "a.test", "evil.test", 0, 0, DNS_NEGATIVE_S},
		{{.id = 7, .qr = true, .nq = 1, .nans = 2}, "a.test", "CNAME", 0, 1, 20},
		{{.id = 7, .qr = true, .nq = 1, .nauth = 1, .rcode = DNS_RCODE_NAME_ERR},
		 "a.test",
		 "SOA",
		 0,
		 0,
		 45},
		{{.id = 7, .qr = true, .nq = 1}, "a.test", NULL, 0, 0, DNS_NEGATIVE_S},
		/* forged, or lame */
		{{.id = 8, .qr = true, .nq = 1, .nans = 1}, "a.test", "a.test", EBADMSG, 0, 0},
		{{.id = 7, .qr = false, .nq = 1, .nans = 1}, "a.test", "a.test", EBADMSG, 0, 0},
		{{.id = 7, .qr = true, .nq = 1, .nans = 1}, "b.test", "b.test", EBADMSG, 0, 0},
		{{.id = 7, .qr = true, .nq = 1, .nans = 9}, "a.test", "a.test", EBADMSG, 0, 0},
		{{.id = 7, .qr = true, .nq = 1, .rcode = DNS_RCODE_SRV_FAIL}, "a.test", NULL, EPROTO, 0, 0},
		{{.id = 7, .qr = true, .nq = 1, .rcode = DNS_RCODE_REFUSED}, "a.test", NULL, EPROTO, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct mbuf *mb = answer(&v[i].hdr, v[i].question);
		struct dns_answer a;

		if (v[i].owner && !strcmp(v[i].owner, "CNAME")) {
			record(mb, "a.test", DNS_TYPE_CNAME, 20);
			record(mb, "real.test", DNS_TYPE_A, 300);
		}
		else if (v[i].owner && !strcmp(v[i].owner, "SOA")) {
			record(mb, "test", DNS_TYPE_SOA, 45);
		}
		else if (v[i].owner) {
			record(mb, v[i].owner, DNS_TYPE_A, 300);
		}

		mb->pos = 0;
		CU_ASSERT_EQUAL(dns_answer_decode(&a, mb, &q), v[i].err);
		CU_ASSERT_EQUAL(list_count(&a.rrl), v[i].records);
		if (!v[i].err)
			CU_ASSERT_EQUAL(a.ttl_s, v[i].ttl_s);
		list_flush(&a.rrl);
		mem_deref(mb);
	}
}

static void test_servers(void)
{
	static const struct {
		const char *text;
		int err;
		uint32_t n;
	} v[] = {
		{"", 0, 0},
		{"192.0.2.53", 0, 1},
		{"192.0.2.53:5353, [2001:db8::53]:53 2001:db8::54", 0, 3},
		{"ns.test", EINVAL, 0},
		{"192.0.2.53:0", EINVAL, 0},
		{"192.0.2.53:", EINVAL, 0},
		{"1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1 1.1.1.1", EOVERFLOW, 8},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct dns_servers servers;
		struct pl pl, bad;

		pl_set_str(&pl, v[i].text);
		CU_ASSERT_EQUAL(dns_servers_decode(&servers, &pl, &bad), v[i].err);
		CU_ASSERT_EQUAL(servers.n, v[i].n);
	}

	/* 53 is where they listen */
	{
		static const struct pl one = PL("192.0.2.53");
		struct dns_servers servers;
		struct pl bad;

		CU_ASSERT_EQUAL(dns_servers_decode(&servers, &one, &bad), 0);
		CU_ASSERT_EQUAL(sa_port(&servers.v[0]), 53);
	}
}

static const struct unit_test tests[] = {
	{"a URI leads where NAPTR, SRV and address records say", test_walk},
	{"an address is asked nobody about", test_address_asks_nothing},
	{"SRV records of one priority share by weight", test_weights},
	{"a name has so many addresses and no more", test_bounded},
	{"the hosts file is read as it is written", test_hosts},
	{"an answer is taken for its own question alone", test_answers},
	{"name servers are a list of addresses", test_servers},
	{NULL, NULL},
};

const struct unit_suite dns_suite = {"dns", tests};

/**
 * @file redirect.c  Where 3xx responses send a call
 */
#include <ctype.h>
#include <re.h>
#include "../leg/dialog.h"
#include "../leg/header.h"
#include "redirect.h"

enum { URI_SIZE_MAX = 512, PASSED_MAX = 10, Q_MAX = 1000 };

void redirect_reset(struct redirect *r)
{
	while (r->targetc)
		mem_deref(r->targetv[--r->targetc].uri);

	r->uri = NULL;
}

/* qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ); none, or nonsense: 1 */
static unsigned q_decode(const struct pl *params)
{
	unsigned q = 0, digit = 100;
	struct pl val;

	if (msg_param_decode(params, "q", &val) || !val.l || val.p[0] != '0')
		return Q_MAX;

	for (size_t i = 2; i < val.l && isdigit((unsigned char)val.p[i]); i++, digit /= 10)
		q += digit * (unsigned)(val.p[i] - '0');

	return q;
}

static int transport_take(struct uri *to, const struct uri *from)
{
	static const struct pl udp = PL(";transport=udp"), tcp = PL(";transport=tcp"),
			       tls = PL(";transport=tls");
	struct pl val;

	if (msg_param_decode(&from->params, "transport", &val))
		return 0;

	if (!pl_strcasecmp(&val, "udp"))
		to->params = udp;
	else if (!pl_strcasecmp(&val, "tcp"))
		to->params = tcp;
	else if (!pl_strcasecmp(&val, "tls"))
		to->params = tls;
	else
		return ENOTSUP;

	return 0;
}

/* A URI may carry headers, a method, a route: none of that is the redirecting party's to choose. */
static int uri_make(char **urip, const struct sip_addr *addr, const struct pl *user)
{
	const struct uri *from = &addr->uri;
	struct uri uri = {.scheme = PL("sip"), .host = from->host, .af = from->af, .port = from->port};

	if (pl_strcasecmp(&from->scheme, "sip") || !from->host.l || addr->auri.l > URI_SIZE_MAX ||
	    !header_uri_is_plain(&addr->auri) || transport_take(&uri, from))
		return EBADMSG;

	uri.user = pl_isset(&from->user) ? from->user : *user;

	return re_sdprintf(urip, "%H", uri_encode, &uri);
}

struct learning {
	struct redirect *r;
	const char *home;
	const struct pl *user;
};

static bool is_known(const struct learning *l, const char *uri)
{
	if (!str_casecmp(uri, l->home))
		return true;

	for (size_t i = 0; i < l->r->targetc; i++)
		if (!str_casecmp(uri, l->r->targetv[i].uri))
			return true;

	return false;
}

static bool contact_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	const struct learning *l = arg;
	struct redirect *r = l->r;
	struct sip_addr addr;
	char *uri = NULL;

	(void)msg;
	if (r->targetc >= REDIRECT_MAX)
		return true;

	if (sip_addr_decode(&addr, &hdr->val) || uri_make(&uri, &addr, l->user))
		return false;

	if (is_known(l, uri))
		mem_deref(uri);
	else
		r->targetv[r->targetc++] = (struct redirect_target){uri, q_decode(&addr.params), false};

	return false;
}

void redirect_learn(struct redirect *r, const struct sip_msg *msg, const char *home, const struct pl *user)
{
	struct learning l = {r, home, user};

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, contact_handler, &l);
}

static struct redirect_target *best(const struct redirect *r)
{
	const struct redirect_target *target = NULL;

	for (size_t i = 0; i < r->targetc; i++) {
		const struct redirect_target *t = &r->targetv[i];

		if (!t->tried && (!target || t->q_milli > target->q_milli))
			target = t;
	}

	return (struct redirect_target *)target;
}

bool redirect_pending(const struct redirect *r)
{
	return best(r) != NULL;
}

bool redirect_next(struct redirect *r)
{
	struct redirect_target *target = best(r);

	if (!target)
		return false;

	target->tried = true;
	r->uri = target->uri;

	return true;
}

void redirect_drop(struct redirect *r)
{
	for (size_t i = 0; i < r->targetc; i++)
		r->targetv[i].tried = true;

	r->uri = NULL;
}

bool redirect_is_home(const char *uri, const char *target)
{
	struct uri a, b;
	struct pl pl;

	pl_set_str(&pl, uri);
	if (uri_decode(&a, &pl))
		return false;

	pl_set_str(&pl, target);
	if (uri_decode(&b, &pl))
		return false;

	return !pl_casecmp(&a.host, &b.host) && dialog_uri_port(&a) == dialog_uri_port(&b);
}

struct passing {
	struct mbuf *mb;
	unsigned n;
};

static bool print_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	struct passing *p = arg;
	struct sip_addr addr;

	(void)msg;
	if (p->n++ >= PASSED_MAX)
		return true;

	if (sip_addr_decode(&addr, &hdr->val) || !header_uri_is_plain(&addr.auri))
		return false;

	return 0 != mbuf_printf(p->mb, "Contact: %H\r\n", header_print_clean, &hdr->val);
}

int redirect_print(struct mbuf *mb, const struct sip_msg *msg)
{
	struct passing p = {mb, 0};

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, print_handler, &p);

	return 0;
}

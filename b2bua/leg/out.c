/**
 * @file out.c  A request of ours under way
 */
#include <re.h>
#include "log.h"
#include "core.h"

enum {
	SIZE_FOR_TCP = 1300, /* RFC 3261 18.1.1 */
	SIZE_OF_VIA = 200,   /* start line, Via and Contact, which are printed later */
};

struct out {
	struct out **outp;
	struct leg *leg; /* referenced when nobody holds outp, else the leg outlives us */
	bool held;
	struct sip_request *req;
	struct mbuf *mb; /* kept only while a second try by UDP is possible */
	char *met;
	sip_resp_h *resph;
	void *arg;
};

static const char *const methods[] = {
	"INVITE",  "ACK",   "CANCEL", "BYE",    "OPTIONS",   "INFO",    "UPDATE",
	"MESSAGE", "PRACK", "REFER",  "NOTIFY", "SUBSCRIBE", "PUBLISH", "REGISTER",
};

uint32_t out_method_bit(const struct pl *met)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (!pl_strcmp(met, methods[i]))
			return 1u << i;

	return 0;
}

static void destructor(void *arg)
{
	struct out *out = arg;

	if (out->outp)
		*out->outp = NULL;

	mem_deref(out->req);
	mem_deref(out->mb);
	mem_deref(out->met);
	if (out->held)
		mem_deref(out->leg);
}

bool out_refreshes(const struct pl *met)
{
	return !pl_strcmp(met, "INVITE") || !pl_strcmp(met, "UPDATE");
}

static int contact_handler(enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb,
			   void *arg)
{
	const struct out *out = arg;
	const char *user = out->leg->user ? out->leg->user : "";
	struct pl met;

	(void)dst;
	pl_set_str(&met, out->met);
	if (!out_refreshes(&met))
		return 0;

	return mbuf_printf(mb, "Contact: <sip:%s%s%J%s>\r\n", user, *user ? "@" : "", src,
			   sip_transp_param(tp));
}

static int transmit(struct out *out, bool tcp);

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct out *out = arg;
	sip_resp_h *resph = out->resph;

	if (msg && msg->scode < 200) {
		out->mb = mem_deref(out->mb);
		if (resph)
			resph(0, msg, out->arg);
		return;
	}

	if (err && out->mb && !transmit(out, false))
		return;

	if (out->outp) {
		*out->outp = NULL;
		out->outp = NULL;
	}

	if (resph)
		resph(err, msg, out->arg);

	mem_deref(out);
}

static int route_decode(struct uri *route, const struct leg *leg)
{
	struct pl pl;

	pl_set_str(&pl, dialog_next_hop(&leg->dlg));

	return uri_decode(route, &pl);
}

/* TCP first keeps the message in hand for UDP; the last try lets go of it. */
static int transmit(struct out *out, bool tcp)
{
	static const struct pl by_tcp = PL(";transport=tcp");
	struct mbuf *mb = out->mb;
	struct uri route;
	int err;

	err = route_decode(&route, out->leg);
	if (err)
		return err;

	mb->pos = 0;
	if (tcp)
		route.params = by_tcp;
	else
		out->mb = NULL;

	err = sip_request(&out->req, out->leg->stack->sip, true, out->met, -1, dialog_ruri(&out->leg->dlg),
			  -1, &route, mb, hash_joaat_str(out->leg->dlg.callid), contact_handler,
			  response_handler, out);
	if (!tcp)
		mem_deref(mb);

	if (err && tcp)
		return transmit(out, false);

	return err;
}

static bool tcp_first(const struct out *out)
{
	struct sa laddr, dst;
	struct uri route;
	struct pl val;
	int af;

	if (out->mb->end + SIZE_OF_VIA <= SIZE_FOR_TCP || route_decode(&route, out->leg))
		return false;

	if (!msg_param_decode(&route.params, "transport", &val))
		return false;

	af = route.af == AF_INET6 ? AF_INET6 : AF_INET;
	sa_init(&dst, af);

	return !sip_transp_laddr(out->leg->stack->sip, &laddr, SIP_TRANSP_TCP, &dst);
}

static int message_print(struct mbuf *mb, const struct leg *leg, const char *met, uint32_t cseq,
			 uint32_t max_forwards, const struct content *c)
{
	int err;

	err = mbuf_printf(mb, "Max-Forwards: %u\r\n", max_forwards);
	err |= dialog_print(mb, &leg->dlg, cseq, met);
	err |= mbuf_printf(mb, "User-Agent: Tandem/%s\r\n", TANDEM_VERSION);
	if (!str_cmp(met, "INVITE") || !str_cmp(met, "UPDATE"))
		err |= mbuf_printf(mb, "Allow: %s\r\n", stack_allow);
	err |= mbuf_printf(mb, "%H", content_print, c);

	return err;
}

int out_send(struct out **outp, struct leg *leg, const char *met, uint32_t cseq, uint32_t max_forwards,
	     const struct content *c, sip_resp_h *resph, void *arg)
{
	struct out *out;
	int err;

	out = mem_zalloc(sizeof(*out), destructor);
	if (!out)
		return ENOMEM;

	out->held = !outp;
	out->leg = outp ? leg : mem_ref(leg);
	out->resph = resph;
	out->arg = arg;

	err = str_dup(&out->met, met);
	out->mb = mbuf_alloc(1024);
	if (err || !out->mb) {
		err = ENOMEM;
		goto out;
	}

	err = message_print(out->mb, leg, met, cseq, max_forwards, c);
	if (err)
		goto out;

	err = transmit(out, tcp_first(out));

out:
	if (err) {
		mem_deref(out);
	}
	else if (outp) {
		out->outp = outp;
		*outp = out;
	}

	return err;
}

int out_ack(struct leg *leg, uint32_t cseq, const struct content *c)
{
	struct mbuf *mb = mbuf_alloc(512);
	struct uri route;
	int err;

	if (!mb)
		return ENOMEM;

	err = route_decode(&route, leg);
	err = err ? err : message_print(mb, leg, "ACK", cseq, 70, c);
	if (err)
		goto out;

	mb->pos = 0;
	err = sip_request(NULL, leg->stack->sip, false, "ACK", -1, dialog_ruri(&leg->dlg), -1, &route, mb,
			  hash_joaat_str(leg->dlg.callid), NULL, NULL, NULL);

out:
	mem_deref(mb);

	return err;
}

void out_cancel(struct out *out)
{
	if (!out)
		return;

	out->mb = mem_deref(out->mb);
	sip_request_cancel(out->req);
}

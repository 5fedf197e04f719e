/**
 * @file out.c  A request of ours under way
 */
#include <re.h>
#include "log.h"
#include "core.h"

enum {
	SIZE_FOR_TCP = 1300, /* RFC 3261 18.1.1 */
	SIZE_OF_VIA = 200,   /* start line, Via and Contact, which are printed later */
	ANSWERS_MAX = 2,     /* of challenges: one of each kind, or one and its stale nonce */
};

struct out {
	struct out **outp;
	struct leg *leg; /* referenced when nobody holds outp, else the leg outlives us */
	bool held;
	struct sip_request *req;
	struct mbuf *mb;   /* kept only while a second try by UDP is possible */
	struct mbuf *tail; /* extra headers and body, kept where a challenge may be answered; else NULL */
	uint32_t max_forwards;
	unsigned answerc, answered; /* challenges: how many, and which kinds (auth_take) */
	bool rang;                  /* a provisional response above 100 came */
	bool heard;                 /* a provisional response of any kind came */
	bool cancelled;
	struct cancel_invite invite; /* an INVITE as it was sent, for its CANCEL */
	struct cancel *cancel;
	char *cancel_hdrs; /* for the CANCEL that waits for a provisional response */
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

	mem_deref(out->cancel);
	mem_deref(out->cancel_hdrs);
	mem_deref(out->req);
	mem_deref(out->invite.mb);
	mem_deref(out->mb);
	mem_deref(out->tail);
	mem_deref(out->met);
	if (out->held)
		mem_deref(out->leg);
}

bool out_refreshes(const struct pl *met)
{
	return !pl_strcmp(met, "INVITE") || !pl_strcmp(met, "UPDATE");
}

/* The URI to send to; a SIPS one as libre knows it, for what is sent to the next hop alone (RFC 3261 26.2.2). */
static int route_decode(struct uri *route, const struct leg *leg)
{
	static const struct pl sip = PL("sip"), by_tls = PL(";transport=tls");
	struct pl pl;
	int err;

	pl_set_str(&pl, dialog_next_hop(&leg->dlg));
	err = uri_decode(route, &pl);
	if (err || pl_strcasecmp(&route->scheme, "sips"))
		return err;

	route->scheme = sip;
	route->params = by_tls;

	return 0;
}

/* libre asks for this just before it sends, and only then opens the connection that it may need. */
static void connection_expect(const struct leg *leg, enum sip_transp tp)
{
	struct uri route;

	if (tp == SIP_TRANSP_TLS && !route_decode(&route, leg))
		secure_expect(leg->stack->secure, leg->tls, &route.host);
}

static int ack_handler(enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb,
		       void *arg)
{
	(void)src;
	(void)dst;
	(void)mb;
	connection_expect(arg, tp);

	return 0;
}

/* libre holds these bytes as long as the transaction lives. */
static void invite_keep(struct out *out, enum sip_transp tp, const struct sa *dst, struct mbuf *mb)
{
	mem_deref(out->invite.mb);
	out->invite = (struct cancel_invite){tp, *dst, mem_ref(mb)};
	out->heard = false;
}

static int contact_handler(enum sip_transp tp, const struct sa *src, const struct sa *dst, struct mbuf *mb,
			   void *arg)
{
	struct out *out = arg;
	const bool sips = out->leg->sips;
	const char *user = out->leg->user ? out->leg->user : "";
	struct pl met;

	connection_expect(out->leg, tp);
	pl_set_str(&met, out->met);
	if (!out_refreshes(&met))
		return 0;

	/* libre turns to a name's next address by itself, also for what was cancelled */
	if (out->cancelled)
		return ECANCELED;

	if (!pl_strcmp(&met, "INVITE"))
		invite_keep(out, tp, dst, mb);

	return mbuf_printf(mb, "Contact: <%s:%s%s%J%s>\r\n", sips ? "sips" : "sip", user, *user ? "@" : "",
			   src, sips ? "" : sip_transp_param(tp));
}

static int transmit(struct out *out, bool tcp);
static bool challenge_answer(struct out *out, const struct sip_msg *msg);

static void cancel_now(struct out *out);

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct out *out = arg;
	sip_resp_h *resph = out->resph;

	if (msg && out->leg->auth && !out->leg->dlg.rtag)
		auth_peer_set(out->leg->auth, &msg->src);

	if (msg && msg->scode < 200) {
		out->rang |= msg->scode > 100;
		out->heard = true;
		if (out->cancelled)
			cancel_now(out);
		out->mb = mem_deref(out->mb);
		if (resph)
			resph(0, msg, out->arg);
		return;
	}

	if (err && out->mb && !transmit(out, false))
		return;

	if (msg && challenge_answer(out, msg))
		return;

	if (out->outp) {
		*out->outp = NULL;
		out->outp = NULL;
	}

	if (resph)
		resph(err, msg, out->arg);

	mem_deref(out);
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

/* Not in a re-INVITE: its provisional responses are nobody's. */
static int extensions_print(struct mbuf *mb, const struct leg *leg)
{
	switch (leg->prack) {

	case LEG_PRACK_SUPPORTED:
		return mbuf_write_str(mb, "Supported: 100rel\r\n");

	case LEG_PRACK_REQUIRED:
		return mbuf_write_str(mb, "Require: 100rel\r\n");

	default:
		return 0;
	}
}

static bool may_log_on(const struct leg *leg)
{
	struct uri uri;

	return leg->auth && !route_decode(&uri, leg) && auth_may_go(leg->auth, &uri);
}

static int head_print(struct mbuf *mb, const struct leg *leg, const char *met, uint32_t cseq,
		      uint32_t max_forwards)
{
	int err;

	err = mbuf_printf(mb, "Max-Forwards: %u\r\n", max_forwards);
	err |= dialog_print(mb, &leg->dlg, cseq, met);
	err |= mbuf_printf(mb, "User-Agent: Tandem/%s\r\n", TANDEM_VERSION);
	if (!str_cmp(met, "INVITE") || !str_cmp(met, "UPDATE"))
		err |= mbuf_printf(mb, "Allow: %s\r\n", stack_allow);
	if (!str_cmp(met, "INVITE") && !leg->dlg.rtag)
		err |= extensions_print(mb, leg);
	if (may_log_on(leg))
		err |= auth_print(mb, leg->auth, met, dialog_ruri(&leg->dlg));

	return err;
}

static int message_print(struct out *out, uint32_t cseq, const struct content *c)
{
	int err;

	mem_deref(out->mb);
	out->mb = mbuf_alloc(1024);
	if (!out->mb)
		return ENOMEM;

	err = head_print(out->mb, out->leg, out->met, cseq, out->max_forwards);
	if (err || !out->tail)
		return err | mbuf_printf(out->mb, "%H", content_print, c);

	return mbuf_write_mem(out->mb, out->tail->buf, out->tail->end);
}

static int tail_keep(struct out *out, const struct content *c)
{
	out->tail = mbuf_alloc(512);
	if (!out->tail)
		return ENOMEM;

	return mbuf_printf(out->tail, "%H", content_print, c);
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
	out->max_forwards = max_forwards;

	err = str_dup(&out->met, met);
	if (!err && leg->auth)
		err = tail_keep(out, c);
	err = err ? err : message_print(out, cseq, c);
	err = err ? err : transmit(out, tcp_first(out));

	if (err) {
		mem_deref(out);
	}
	else if (outp) {
		out->outp = outp;
		*outp = out;
	}

	return err;
}

/* Only what shall still happen is worth a second try, and nobody but a server asks before it rings. */
static bool is_wanted(const struct out *out)
{
	switch (out->leg->state) {

	case LEG_DIALING:
	case LEG_EARLY:
	case LEG_UP:
		return !out->cancelled && !out->rang;

	case LEG_LEAVING:
		return !str_cmp(out->met, "BYE");

	default:
		return false;
	}
}

/* True if the request was sent again, with what the peer asked for. */
static bool challenge_answer(struct out *out, const struct sip_msg *msg)
{
	struct leg *leg = out->leg;
	int err;

	if ((msg->scode != 401 && msg->scode != 407) || !leg->auth || !is_wanted(out))
		return false;

	err = out->answerc < ANSWERS_MAX ? auth_take(leg->auth, msg, &out->answered) : EACCES;
	if (!err && !may_log_on(leg))
		err = EACCES;
	if (!err) {
		++out->answerc;
		err = message_print(out, ++leg->dlg.lseq, NULL);
	}

	err = err ? err : transmit(out, tcp_first(out));
	if (err)
		log_peer(LOG_WARN,
			 "call %s: a challenge from %J to our %s stays unanswered (%m); check auth_user, "
			 "auth_password and auth_realm of its trunk",
			 leg->dlg.callid, &msg->src, out->met, err);

	return !err;
}

int out_ack(struct leg *leg, uint32_t cseq, const struct content *c)
{
	struct mbuf *mb = mbuf_alloc(512);
	struct uri route;
	int err;

	if (!mb)
		return ENOMEM;

	err = route_decode(&route, leg);
	err = err ? err : head_print(mb, leg, "ACK", cseq, 70);
	err = err ? err : mbuf_printf(mb, "%H", content_print, c);
	if (err)
		goto out;

	mb->pos = 0;
	err = sip_request(NULL, leg->stack->sip, false, "ACK", -1, dialog_ruri(&leg->dlg), -1, &route, mb,
			  hash_joaat_str(leg->dlg.callid), ack_handler, NULL, leg);

out:
	mem_deref(mb);

	return err;
}

/* libre ends its transaction; we have waited for long enough. */
static void cancel_timeout(void *arg)
{
	struct out *out = arg;

	out->req = mem_deref(out->req);
	response_handler(ETIMEDOUT, NULL, out);
}

static void cancel_now(struct out *out)
{
	if (out->cancel)
		return;

	connection_expect(out->leg, out->invite.tp);
	if (cancel_send(&out->cancel, out->leg->stack->sip, &out->invite, out->cancel_hdrs, cancel_timeout,
			out))
		sip_request_cancel(out->req);
}

void out_cancel(struct out *out, const struct content *c)
{
	if (!out || out->cancelled)
		return;

	out->cancelled = true;
	out->mb = mem_deref(out->mb);
	if (c && pl_isset(&c->hdrs))
		(void)pl_strdup(&out->cancel_hdrs, &c->hdrs);
	if (out->heard)
		cancel_now(out);
}

void out_cancel_answered(struct out *out)
{
	if (out)
		cancel_answered(out->cancel);
}

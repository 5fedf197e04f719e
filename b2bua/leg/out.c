/**
 * @file out.c  A request of ours under way
 */
#include <re.h>
#include "log.h"
#include "core.h"
#include "way.h"

enum {
	RAISES_MAX = 3,       /* of the session interval: proxies on the way may have a say each */
	ANSWERS_MAX = 2,      /* of challenges: one of each kind, or one and its stale nonce */
	TRY_MIN_MS = 1000,    /* for an address to say something, where a name has more */
	TRY_MS = 2000,        /* in a dialog: an INVITE has its 100 soon */
	TRY_ANSWER_MS = 4000, /* what has none awaits its final response */
};

struct out {
	struct out **outp;
	struct leg *leg; /* referenced when nobody holds outp, else the leg outlives us */
	bool held;
	struct sip_request *req;
	struct way *way;   /* NULL: one address, that of the URI */
	struct tmr tmr;    /* the address that is tried is silent; or it was cancelled before it left */
	struct mbuf *mb;   /* kept while another address may be tried */
	struct mbuf *tail; /* extra headers and body, kept where a challenge may be answered; else NULL */
	uint32_t max_forwards;
	unsigned raisec;
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

	tmr_cancel(&out->tmr);
	mem_deref(out->way);
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

bool out_has_contact(const struct pl *met)
{
	static const char *const metv[] = {"INVITE", "UPDATE", "REFER", "SUBSCRIBE", "NOTIFY"};

	for (size_t i = 0; i < ARRAY_SIZE(metv); i++)
		if (!pl_strcmp(met, metv[i]))
			return true;

	return false;
}

/* libre asks for this just before it sends, and only then opens the connection that it may need. */
void out_connection_expect(const struct leg *leg, enum sip_transp tp)
{
	struct uri route;

	if (tp == SIP_TRANSP_TLS && !way_uri(&route, leg))
		secure_expect(leg->stack->secure, leg->tls, &route.host);
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

	out_connection_expect(out->leg, tp);
	pl_set_str(&met, out->met);
	if (!out_has_contact(&met))
		return 0;

	/* libre turns to a name's next address by itself, also for what was cancelled */
	if (out->cancelled)
		return ECANCELED;

	if (!pl_strcmp(&met, "INVITE"))
		invite_keep(out, tp, dst, mb);

	return mbuf_printf(mb, "Contact: <%s:%s%s%J%s>\r\n", sips ? "sips" : "sip", user, *user ? "@" : "",
			   src, sips ? "" : sip_transp_param(tp));
}

static bool challenge_answer(struct out *out, const struct sip_msg *msg);
static bool interval_raise(struct out *out, const struct sip_msg *msg);
static bool hop_failed(struct out *out, bool elsewhere);
static void silent_handler(void *arg);
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
		tmr_cancel(&out->tmr);
		if (out->cancelled)
			cancel_now(out);
		out->mb = mem_deref(out->mb);
		if (resph)
			resph(0, msg, out->arg);
		return;
	}

	if (err && hop_failed(out, false))
		return;

	/* RFC 3263 4.3 */
	if (msg && msg->scode == 503 && out->way && out->way->named && hop_failed(out, true))
		return;

	if (msg && (challenge_answer(out, msg) || interval_raise(out, msg)))
		return;

	if (out->outp) {
		*out->outp = NULL;
		out->outp = NULL;
	}

	if (resph)
		resph(err, msg, out->arg);

	mem_deref(out);
}

/* ------------------------------------------------------------------ to which address */

static int transmit(struct out *out, const struct uri *route)
{
	out->mb->pos = 0;

	return sip_request(&out->req, out->leg->stack->sip, true, out->met, -1, dialog_ruri(&out->leg->dlg),
			   -1, route, out->mb, hash_joaat_str(out->leg->dlg.callid), contact_handler,
			   response_handler, out);
}

/* How long an address of several may say nothing. The owner's patience with the first INVITE is shared by all. */
static uint64_t try_ms(const struct out *out)
{
	if (str_cmp(out->met, "INVITE"))
		return TRY_ANSWER_MS;

	return out->leg->dlg.rtag ? TRY_MS
				  : MAX(out->leg->timeout_ms / out->way->hops.n, (uint32_t)TRY_MIN_MS);
}

static int hops_try(struct out *out)
{
	char host[WAY_HOST_SIZE];
	struct uri route;
	int err;

	do {
		way_hop_uri(&route, host, out->way);
		err = transmit(out, &route);
	} while (err && way_next(out->way, false));

	if (!err && out->way->named && way_leads_elsewhere(out->way))
		tmr_start(&out->tmr, try_ms(out), silent_handler, out);

	return err;
}

/* True if the request left for the next address. */
static bool hop_failed(struct out *out, bool elsewhere)
{
	tmr_cancel(&out->tmr);
	if (!out->way || !out->mb || out->cancelled || out->heard)
		return false;

	if (out->way->named)
		resolver_failed(out->leg->stack->resolver, &out->way->hops.v[out->way->i]);

	return way_next(out->way, elsewhere) && !hops_try(out);
}

/* Should its 2xx come late, it is that of a fork, which gets ACK and BYE. */
static void silent_handler(void *arg)
{
	struct out *out = arg;

	out->req = mem_deref(out->req);
	if (!hop_failed(out, true))
		response_handler(ETIMEDOUT, NULL, out);
}

static void found_handler(int err, const struct hops *hops, void *arg)
{
	struct out *out = arg;

	(void)hops;
	err = err ? err : hops_try(out);
	if (err)
		response_handler(err, NULL, out);
}

/* What is sent again, with what a challenge asks for, goes to who asked. */
static int set_out(struct out *out)
{
	struct uri route;
	int err;

	err = way_uri(&route, out->leg);
	if (err)
		return err;

	if (!out->way && way_is_plain(out->leg, &route, out->mb->end)) {
		err = transmit(out, &route);
		out->mb = mem_deref(out->mb);
		return err;
	}

	if (!out->way) {
		err = way_find(&out->way, out->leg, out->mb->end, found_handler, out);
		if (err)
			return err == EINPROGRESS ? 0 : err;
	}

	return hops_try(out);
}

/* ------------------------------------------------------------------ what it says */

static int extensions_print(struct mbuf *mb, const struct leg *leg, const char *met)
{
	/* not in a re-INVITE: its provisional responses are nobody's */
	const bool first = !str_cmp(met, "INVITE") && !leg->dlg.rtag;
	const bool reliable = first && leg->prack == LEG_PRACK_SUPPORTED;
	const bool timer = session_shows(leg, met);
	int err = 0;

	if (first || timer)
		err |= mbuf_printf(mb, "Supported: %s%s%s\r\n", reliable ? "100rel, " : "",
				   timer ? first ? "timer, " : "timer" : "", first ? "199" : "");
	if (first && leg->prack == LEG_PRACK_REQUIRED)
		err |= mbuf_write_str(mb, "Require: 100rel\r\n");

	return err | session_print_request(mb, leg, met);
}

static bool may_log_on(const struct leg *leg)
{
	struct uri uri;

	return leg->auth && !way_uri(&uri, leg) && auth_may_go(leg->auth, &uri);
}

int out_head_print(struct mbuf *mb, const struct leg *leg, const char *met, uint32_t cseq,
		   uint32_t max_forwards)
{
	int err;

	err = mbuf_printf(mb, "Max-Forwards: %u\r\n", max_forwards);
	err |= dialog_print(mb, &leg->dlg, cseq, met);
	err |= mbuf_printf(mb, "User-Agent: Tandem/%s\r\n", TANDEM_VERSION);
	if (!str_cmp(met, "INVITE") || !str_cmp(met, "UPDATE"))
		err |= mbuf_printf(mb, "Allow: %s\r\n", leg_allow(leg)) | extensions_print(mb, leg, met);
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

	err = out_head_print(out->mb, out->leg, out->met, cseq, out->max_forwards);
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
	if (!err && (leg->auth || session_asks(leg, met)))
		err = tail_keep(out, c);
	err = err ? err : message_print(out, cseq, c);
	err = err ? err : set_out(out);

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

	case LEG_IDLE: /* outside any dialog */
	case LEG_DIALING:
	case LEG_EARLY:
	case LEG_UP:
	case LEG_SUBSCRIPTION:
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

	err = err ? err : set_out(out);
	if (err)
		log_peer(LOG_WARN,
			 "call %s: a challenge from %J to our %s stays unanswered (%m); check auth_user, "
			 "auth_password and auth_realm of its trunk",
			 leg->dlg.callid, &msg->src, out->met, err);

	return !err;
}

/* True if the request was sent again, with the longer session interval that the peer asks for (RFC 4028 7.3). */
static bool interval_raise(struct out *out, const struct sip_msg *msg)
{
	struct leg *leg = out->leg;

	if (msg->scode != 422 || !out->tail || !is_wanted(out) || out->raisec >= RAISES_MAX ||
	    !session_raise(leg, msg))
		return false;

	++out->raisec;

	return !message_print(out, ++leg->dlg.lseq, NULL) && !set_out(out);
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

	out_connection_expect(out->leg, out->invite.tp);
	if (cancel_send(&out->cancel, out->leg->stack->sip, &out->invite, out->cancel_hdrs, cancel_timeout,
			out))
		sip_request_cancel(out->req);
}

static void never_left_handler(void *arg)
{
	response_handler(ECANCELED, NULL, arg);
}

void out_cancel(struct out *out, const struct content *c)
{
	if (!out || out->cancelled)
		return;

	out->cancelled = true;
	out->mb = mem_deref(out->mb);
	tmr_cancel(&out->tmr);
	if (!out->req) {
		out->way = mem_deref(out->way);
		tmr_start(&out->tmr, 0, never_left_handler, out);
	}
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

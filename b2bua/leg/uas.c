/**
 * @file uas.c  The leg that was called: INVITE received, responses sent, 2xx until acknowledged
 */
#include <strings.h>
#include <re.h>
#include "log.h"
#include "core.h"

static void cancel_handler(void *arg)
{
	(void)leg_step(arg, LEG_EV_RX_CANCEL, NULL);
}

static int user_learn(struct leg *leg, const struct sip_msg *msg)
{
	return pl_isset(&msg->uri.user) ? pl_strdup(&leg->user, &msg->uri.user) : 0;
}

static bool is_sips(const struct pl *uri)
{
	return uri->l > 5 && !strncasecmp(uri->p, "sips:", 5);
}

/* RFC 3261 12.1.1: who was called by SIPS, or by who will be called so, gives a SIPS Contact. */
static bool sips_wanted(const struct dialog *dlg, const struct sip_msg *msg)
{
	struct pl hop;

	pl_set_str(&hop, dialog_next_hop(dlg));

	return msg->tp == SIP_TRANSP_TLS && (is_sips(&msg->ruri) || is_sips(&hop));
}

/* What the peer asks for, as far as the policy goes. */
static enum leg_prack prack_of(enum leg_prack policy, const struct sip_msg *msg)
{
	if (policy == LEG_PRACK_OFF)
		return LEG_PRACK_OFF;

	if (sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "100rel"))
		return LEG_PRACK_REQUIRED;

	return sip_msg_hdr_has_value(msg, SIP_HDR_SUPPORTED, "100rel") ? policy : LEG_PRACK_OFF;
}

int uas_alloc(struct leg **legp, struct stack *stack, const struct sip_msg *msg, const struct leg_handlers *h,
	      void *arg)
{
	struct leg *leg = NULL;
	int err;

	err = leg_alloc(&leg, stack, h, arg);
	if (err)
		return err;

	err = dialog_accept(&leg->dlg, msg);
	if (err == EBADMSG)
		(void)sip_treply(NULL, stack->sip, msg, 400, "Missing or Malformed Contact");
	if (err)
		goto out;

	leg->sips = sips_wanted(&leg->dlg, msg);
	leg_peer_learn(leg, msg);
	err = user_learn(leg, msg);

out:
	if (err)
		mem_deref(leg);
	else
		*legp = leg;

	return err;
}

int leg_incoming(struct leg **legp, struct stack *stack, const struct sip_msg *msg, enum leg_prack prack,
		 const struct leg_handlers *h, void *arg)
{
	struct leg *leg = NULL;
	struct pl sdp;
	int err;

	err = uas_alloc(&leg, stack, msg, h, arg);
	if (err)
		return err;

	err = sip_strans_alloc(&leg->strans, stack->sip, msg, cancel_handler, leg);
	if (err)
		goto out;

	leg->msg = mem_ref((void *)msg);
	leg->prack = (uint8_t)prack_of(prack, msg);
	leg_enlist(leg);
	(void)leg_step(leg, LEG_EV_INCOMING, NULL);

	sdp = content_sdp_of(msg);
	if (pl_isset(&sdp))
		(void)exchange_step(&leg->exchange, OFFER_RECEIVED, &sdp, leg->dlg.ltag);

	err = leg_trying(leg, &leg->strans, msg);

out:
	if (err)
		mem_deref(leg);
	else
		*legp = leg;

	return err;
}

int leg_progress(struct leg *leg, uint16_t scode, const char *reason, const struct content *c)
{
	struct leg_event_arg ev = {.scode = scode, .reason = reason, .content = c};

	return leg_step(leg, LEG_EV_PROGRESS, &ev);
}

int leg_answer(struct leg *leg, const struct content *c)
{
	struct leg_event_arg ev = {.scode = 200, .reason = "OK", .content = c};

	return leg_step(leg, LEG_EV_ANSWER, &ev);
}

int uas_act_progress(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;

	alive_said(leg, ev->scode);

	return reliable_progress(leg, ev);
}

/* RFC 3261 13.3.1.4: T1, doubling to T2, for 64*T1, whatever the transport. */
static void ok_timeout(void *arg)
{
	struct leg *leg = arg;
	struct pending_2xx *ok = &leg->ok;

	ok->elapsed_ms += ok->wait_ms;
	if (ok->elapsed_ms >= 64 * SIP_T1) {
		(void)leg_step(leg, LEG_EV_LOST, NULL);
		return;
	}

	(void)sip_send(leg->stack->sip, ok->msg->sock, ok->msg->tp, &ok->dst, ok->mb);

	ok->wait_ms = MIN(MIN(ok->wait_ms * 2, SIP_T2), 64 * SIP_T1 - ok->elapsed_ms);
	tmr_start(&ok->tmr, ok->wait_ms, ok_timeout, leg);
}

void uas_ok_start(struct leg *leg, const struct sip_msg *msg, struct mbuf *mb)
{
	struct pending_2xx *ok = &leg->ok;
	struct pl rport;

	uas_ok_stop(leg);

	ok->mb = mem_ref(mb);
	ok->msg = mem_ref((void *)msg);
	ok->cseq = msg->cseq.num;
	ok->wait_ms = SIP_T1;
	ok->elapsed_ms = 0;
	sip_reply_addr(&ok->dst, msg, !msg_param_exists(&msg->via.params, "rport", &rport));
	tmr_start(&ok->tmr, ok->wait_ms, ok_timeout, leg);
}

void uas_ok_stop(struct leg *leg)
{
	tmr_cancel(&leg->ok.tmr);
	leg->ok.mb = mem_deref(leg->ok.mb);
	leg->ok.msg = mem_deref(leg->ok.msg);
}

int uas_act_answer(void *obj, void *arg)
{
	struct content c = content_sdp(&pl_null);
	struct leg_event_arg *ev = arg;
	const struct pl sdp = content_sdp_in(ev->content);
	struct mbuf *mb = NULL;
	struct leg *leg = obj;
	int err;

	reliable_stop(leg);
	alive_stop(leg);
	if (ev->content)
		c = *ev->content;

	/* agreed already, and acknowledged: another answer would be none (RFC 3261 13.2.1) */
	if (leg->exchange.state == OFFER_STABLE)
		c.type = c.body = pl_null;
	else
		(void)exchange_step(&leg->exchange,
				    leg->exchange.state == OFFER_IDLE ? OFFER_SENT : OFFER_ANSWER_SENT, &sdp,
				    leg->dlg.ltag);

	err = leg_respond(leg, &leg->strans, &mb, leg->msg, ev->scode, ev->reason, &c);
	if (err)
		return err;

	uas_ok_start(leg, leg->msg, mb);
	leg->msg = mem_deref(leg->msg);
	mem_deref(mb);

	return 0;
}

int uas_act_reject(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;
	bool final = ev->scode >= 300;
	int err;

	err = leg_respond(leg, &leg->strans, NULL, leg->msg, final ? ev->scode : 480,
			  final ? ev->reason : "Temporarily Unavailable", ev->content);
	leg->msg = mem_deref(leg->msg);

	return err;
}

int uas_act_cancelled(void *obj, void *arg)
{
	struct leg *leg = obj;

	(void)arg;
	(void)leg_respond(leg, &leg->strans, NULL, leg->msg, 487, "Request Terminated", NULL);
	leg->msg = mem_deref(leg->msg);

	if (leg->h)
		leg->h->cancelh(leg, leg->arg);

	return 0;
}

/** The PRACK of a reliable provisional response never came (RFC 3262 3). */
int uas_act_unacknowledged(void *obj, void *arg)
{
	struct leg *leg = obj;

	(void)arg;
	(void)leg_respond(leg, &leg->strans, NULL, leg->msg, 504, "PRACK Missing", NULL);
	leg->msg = mem_deref(leg->msg);

	if (leg->h)
		leg->h->closeh(leg, ETIMEDOUT, NULL, leg->arg);

	return 0;
}

int uas_act_acked(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;
	struct pl sdp = content_sdp_of(ev->msg);

	uas_ok_stop(leg);

	if (leg->exchange.state == OFFER_LOCAL || leg->exchange.state == OFFER_LOCAL_AGAIN)
		(void)exchange_step(&leg->exchange, pl_isset(&sdp) ? OFFER_ANSWER_RECEIVED : OFFER_REFUSED,
				    &sdp, leg->dlg.ltag);

	if (leg->h)
		leg->h->ackh(leg, ev->msg, leg->arg);

	return 0;
}

int uas_act_keep_bye(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;

	if (!ev->content || !pl_isset(&ev->content->hdrs))
		return 0;

	return pl_strdup(&leg->bye_hdrs, &ev->content->hdrs);
}

/* A 2xx that could not be sent has no ACK to wait for. */
int uas_act_part(void *obj, void *arg)
{
	struct leg *leg = obj;
	int err = uas_act_keep_bye(obj, arg);

	if (!leg->ok.mb)
		(void)leg_step(leg, LEG_EV_LOST, NULL);

	return err;
}

int uas_act_bye_after_ack(void *obj, void *arg)
{
	struct content c = content_sdp(&pl_null);
	struct leg *leg = obj;

	(void)arg;
	uas_ok_stop(leg);
	if (leg->bye_hdrs)
		pl_set_str(&c.hdrs, leg->bye_hdrs);

	return request_bye_send(leg, &c);
}

/* Its owner may end inside closeh, while a re-INVITE of ours is still to be answered. */
int uas_act_lost(void *obj, void *arg)
{
	static const struct content timer = {
		.hdrs = PL("Reason: SIP;cause=408;text=\"Session timer expired\"\r\n"
			   "Reason: Q.850;cause=102;text=\"Recovery on timer expiry\"\r\n")};
	const struct leg_handlers *h;
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;

	uas_ok_stop(leg);

	h = leg->h;
	leg->h = NULL;
	if (h)
		h->closeh(leg, ev->err ? ev->err : ETIMEDOUT, NULL, leg->arg);

	return request_bye_send(leg, ev->err == ETIME ? &timer : NULL);
}

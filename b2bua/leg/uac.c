/**
 * @file uac.c  The leg we call: INVITE, its responses, ACK, CANCEL, late and forked 2xx
 */
#include <strings.h>
#include <re.h>
#include "log.h"
#include "core.h"

enum { FORKS_MAX = 16 };

/* RFC 6228: of several who ring one does so no more. The owner hears of it as of any sign of life. */
static void early_over(struct leg *leg, const struct sip_msg *msg)
{
	early_enter_known(leg, &msg->to.tag);
	if (!prack_in_order(leg, msg))
		return;

	if (leg->dlg.rtag && !pl_strcmp(&msg->to.tag, leg->dlg.rtag))
		prack_progress(leg, msg);
	early_terminated(leg, &msg->to.tag);
	if (leg->h)
		leg->h->progressh(leg, msg, leg->arg);
}

static void invite_response(int err, const struct sip_msg *msg, void *arg)
{
	struct leg_event_arg ev = {.msg = msg, .err = err};
	struct leg *leg = arg;

	if (err || msg->scode >= 300) {
		if (!err)
			leg_peer_learn(leg, msg);
		(void)leg_step(leg, LEG_EV_RX_FAIL, &ev);
		return;
	}

	if (msg->scode == 199) {
		early_over(leg, msg);
		return;
	}

	/* a 100 makes no dialog, whatever its tag (RFC 3261 12.1) */
	if (msg->scode > 100)
		early_enter(leg, &msg->to.tag);
	leg_peer_learn(leg, msg);
	if (!prack_in_order(leg, msg))
		return;

	err = msg->scode > 100 ? dialog_confirm(&leg->dlg, msg) : 0;
	if (err)
		log_peer(LOG_WARN, "%u response from %J to call %s: no usable Contact or Record-Route (%m)",
			 msg->scode, &msg->src, leg->dlg.callid, err);

	(void)leg_step(leg, msg->scode < 200 ? LEG_EV_RX_1XX : LEG_EV_RX_2XX, &ev);
}

int uac_alloc(struct leg **legp, struct stack *stack, const struct leg_dial *dial,
	      const struct leg_handlers *h, void *arg)
{
	struct leg *leg = NULL;
	int err;

	err = leg_alloc(&leg, stack, h, arg);
	if (err)
		return err;

	leg->uac = true;
	leg->prack = (uint8_t)dial->prack;
	leg->preconditions = dial->preconditions;
	leg->timeout_ms = dial->timeout_ms;
	leg->session.policy = dial->session;
	err = dialog_start(&leg->dlg, &dial->from, &dial->to, dial->uri, dial->next_hop);
	if (!err && pl_isset(&dial->user))
		err = pl_strdup(&leg->user, &dial->user);
	leg->sips = !strncasecmp(dial->uri, "sips:", 5);
	leg->tls = mem_ref(dial->tls);
	leg_allow_set(leg, dial->allow);
	if (!err && dial->credentials)
		err = auth_alloc(&leg->auth, dial->credentials, dialog_next_hop(&leg->dlg));
	if (err) {
		mem_deref(leg);
		return err;
	}

	leg_enlist(leg);
	*legp = leg;

	return 0;
}

int leg_dial(struct leg **legp, struct stack *stack, const struct leg_dial *dial,
	     const struct leg_handlers *h, void *arg)
{
	struct leg_event_arg ev = {.content = &dial->content, .max_forwards = dial->max_forwards};
	struct leg *leg = NULL;
	int err;

	err = uac_alloc(&leg, stack, dial, h, arg);
	if (err)
		return err;

	err = leg_step(leg, LEG_EV_DIAL, &ev);
	if (err)
		mem_deref(leg);
	else
		*legp = leg;

	return err;
}

int leg_send_outside(struct stack *stack, const char *met, const struct leg_dial *dial, leg_response_h *resph,
		     void *arg)
{
	struct leg *leg = NULL;
	int err;

	err = uac_alloc(&leg, stack, dial, NULL, NULL);
	err = err ? err : request_send(leg, met, dial->max_forwards, &dial->content, resph, arg);
	mem_deref(leg);

	return err;
}

int uac_act_dial(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	const struct pl sdp = content_sdp_in(ev->content);
	struct leg *leg = obj;

	leg->offered = pl_isset(&sdp);
	if (leg->offered)
		(void)exchange_step(&leg->exchange, OFFER_SENT, &sdp, leg->dlg.ltag);
	leg->forks.offer = mem_ref(leg->exchange.said);

	return out_send(&leg->invite, leg, "INVITE", ++leg->dlg.lseq, ev->max_forwards, ev->content,
			invite_response, leg);
}

int uac_act_progress(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;

	early_said(leg, ev->msg);
	prack_progress(leg, ev->msg);
	if (leg->h)
		leg->h->progressh(leg, ev->msg, leg->arg);

	return 0;
}

/** A 2xx came: acknowledge it now, or owe the ACK until leg_ack. */
int uac_ack_first(struct leg *leg, uint32_t cseq, bool now)
{
	leg->ack.cseq = cseq;
	leg->ack.body = mem_deref(leg->ack.body);
	leg->ack.owed = !now;

	return now ? ack_send(leg, NULL) : 0;
}

int uac_act_answered(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	const struct pl sdp = content_sdp_of(ev->msg);
	struct leg *leg = obj;

	(void)uac_ack_first(leg, ev->msg->cseq.num, false);
	prack_reset(leg);
	session_learn(leg, ev->msg);

	/* unless a reliable provisional response agreed it before */
	if (leg->exchange.state == OFFER_LOCAL || leg->exchange.state == OFFER_IDLE)
		(void)exchange_step(&leg->exchange, leg->offered ? OFFER_ANSWER_RECEIVED : OFFER_RECEIVED,
				    &sdp, leg->dlg.ltag);

	if (leg->h)
		leg->h->answerh(leg, ev->msg, leg->arg);
	early_reset(leg);

	return 0;
}

int leg_ack(struct leg *leg, const struct content *c)
{
	const struct pl sdp = content_sdp_in(c);
	int err;

	if (!leg || !leg->ack.owed)
		return EALREADY;

	leg->ack.owed = false;
	if (leg->exchange.state == OFFER_REMOTE || leg->exchange.state == OFFER_REMOTE_AGAIN)
		(void)exchange_step(&leg->exchange, OFFER_ANSWER_SENT, &sdp, leg->dlg.ltag);

	if (c && pl_isset(&c->body)) {
		err = pl_strdup(&leg->ack.body, &c->body);
		if (err)
			return err;
	}

	return ack_send(leg, c);
}

int uac_ack_again(struct leg *leg, const struct sip_msg *msg)
{
	struct content c = content_sdp(&pl_null);

	if (leg->ack.owed || msg->cseq.num != leg->ack.cseq)
		return 0;

	if (leg->ack.body) {
		struct pl body;

		pl_set_str(&body, leg->ack.body);
		c = content_sdp(&body);
	}

	return ack_send(leg, &c);
}

int uac_act_failed(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;

	if (leg->h)
		leg->h->failh(leg, ev->err, ev->msg, leg->arg);

	return 0;
}

int uac_act_cancel(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;

	out_cancel(leg->invite, ev->content);

	return uas_act_keep_bye(obj, arg);
}

/* The 2xx crossed our CANCEL, or came from a branch we did not choose: ACK it, then BYE. */
int uac_act_answered_late(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;

	(void)uac_ack_first(leg, ev->msg->cseq.num, true);

	return uas_act_bye_after_ack(obj, arg);
}

static struct leg *fork_find(const struct leg *leg, const struct pl *rtag)
{
	struct le *le;

	for (le = leg->forkl.head; le; le = le->next) {
		struct leg *fork = le->data;

		if (fork->dlg.rtag && !pl_strcmp(rtag, fork->dlg.rtag))
			return fork;
	}

	return NULL;
}

void uac_end_fork(struct stack *stack, struct leg *leg, const struct sip_msg *msg)
{
	struct leg_event_arg ev = {.msg = msg};
	struct leg *fork = fork_find(leg, &msg->to.tag);

	if (fork) {
		(void)uac_ack_again(fork, msg);
		return;
	}

	if (list_count(&leg->forkl) >= FORKS_MAX || leg_alloc(&fork, stack, NULL, NULL))
		return;

	fork->uac = true;
	fork->sips = leg->sips;
	fork->tls = mem_ref(leg->tls);
	fork->dlg.lseq = msg->cseq.num;
	str_ncpy(fork->dlg.ltag, leg->dlg.ltag, sizeof(fork->dlg.ltag));
	fork->dlg.callid = mem_ref(leg->dlg.callid);
	fork->dlg.local = mem_ref(leg->dlg.local);

	list_append(&leg->forkl, &fork->fork_le, fork);

	if (!dialog_confirm(&fork->dlg, msg) && fork->dlg.target)
		(void)leg_step(fork, LEG_EV_RX_2XX, &ev);

	mem_deref(fork);
}

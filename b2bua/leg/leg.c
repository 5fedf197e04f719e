/**
 * @file leg.c  The leg's state table and what all its verbs share
 *
 *                      PROGRESS             ANSWER              RX_ACK
 *   IDLE ─► INCOMING ───────────► RINGING ───────────► ANSWERED ───────────► UP ─┐
 *              │ HANGUP, RX_CANCEL   │                    │ HANGUP             │ HANGUP
 *              ▼                     ▼                    ▼          RX_ACK    ▼
 *             OVER ◄─────────────────┘                 PARTING ─────────────► LEAVING ─► OVER
 *                      RX_1XX              RX_2XX                             ▲
 *   IDLE ─► DIALING ───────────► EARLY ───────────► UP                        │ RX_2XX
 *              │ HANGUP            └──► CANCELLING ───────────────────────────┘
 *              └───────────────────────►   │ RX_FAIL ─► OVER
 *
 *   IDLE ─SUBSCRIBE─► SUBSCRIPTION ─HANGUP─► OVER
 */
#include <re.h>
#include "log.h"
#include "core.h"
#include "header.h"

static const char *const states[LEG_STATEC] = {
	"idle",       "incoming", "ringing", "answered", "dialing",      "early",
	"cancelling", "up",       "parting", "leaving",  "subscription", "over",
};

static const char *const events[LEG_EVENTC] = {
	"incoming", "progress", "answer", "dial", "hangup", "subscribe", "1xx",
	"2xx",      "failure",  "CANCEL", "ACK",  "BYE",    "lost",      "BYE done",
};

static const struct state_row rows[] = {
	{LEG_IDLE, LEG_EV_INCOMING, LEG_INCOMING, NULL},
	{LEG_INCOMING, LEG_EV_PROGRESS, LEG_RINGING, uas_act_progress},
	{LEG_INCOMING, LEG_EV_ANSWER, LEG_ANSWERED, uas_act_answer},
	{LEG_INCOMING, LEG_EV_HANGUP, LEG_OVER, uas_act_reject},
	{LEG_INCOMING, LEG_EV_RX_CANCEL, LEG_OVER, uas_act_cancelled},
	{LEG_RINGING, LEG_EV_PROGRESS, LEG_RINGING, uas_act_progress},
	{LEG_RINGING, LEG_EV_ANSWER, LEG_ANSWERED, uas_act_answer},
	{LEG_RINGING, LEG_EV_HANGUP, LEG_OVER, uas_act_reject},
	{LEG_RINGING, LEG_EV_RX_CANCEL, LEG_OVER, uas_act_cancelled},
	{LEG_RINGING, LEG_EV_RX_BYE, LEG_OVER, uas_act_cancelled},
	{LEG_RINGING, LEG_EV_LOST, LEG_OVER, uas_act_unacknowledged},
	{LEG_ANSWERED, LEG_EV_RX_ACK, LEG_UP, uas_act_acked},
	{LEG_ANSWERED, LEG_EV_RX_BYE, LEG_OVER, request_act_byed},
	{LEG_ANSWERED, LEG_EV_HANGUP, LEG_PARTING, uas_act_part},
	{LEG_ANSWERED, LEG_EV_LOST, LEG_LEAVING, uas_act_lost},
	{LEG_PARTING, LEG_EV_RX_ACK, LEG_LEAVING, uas_act_bye_after_ack},
	{LEG_PARTING, LEG_EV_LOST, LEG_LEAVING, uas_act_bye_after_ack},
	{LEG_PARTING, LEG_EV_RX_BYE, LEG_OVER, request_act_over},

	{LEG_IDLE, LEG_EV_DIAL, LEG_DIALING, uac_act_dial},
	{LEG_DIALING, LEG_EV_RX_1XX, LEG_EARLY, uac_act_progress},
	{LEG_DIALING, LEG_EV_RX_2XX, LEG_UP, uac_act_answered},
	{LEG_DIALING, LEG_EV_RX_FAIL, LEG_OVER, uac_act_failed},
	{LEG_DIALING, LEG_EV_HANGUP, LEG_CANCELLING, uac_act_cancel},
	{LEG_EARLY, LEG_EV_RX_1XX, LEG_EARLY, uac_act_progress},
	{LEG_EARLY, LEG_EV_RX_2XX, LEG_UP, uac_act_answered},
	{LEG_EARLY, LEG_EV_RX_FAIL, LEG_OVER, uac_act_failed},
	{LEG_EARLY, LEG_EV_HANGUP, LEG_CANCELLING, uac_act_cancel},
	{LEG_CANCELLING, LEG_EV_RX_1XX, LEG_CANCELLING, NULL},
	{LEG_CANCELLING, LEG_EV_RX_2XX, LEG_LEAVING, uac_act_answered_late},
	{LEG_CANCELLING, LEG_EV_RX_FAIL, LEG_OVER, request_act_over},
	{LEG_IDLE, LEG_EV_RX_2XX, LEG_LEAVING, uac_act_answered_late}, /* a fork nobody asked for */

	{LEG_UP, LEG_EV_RX_ACK, LEG_UP, uas_act_acked},
	{LEG_UP, LEG_EV_LOST, LEG_LEAVING, uas_act_lost},
	{LEG_UP, LEG_EV_RX_BYE, LEG_OVER, request_act_byed},
	{LEG_UP, LEG_EV_HANGUP, LEG_LEAVING, request_act_bye},
	{LEG_LEAVING, LEG_EV_RX_ACK, LEG_LEAVING, request_act_over},
	{LEG_LEAVING, LEG_EV_RX_BYE, LEG_LEAVING, NULL},
	{LEG_LEAVING, LEG_EV_BYE_DONE, LEG_OVER, request_act_over},

	{LEG_IDLE, LEG_EV_SUBSCRIBE, LEG_SUBSCRIPTION, NULL},
	{LEG_SUBSCRIPTION, LEG_EV_HANGUP, LEG_OVER, NULL},
};

const struct statetable leg_table = {
	.name = "leg",
	.statev = states,
	.eventv = events,
	.statec = LEG_STATEC,
	.eventc = LEG_EVENTC,
	.rowv = rows,
	.rowc = sizeof(rows) / sizeof(rows[0]),
};

static void destructor(void *arg)
{
	struct leg *leg = arg;

	if (leg->he.list) {
		hash_unlink(&leg->he);
		--leg->stack->legc;
	}

	list_unlink(&leg->fork_le);
	list_clear(&leg->forkl);
	uas_ok_stop(leg);
	reliable_stop(leg);
	alive_stop(leg);
	session_stop(leg);
	prack_reset(leg);
	early_reset(leg);
	mem_deref(leg->invite);
	mem_deref(leg->modify_out);
	mem_deref(leg->bye);
	mem_deref(leg->strans);
	mem_deref(leg->msg);
	mem_deref(leg->ack.body);
	mem_deref(leg->bye_hdrs);
	mem_deref(leg->user);
	mem_deref(leg->allow_ours);
	mem_deref(leg->tls);
	mem_deref(leg->auth);
	exchange_reset(&leg->exchange);
	dialog_reset(&leg->dlg);
	mem_deref(leg->stack);
}

int leg_alloc(struct leg **legp, struct stack *stack, const struct leg_handlers *h, void *arg)
{
	struct leg *leg;

	leg = mem_zalloc(sizeof(*leg), destructor);
	if (!leg)
		return ENOMEM;

	leg->stack = mem_ref(stack);
	leg->h = h;
	leg->arg = arg;
	*legp = leg;

	return 0;
}

void leg_enlist(struct leg *leg)
{
	hash_append(leg->stack->ht_leg, hash_joaat_str(leg->dlg.ltag), &leg->he, leg);
	++leg->stack->legc;
}

static bool lingers(uint8_t state)
{
	return state == LEG_CANCELLING || state == LEG_PARTING || state == LEG_LEAVING;
}

int leg_step(struct leg *leg, enum leg_event ev, struct leg_event_arg *arg)
{
	struct leg_event_arg none = {0};
	int err;

	mem_ref(leg);

	err = statetable_step(&leg_table, &leg->state, (uint8_t)ev, leg, arg ? arg : &none, leg->dlg.ltag);

	if (lingers(leg->state) && !leg->self)
		leg->self = mem_ref(leg);
	else if (!lingers(leg->state) && leg->self)
		leg->self = mem_deref(leg->self);

	/* a request in hand may keep it alive longer than its owner lives */
	if (leg->state == LEG_OVER) {
		leg->h = NULL;
		reliable_stop(leg);
		alive_stop(leg);
		session_stop(leg);
	}

	mem_deref(leg);

	return err;
}

static bool allow_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	uint32_t *allow = arg;

	(void)msg;
	*allow |= out_method_bit(&hdr->val);

	return false;
}

void leg_peer_learn(struct leg *leg, const struct sip_msg *msg)
{
	uint32_t allow = 0;

	leg->peer = msg->src;
	leg->peer_tp = (uint8_t)msg->tp;

	(void)sip_msg_hdr_apply(msg, true, SIP_HDR_ALLOW, allow_handler, &allow);
	if (allow)
		leg->allow = allow;
}

void leg_tls_set(struct leg *leg, struct tls_peer *tls)
{
	mem_deref(leg->tls);
	leg->tls = mem_ref(tls);
}

void leg_owner_set(struct leg *leg, const struct leg_handlers *h, void *arg)
{
	leg->h = h;
	leg->arg = arg;
}

void *leg_owner(const struct leg *leg, const struct leg_handlers *h)
{
	return leg && leg->h == h ? leg->arg : NULL;
}

const char *leg_remote(const struct leg *leg)
{
	return leg->dlg.remote;
}

void leg_allow_set(struct leg *leg, char *allow)
{
	mem_deref(leg->allow_ours);
	leg->allow_ours = mem_ref(allow);
}

void leg_preconditions_set(struct leg *leg, bool on)
{
	leg->preconditions = on;
}

const char *leg_allow(const struct leg *leg)
{
	return leg->allow_ours ? leg->allow_ours : stack_allow;
}

void leg_session_set(struct leg *leg, const struct session_policy *policy)
{
	leg->session.policy = *policy;
}

/* A 2xx that lets a session live on. */
static bool agrees(const struct leg *leg, const struct sip_msg *msg, uint16_t scode)
{
	if (scode < 200 || (leg->state != LEG_UP && leg->state != LEG_ANSWERED))
		return false;

	return !pl_strcmp(&msg->met, "INVITE") || !pl_strcmp(&msg->met, "UPDATE");
}

static int session_print(struct re_printf *pf, const struct leg *leg)
{
	return leg ? session_print_response(pf, leg) : 0;
}

int leg_respond(struct leg *leg, struct sip_strans **stp, struct mbuf **mbp, const struct sip_msg *msg,
		uint16_t scode, const char *reason, const struct content *c)
{
	const char *user = leg->user ? leg->user : "";
	struct sa laddr = msg->dst;

	if (scode >= 300 || !out_has_contact(&msg->met))
		return sip_treplyf(stp, mbp, leg->stack->sip, msg, false, scode, reason, "%H", content_print,
				   c);

	/* on a connection that we opened, our end is no address we listen on */
	if (!sip_transp_isladdr(leg->stack->sip, msg->tp, &laddr))
		(void)sip_transp_laddr(leg->stack->sip, &laddr, msg->tp, &msg->src);

	if (agrees(leg, msg, scode))
		session_agree(leg, msg);

	return sip_treplyf(stp, mbp, leg->stack->sip, msg, true, scode, reason,
			   "Contact: <%s:%s%s%J%s>\r\nAllow: %s\r\n%H%H", leg->sips ? "sips" : "sip", user,
			   *user ? "@" : "", &laddr, leg->sips ? "" : sip_transp_param(msg->tp),
			   leg_allow(leg), session_print, agrees(leg, msg, scode) ? leg : NULL, content_print,
			   c);
}

int leg_trying(const struct leg *leg, struct sip_strans **stp, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_TIMESTAMP);

	if (!hdr)
		return sip_treply(stp, leg->stack->sip, msg, 100, "Trying");

	return sip_treplyf(stp, NULL, leg->stack->sip, msg, false, 100, "Trying",
			   "Timestamp: %H\r\nContent-Length: 0\r\n\r\n", header_print_clean, &hdr->val);
}

void leg_hangup(struct leg *leg, uint16_t scode, const char *reason, const struct content *c)
{
	struct leg_event_arg ev = {.scode = scode, .reason = reason, .content = c};

	if (!leg)
		return;

	leg->h = NULL;
	if (leg->state != LEG_OVER && !lingers(leg->state))
		(void)leg_step(leg, LEG_EV_HANGUP, &ev);
}

enum leg_state leg_state(const struct leg *leg)
{
	return leg ? (enum leg_state)leg->state : LEG_IDLE;
}

const char *leg_state_name(const struct leg *leg)
{
	return states[leg_state(leg)];
}

const char *leg_callid(const struct leg *leg)
{
	return leg ? leg->dlg.callid : NULL;
}

bool leg_was_called(const struct leg *leg)
{
	return leg && leg->uac;
}

const struct sa *leg_peer(const struct leg *leg)
{
	return leg ? &leg->peer : NULL;
}

bool leg_peer_allows(const struct leg *leg, const char *met)
{
	struct pl pl;

	pl_set_str(&pl, met);

	return leg && (leg->allow & out_method_bit(&pl));
}

bool leg_peer_said_allow(const struct leg *leg)
{
	return leg && leg->allow;
}

bool leg_is_reliable(const struct leg *leg)
{
	return leg && leg->prack != LEG_PRACK_OFF;
}

bool leg_is_unasked(const struct leg *leg)
{
	return leg && leg->exchange.state == OFFER_IDLE;
}

struct pl leg_agreed(const struct leg *leg)
{
	struct pl sdp = PL_INIT;

	if (leg && leg->exchange.state == OFFER_STABLE && leg->exchange.ours)
		pl_set_str(&sdp, leg->exchange.ours);

	return sdp;
}

bool leg_in_dialog(const struct leg *leg)
{
	if (!leg || !leg->dlg.rtag)
		return false;

	switch (leg->state) {

	case LEG_RINGING:
	case LEG_ANSWERED:
	case LEG_EARLY:
	case LEG_UP:
	case LEG_SUBSCRIPTION:
		return true;

	default:
		return false;
	}
}

bool leg_modifying(const struct leg *leg)
{
	return leg && (leg->modify_in || leg->modify_out || leg->ok.mb || leg->ack.owed);
}

/**
 * @file request.c  Requests inside a dialog: BYE, those that are passed on, and our replies
 */
#include <re.h>
#include "log.h"
#include "core.h"
#include "header.h"

static void destructor(void *arg)
{
	struct leg_request *req = arg;

	if (!req->replied)
		(void)leg_reply(req, 487, "Request Terminated", NULL);

	if (req->leg && req->leg->modify_in == req)
		req->leg->modify_in = NULL;

	mem_deref(req->strans);
	mem_deref(req->msg);
	mem_deref(req->leg);
}

/* CANCEL means nothing to other requests (RFC 3261 9.1). */
static void cancel_handler(void *arg)
{
	struct leg_request *req = arg;
	struct leg *leg = req->leg;

	if (!req->invite || req->replied || leg->modify_in != req || !leg->h || !leg->h->modify_cancelh)
		return;

	mem_ref(leg);
	leg->h->modify_cancelh(leg, req, leg->arg);
	mem_deref(leg);
}

int request_take(struct leg_request **reqp, struct leg *leg, const struct sip_msg *msg)
{
	struct leg_request *req;
	int err;

	req = mem_zalloc(sizeof(*req), destructor);
	if (!req)
		return ENOMEM;

	req->replied = true;
	err = sip_strans_alloc(&req->strans, leg->stack->sip, msg, cancel_handler, req);
	if (err) {
		mem_deref(req);
		return err;
	}

	req->replied = false;
	req->leg = mem_ref(leg);
	req->msg = mem_ref((void *)msg);
	req->invite = !pl_strcmp(&msg->met, "INVITE");
	*reqp = req;

	return 0;
}

void request_refuse(struct leg *leg, const struct sip_msg *msg, uint16_t scode, const char *reason,
		    const char *hdrs)
{
	(void)sip_treplyf(NULL, NULL, leg->stack->sip, msg, false, scode, reason,
			  "%sContent-Length: 0\r\n\r\n", hdrs ? hdrs : "");
}

static void bye_response(int err, const struct sip_msg *msg, void *arg)
{
	if (!err && msg->scode < 200)
		return;

	(void)leg_step(arg, LEG_EV_BYE_DONE, NULL);
}

int request_bye_send(struct leg *leg, const struct content *c)
{
	int err;

	err = out_send(&leg->bye, leg, "BYE", ++leg->dlg.lseq, 70, c, bye_response, leg);
	if (err) {
		log_peer(LOG_WARN, "call %s: BYE could not be sent to %s (%m)", leg->dlg.callid,
			 dialog_next_hop(&leg->dlg), err);
		(void)leg_step(leg, LEG_EV_BYE_DONE, NULL);
	}

	return err;
}

int request_act_bye(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;

	if (leg->ack.owed)
		(void)leg_ack(leg, NULL);

	return request_bye_send(leg, ev->content);
}

int request_act_byed(void *obj, void *arg)
{
	struct leg_event_arg *ev = arg;
	struct leg *leg = obj;

	/* it hung up before it had our ACK: that is still owed (RFC 3261 13.2.2.4) */
	if (leg->ack.owed)
		(void)leg_ack(leg, NULL);

	uas_ok_stop(leg);
	leg->modify_out = mem_deref(leg->modify_out);

	if (leg->h)
		leg->h->closeh(leg, 0, ev->msg, leg->arg);

	return 0;
}

int request_act_over(void *obj, void *arg)
{
	struct leg *leg = obj;

	(void)arg;
	uas_ok_stop(leg);

	return 0;
}

static void bye_receive(struct leg *leg, const struct sip_msg *msg)
{
	struct leg_event_arg ev = {.msg = msg};

	if (!statetable_row(&leg_table, leg->state, LEG_EV_RX_BYE)) {
		request_refuse(leg, msg, 481, "Call/Transaction Does Not Exist", NULL);
		return;
	}

	(void)sip_treply(NULL, leg->stack->sip, msg, 200, "OK");
	(void)leg_step(leg, LEG_EV_RX_BYE, &ev);
}

static void other_receive(struct leg *leg, const struct sip_msg *msg)
{
	struct leg_request *req;

	if (leg->state == LEG_SUBSCRIPTION && subscribe_request(leg, msg)) {
		request_refuse(leg, msg, 400, "Malformed Contact or Record-Route", NULL);
		return;
	}

	if (!leg->h || !leg_in_dialog(leg)) {
		request_refuse(leg, msg, 481, "Call/Transaction Does Not Exist", NULL);
		return;
	}

	if (request_take(&req, leg, msg))
		return;

	leg->h->requesth(leg, req, msg, leg->arg);
}

static void ack_receive(struct leg *leg, const struct sip_msg *msg)
{
	struct leg_event_arg ev = {.msg = msg};

	if (leg->ok.mb && msg->cseq.num == leg->ok.cseq)
		(void)leg_step(leg, LEG_EV_RX_ACK, &ev);
}

/* What arrives inside a dialog, by method. */
static const struct {
	const char *met;
	void (*receive)(struct leg *leg, const struct sip_msg *msg);
} receivers[] = {
	{"BYE", bye_receive},
	{"INVITE", modify_receive},
	{"UPDATE", modify_receive},
	{"PRACK", reliable_receive},
};

/* True if its body was refused; a BYE ends the dialog whatever it carries. */
static bool body_refuse(struct leg *leg, const struct sip_msg *msg)
{
	const char *reason;
	uint16_t scode;

	/* nothing in it is ours, and a list may have many parts */
	if (leg->state == LEG_SUBSCRIPTION)
		return false;

	scode = content_refusal(msg, &reason);
	if (!scode || !pl_strcmp(&msg->met, "BYE"))
		return false;

	request_refuse(leg, msg, scode, reason, scode == 415 ? content_accepted : NULL);

	return true;
}

static unsigned options_known(const struct leg *leg)
{
	if (leg->state == LEG_SUBSCRIPTION)
		return HEADER_OPTION_EVENTLIST;

	return HEADER_OPTION_100REL | HEADER_OPTION_TIMER | HEADER_OPTION_NOREFERSUB |
	       (leg->preconditions ? HEADER_OPTION_PRECONDITION : 0);
}

void request_receive(struct leg *leg, const struct sip_msg *msg)
{
	if (!pl_strcmp(&msg->met, "ACK")) {
		ack_receive(leg, msg);
		return;
	}

	if (!dialog_rseq_take(&leg->dlg, msg)) {
		request_refuse(leg, msg, 500, "CSeq Out Of Order", NULL);
		return;
	}

	if (header_refuse_required(leg->stack->sip, msg, options_known(leg)))
		return;

	if (body_refuse(leg, msg))
		return;

	for (size_t i = 0; i < ARRAY_SIZE(receivers) && leg->state != LEG_SUBSCRIPTION; i++) {
		if (!pl_strcmp(&msg->met, receivers[i].met)) {
			receivers[i].receive(leg, msg);
			return;
		}
	}

	other_receive(leg, msg);
}

int leg_reply(struct leg_request *req, uint16_t scode, const char *reason, const struct content *c)
{
	struct leg *leg = req->leg;
	struct mbuf *mb = NULL;
	struct pl sdp;
	bool modify;
	int err;

	if (req->replied)
		return EALREADY;

	req->replied = scode >= 200;
	modify = leg->modify_in == req;
	sdp = content_sdp_in(c);

	if (modify && req->replied) {
		leg->modify_in = NULL;
		early_enter_known(leg, &req->msg->from.tag);

		if (req->offered)
			(void)exchange_step(&leg->exchange, scode < 300 ? OFFER_ANSWER_SENT : OFFER_REFUSED,
					    &sdp, leg->dlg.ltag);
		else if (scode < 300 && pl_isset(&sdp))
			(void)exchange_step(&leg->exchange, OFFER_SENT, &sdp, leg->dlg.ltag);

		if (scode < 300)
			(void)dialog_refresh(&leg->dlg, req->msg);
	}

	err = leg_respond(leg, &req->strans, &mb, req->msg, scode, reason, c);
	if (err)
		return err;

	if (req->invite && scode >= 200 && scode < 300 && leg->state != LEG_OVER)
		uas_ok_start(leg, req->msg, mb);

	mem_deref(mb);

	return 0;
}

void leg_refuse(struct leg_request *req)
{
	char *allow = NULL;
	struct content c = {.hdrs = PL_INIT};

	if (!re_sdprintf(&allow, "Allow: %s\r\n", leg_allow(req->leg)))
		pl_set_str(&c.hdrs, allow);

	(void)leg_reply(req, 405, "Method Not Allowed", &c);
	mem_deref(allow);
}

const struct sip_msg *leg_request_msg(const struct leg_request *req)
{
	return req ? req->msg : NULL;
}

/* The other usages of a dialog come and go without its call (RFC 5057 5.1). */
static bool is_of_call(const char *met)
{
	static const char *const metv[] = {"REFER", "SUBSCRIBE", "NOTIFY", "PUBLISH"};

	for (size_t i = 0; i < ARRAY_SIZE(metv); i++)
		if (!str_cmp(met, metv[i]))
			return false;

	return true;
}

/** A dialog is lost when the peer no longer answers in it or no longer knows it (RFC 3261 12.2.1.2). */
void request_outcome(struct leg *leg, int err, const struct sip_msg *msg)
{
	struct leg_event_arg ev = {.err = err ? err : ECONNRESET};

	if (err == ETIMEDOUT || (msg && (msg->scode == 408 || msg->scode == 481)))
		(void)leg_step(leg, LEG_EV_LOST, &ev);
}

struct sent {
	struct leg *leg;
	leg_response_h *resph;
	void *arg;
	bool of_call; /* what it is answered says something of the dialog */
};

static void sent_destructor(void *arg)
{
	struct sent *sent = arg;

	mem_deref(sent->leg);
}

static void sent_response(int err, const struct sip_msg *msg, void *arg)
{
	struct sent *sent = arg;

	if (!err && msg->scode < 200)
		return;

	if (msg && sent->leg->state == LEG_SUBSCRIPTION)
		subscribe_response(sent->leg, msg);
	if (sent->resph)
		sent->resph(err, msg, sent->arg);
	if (sent->of_call)
		request_outcome(sent->leg, err, msg);
	mem_deref(sent);
}

int request_send(struct leg *leg, const char *met, uint32_t max_forwards, const struct content *c,
		 leg_response_h *resph, void *arg)
{
	struct sent *sent;
	int err;

	sent = mem_zalloc(sizeof(*sent), sent_destructor);
	if (!sent)
		return ENOMEM;

	sent->leg = mem_ref(leg);
	sent->of_call = leg_in_dialog(leg) && is_of_call(met);
	sent->resph = resph;
	sent->arg = arg;

	err = out_send(NULL, leg, met, ++leg->dlg.lseq, max_forwards, c, sent_response, sent);
	if (err)
		mem_deref(sent);

	return err;
}

int leg_send(struct leg *leg, const char *met, const struct content *c, leg_response_h *resph, void *arg)
{
	return leg_in_dialog(leg) ? request_send(leg, met, 70, c, resph, arg) : ENOTCONN;
}

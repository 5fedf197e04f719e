/**
 * @file modify.c  re-INVITE and UPDATE, both directions, one at a time (RFC 3261 14, RFC 3311, RFC 6337)
 */
#include <re.h>
#include "log.h"
#include "core.h"

/* An offer must wait for the one under way: 491 when that is ours (RFC 3311 5.2), and in an early dialog for
 * the exchange of the INVITE itself (RFC 6337 2.2). */
static uint16_t offer_refusal(const struct leg *leg)
{
	if (leg->exchange.state == OFFER_LOCAL || leg->exchange.state == OFFER_LOCAL_AGAIN)
		return 491;

	return leg->exchange.state != OFFER_STABLE && leg->state != LEG_UP ? 500 : 0;
}

/* Why a modification cannot be taken now; 0 = it can. */
static uint16_t refusal(const struct leg *leg, bool invite)
{
	if (!leg->h)
		return 481;

	if (invite ? leg->state != LEG_UP : !leg_in_dialog(leg))
		return 500;

	if (leg->modify_out)
		return 491;

	if (leg->modify_in || leg->ok.mb)
		return 500;

	return leg->ack.owed ? 491 : 0;
}

static void refuse(struct leg *leg, const struct sip_msg *msg, uint16_t scode)
{
	char retry[32];

	switch (scode) {

	case 481:
		request_refuse(leg, msg, 481, "Call/Transaction Does Not Exist", NULL);
		break;

	case 491:
		request_refuse(leg, msg, 491, "Request Pending", NULL);
		break;

	default:
		(void)re_snprintf(retry, sizeof(retry), "Retry-After: %u\r\n", rand_u32() % 10);
		request_refuse(leg, msg, 500, "Another Offer Is Pending", retry);
		break;
	}
}

/* An UPDATE that says nothing but that its sender lives, or where it is now, ends here. It goes beside an INVITE
 * under way, but not beside another UPDATE (RFC 3311 5.2). */
static bool is_refresh(const struct leg *leg, const struct sip_msg *msg)
{
	return !pl_strcmp(&msg->met, "UPDATE") && !content_of(msg).body.l && leg->h && leg_in_dialog(leg) &&
	       (!leg->modify_in || leg->modify_in->invite);
}

static void refresh_accept(struct leg *leg, const struct sip_msg *msg)
{
	leg_peer_learn(leg, msg);
	(void)dialog_refresh(&leg->dlg, msg);
	(void)leg_respond(leg, NULL, NULL, msg, 200, "OK", NULL);
}

/* What stands beside an SDP is for the other side. */
static bool says_again(const struct leg *leg, const struct sip_msg *msg, const struct pl *sdp)
{
	return content_of(msg).body.l == sdp->l && exchange_repeats(&leg->exchange, sdp);
}

/* The session stays as it is, and nobody else is asked about it (RFC 3264 8). */
static void repetition_answer(struct leg *leg, struct leg_request *req)
{
	char *ours = mem_ref(leg->exchange.ours);
	struct content c;
	struct pl sdp;

	pl_set_str(&sdp, ours);
	c = content_sdp(&sdp);
	(void)leg_reply(req, 200, "OK", &c);
	mem_deref(req);
	mem_deref(ours);
}

/* RFC 4028 9: true if it asks for refreshes more often than we will have them. */
static bool too_short(struct leg *leg, const struct sip_msg *msg)
{
	const uint32_t min_s = session_refusal(&leg->session.policy, msg);
	char line[32];

	if (!min_s)
		return false;

	(void)re_snprintf(line, sizeof(line), "Min-SE: %u\r\n", min_s);
	request_refuse(leg, msg, 422, "Session Interval Too Small", line);

	return true;
}

void modify_receive(struct leg *leg, const struct sip_msg *msg)
{
	bool invite = !pl_strcmp(&msg->met, "INVITE");
	struct pl sdp = content_sdp_of(msg);
	const bool again = says_again(leg, msg, &sdp);
	uint16_t scode = refusal(leg, invite);
	struct leg_request *req;

	if (too_short(leg, msg))
		return;

	if (is_refresh(leg, msg)) {
		refresh_accept(leg, msg);
		return;
	}

	if (!scode && pl_isset(&sdp))
		scode = offer_refusal(leg);

	if (!scode && pl_isset(&sdp) && exchange_step(&leg->exchange, OFFER_RECEIVED, &sdp, leg->dlg.ltag))
		scode = 500;

	if (scode) {
		refuse(leg, msg, scode);
		return;
	}

	if (request_take(&req, leg, msg))
		return;

	if (invite)
		(void)leg_trying(leg, &req->strans, msg);

	req->offered = pl_isset(&sdp);
	leg->modify_in = req;
	leg_peer_learn(leg, msg);
	if (again)
		repetition_answer(leg, req);
	else
		leg->h->modifyh(leg, req, msg, leg->arg);
}

static void refreshed(struct leg *leg, int err, const struct sip_msg *msg, uint64_t theirs)
{
	session_refreshed(leg, err, msg);
	if (leg->exchange.theirs != theirs && leg->h && leg->h->changedh)
		leg->h->changedh(leg, msg, leg->arg);
}

/* The answer may have come from another early dialog meanwhile. */
static bool is_own(const struct leg *leg, const struct sip_msg *msg)
{
	return !pl_isset(&msg->to.tag) || !leg->dlg.rtag || !pl_strcmp(&msg->to.tag, leg->dlg.rtag);
}

/* What was sent to a dialog that is no more changed nothing. */
static void lost_fork(struct leg *leg)
{
	if (leg->h)
		leg->h->modifiedh(leg, ECONNRESET, NULL, leg->arg);
}

static void modify_response(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = arg;
	const uint64_t theirs = leg->exchange.theirs;
	bool ok = !err && msg->scode < 300;
	struct pl sdp = PL_INIT;

	if (!err && msg->scode < 200)
		return;

	mem_ref(leg);
	if (msg)
		early_enter_known(leg, &msg->to.tag);
	if (msg && !is_own(leg, msg)) {
		lost_fork(leg);
		mem_deref(leg);
		return;
	}
	if (ok)
		sdp = content_sdp_of(msg);

	if (leg->modify_offered)
		(void)exchange_step(&leg->exchange, ok ? OFFER_ANSWER_RECEIVED : OFFER_REFUSED, &sdp,
				    leg->dlg.ltag);

	if (ok) {
		leg_peer_learn(leg, msg);
		(void)dialog_refresh(&leg->dlg, msg);
		if (leg->state == LEG_UP)
			session_learn(leg, msg);

		if (!pl_strcmp(&msg->cseq.met, "INVITE")) {
			/* without an owner nobody will answer an offer in it */
			(void)uac_ack_first(leg, msg->cseq.num, leg->modify_offered || !leg->h);
			if (!leg->modify_offered && pl_isset(&sdp))
				(void)exchange_step(&leg->exchange, OFFER_RECEIVED, &sdp, leg->dlg.ltag);
		}
	}

	if (leg->session.refreshing)
		refreshed(leg, err, msg, theirs);
	else if (leg->h)
		leg->h->modifiedh(leg, err, msg, leg->arg);

	request_outcome(leg, err, msg);
	mem_deref(leg);
}

bool leg_may_offer(const struct leg *leg, const char *met)
{
	if (!str_cmp(met, "INVITE"))
		return leg && leg->state == LEG_UP && !leg_modifying(leg);

	return leg_in_dialog(leg) && leg->exchange.state == OFFER_STABLE && !leg_modifying(leg);
}

int leg_modify_cancel(struct leg *leg)
{
	if (!leg->modify_out || leg->session.refreshing)
		return ENOENT;

	out_cancel(leg->modify_out, NULL);

	return 0;
}

int leg_modify(struct leg *leg, const char *met, const struct content *c)
{
	bool invite = !str_cmp(met, "INVITE");
	const struct pl sdp = content_sdp_in(c);
	int err;

	if (invite ? leg->state != LEG_UP : !leg_in_dialog(leg))
		return ENOTCONN;

	if (leg_modifying(leg))
		return EINPROGRESS;

	leg->modify_offered = pl_isset(&sdp);
	if (leg->modify_offered) {
		err = exchange_step(&leg->exchange, OFFER_SENT, &sdp, leg->dlg.ltag);
		if (err)
			return err;
	}

	err = out_send(&leg->modify_out, leg, met, ++leg->dlg.lseq, 70, c, modify_response, leg);
	if (err && leg->modify_offered)
		(void)exchange_step(&leg->exchange, OFFER_REFUSED, &pl_null, leg->dlg.ltag);

	return err;
}

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
	if (leg->offer == OFFER_LOCAL || leg->offer == OFFER_LOCAL_AGAIN)
		return 491;

	return leg->offer != OFFER_STABLE && leg->state != LEG_UP ? 500 : 0;
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

/* An UPDATE without an offer goes beside an INVITE under way, but not beside another UPDATE (RFC 3311 5.2). */
static bool is_refresh(const struct leg *leg, const struct sip_msg *msg, const struct pl *sdp)
{
	return !pl_strcmp(&msg->met, "UPDATE") && !pl_isset(sdp) && leg->h && leg_in_dialog(leg) &&
	       (!leg->modify_in || leg->modify_in->invite);
}

static void refresh_accept(struct leg *leg, const struct sip_msg *msg)
{
	leg_peer_learn(leg, msg);
	(void)dialog_refresh(&leg->dlg, msg);
	(void)leg_respond(leg, NULL, NULL, msg, 200, "OK", NULL);
}

void modify_receive(struct leg *leg, const struct sip_msg *msg)
{
	bool invite = !pl_strcmp(&msg->met, "INVITE");
	struct pl sdp = content_sdp_of(msg);
	uint16_t scode = refusal(leg, invite);
	struct leg_request *req;

	if (scode && is_refresh(leg, msg, &sdp)) {
		refresh_accept(leg, msg);
		return;
	}

	if (!scode && pl_isset(&sdp))
		scode = offer_refusal(leg);

	if (!scode && pl_isset(&sdp) && offer_step(&leg->offer, OFFER_RECEIVED, leg->dlg.ltag))
		scode = 500;

	if (scode) {
		refuse(leg, msg, scode);
		return;
	}

	if (request_take(&req, leg, msg))
		return;

	if (invite)
		(void)sip_treply(&req->strans, leg->stack->sip, msg, 100, "Trying");

	req->offered = pl_isset(&sdp);
	leg->modify_in = req;
	leg_peer_learn(leg, msg);
	leg->h->modifyh(leg, req, msg, leg->arg);
}

static void modify_response(int err, const struct sip_msg *msg, void *arg)
{
	struct leg *leg = arg;
	bool ok = !err && msg->scode < 300;

	if (!err && msg->scode < 200)
		return;

	mem_ref(leg);

	if (leg->modify_offered)
		(void)offer_step(&leg->offer, ok ? OFFER_ANSWER_RECEIVED : OFFER_REFUSED, leg->dlg.ltag);

	if (ok) {
		struct pl sdp = content_sdp_of(msg);

		leg_peer_learn(leg, msg);
		(void)dialog_refresh(&leg->dlg, msg);

		if (!pl_strcmp(&msg->cseq.met, "INVITE")) {
			/* without an owner nobody will answer an offer in it */
			(void)uac_ack_first(leg, msg->cseq.num, leg->modify_offered || !leg->h);
			if (!leg->modify_offered && pl_isset(&sdp))
				(void)offer_step(&leg->offer, OFFER_RECEIVED, leg->dlg.ltag);
		}
	}

	if (leg->h)
		leg->h->modifiedh(leg, err, msg, leg->arg);

	request_outcome(leg, err, msg);
	mem_deref(leg);
}

bool leg_may_offer(const struct leg *leg, const char *met)
{
	if (!str_cmp(met, "INVITE"))
		return leg && leg->state == LEG_UP && !leg_modifying(leg);

	return leg_in_dialog(leg) && leg->offer == OFFER_STABLE && !leg_modifying(leg);
}

int leg_modify_cancel(struct leg *leg)
{
	if (!leg->modify_out)
		return ENOENT;

	out_cancel(leg->modify_out, NULL);

	return 0;
}

int leg_modify(struct leg *leg, const char *met, const struct content *c)
{
	bool invite = !str_cmp(met, "INVITE");
	int err;

	if (invite ? leg->state != LEG_UP : !leg_in_dialog(leg))
		return ENOTCONN;

	if (leg_modifying(leg))
		return EINPROGRESS;

	leg->modify_offered = c && !pl_cmp(&c->type, &content_sdp_type);
	if (leg->modify_offered) {
		err = offer_step(&leg->offer, OFFER_SENT, leg->dlg.ltag);
		if (err)
			return err;
	}

	err = out_send(&leg->modify_out, leg, met, ++leg->dlg.lseq, 70, c, modify_response, leg);
	if (err && leg->modify_offered)
		(void)offer_step(&leg->offer, OFFER_REFUSED, leg->dlg.ltag);

	return err;
}

/**
 * @file prack.c  The leg we call: reliable provisional responses acknowledged in order (RFC 3262 4)
 */
#include <re.h>
#include "log.h"
#include "core.h"

/* A peer may send it though we did not offer it: without our word it is a response like any other. */
static bool is_reliable(const struct leg *leg, const struct sip_msg *msg)
{
	return (leg->prack == LEG_PRACK_SUPPORTED || leg->prack == LEG_PRACK_REQUIRED) && msg->scode > 100 &&
	       msg->scode < 200 && pl_isset(&msg->to.tag) && sip_msg_hdr(msg, SIP_HDR_RSEQ) &&
	       sip_msg_hdr_has_value(msg, SIP_HDR_REQUIRE, "100rel");
}

bool prack_in_order(struct leg *leg, const struct sip_msg *msg)
{
	uint32_t rseq;

	if (!is_reliable(leg, msg))
		return true;

	if (reliable_rseq_decode(&rseq, msg))
		return false;

	/* of the early dialog in force, which is that of the response */
	if (leg->early.rseq && rseq != leg->early.rseq + 1)
		return false;

	leg->early.rseq = rseq;

	return true;
}

/* A peer that demands 100rel and then refuses PRACK is known; its call goes on (the response was heard). */
static void prack_response(int err, const struct sip_msg *msg, void *arg)
{
	const struct leg *leg = arg;

	if (err || msg->scode >= 300)
		log_peer(LOG_WARN,
			 "call %s: %J refused a PRACK (%m, %u); the call goes on. Set its trunk's prack_out "
			 "to "
			 "\"off\" if it cannot",
			 leg->dlg.callid, &leg->peer, err, msg ? msg->scode : 0);
}

static int prack_send(struct leg *leg, uint32_t rseq, uint32_t cseq, const struct content *content)
{
	struct content c = content ? *content : content_sdp(&pl_null);
	char rack[64];

	(void)re_snprintf(rack, sizeof(rack), "RAck: %u %u INVITE\r\n", rseq, cseq);
	pl_set_str(&c.hdrs, rack);

	return out_send(NULL, leg, "PRACK", ++leg->dlg.lseq, 70, &c, prack_response, leg);
}

void prack_progress(struct leg *leg, const struct sip_msg *msg)
{
	struct pl sdp = content_sdp_of(msg);
	uint32_t rseq;

	if (!is_reliable(leg, msg) || reliable_rseq_decode(&rseq, msg))
		return;

	if (pl_isset(&sdp) && leg->exchange.state == OFFER_LOCAL)
		(void)exchange_step(&leg->exchange, OFFER_ANSWER_RECEIVED, &sdp, leg->dlg.ltag);

	if (pl_isset(&sdp) && leg->exchange.state == OFFER_IDLE && leg->h && leg->h->progressh) {
		(void)exchange_step(&leg->exchange, OFFER_RECEIVED, &sdp, leg->dlg.ltag);
		if (!leg->prack_owed.owed) /* one is all that the owner can answer */
			leg->prack_owed =
				(struct prack_owed){true, rseq, msg->cseq.num, mem_ref(leg->dlg.rtag)};
		return;
	}

	(void)prack_send(leg, rseq, msg->cseq.num, NULL);
}

bool leg_prack_owed(const struct leg *leg)
{
	return leg && leg->prack_owed.owed;
}

int leg_prack(struct leg *leg, const struct content *c)
{
	struct pl sdp, rtag;

	if (!leg->prack_owed.owed)
		return EALREADY;

	pl_set_str(&rtag, leg->prack_owed.rtag);
	early_enter_known(leg, &rtag);
	sdp = content_sdp_in(c);
	leg->prack_owed.owed = false;
	(void)exchange_step(&leg->exchange, OFFER_ANSWER_SENT, &sdp, leg->dlg.ltag);

	return prack_send(leg, leg->prack_owed.rseq, leg->prack_owed.cseq, c);
}

void prack_reset(struct leg *leg)
{
	leg->prack_owed.owed = false;
	leg->prack_owed.rtag = mem_deref(leg->prack_owed.rtag);
}

/**
 * @file reliable.c  The leg that was called: provisional responses repeated until their PRACK (RFC 3262 3)
 */
#include <re.h>
#include "log.h"
#include "core.h"

enum { WAITING_MAX = 8, NUMBER_DIGITS_MAX = 10 };

/** A provisional response that waits until the one before it is acknowledged. */
struct provisional {
	struct le le;
	uint16_t scode;
	char *reason, *hdrs, *type, *body;
	struct sip_msg *around;
};

static void provisional_destructor(void *arg)
{
	struct provisional *p = arg;

	list_unlink(&p->le);
	mem_deref(p->reason);
	mem_deref(p->hdrs);
	mem_deref(p->type);
	mem_deref(p->body);
	mem_deref(p->around);
}

static bool has_sdp(const struct content *c)
{
	const struct pl sdp = content_sdp_in(c);

	return pl_isset(&sdp);
}

static int field_dup(char **field, const struct pl *pl)
{
	return pl_isset(pl) ? pl_strdup(field, pl) : 0;
}

static int wait_append(struct reliable *rel, const struct leg_event_arg *ev)
{
	struct provisional *p;
	int err;

	if (list_count(&rel->waitl) >= WAITING_MAX)
		return EOVERFLOW;

	p = mem_zalloc(sizeof(*p), provisional_destructor);
	if (!p)
		return ENOMEM;

	p->scode = ev->scode;
	err = str_dup(&p->reason, ev->reason);
	if (ev->content) {
		err |= field_dup(&p->hdrs, &ev->content->hdrs);
		err |= field_dup(&p->type, &ev->content->type);
		err |= field_dup(&p->body, &ev->content->body);
		p->around = mem_ref((void *)ev->content->around);
	}
	if (err)
		mem_deref(p);
	else
		list_append(&rel->waitl, &p->le, p);

	return err;
}

/* ------------------------------------------------------------------ sending */

static void unacknowledged_stop(struct reliable *rel)
{
	tmr_cancel(&rel->tmr);
	rel->mb = mem_deref(rel->mb);
	rel->sdp = false;
}

/* T1, doubling, for 64*T1, whatever the transport. */
static void timeout(void *arg)
{
	struct leg *leg = arg;
	struct reliable *rel = &leg->reliable;

	rel->elapsed_ms += rel->wait_ms;
	if (rel->elapsed_ms >= 64 * SIP_T1) {
		(void)leg_step(leg, LEG_EV_LOST, NULL);
		return;
	}

	(void)sip_send(leg->stack->sip, leg->msg->sock, leg->msg->tp, &rel->dst, rel->mb);

	rel->wait_ms = MIN(rel->wait_ms * 2, 64 * SIP_T1 - rel->elapsed_ms);
	tmr_start(&rel->tmr, rel->wait_ms, timeout, leg);
}

static void unacknowledged_start(struct leg *leg, struct mbuf *mb, bool sdp)
{
	struct reliable *rel = &leg->reliable;
	struct pl rport;

	rel->mb = mb;
	rel->sdp = sdp;
	rel->wait_ms = SIP_T1;
	rel->elapsed_ms = 0;
	sip_reply_addr(&rel->dst, leg->msg, !msg_param_exists(&leg->msg->via.params, "rport", &rport));
	tmr_start(&rel->tmr, rel->wait_ms, timeout, leg);
}

/* What was agreed is not said again: whoever acknowledged the answer must ignore another (RFC 3261 13.2.1). */
static struct content without_repetition(const struct leg *leg, const struct content *c)
{
	struct content out = c ? *c : content_sdp(&pl_null);

	if (has_sdp(c) && leg->exchange.state != OFFER_REMOTE && leg->exchange.state != OFFER_IDLE)
		out.type = out.body = pl_null;

	return out;
}

static int transmit(struct leg *leg, uint16_t scode, const char *reason, const struct content *content)
{
	struct content c = without_repetition(leg, content);
	struct reliable *rel = &leg->reliable;
	const struct pl sdp = content_sdp_in(&c);
	struct mbuf *mb = NULL;
	char *hdrs = NULL;
	int err;

	if (!rel->rseq) { /* 1 to 2**31-1, so that it never wraps */
		rel->rseq = rand_u16();
		rel->cseq = leg->msg->cseq.num;
	}

	err = re_sdprintf(&hdrs, "Require: 100rel\r\nRSeq: %u\r\n%r", ++rel->rseq, &c.hdrs);
	if (err)
		return err;

	pl_set_str(&c.hdrs, hdrs);
	err = leg_respond(leg, &leg->strans, &mb, leg->msg, scode, reason, &c);
	mem_deref(hdrs);
	if (err)
		return err;

	if (pl_isset(&sdp))
		(void)exchange_step(&leg->exchange,
				    leg->exchange.state == OFFER_IDLE ? OFFER_SENT : OFFER_ANSWER_SENT, &sdp,
				    leg->dlg.ltag);
	unacknowledged_start(leg, mb, pl_isset(&sdp));

	return 0;
}

static bool is_wanted(const struct leg *leg, const struct content *c)
{
	return leg->prack == LEG_PRACK_REQUIRED || (leg->prack == LEG_PRACK_SUPPORTED && has_sdp(c));
}

/** Send a provisional response, reliably where the peer demands it or where it has SDP and the peer knows how. */
int reliable_progress(struct leg *leg, const struct leg_event_arg *ev)
{
	struct content c = without_repetition(leg, ev->content);

	if (!is_wanted(leg, ev->content))
		return leg_respond(leg, &leg->strans, NULL, leg->msg, ev->scode, ev->reason, &c);

	if (leg->reliable.mb)
		return wait_append(&leg->reliable, ev);

	return transmit(leg, ev->scode, ev->reason, ev->content);
}

void reliable_stop(struct leg *leg)
{
	unacknowledged_stop(&leg->reliable);
	list_flush(&leg->reliable.waitl);
}

/* Those that waited with SDP count, too: it may be the answer. */
bool leg_answer_waits(const struct leg *leg)
{
	const struct reliable *rel = &leg->reliable;
	struct le *le;

	if ((rel->mb && rel->sdp) || leg->modify_in)
		return true;

	for (le = rel->waitl.head; le; le = le->next)
		if (((const struct provisional *)le->data)->body)
			return true;

	return false;
}

/* ------------------------------------------------------------------ PRACK */

static int number_decode(uint32_t *n, const struct pl *digits)
{
	uint64_t value = 0;

	if (!digits->l || digits->l > NUMBER_DIGITS_MAX)
		return EBADMSG;

	for (size_t i = 0; i < digits->l; i++) {
		if (digits->p[i] < '0' || digits->p[i] > '9')
			return EBADMSG;
		value = value * 10 + (uint64_t)(digits->p[i] - '0');
	}

	if (value > UINT32_MAX)
		return EBADMSG;

	*n = (uint32_t)value;

	return 0;
}

int reliable_rseq_decode(uint32_t *rseq, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_RSEQ);

	return hdr ? number_decode(rseq, &hdr->val) : ENOENT;
}

int reliable_rack_decode(struct rack *rack, const struct sip_msg *msg)
{
	const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_RACK);
	struct pl rseq, cseq, met;

	if (!hdr)
		return ENOENT;

	if (re_regex(hdr->val.p, hdr->val.l, "[0-9]+[ \t]+[0-9]+[ \t]+[^ \t]+", &rseq, NULL, &cseq, NULL,
		     &met) ||
	    rseq.p != hdr->val.p)
		return EBADMSG;

	rack->met = met;

	return number_decode(&rack->rseq, &rseq) || number_decode(&rack->cseq, &cseq) ? EBADMSG : 0;
}

/* Why a PRACK acknowledges nothing; 0: it is the one awaited. */
static uint16_t refusal(const struct leg *leg, const struct sip_msg *msg, const char **reason)
{
	const struct reliable *rel = &leg->reliable;
	const bool answer_due = leg->exchange.state == OFFER_LOCAL && rel->sdp;
	struct pl sdp = content_sdp_of(msg);
	struct rack rack;

	*reason = "Missing or Malformed RAck";
	if (reliable_rack_decode(&rack, msg))
		return 400;

	*reason = "Call/Transaction Does Not Exist";
	if (!rel->mb || rack.rseq != rel->rseq || rack.cseq != rel->cseq || pl_strcmp(&rack.met, "INVITE"))
		return 481;

	*reason = "Answer Missing";

	return answer_due && !pl_isset(&sdp) ? 400 : 0;
}

static void next_send(struct leg *leg)
{
	struct provisional *p = list_ledata(leg->reliable.waitl.head);
	struct content c = content_sdp(&pl_null);

	if (!p || leg->state != LEG_RINGING)
		return;

	list_unlink(&p->le);
	if (p->hdrs)
		pl_set_str(&c.hdrs, p->hdrs);
	if (p->type)
		pl_set_str(&c.type, p->type);
	if (p->body)
		pl_set_str(&c.body, p->body);
	c.around = p->around;

	(void)transmit(leg, p->scode, p->reason, &c);
	mem_deref(p);
}

/** A PRACK: it may carry the answer to our offer, or an offer of its own (RFC 3262 5). */
void reliable_receive(struct leg *leg, const struct sip_msg *msg)
{
	struct pl sdp = content_sdp_of(msg);
	const char *reason;
	const uint16_t scode = refusal(leg, msg, &reason);

	if (scode) {
		request_refuse(leg, msg, scode, reason, NULL);
		return;
	}

	unacknowledged_stop(&leg->reliable);
	if (pl_isset(&sdp) && leg->exchange.state != OFFER_LOCAL) {
		modify_receive(leg, msg);
	}
	else {
		if (leg->exchange.state == OFFER_LOCAL)
			(void)exchange_step(&leg->exchange, OFFER_ANSWER_RECEIVED, &sdp, leg->dlg.ltag);
		(void)sip_treply(NULL, leg->stack->sip, msg, 200, "OK");
	}

	next_send(leg);
	if (leg->h && leg->h->prackh && !leg->modify_in)
		leg->h->prackh(leg, msg, leg->arg);
}

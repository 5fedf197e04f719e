/**
 * @file cancel.c  A CANCEL of ours with headers of its own
 */
#include <re.h>
#include "cancel.h"

struct cancel {
	struct sip *sip;
	enum sip_transp tp;
	struct sa dst;
	struct mbuf *mb;
	struct tmr tmr;
	uint32_t wait_ms, elapsed_ms;
	bool answered;
	cancel_timeout_h *timeouth;
	void *arg;
};

static void destructor(void *arg)
{
	struct cancel *cancel = arg;

	tmr_cancel(&cancel->tmr);
	mem_deref(cancel->mb);
}

static bool route_handler(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
	(void)msg;

	return 0 != mbuf_printf(arg, "Route: %r\r\n", &hdr->val);
}

/* The INVITE's own URI, Via, Route, To, From, Call-ID and CSeq number (RFC 3261 9.1). */
static int print(struct mbuf *mb, const struct sip_msg *msg, const char *hdrs)
{
	int err;

	err = mbuf_printf(mb, "CANCEL %r SIP/2.0\r\nVia: %r\r\nMax-Forwards: 70\r\n", &msg->ruri,
			  &msg->via.val);
	err |= sip_msg_hdr_apply(msg, true, SIP_HDR_ROUTE, route_handler, mb) ? ENOMEM : 0;
	err |= mbuf_printf(mb,
			   "To: %r\r\nFrom: %r\r\nCall-ID: %r\r\nCSeq: %u CANCEL\r\n"
			   "User-Agent: Tandem/%s\r\n%sContent-Length: 0\r\n\r\n",
			   &msg->to.val, &msg->from.val, &msg->callid, msg->cseq.num, TANDEM_VERSION,
			   hdrs ? hdrs : "");
	mb->pos = 0;

	return err;
}

/* libre sends the INVITE's buffer again by its position, which decoding moves: a copy is decoded. */
static int message_make(struct mbuf *mb, const struct mbuf *invite, const char *hdrs)
{
	struct mbuf *copy = mbuf_alloc(invite->end);
	struct sip_msg *msg = NULL;
	int err;

	if (!copy)
		return ENOMEM;

	err = mbuf_write_mem(copy, invite->buf, invite->end);
	copy->pos = 0;
	err = err ? err : sip_msg_decode(&msg, copy);
	err = err ? err : print(mb, msg, hdrs);
	mem_deref(msg);
	mem_deref(copy);

	return err;
}

/* Timers E and F of the CANCEL; F is also how long its INVITE may stay open (RFC 3261 9.1, 17.1.2.2). */
static void timeout(void *arg)
{
	struct cancel *cancel = arg;

	cancel->elapsed_ms += cancel->wait_ms;
	if (cancel->elapsed_ms >= 64 * SIP_T1) {
		cancel->timeouth(cancel->arg);
		return;
	}

	if (!cancel->answered && cancel->tp == SIP_TRANSP_UDP)
		(void)sip_send(cancel->sip, NULL, cancel->tp, &cancel->dst, cancel->mb);

	cancel->wait_ms = MIN(MIN(cancel->wait_ms * 2, SIP_T2), 64 * SIP_T1 - cancel->elapsed_ms);
	tmr_start(&cancel->tmr, cancel->wait_ms, timeout, cancel);
}

int cancel_send(struct cancel **cancelp, struct sip *sip, const struct cancel_invite *invite,
		const char *hdrs, cancel_timeout_h *timeouth, void *arg)
{
	struct cancel *cancel;
	int err;

	cancel = mem_zalloc(sizeof(*cancel), destructor);
	if (!cancel)
		return ENOMEM;

	cancel->sip = sip;
	cancel->tp = invite->tp;
	cancel->dst = invite->dst;
	cancel->wait_ms = SIP_T1;
	cancel->timeouth = timeouth;
	cancel->arg = arg;
	cancel->mb = mbuf_alloc(512);

	err = cancel->mb ? message_make(cancel->mb, invite->mb, hdrs) : ENOMEM;
	err = err ? err : sip_send(sip, NULL, cancel->tp, &cancel->dst, cancel->mb);
	if (err) {
		mem_deref(cancel);
		return err;
	}

	tmr_start(&cancel->tmr, cancel->wait_ms, timeout, cancel);
	*cancelp = cancel;

	return 0;
}

void cancel_answered(struct cancel *cancel)
{
	if (cancel)
		cancel->answered = true;
}

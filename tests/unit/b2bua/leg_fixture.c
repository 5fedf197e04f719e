/**
 * @file leg_fixture.c  Both ends of a leg on loopback sockets
 */
#include <string.h>
#include <re.h>
#include "leg_fixture.h"
#include "sip_text.h"
#include "unit.h"

/* ------------------------------------------------------------------ ladders */

static void ladder_add(char *ladder, const char *pkt, size_t len)
{
	struct pl first, second, met = PL_INIT;
	char word[64];

	if (re_regex(pkt, len, "[^ ]+ [^ ]+", &first, &second))
		return;

	if (!pl_strcmp(&first, "SIP/2.0")) {
		(void)re_regex(pkt, len, "CSeq: [0-9]+ [A-Z]+", NULL, &met);
		(void)re_snprintf(word, sizeof(word), "%r/%r", &second, &met);
	}
	else {
		(void)re_snprintf(word, sizeof(word), "%r", &first);
	}

	if (ladder[0])
		(void)strncat(ladder, " ", LADDER_SIZE - strlen(ladder) - 1);
	(void)strncat(ladder, word, LADDER_SIZE - strlen(ladder) - 1);
}

unsigned ladder_count(const char *ladder, const char *word)
{
	const size_t l = strlen(word);
	unsigned n = 0;

	for (const char *p = ladder; (p = strstr(p, word)); p += l)
		if ((p == ladder || p[-1] == ' ') && (!p[l] || p[l] == ' '))
			++n;

	return n;
}

/* ------------------------------------------------------------------ a party */

static void on_progress(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	++p->told.progress;
	p->scode = msg->scode;
}

static void on_answer(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	++p->told.answer;
	p->scode = msg->scode;
	if (p->offered)
		CU_ASSERT_EQUAL(leg_ack(leg, NULL), 0);
}

static void on_fail(struct leg *leg, int err, const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	++p->told.fail;
	p->err = err;
	p->scode = msg ? msg->scode : 0;
	p->leg = mem_deref(p->leg);
}

static void on_cancel(struct leg *leg, void *arg)
{
	struct party *p = arg;

	++p->told.cancel;
	p->leg = mem_deref(p->leg);
}

static void on_ack(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	++p->told.ack;
}

static void on_prack(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	++p->told.prack;
}

static void on_modify(struct leg *leg, struct leg_request *req, const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	++p->told.modify;
	p->req = req;
}

static void on_modify_cancel(struct leg *leg, struct leg_request *req, void *arg)
{
	struct party *p = arg;

	++p->told.modify_cancel;
	CU_ASSERT_PTR_EQUAL(req, p->req);
}

static void on_modified(struct leg *leg, int err, const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	++p->told.modified;
	p->err = err;
	p->scode = msg ? msg->scode : 0;
}

static void on_changed(struct leg *leg, const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	++p->told.changed;
}

static void on_request(struct leg *leg, struct leg_request *req, const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	++p->told.request;
	p->req = req;
}

static void on_close(struct leg *leg, int err, const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	++p->told.close;
	p->err = err;
	p->leg = mem_deref(p->leg);
}

static const struct leg_handlers handlers = {
	.progressh = on_progress,
	.answerh = on_answer,
	.failh = on_fail,
	.cancelh = on_cancel,
	.ackh = on_ack,
	.prackh = on_prack,
	.modifyh = on_modify,
	.modify_cancelh = on_modify_cancel,
	.modifiedh = on_modified,
	.changedh = on_changed,
	.requesth = on_request,
	.closeh = on_close,
};

static bool on_sip_request(const struct sip_msg *msg, void *arg)
{
	struct party *p = arg;

	if (!pl_strcmp(&msg->met, "ACK") || pl_isset(&msg->to.tag)) {
		if (!stack_request(p->stack, msg)) {
			++p->strays;
			if (pl_strcmp(&msg->met, "ACK"))
				(void)sip_treply(NULL, p->sip, msg, 481, "Call/Transaction Does Not Exist");
		}
		return true;
	}

	if (!pl_strcmp(&msg->met, "INVITE") && !p->leg &&
	    !leg_incoming(&p->leg, p->stack, msg, p->prack, &handlers, p))
		leg_session_set(p->leg, &p->session);

	return true;
}

static void on_trace(bool tx, enum sip_transp tp, const struct sa *src, const struct sa *dst,
		     const uint8_t *pkt, size_t len, void *arg)
{
	struct party *p = arg;

	if (tx)
		ladder_add(p->sent, (const char *)pkt, len);
}

/* The kernel chooses a free port, which libre does not tell: so it is chosen first and given to both. */
static void address_choose(struct sa *addr)
{
	struct udp_sock *us = NULL;

	(void)sa_set_str(addr, "127.0.0.1", 0);
	CU_ASSERT_EQUAL_FATAL(udp_listen(&us, addr, NULL, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(udp_local_get(us, addr), 0);
	mem_deref(us);
}

void party_open(struct party *p)
{
	memset(p, 0, sizeof(*p));
	address_choose(&p->addr);

	CU_ASSERT_EQUAL_FATAL(sip_alloc(&p->sip, NULL, 32, 32, 32, "unit", NULL, p), 0);
	CU_ASSERT_EQUAL_FATAL(sip_transp_add(p->sip, SIP_TRANSP_UDP, &p->addr), 0);
	CU_ASSERT_EQUAL_FATAL(stack_alloc(&p->stack, p->sip), 0);
	CU_ASSERT_EQUAL_FATAL(sip_listen(&p->lsnr, p->sip, true, on_sip_request, p), 0);
	sip_set_trace_handler(p->sip, on_trace);
}

void party_close(struct party *p)
{
	mem_deref(p->req);
	leg_hangup(p->leg, 0, NULL, NULL);
	mem_deref(p->leg);
	mem_deref(p->lsnr);
	stack_flush(p->stack);
	mem_deref(p->stack);
	mem_deref(p->sip);
}

struct content party_sdp(const char *sdp)
{
	struct pl pl;

	pl_set_str(&pl, sdp);

	return content_sdp(&pl);
}

int party_dial(struct party *p, const struct sa *addr, const char *sdp)
{
	struct leg_dial d = {.from = PL("<sip:1001@127.0.0.1>"),
			     .to = PL("<sip:8613800@127.0.0.1>"),
			     .user = PL("1001"),
			     .max_forwards = 69,
			     .credentials = p->credentials,
			     .prack = p->prack,
			     .session = p->session};
	char uri[64];

	(void)re_snprintf(uri, sizeof(uri), "sip:8613800@%J", addr);
	d.uri = uri;
	p->offered = sdp != NULL;
	if (sdp)
		d.content = party_sdp(sdp);

	return leg_dial(&p->leg, p->stack, &d, &handlers, p);
}

/* ------------------------------------------------------------------ a wire */

static void on_datagram(const struct sa *src, struct mbuf *mb, void *arg)
{
	const size_t start = mb->pos;
	struct wire *w = arg;

	/* not decoded where memory is made short: not heard */
	if (w->msgc >= WIRE_MAX || sip_msg_decode(&w->msgv[w->msgc], mb))
		return;

	++w->msgc;
	w->peer = *src;
	ladder_add(w->heard, (const char *)mb->buf + start, mb->end - start);
}

void wire_open(struct wire *w)
{
	memset(w, 0, sizeof(*w));
	(void)sa_set_str(&w->addr, "127.0.0.1", 0);
	CU_ASSERT_EQUAL_FATAL(udp_listen(&w->us, &w->addr, on_datagram, w), 0);
	CU_ASSERT_EQUAL_FATAL(udp_local_get(w->us, &w->addr), 0);
}

void wire_forget(struct wire *w)
{
	while (w->msgc)
		mem_deref(w->msgv[--w->msgc]);
	w->heard[0] = '\0';
}

void wire_close(struct wire *w)
{
	wire_forget(w);
	mem_deref(w->us);
}

void wire_send(struct wire *w, const struct sa *dst, const char *fmt, ...)
{
	struct mbuf *mb;
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsdprintf(&text, fmt, ap);
	va_end(ap);

	mb = sip_text_bytes("%s", text);
	CU_ASSERT_EQUAL(udp_send(w->us, dst, mb), 0);
	mem_deref(mb);
	mem_deref(text);
}

const struct sip_msg *wire_last(const struct wire *w, const char *word)
{
	for (size_t i = w->msgc; i--;) {
		const struct sip_msg *msg = w->msgv[i];
		char own[64];

		if (msg->req)
			(void)re_snprintf(own, sizeof(own), "%r", &msg->met);
		else
			(void)re_snprintf(own, sizeof(own), "%u/%r", msg->scode, &msg->cseq.met);
		if (!strcmp(own, word))
			return msg;
	}

	CU_FAIL_FATAL("the message was not heard");

	return NULL;
}

void wire_reply(struct wire *w, const struct sip_msg *req, const char *status, const char *tag,
		const char *more)
{
	bool tagged = pl_isset(&req->to.tag);

	wire_send(w, &w->peer,
		  "SIP/2.0 %s\nVia: %r\nFrom: %r\nTo: %r%s%s\nCall-ID: %r\nCSeq: %u %r\n"
		  "Contact: <sip:8613800@%J>\n%s",
		  status, &req->via.val, &req->from.val, &req->to.val,
		  tagged ? "" : ";tag=", tagged ? "" : tag, &req->callid, req->cseq.num, &req->cseq.met,
		  &w->addr, more);
}

void wire_invite(struct wire *w, const struct party *p, const char *more)
{
	wire_send(w, &p->addr,
		  "INVITE sip:8613800@%J SIP/2.0\nVia: SIP/2.0/UDP %J;branch=z9hG4bKinvite;rport\n"
		  "From: <sip:1001@127.0.0.1>;tag=wire\nTo: <sip:8613800@127.0.0.1>\nCall-ID: wire-call\n"
		  "CSeq: 1 INVITE\nContact: <sip:1001@%J>\nMax-Forwards: 70\n%s",
		  &p->addr, &w->addr, &w->addr, more);
}

static const struct pl *to_tag(const struct wire *w)
{
	static const struct pl none = PL("none");

	for (size_t i = w->msgc; i--;)
		if (!w->msgv[i]->req && pl_isset(&w->msgv[i]->to.tag) && w->msgv[i]->scode < 300)
			return &w->msgv[i]->to.tag;

	return &none;
}

void wire_request(struct wire *w, const struct party *p, const char *met, unsigned cseq, const char *more)
{
	wire_send(w, &p->addr,
		  "%s sip:8613800@%J SIP/2.0\nVia: SIP/2.0/UDP %J;branch=z9hG4bK%s%u;rport\n"
		  "From: <sip:1001@127.0.0.1>;tag=wire\nTo: <sip:8613800@127.0.0.1>;tag=%r\nCall-ID: "
		  "wire-call\n"
		  "CSeq: %u %s\nContact: <sip:1001@%J>\nMax-Forwards: 70\n%s",
		  met, &p->addr, &w->addr, met, cseq, to_tag(w), cseq, met, &w->addr, more);
}

void wire_request_back(struct wire *w, const struct party *p, const char *met, unsigned cseq, const char *tag,
		       const char *more)
{
	const struct sip_msg *invite = wire_last(w, "INVITE");

	wire_send(w, &p->addr,
		  "%s sip:1001@%J SIP/2.0\nVia: SIP/2.0/UDP %J;branch=z9hG4bKback%s%u;rport\n"
		  "From: <sip:8613800@127.0.0.1>;tag=%s\nTo: %r\nCall-ID: %r\n"
		  "CSeq: %u %s\nContact: <sip:8613800@%J>\nMax-Forwards: 70\n%s",
		  met, &p->addr, &w->addr, met, cseq, tag, &invite->from.val, &invite->callid, cseq, met,
		  &w->addr, more);
}

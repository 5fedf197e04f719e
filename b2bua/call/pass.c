/**
 * @file pass.c  Requests that change no media cross from one leg to the other, as both trunks' methods allow
 */
#include <strings.h>
#include <re.h>
#include "../leg/header.h"
#include "../leg/header_cross.h"
#include "core.h"
#include "cross.h"

enum { METHOD_SIZE = 32 };

uint16_t pass_outcome(char phrase[PASS_PHRASE_SIZE], int err, const struct sip_msg *msg)
{
	uint16_t scode = err == ETIMEDOUT ? 408 : 500;

	if (msg)
		scode = msg->scode < 300   ? msg->scode
			: msg->scode < 400 ? 488
					   : header_code_shown(msg->scode);

	str_ncpy(phrase, header_phrase(scode), PASS_PHRASE_SIZE);
	if (msg && scode == msg->scode && pl_isset(&msg->reason))
		(void)pl_strcpy(&msg->reason, phrase, PASS_PHRASE_SIZE);

	return scode;
}

/* The body with what describes it; the text behind it is `mb`'s. */
static struct content content_print_of(struct mbuf *mb, const struct sip_msg *msg)
{
	struct content c = content_of(msg);

	if (mb && !header_print_body(mb, msg) && !header_print_event(mb, msg))
		c.hdrs = (struct pl){(const char *)mb->buf, mb->end};

	return c;
}

static void passed_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct leg_request *req = arg;
	struct mbuf *mb = mbuf_alloc(64);
	struct content c = msg ? content_print_of(mb, msg) : content_sdp(&pl_null);
	char phrase[PASS_PHRASE_SIZE];
	const uint16_t scode = pass_outcome(phrase, err, msg);

	(void)leg_reply(req, scode, phrase, &c);
	mem_deref(mb);
	mem_deref(req);
}

void pass_with(struct call *call, struct leg *from, struct leg_request *req, const struct mbuf *more)
{
	const struct sip_msg *msg = leg_request_msg(req);
	struct leg *to = call_other(call, from);
	struct content c = content_of(msg);
	struct mbuf *mb = cross_message(call, msg, to, &c);
	char met[METHOD_SIZE];
	int err;

	if (mb && !header_print_event(mb, msg) && (!more || !mbuf_write_mem(mb, more->buf, more->end)))
		c.hdrs = (struct pl){(const char *)mb->buf, mb->end};

	(void)pl_strcpy(&msg->met, met, sizeof(met));
	err = leg_send(to, met, &c, passed_handler, req);
	mem_deref(mb);
	if (!err)
		return;

	(void)leg_reply(req, 480, "Temporarily Unavailable", NULL);
	mem_deref(req);
}

void pass_on(struct call *call, struct leg *from, struct leg_request *req)
{
	pass_with(call, from, req, NULL);
}

/* What was passed to the other side is reported back (RFC 3515 2.4.4). */
static bool is_report(const struct call *call, const struct leg *from, const struct sip_msg *msg)
{
	const struct trunk *to = handover_trunk(call, call_other(call, from));
	const struct sip_hdr *event = sip_msg_hdr(msg, SIP_HDR_EVENT);

	return to && to->transfer == TRANSFER_PASS && !pl_strcmp(&msg->met, "NOTIFY") && event &&
	       event->val.l >= 5 && !strncasecmp(event->val.p, "refer", 5);
}

static bool is_let_pass(const struct call *call, const struct pl *met)
{
	return trunk_passes(call->trunk_a, met) && call->dst && trunk_passes(call->dst, met);
}

void pass_request(struct call *call, struct leg *from, struct leg_request *req, const struct sip_msg *msg)
{
	if (!pl_strcmp(&msg->met, "REFER")) {
		transfer_request(call, from, req, msg);
		return;
	}

	if (is_let_pass(call, &msg->met) || is_report(call, from, msg)) {
		pass_on(call, from, req);
		return;
	}

	if (!pl_strcmp(&msg->met, "OPTIONS"))
		(void)leg_reply(req, 200, "OK", NULL);
	else
		leg_refuse(req);
	mem_deref(req);
}

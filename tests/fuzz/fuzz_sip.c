/**
 * @file fuzz_sip.c  Any datagrams at the SIP entry: a peer's half of a conversation with one leg
 *
 * An input is records divided by byte 0x1e. One that begins with '!' is what the leg's owner does next
 * (its second byte says what); any other is a datagram. In it "$b", "$f", "$t", "$c" and "$n" stand for
 * branch, From tag, To tag, Call-ID and CSeq number as we sent them last, for no fuzzer guesses those.
 * Each datagram also goes alone through every pure function that reads a message.
 */
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "door/answer.h"
#include "door/packet.h"
#include "leg/content.h"
#include "leg/dialog.h"
#include "leg/header.h"
#include "leg/header_cross.h"
#include "leg/leg.h"
#include "leg/stack.h"
#include "leg/sdp.h"
#include "log.h"
#include "loop.h"
#include "route/number.h"

enum { RECORD_SEPARATOR = 0x1e, RECORDS_MAX = 32, TURN_MS = 4 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct sip *sip;
	struct sip_lsnr *lsnr;
	struct stack *stack;
	struct leg *leg;
	struct leg_request *req;
	struct udp_sock *peer;
	struct sa addr, peer_addr;
	char branch[64], from[64], to[64], callid[64], cseq[16]; /* of what we sent last */
} f;

/* ------------------------------------------------------------------ the leg's owner */

static const struct session_policy timers = {SESSION_REQUEST, 1800, 90, 0};

static void on_message(struct leg *leg, const struct sip_msg *msg, void *arg)
{
}

static void on_end(struct leg *leg, int err, const struct sip_msg *msg, void *arg)
{
	f.leg = mem_deref(f.leg);
}

static void on_cancel(struct leg *leg, void *arg)
{
	f.leg = mem_deref(f.leg);
}

static void on_modified(struct leg *leg, int err, const struct sip_msg *msg, void *arg)
{
}

static void on_request(struct leg *leg, struct leg_request *req, const struct sip_msg *msg, void *arg)
{
	mem_deref(f.req);
	f.req = req;
}

static void on_sent(int err, const struct sip_msg *msg, void *arg)
{
}

static const struct leg_handlers handlers = {
	.progressh = on_message,
	.answerh = on_message,
	.failh = on_end,
	.cancelh = on_cancel,
	.ackh = on_message,
	.prackh = on_message,
	.modifyh = on_request,
	.modifiedh = on_modified,
	.requesth = on_request,
	.closeh = on_end,
};

static void dial(const struct content *c)
{
	struct leg_dial d = {.from = PL("<sip:1@127.0.0.1>"),
			     .session = timers,
			     .to = PL("<sip:2@127.0.0.1>"),
			     .max_forwards = 69,
			     .prack = LEG_PRACK_SUPPORTED};
	char uri[64];

	(void)re_snprintf(uri, sizeof(uri), "sip:2@%J", &f.peer_addr);
	d.uri = uri;
	d.content = *c;
	(void)leg_dial(&f.leg, f.stack, &d, &handlers, NULL);
}

static void reply(uint16_t scode, const struct content *c)
{
	if (!f.req)
		return;

	(void)leg_reply(f.req, scode, "Fuzzed", c);
	f.req = mem_deref(f.req);
}

static void hangup(void)
{
	leg_hangup(f.leg, 486, "Busy Here", NULL);
	f.leg = mem_deref(f.leg);
}

static void owner_acts_on_leg(char verb, const struct content *sdp, const struct content *none)
{
	switch (verb) {

	case 'p':
		(void)leg_progress(f.leg, 180, "Ringing", none);
		break;
	case 'P':
		(void)leg_progress(f.leg, 183, "Session Progress", sdp);
		break;
	case 'a':
		(void)leg_answer(f.leg, sdp);
		break;
	case 'A':
		(void)leg_prack(f.leg, sdp);
		break;
	case 'k':
		(void)leg_ack(f.leg, sdp);
		break;
	case 'm':
		(void)leg_modify(f.leg, "INVITE", sdp);
		break;
	case 'M':
		(void)leg_modify(f.leg, "INVITE", none);
		break;
	case 'u':
		(void)leg_modify(f.leg, "UPDATE", sdp);
		break;
	case 'U':
		(void)leg_modify(f.leg, "UPDATE", none);
		break;
	case 'i':
		(void)leg_send(f.leg, "INFO", none, on_sent, NULL);
		break;
	case 'h':
		hangup();
		break;
	default:
		break;
	}
}

static void owner_acts(char verb)
{
	static const struct pl text = PL("v=0\r\nm=audio 4000 RTP/AVP 8\r\n");
	const struct content sdp = content_sdp(&text), none = content_sdp(&pl_null);

	switch (verb) {

	case 'd':
	case 'D':
		if (!f.leg)
			dial(verb == 'd' ? &sdp : &none);
		break;

	case 'r':
		reply(200, &sdp);
		break;
	case 'R':
		reply(488, &none);
		break;
	case 'x':
		f.req = mem_deref(f.req);
		break;
	case 't':
		loop_run(600);
		break;
	case 'T':
		loop_skip(33000);
		break;

	default:
		if (f.leg)
			owner_acts_on_leg(verb, &sdp, &none);
		break;
	}
}

/* ------------------------------------------------------------------ the stack */

static bool on_sip_request(const struct sip_msg *msg, void *arg)
{
	if (!pl_strcmp(&msg->met, "ACK") || pl_isset(&msg->to.tag)) {
		if (!stack_request(f.stack, msg))
			(void)sip_reply(f.sip, msg, 481, "Call/Transaction Does Not Exist");
		return true;
	}

	if (!pl_strcmp(&msg->met, "INVITE") && !f.leg && !stack_sent(f.stack, msg)) {
		if (!leg_incoming(&f.leg, f.stack, msg, LEG_PRACK_SUPPORTED, &handlers, NULL))
			leg_session_set(f.leg, &timers);
	}
	else if (!header_refuse_required(f.sip, msg, HEADER_OPTION_100REL | HEADER_OPTION_TIMER))
		(void)sip_reply(f.sip, msg, 405, "Method Not Allowed");

	return true;
}

static void keep(char *field, size_t size, const uint8_t *pkt, size_t len, const char *expr)
{
	struct pl pl;

	if (!re_regex((const char *)pkt, len, expr, &pl))
		(void)pl_strcpy(&pl, field, size);
}

static void keep_tag(char *field, size_t size, const uint8_t *pkt, size_t len, const char *expr)
{
	struct pl pl, tag;

	if (!re_regex((const char *)pkt, len, expr, &pl) && !msg_param_decode(&pl, "tag", &tag))
		(void)pl_strcpy(&tag, field, size);
}

static void on_trace(bool tx, enum sip_transp tp, const struct sa *src, const struct sa *dst,
		     const uint8_t *pkt, size_t len, void *arg)
{
	if (!tx)
		return;

	keep(f.branch, sizeof(f.branch), pkt, len, "branch=[^;\r\n]+");
	keep_tag(f.from, sizeof(f.from), pkt, len, "From: [^\r\n]+");
	keep_tag(f.to, sizeof(f.to), pkt, len, "To: [^\r\n]+");
	keep(f.callid, sizeof(f.callid), pkt, len, "Call-ID: [^\r\n]+");
	keep(f.cseq, sizeof(f.cseq), pkt, len, "CSeq: [0-9]+");
}

static void nothing_read(const struct sa *src, struct mbuf *mb, void *arg)
{
}

static int open_all(void)
{
	int err;

	memset(&f, 0, sizeof(f));
	(void)sa_set_str(&f.peer_addr, "127.0.0.1", 0);
	err = udp_listen(&f.peer, &f.peer_addr, nothing_read, NULL);
	err = err ? err : udp_local_get(f.peer, &f.peer_addr);

	/* the port after a free one is nearly always free, too */
	f.addr = f.peer_addr;
	sa_set_port(&f.addr, (uint16_t)(sa_port(&f.peer_addr) + 1));
	err = err ? err : sip_alloc(&f.sip, NULL, 32, 32, 32, "fuzz", NULL, NULL);
	err = err ? err : sip_transp_add(f.sip, SIP_TRANSP_UDP, &f.addr);
	err = err ? err : stack_alloc(&f.stack, f.sip);
	err = err ? err : sip_listen(&f.lsnr, f.sip, true, on_sip_request, NULL);
	if (!err)
		sip_set_trace_handler(f.sip, on_trace);

	return err;
}

static void close_all(void)
{
	f.req = mem_deref(f.req);
	if (f.leg)
		hangup();
	mem_deref(f.lsnr);
	if (f.stack)
		stack_flush(f.stack);
	mem_deref(f.stack);
	mem_deref(f.sip);
	mem_deref(f.peer);
}

/* ------------------------------------------------------------------ the pure functions */

static void read_content(const struct sip_msg *msg)
{
	struct content c = content_of(msg);
	struct pl sdp = content_sdp_of(msg);
	char codec[SDP_CODEC_SIZE];
	struct mbuf *mb = mbuf_alloc(64);

	sdp_codec(codec, &sdp);
	if (memchr(codec, 0, sizeof(codec)) == NULL)
		abort();

	(void)mbuf_printf(mb, "%H", content_print, &c);
	mem_deref(mb);
}

/* What crosses ends in CRLF and holds no control character but that. */
static void crosses(const struct mbuf *mb)
{
	for (size_t i = 0; i < mb->end; i++) {
		const uint8_t c = mb->buf[i];

		if (c == '\r' && i + 1 < mb->end && mb->buf[i + 1] == '\n')
			++i;
		else if (c < 0x20 || c == 0x7f)
			abort();
	}

	if (mb->end && mb->buf[mb->end - 1] != '\n')
		abort();
}

static void read_headers(const struct sip_msg *msg)
{
	struct mbuf *mb = mbuf_alloc(256);
	unsigned n;

	(void)header_print_passed(mb, msg, &(struct header_cross){&f.addr, true});
	(void)header_print_body(mb, msg);
	(void)header_print_unsupported(mb, msg, HEADER_OPTION_100REL);
	(void)header_print_reason(mb, msg, &n);
	crosses(mb);
	mbuf_rewind(mb);
	if (pl_isset(&msg->from.auri))
		(void)header_print_name(mb, &msg->from.val, &msg->from.auri);
	mem_deref(mb);

	if (header_q850(msg) > 127)
		abort();
	(void)header_icid(msg);
	(void)header_uri_is_plain(&msg->ruri);
}

static void read_number(const struct uri *uri)
{
	char number[NUMBER_SIZE];
	struct pl user = number_user(uri);

	number_normalise(number, &user);
	if (!memchr(number, 0, sizeof(number)))
		abort();
}

static void read_dialog(const struct sip_msg *msg)
{
	struct dialog dlg = {.callid = NULL};
	struct mbuf *mb = mbuf_alloc(256);

	if (msg->req && !dialog_accept(&dlg, msg)) {
		if (!dialog_ruri(&dlg) || !dialog_next_hop(&dlg))
			abort();
		(void)dialog_refresh(&dlg, msg);
		(void)dialog_rseq_take(&dlg, msg);
		(void)dialog_match(&dlg, msg);
		(void)dialog_confirm(&dlg, msg);
		(void)dialog_print(mb, &dlg, 1, "BYE");
	}

	dialog_reset(&dlg);
	mem_deref(mb);
}

/* False when libre cannot decode it: then it would only print a line. */
static bool read_alone(const uint8_t *p, size_t size)
{
	struct sip_msg *msg = NULL;
	struct mbuf *mb = mbuf_alloc(size ? size : 1);
	bool decoded;

	(void)mbuf_write_mem(mb, p, size);
	mb->pos = 0;
	decoded = !sip_msg_decode(&msg, mb);

	if (decoded) {
		(void)sa_set_str(&msg->src, "192.0.2.1", 5060);
		read_content(msg);
		read_headers(msg);
		read_dialog(msg);
		read_number(&msg->uri);
		read_number(&msg->from.uri);
	}

	mem_deref(msg);
	mem_deref(mb);

	return decoded;
}

/* ------------------------------------------------------------------ the records */

static const char *ours(uint8_t letter)
{
	switch (letter) {

	case 'b':
		return f.branch;
	case 'f':
		return f.from;
	case 't':
		return f.to;
	case 'c':
		return f.callid;
	case 'n':
		return f.cseq;
	default:
		return NULL;
	}
}

/* What no decoder takes is answered, too: as lines of a response, whatever the request held. */
static void answer(const uint8_t *p, size_t size)
{
	struct mbuf *mb = mbuf_alloc(256);

	if (!answer_print(mb, p, size))
		crosses(mb);
	mem_deref(mb);
}

static struct mbuf *expand(const uint8_t *p, size_t size)
{
	struct mbuf *mb = mbuf_alloc(size + 64);

	for (size_t i = 0; i < size; i++) {
		const char *value = p[i] == '$' && i + 1 < size ? ours(p[i + 1]) : NULL;

		if (value) {
			(void)mbuf_write_str(mb, value);
			++i;
		}
		else {
			(void)mbuf_write_u8(mb, p[i]);
		}
	}

	return mb;
}

static void datagram(const uint8_t *p, size_t size)
{
	struct mbuf *mb = expand(p, size);
	/* a copy of just its size, so that a look past the end is seen */
	uint8_t *alone = mem_alloc(mb->end ? mb->end : 1, NULL);

	if (mb->end)
		memcpy(alone, mb->buf, mb->end);

	mb->pos = 0;
	answer(alone, mb->end);
	if (packet_kind(alone, mb->end) == PACKET_SIP && read_alone(alone, mb->end)) {
		(void)udp_send(f.peer, &f.addr, mb);
		loop_run(TURN_MS);
	}

	mem_deref(alone);
	mem_deref(mb);
}

static void record(const uint8_t *p, size_t size)
{
	if (size >= 2 && p[0] == '!')
		owner_acts((char)p[1]);
	else
		datagram(p, size);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_init("fuzz", LOG_TEXT, LOG_LEVELC);

	return libre_init();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned records = 0;

	loop_open();
	if (open_all())
		goto out;

	while (size && records++ < RECORDS_MAX) {
		const uint8_t *end = memchr(data, RECORD_SEPARATOR, size);
		const size_t n = end ? (size_t)(end - data) : size;

		record(data, n);
		data += n + (end ? 1 : 0);
		size -= n + (end ? 1 : 0);
	}

out:
	close_all();
	loop_close();

	return 0;
}

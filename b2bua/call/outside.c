/**
 * @file outside.c  Requests outside any call that cross: MESSAGE, PUBLISH and others that both trunks let pass
 *
 * One transaction on each side and nothing that outlives them (candidate.h). A SUBSCRIBE is subscription.h's.
 */
#include <re.h>
#include "json.h"
#include "../leg/header.h"
#include "../leg/header_cross.h"
#include "../leg/stack.h"
#include "candidate.h"
#include "core.h"
#include "cross.h"
#include "subscription.h"

enum { UNDER_WAY_MAX = 2000 }; /* of one trunk */

struct outside {
	struct call call; /* in no list */
	struct sip_strans *strans;
};

static void destructor(void *arg)
{
	struct outside *o = arg;

	mem_deref(o->strans);
	candidate_close(&o->call);
}

/* ------------------------------------------------------------------ the answer */

/* A message is worth a row: nothing else tells of it. */
static void event_write(const struct outside *o, uint16_t scode)
{
	const struct call *call = &o->call;
	const struct {
		const char *key, *value;
	} textv[] = {{"src_trunk", call->src->name},
		     {"dst_trunk", call->dst->name},
		     {"caller", call->cdr->caller},
		     {"callee", call->cdr->callee}};
	struct mbuf *mb = pl_strcmp(&call->invite->met, "MESSAGE") ? NULL : mbuf_alloc(256);
	int err;

	if (!mb)
		return;

	err = mbuf_printf(mb, "{\"code\":%u", scode);
	for (size_t i = 0; i < ARRAY_SIZE(textv); i++) {
		err |= mbuf_printf(mb, ",\"%s\":", textv[i].key);
		err |= json_write_str(mb, textv[i].value, str_len(textv[i].value));
	}
	err |= mbuf_write_mem(mb, (const uint8_t *)"}", 2);
	if (!err)
		(void)writer_event(call->calls->e->writer, "MESSAGE", NULL, (const char *)mb->buf);
	mem_deref(mb);
}

static void answer(struct outside *o, uint16_t scode, const char *reason, const struct content *c)
{
	struct call *call = &o->call;

	(void)sip_treplyf(&o->strans, NULL, stack_sip(iface_stack(call->iface_a)), call->invite, false, scode,
			  reason, "Server: Tandem/%s\r\n%H", TANDEM_VERSION, content_print, c);
	event_write(o, scode);
	mem_deref(o);
}

static void pass_back(struct outside *o, int err, const struct sip_msg *msg)
{
	struct content c = msg ? content_of(msg) : content_sdp(&pl_null);
	struct mbuf *mb = cross_message(&o->call, msg, NULL, &c);
	char phrase[PASS_PHRASE_SIZE];
	uint16_t scode = pass_outcome(phrase, err, msg);

	if (mb && !header_print_event(mb, msg))
		c.hdrs = (struct pl){(const char *)mb->buf, mb->end};

	/* RFC 4321 4.2: a 408 would come when nobody waits for it any more, and be taken for the trunk's */
	if (scode == 408)
		answer(o, 504, header_phrase(504), &c);
	else
		answer(o, scode, phrase, &c);
	mem_deref(mb);
}

/* ------------------------------------------------------------------ to whom */

static void response_handler(int err, const struct sip_msg *msg, void *arg);

static int ask(void *arg)
{
	struct outside *o = arg;

	return dial_ask(&o->call, response_handler, o);
}

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct outside *o = arg;

	if (err == ECONNABORTED) /* we are stopping */
		mem_deref(o);
	else if (!candidate_fails_over(&o->call, err, msg) || candidate_ask(&o->call, ask, o))
		pass_back(o, err, msg);
}

/* ------------------------------------------------------------------ the request */

static int outside_alloc(struct outside **op, const struct call_opening *opening)
{
	struct outside *o = mem_zalloc(sizeof(*o), destructor);
	int err;

	if (!o)
		return ENOMEM;

	err = candidate_open(&o->call, opening, "outside", UNDER_WAY_MAX);
	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

static void refuse(struct iface *iface, const struct sip_msg *msg, uint16_t scode)
{
	(void)sip_replyf(stack_sip(iface_stack(iface)), msg, scode, header_phrase(scode),
			 "%sContent-Length: 0\r\n\r\n", scode == 503 ? "Retry-After: 10\r\n" : "");
}

/* Why nobody is asked; 0: somebody is. */
static uint16_t refusal(const struct call_opening *o)
{
	const struct account *account = o->src->account;
	const char *reason;

	if (o->cs->e->draining)
		return 503;
	if (account && !account->enabled)
		return 403;
	if (door_sent(o->cs->e->door, o->msg))
		return 482;

	return content_refusal(o->msg, &reason);
}

static int ask_first(struct outside *o)
{
	struct call *call = &o->call;
	int err;

	if (!model_route(call->model, call->cdr->callee))
		return ENOENT;

	err = sip_strans_alloc(&o->strans, stack_sip(iface_stack(call->iface_a)), call->invite, NULL, NULL);

	return err ? err : candidate_ask(call, ask, o);
}

static int begin(const struct call_opening *opening)
{
	struct outside *o = NULL;
	int err;

	err = outside_alloc(&o, opening);
	err = err ? err : ask_first(o);
	if (err)
		mem_deref(o);

	return err;
}

bool calls_outside(struct calls *cs, struct iface *iface, const struct trunk *trunk, struct model *model,
		   const struct sip_msg *msg)
{
	const struct call_opening opening = {.cs = cs,
					     .iface = iface,
					     .src = trunk,
					     .model = model,
					     .msg = msg};
	const bool subscribes = !pl_strcmp(&msg->met, "SUBSCRIBE");
	uint16_t scode;
	int err;

	if (!trunk_passes_outside(trunk, &msg->met))
		return false;

	if (header_refuse_required(stack_sip(iface_stack(iface)), msg,
				   subscribes ? HEADER_OPTION_EVENTLIST : 0))
		return true;

	scode = refusal(&opening);
	if (scode) {
		refuse(iface, msg, scode);
		return true;
	}

	err = subscribes ? subscription_begin(&opening) : begin(&opening);
	if (err && err != ENOTSUP && err != EBADMSG)
		refuse(iface, msg, err == ENOENT ? 404 : 503);

	return err != ENOTSUP;
}

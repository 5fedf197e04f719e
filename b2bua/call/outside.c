/**
 * @file outside.c  Requests outside any call that cross: MESSAGE, PUBLISH and others that both trunks let pass
 *
 * One transaction on each side and nothing that outlives them. Who asks whom is a call that never begins: its numbers,
 * trunks and addresses are what routes, header rules and the request itself are made of.
 */
#include <re.h>
#include "json.h"
#include "../leg/header.h"
#include "../leg/header_cross.h"
#include "../leg/stack.h"
#include "core.h"
#include "cross.h"

enum { UNDER_WAY_MAX = 2000 }; /* of one trunk */

struct outside {
	struct call call; /* in no list */
	struct sip_strans *strans;
};

static void destructor(void *arg)
{
	struct outside *o = arg;

	mem_deref(o->strans);
	mem_deref(o->call.invite);
	mem_deref(o->call.attempt.refusal);
	mem_deref(o->call.load_src);
	mem_deref(o->call.cdr);
	mem_deref(o->call.iface_b);
	mem_deref(o->call.iface_a);
	mem_deref(o->call.model);
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

static bool is_fit(const struct call *call, const struct trunk *trunk, const struct pl *met)
{
	return trunk->enabled && trunk->target && trunk_passes_outside(trunk, met) &&
	       door_iface(call->calls->e->door, trunk->interface->name);
}

static const struct trunk *candidate_next(struct call *call)
{
	struct attempt *at = &call->attempt;

	while (at->next < at->route->trunkc) {

		const struct trunk *trunk = at->route->trunkv[at->next++];

		if (is_fit(call, trunk, &call->invite->met))
			return trunk;
	}

	return NULL;
}

static void response_handler(int err, const struct sip_msg *msg, void *arg);

/* ENOTSUP: nobody is left to ask. */
static int ask_next(struct outside *o)
{
	struct call *call = &o->call;
	const struct trunk *trunk;
	int err = ENOTSUP;

	while (err && (trunk = candidate_next(call))) {
		call->dst = trunk;
		mem_deref(call->iface_b);
		call->iface_b = mem_ref(door_iface(call->calls->e->door, trunk->interface->name));
		err = dial_ask(call, response_handler, o);
	}

	return err;
}

/* Who said nothing may have understood all the same: nobody else is asked then. */
static bool fails_over(const struct outside *o, int err, const struct sip_msg *msg)
{
	return err ? err != ETIMEDOUT : msg->scode >= 300 && trunk_fails_over(o->call.dst, msg->scode);
}

static void response_handler(int err, const struct sip_msg *msg, void *arg)
{
	struct outside *o = arg;

	if (err == ECONNABORTED) /* we are stopping */
		mem_deref(o);
	else if (!fails_over(o, err, msg) || ask_next(o))
		pass_back(o, err, msg);
}

/* ------------------------------------------------------------------ the request */

static int outside_alloc(struct outside **op, const struct call_opening *opening)
{
	struct call *call;
	struct outside *o;
	int err;

	o = mem_zalloc(sizeof(*o), destructor);
	if (!o)
		return ENOMEM;

	call = &o->call;
	call->calls = opening->cs;
	call->model = mem_ref(opening->model);
	call->iface_a = mem_ref(opening->iface);
	call->src = call->trunk_a = opening->src;
	call->invite = mem_ref((void *)opening->msg);
	err = load_take(&call->load_src, opening->cs->ht_load, "outside", opening->src->name, UNDER_WAY_MAX);
	err = err ? err : record_open(call, opening->msg);
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

static int begin(struct outside *o)
{
	struct call *call = &o->call;
	int err;

	call->attempt.route = model_route(call->model, call->cdr->callee);
	if (!call->attempt.route)
		return ENOENT;

	err = sip_strans_alloc(&o->strans, stack_sip(iface_stack(call->iface_a)), call->invite, NULL, NULL);

	return err ? err : ask_next(o);
}

bool calls_outside(struct calls *cs, struct iface *iface, const struct trunk *trunk, struct model *model,
		   const struct sip_msg *msg)
{
	const struct call_opening opening = {.cs = cs,
					     .iface = iface,
					     .src = trunk,
					     .model = model,
					     .msg = msg};
	struct outside *o = NULL;
	uint16_t scode;
	int err;

	if (!trunk_passes_outside(trunk, &msg->met))
		return false;

	if (header_refuse_required(stack_sip(iface_stack(iface)), msg, 0))
		return true;

	scode = refusal(&opening);
	if (scode) {
		refuse(iface, msg, scode);
		return true;
	}

	err = outside_alloc(&o, &opening);
	err = err ? err : begin(o);
	if (err && err != ENOTSUP)
		refuse(iface, msg, err == ENOENT ? 404 : 503);
	if (err)
		mem_deref(o);

	return err != ENOTSUP;
}

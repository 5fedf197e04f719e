/**
 * @file stack.c  Dialog table of an interface
 */
#include <re.h>
#include "log.h"
#include "core.h"
#include "refer.h"

enum { STACK_HASH_SIZE = 16384 };

const char stack_allow[] = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK";

/* The last leg may end inside a handler that libre called from this very struct sip: let it return first. */
struct reaper {
	struct tmr tmr;
	struct sip *sip;
};

static void reap(void *arg)
{
	struct reaper *r = arg;

	mem_deref(r->sip);
	mem_deref(r);
}

static void destructor(void *arg)
{
	struct stack *stack = arg;
	struct reaper *r;

	mem_deref(stack->lsnr);
	mem_deref(stack->ht_leg);
	mem_deref(stack->secure);
	mem_deref(stack->resolver);

	if (stack->closing) {
		mem_deref(stack->sip);
		return;
	}

	r = mem_zalloc(sizeof(*r), NULL);
	if (!r)
		return;

	r->sip = stack->sip;
	tmr_start(&r->tmr, 0, reap, r);
}

struct lookup {
	const struct pl *ltag;
	const struct pl *callid;
};

static bool lookup_handler(struct le *le, void *arg)
{
	const struct leg *leg = le->data;
	const struct lookup *key = arg;

	return !pl_strcmp(key->ltag, leg->dlg.ltag) && !pl_strcmp(key->callid, leg->dlg.callid);
}

struct leg *leg_lookup(const struct stack *stack, const struct pl *ltag, const struct pl *callid)
{
	struct lookup key = {ltag, callid};

	if (!pl_isset(ltag) || !pl_isset(callid))
		return NULL;

	return list_ledata(hash_lookup(stack->ht_leg, hash_joaat_pl(ltag), lookup_handler, &key));
}

static bool response_handler(const struct sip_msg *msg, void *arg)
{
	struct stack *stack = arg;
	struct leg *leg = leg_lookup(stack, &msg->from.tag, &msg->callid);

	if (leg && leg->uac && msg->scode >= 200 && msg->scode < 300 &&
	    !pl_strcmp(&msg->cseq.met, "INVITE")) {

		if (leg->dlg.rtag && !pl_strcmp(&msg->to.tag, leg->dlg.rtag))
			(void)uac_ack_again(leg, msg);
		else
			uac_end_fork(stack, leg, msg);

		return true;
	}

	if (!pl_strcmp(&msg->cseq.met, "CANCEL")) {
		out_cancel_answered(leg ? leg->invite : NULL);
		return true;
	}

	++stack->strays;

	return true;
}

int stack_alloc(struct stack **stackp, struct sip *sip)
{
	struct stack *stack;
	int err;

	stack = mem_zalloc(sizeof(*stack), destructor);
	if (!stack)
		return ENOMEM;

	stack->sip = mem_ref(sip);

	err = hash_alloc(&stack->ht_leg, STACK_HASH_SIZE);
	if (err)
		goto out;

	err = sip_listen(&stack->lsnr, sip, false, response_handler, stack);

out:
	if (err)
		mem_deref(stack);
	else
		*stackp = stack;

	return err;
}

void stack_secure_set(struct stack *stack, struct secure *secure)
{
	mem_deref(stack->secure);
	stack->secure = mem_ref(secure);
}

void stack_resolver_set(struct stack *stack, struct resolver *resolver)
{
	mem_deref(stack->resolver);
	stack->resolver = mem_ref(resolver);
}

struct sip *stack_sip(const struct stack *stack)
{
	return stack ? stack->sip : NULL;
}

bool stack_request(struct stack *stack, const struct sip_msg *msg)
{
	struct leg *leg = leg_lookup(stack, &msg->to.tag, &msg->callid);

	if (leg)
		early_enter_known(leg, &msg->from.tag);

	if (!leg || !dialog_match(&leg->dlg, msg))
		return false;

	/* libre took it already if its transaction lived: it is of a transaction, not of a dialog */
	if (!pl_strcmp(&msg->met, "CANCEL"))
		return false;

	mem_ref(leg);
	request_receive(leg, msg);
	mem_deref(leg);

	return true;
}

struct leg *stack_replaced(const struct stack *stack, const struct refer_replaces *r)
{
	struct leg *leg = leg_lookup(stack, &r->to_tag, &r->callid);

	return leg && early_has(leg, &r->from_tag) ? leg : NULL;
}

bool stack_sent(const struct stack *stack, const struct sip_msg *msg)
{
	return leg_lookup(stack, &msg->from.tag, &msg->callid) != NULL;
}

static bool flush_handler(struct le *le, void *arg)
{
	struct leg *leg = le->data;
	struct leg *self = leg->self;

	(void)arg;
	leg->self = NULL;
	mem_deref(self);

	return false;
}

void stack_flush(struct stack *stack)
{
	stack->closing = true;
	(void)hash_apply(stack->ht_leg, flush_handler, NULL);
	sip_close(stack->sip, true); /* requests under way hold their leg, and the leg this stack */
}

uint32_t stack_legs(const struct stack *stack)
{
	return stack ? stack->legc : 0;
}

uint64_t stack_stray_responses(const struct stack *stack)
{
	return stack ? stack->strays : 0;
}

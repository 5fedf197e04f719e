/**
 * @file candidate.c  Which trunk a request that belongs to no call goes to
 */
#include <re.h>
#include "core.h"
#include "candidate.h"

int candidate_open(struct call *call, const struct call_opening *o, const char *kind, uint32_t max)
{
	int err;

	call->calls = o->cs;
	call->model = mem_ref(o->model);
	call->iface_a = mem_ref(o->iface);
	call->src = call->trunk_a = o->src;
	call->invite = mem_ref((void *)o->msg);
	err = load_take(&call->load_src, o->cs->ht_load, kind, o->src->name, max);

	return err ? err : record_open(call, o->msg);
}

void candidate_close(struct call *call)
{
	mem_deref(call->a);
	mem_deref(call->b);
	mem_deref(call->invite);
	mem_deref(call->attempt.refusal);
	mem_deref(call->load_src);
	mem_deref(call->cdr);
	mem_deref(call->iface_b);
	mem_deref(call->iface_a);
	mem_deref(call->model);
}

static bool is_fit(const struct call *call, const struct trunk *trunk)
{
	return trunk->enabled && trunk->target && trunk_passes_outside(trunk, &call->invite->met) &&
	       door_iface(call->calls->e->door, trunk->interface->name);
}

int candidate_next(struct call *call)
{
	struct attempt *at = &call->attempt;

	if (!at->route)
		at->route = model_route(call->model, call->cdr->callee);
	if (!at->route)
		return ENOENT;

	while (at->next < at->route->trunkc) {

		const struct trunk *trunk = at->route->trunkv[at->next++];

		if (!is_fit(call, trunk))
			continue;

		call->dst = trunk;
		mem_deref(call->iface_b);
		call->iface_b = mem_ref(door_iface(call->calls->e->door, trunk->interface->name));

		return 0;
	}

	return ENOTSUP;
}

int candidate_ask(struct call *call, candidate_ask_h *askh, void *arg)
{
	int err, failed = 0;

	do {
		err = candidate_next(call);
		if (err)
			return failed ? failed : err;
		failed = askh(arg);
	} while (failed);

	return 0;
}

bool candidate_fails_over(const struct call *call, int err, const struct sip_msg *msg)
{
	return err ? err != ETIMEDOUT : msg->scode >= 300 && trunk_fails_over(call->dst, msg->scode);
}

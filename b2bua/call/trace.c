/**
 * @file trace.c  Whose the messages of a leg are, and what a call may be traced by
 */
#include <re.h>
#include "../door/trace.h"
#include "core.h"

static void leg_trace(const struct call *call, const struct pl *callid, const char *name,
		      const struct trunk *trunk)
{
	const struct cdr *cdr = call->cdr;
	const struct trace_leg leg = {cdr->cdr_id, name, trunk->name, cdr->caller, cdr->callee};

	trace_leg_add(door_tracer(call->calls->e->door), callid, &leg);
}

void trace_caller(const struct call *call, const struct pl *callid)
{
	leg_trace(call, callid, "a", call->src);
}

void trace_callee(const struct call *call)
{
	char name[TRACE_LEG_SIZE];
	struct pl callid;

	pl_set_str(&callid, leg_callid(call->b));
	(void)re_snprintf(name, sizeof(name), "b%u", call->attempt.count);
	leg_trace(call, &callid, name, call->dst);
}

void call_trace(const struct call *call)
{
	struct pl callid;

	pl_set_str(&callid, call->cdr->a_call_id);
	trace_caller(call, &callid);
	if (call->b)
		trace_callee(call);
}

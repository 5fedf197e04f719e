/**
 * @file api_ask.c  A request is answered with what a method of the control socket says
 */
#include <re.h>
#include "api_ask.h"
#include "request.h"
#include "rpc.h"
#include "web.h"

/* What the b2bua refused, by its code. */
static const struct {
	int64_t code;
	unsigned status;
	const char *name;
} refusalv[] = {
	{RPC_NOT_FOUND, 404, "not_found"},
	{RPC_CONFLICT, 409, "conflict"},
};

static void refused(struct request *req, const struct rpc_answer *answer)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusalv); i++) {

		if (refusalv[i].code != answer->code)
			continue;

		request_error(req, refusalv[i].status, refusalv[i].name, "%s", answer->error);
		return;
	}

	request_error(req, 422, "refused", "%s", answer->error);
}

static void answer_handler(const struct rpc_answer *answer, void *arg)
{
	struct request *req = arg;

	if (!answer->err)
		request_json(req, 200, answer->result);
	else if (answer->err == EPROTO)
		refused(req, answer);
	else
		request_error(req, 503, "b2bua_unreachable", "%s", answer->error);
}

void api_ask(struct web *w, struct request *req, const char *method, struct odict *params,
	     uint32_t timeout_ms)
{
	const int err = rpc_call(w->rpc, method, params, timeout_ms, answer_handler, req);

	mem_deref(params);

	if (err)
		request_error(req, 503, "busy", "too many requests wait for tandem-b2bua; try again soon");
}

int api_param_add(struct odict *params, const char *key, const char *value)
{
	return value ? odict_entry_add(params, key, ODICT_STRING, value) : 0;
}

struct odict *api_param_make(struct request *req, const char *key, const char *value)
{
	struct odict *o = NULL;

	if (!odict_alloc(&o, 4) && !api_param_add(o, key, value))
		return o;

	mem_deref(o);
	request_error(req, 500, "no_memory", "out of memory");

	return NULL;
}

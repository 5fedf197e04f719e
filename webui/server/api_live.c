/**
 * @file api_live.c  What the b2bua answers: every row is one method of its control socket
 */
#include <string.h>
#include <re.h>
#include "api.h"
#include "request.h"
#include "rpc.h"
#include "watch.h"
#include "web.h"

enum {
	ANSWER_TIMEOUT_MS = 5000,
	APPLY_TIMEOUT_MS = 60000,
	CALLS_LIMIT = 200,
	CALLS_LIMIT_MAX = 5000,
};

static void answer_handler(const struct rpc_answer *answer, void *arg)
{
	struct request *req = arg;

	if (!answer->err)
		request_json(req, 200, answer->result);
	else if (answer->err != EPROTO)
		request_error(req, 503, "b2bua_unreachable", "%s", answer->error);
	else if (answer->code == RPC_NOT_FOUND)
		request_error(req, 404, "not_found", "%s", answer->error);
	else
		request_error(req, 422, "refused", "%s", answer->error);
}

/* `params` is consumed. */
static void ask(struct web *w, struct request *req, const char *method, struct odict *params,
		uint32_t timeout_ms)
{
	const int err = rpc_call(w->rpc, method, params, timeout_ms, answer_handler, req);

	mem_deref(params);

	if (err)
		request_error(req, 503, "busy", "too many requests wait for tandem-b2bua; try again soon");
}

/* One parameter; `value` as odict_entry_add takes it. NULL when memory is short: answered. */
static struct odict *param_text_make(struct request *req, const char *key, const char *value)
{
	struct odict *o = NULL;

	if (!odict_alloc(&o, 4) && !odict_entry_add(o, key, ODICT_STRING, value))
		return o;

	mem_deref(o);
	request_error(req, 500, "no_memory", "out of memory");

	return NULL;
}

void api_status(struct web *w, struct request *req)
{
	const char *why;
	const struct odict *status = watch_status(w->watch, &why);

	if (status)
		request_json(req, 200, status);
	else
		request_error(req, 503, "b2bua_unreachable", "%s", why);
}

void api_calls(struct web *w, struct request *req)
{
	struct odict *params = NULL;
	uint64_t limit = CALLS_LIMIT;

	if (param_number(&limit, &req->msg->prm, "limit", 1, CALLS_LIMIT_MAX)) {
		request_error(req, 400, "bad_parameter", "limit is a number from 1 to %u", CALLS_LIMIT_MAX);
		return;
	}

	if (odict_alloc(&params, 4) || odict_entry_add(params, "limit", ODICT_INT, (int64_t)limit)) {
		mem_deref(params);
		request_error(req, 500, "no_memory", "out of memory");
		return;
	}

	ask(w, req, "calls", params, ANSWER_TIMEOUT_MS);
}

static void ask_call(struct web *w, struct request *req, const char *method)
{
	struct odict *params = param_text_make(req, "id", req->id);

	if (params)
		ask(w, req, method, params, ANSWER_TIMEOUT_MS);
}

void api_call(struct web *w, struct request *req)
{
	ask_call(w, req, "call");
}

void api_hangup(struct web *w, struct request *req)
{
	ask_call(w, req, "hangup");
}

/* "", "0" and "false" mean no, "1" and "true" yes. */
static int flag_get(bool *flag, const struct request *req, const char *name)
{
	char value[8] = "";
	const int err = param_text(value, sizeof(value), &req->msg->prm, name);

	*flag = !strcmp(value, "1") || !strcmp(value, "true");

	if (err && err != ENOENT)
		return EINVAL;

	return *flag || !value[0] || !strcmp(value, "0") || !strcmp(value, "false") ? 0 : EINVAL;
}

void api_ladder(struct web *w, struct request *req)
{
	struct odict *params;
	bool packets;

	if (flag_get(&packets, req, "packets")) {
		request_error(req, 400, "bad_parameter", "packets is true or false");
		return;
	}

	params = param_text_make(req, "id", req->id);
	if (!params)
		return;

	if (odict_entry_add(params, "packets", ODICT_BOOL, (int)packets)) {
		mem_deref(params);
		request_error(req, 500, "no_memory", "out of memory");
		return;
	}

	ask(w, req, "ladder", params, ANSWER_TIMEOUT_MS);
}

void api_trunks(struct web *w, struct request *req)
{
	ask(w, req, "trunks", NULL, ANSWER_TIMEOUT_MS);
}

void api_config(struct web *w, struct request *req)
{
	ask(w, req, "export", NULL, APPLY_TIMEOUT_MS);
}

static int apply_params(struct odict **op, struct odict *document, bool prune, bool dry_run)
{
	struct odict *o = NULL;
	int err;

	err = odict_alloc(&o, 4);
	err = err ? err : odict_entry_add(o, "document", ODICT_OBJECT, document);
	err = err ? err : odict_entry_add(o, "prune", ODICT_BOOL, (int)prune);
	err = err ? err : odict_entry_add(o, "dry_run", ODICT_BOOL, (int)dry_run);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

static void apply(struct web *w, struct request *req, bool prune)
{
	struct odict *params = NULL;
	bool dry_run;

	if (flag_get(&dry_run, req, "dry_run"))
		request_error(req, 400, "bad_parameter", "dry_run is true or false");
	else if (apply_params(&params, req->body, prune, dry_run))
		request_error(req, 500, "no_memory", "out of memory");
	else
		ask(w, req, "apply", params, APPLY_TIMEOUT_MS);
}

void api_config_put(struct web *w, struct request *req)
{
	apply(w, req, true);
}

void api_config_patch(struct web *w, struct request *req)
{
	apply(w, req, false);
}

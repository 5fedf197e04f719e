/**
 * @file api_live.c  What the b2bua answers: every row is one method of its control socket
 */
#include <string.h>
#include <re.h>
#include "api.h"
#include "api_ask.h"
#include "request.h"
#include "watch.h"
#include "web.h"

enum {
	CALLS_LIMIT = 200,
	CALLS_LIMIT_MAX = 5000,
	KIND_SIZE = 32,
};

void api_status(struct web *w, struct request *req)
{
	const char *why;
	const struct odict *status = watch_status(w->watch, &why);

	if (status)
		request_json(req, 200, status);
	else
		request_error(req, 503, "b2bua_unreachable", "%s", why);
}

static int calls_params(struct odict **op, uint64_t limit, const char *account)
{
	struct odict *o = NULL;
	int err;

	err = odict_alloc(&o, 4);
	err = err ? err : odict_entry_add(o, "limit", ODICT_INT, (int64_t)limit);
	err = err ? err : api_param_add(o, "account", account[0] ? account : NULL);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

void api_calls(struct web *w, struct request *req)
{
	struct odict *params = NULL;
	uint64_t limit = CALLS_LIMIT;
	char account[PARAM_PATH_ID_SIZE] = "";
	int err;

	err = param_text(account, sizeof(account), &req->msg->prm, "account");

	if ((err && err != ENOENT) || param_number(&limit, &req->msg->prm, "limit", 1, CALLS_LIMIT_MAX))
		request_error(req, 400, "bad_parameter",
			      "limit is a number from 1 to %u, account one name of at most 255 bytes",
			      CALLS_LIMIT_MAX);
	else if (calls_params(&params, limit, account))
		request_error(req, 500, "no_memory", "out of memory");
	else
		api_ask(w, req, "calls", params, API_ANSWER_TIMEOUT_MS);
}

static void ask_call(struct web *w, struct request *req, const char *method)
{
	struct odict *params = api_param_make(req, "id", req->id);

	if (params)
		api_ask(w, req, method, params, API_ANSWER_TIMEOUT_MS);
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

	params = api_param_make(req, "id", req->id);
	if (!params)
		return;

	if (odict_entry_add(params, "packets", ODICT_BOOL, (int)packets)) {
		mem_deref(params);
		request_error(req, 500, "no_memory", "out of memory");
		return;
	}

	api_ask(w, req, "ladder", params, API_ANSWER_TIMEOUT_MS);
}

void api_trunks(struct web *w, struct request *req)
{
	api_ask(w, req, "trunks", NULL, API_ANSWER_TIMEOUT_MS);
}

void api_fields(struct web *w, struct request *req)
{
	api_ask(w, req, "fields", NULL, API_ANSWER_TIMEOUT_MS);
}

void api_config(struct web *w, struct request *req)
{
	char kind[KIND_SIZE] = "";
	const int err = param_text(kind, sizeof(kind), &req->msg->prm, "kind");
	struct odict *params = NULL;

	if (err && err != ENOENT) {
		request_error(req, 400, "bad_parameter", "kind is the name of one list, such as trunks");
		return;
	}

	if (kind[0]) {
		params = api_param_make(req, "kind", kind);
		if (!params)
			return;
	}

	api_ask(w, req, "export", params, API_APPLY_TIMEOUT_MS);
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
		api_ask(w, req, "apply", params, API_APPLY_TIMEOUT_MS);
}

void api_config_put(struct web *w, struct request *req)
{
	apply(w, req, true);
}

void api_config_patch(struct web *w, struct request *req)
{
	apply(w, req, false);
}

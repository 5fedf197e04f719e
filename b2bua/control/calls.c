/**
 * @file calls.c  Calls up now and the trunks that carry them: list, show, end
 */
#include <re.h>
#include "log.h"
#include "call/call.h"
#include "call_media.h"
#include "core.h"

enum { SHOWN = 200, SHOWN_MAX = 5000, HASH_SIZE = 16 };

struct calls_list {
	struct odict *array;
	const char *account; /* only its calls; NULL: all */
	uint64_t left;       /* how many more are shown */
	uint64_t total;
	int err;
};

static int call_add(struct calls_list *cl, const struct call *call)
{
	struct odict *o = NULL;
	int err;

	err = odict_alloc(&o, HASH_SIZE);
	err = err ? err : call_describe(call, o, false);
	err = err ? err : odict_entry_add(cl->array, "", ODICT_OBJECT, o);
	mem_deref(o);

	return err;
}

static bool call_list_handler(struct call *call, void *arg)
{
	struct calls_list *cl = arg;

	if (cl->account && str_cmp(cl->account, call_account(call)))
		return false;

	++cl->total;
	if (cl->left) {
		--cl->left;
		cl->err = call_add(cl, call);
	}

	return cl->err;
}

/* A mistyped account is no account without calls. False after the error was answered. */
static bool account_known(struct engine *e, struct control_req *req, const char *account, uint64_t calls)
{
	if (!account || calls || model_account(store_model(e->store), account))
		return true;

	control_error(req, CONTROL_NOT_FOUND, "there is no such account; \"export\" lists them");

	return false;
}

bool control_limit_param(uint64_t *limitp, struct control_req *req, const struct odict *params)
{
	*limitp = SHOWN;
	if (!odict_lookup(params, "limit") ||
	    (odict_get_number(params, limitp, "limit") && *limitp && *limitp <= SHOWN_MAX))
		return true;

	control_error(req, CONTROL_INVALID_PARAMS, "\"limit\" must be a whole number from 1 to %u",
		      SHOWN_MAX);

	return false;
}

void method_calls(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct calls_list cl = {.account = odict_string(params, "account")};
	struct odict *result = NULL;
	int err;

	if (!control_limit_param(&cl.left, req, params))
		return;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_alloc(&cl.array, HASH_SIZE);
	if (!err) {
		(void)calls_apply(e->calls, call_list_handler, &cl);
		err = cl.err;
	}
	err = err ? err : method_uint_add(result, "total", cl.total);
	err = err ? err : odict_entry_add(result, "calls", ODICT_ARRAY, cl.array);
	mem_deref(cl.array);

	if (err || account_known(e, req, cl.account, cl.total))
		method_reply(req, err, result);
	else
		mem_deref(result);
}

/** The call that "id" names, or NULL after the error was answered. */
static struct call *call_param(struct engine *e, struct control_req *req, const struct odict *params)
{
	const char *id = odict_string(params, "id");
	struct call *call;

	if (!id) {
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"id\" is missing; give a CDR id or a Call-ID of either leg");
		return NULL;
	}

	call = calls_find(e->calls, id);
	if (!call)
		control_error(req, CONTROL_NOT_FOUND, "no call has this id now; \"calls\" lists them");

	return call;
}

void method_call(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct call *call = call_param(e, req, params);
	struct odict *result = NULL;
	int err;

	if (!call)
		return;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : call_describe(call, result, true);

	if (err)
		method_reply(req, err, result);
	else
		call_media_reply(req, result, call);
}

struct release {
	const char *account; /* only its calls; NULL: all */
	uint64_t calls;
};

static bool release_handler(struct call *call, void *arg)
{
	struct release *r = arg;

	if (r->account && str_cmp(r->account, call_account(call)))
		return false;

	if (!call_release(call, "operator"))
		++r->calls;

	return false;
}

/* What "account" or "all" names; false after the error was answered. */
static bool release_several(struct engine *e, struct control_req *req, struct release *r)
{
	(void)calls_apply(e->calls, release_handler, r);

	return account_known(e, req, r->account, r->calls);
}

void method_hangup(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct release r = {odict_string(params, "account"), 0};
	struct odict *result = NULL;
	struct call *call;
	bool all = false;
	int err;

	(void)odict_get_boolean(params, &all, "all");

	if (all || r.account) {
		if (!release_several(e, req, &r))
			return;
	}
	else {
		call = call_param(e, req, params);
		if (!call)
			return;
		(void)release_handler(call, &r);
	}

	log_info("control: %llu call%s ended by the operator", (unsigned long long)r.calls,
		 r.calls == 1 ? "" : "s");

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : method_uint_add(result, "released", r.calls);

	method_reply(req, err, result);
}

static int trunk_describe(struct odict *array, struct engine *e, const struct trunk *t)
{
	struct load_figures lf;
	struct odict *o = NULL;
	int err;

	calls_on_trunk(e->calls, t->name, &lf);

	err = odict_alloc(&o, HASH_SIZE);
	if (err)
		return err;

	err = odict_entry_add(o, "name", ODICT_STRING, t->name);
	err |= odict_entry_add(o, "interface", ODICT_STRING, t->interface->name);
	err |= odict_entry_add(o, "enabled", ODICT_BOOL, t->enabled);
	err |= method_uint_add(o, "calls", lf.active);
	err |= method_uint_add(o, "max_calls", t->max_calls);
	err |= method_uint_add(o, "attempts", lf.attempts);
	err |= method_uint_add(o, "answers", lf.answers);
	err |= method_uint_add(o, "failures", lf.failures);
	if (lf.failed_us) {
		err |= odict_entry_add(o, "failed_us", ODICT_INT, lf.failed_us);
		err |= odict_entry_add(o, "failure", ODICT_STRING, lf.failure);
	}
	if (t->target)
		err |= odict_entry_add(o, "target", ODICT_STRING, t->target);
	if (t->account)
		err |= odict_entry_add(o, "account", ODICT_STRING, t->account->name);
	err = err ? err : odict_entry_add(array, t->name, ODICT_OBJECT, o);
	mem_deref(o);

	return err;
}

void method_trunks(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct odict *result = NULL, *array = NULL;
	const struct le *le;
	int err;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_alloc(&array, HASH_SIZE);

	for (le = store_model(e->store)->trunkl.head; le && !err; le = le->next)
		err = trunk_describe(array, e, le->data);

	err = err ? err : odict_entry_add(result, "trunks", ODICT_ARRAY, array);
	mem_deref(array);

	method_reply(req, err, result);
}

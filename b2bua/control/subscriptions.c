/**
 * @file subscriptions.c  Subscriptions outside any call, for the operator
 */
#include <re.h>
#include "call/call.h"
#include "core.h"

enum { HASH_SIZE = 16 };

struct subscription_list {
	struct odict *array;
	uint64_t left; /* how many more are shown */
	int err;
};

static bool add_handler(const struct subscription *s, void *arg)
{
	struct subscription_list *sl = arg;
	struct odict *o = NULL;

	if (!sl->left--)
		return true;

	sl->err = odict_alloc(&o, HASH_SIZE);
	sl->err = sl->err ? sl->err : subscription_describe(s, o);
	sl->err = sl->err ? sl->err : odict_entry_add(sl->array, "", ODICT_OBJECT, o);
	mem_deref(o);

	return sl->err;
}

void method_subscriptions(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct subscription_list sl = {.array = NULL};
	struct odict *result = NULL;
	struct call_stats stats;
	int err;

	if (!control_limit_param(&sl.left, req, params))
		return;

	calls_stats(e->calls, &stats);
	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_alloc(&sl.array, HASH_SIZE);
	if (!err) {
		subscriptions_apply(e->calls, add_handler, &sl);
		err = sl.err;
	}
	err = err ? err : method_uint_add(result, "total", stats.subscriptions);
	err = err ? err : odict_entry_add(result, "subscriptions", ODICT_ARRAY, sl.array);
	mem_deref(sl.array);

	method_reply(req, err, result);
}

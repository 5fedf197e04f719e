/**
 * @file account_state.c  `account`: whether it may call, and its calls ended
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "json.h"
#include "account.h"
#include "rpc.h"
#include "show.h"

static int document_write(struct mbuf *mb, const char *name, bool enabled)
{
	int err;

	err = mbuf_write_str(mb, "{\"document\": {\"accounts\": [{\"name\": ");
	err = err ? err : json_write_str(mb, name, strlen(name));

	return err ? err : mbuf_printf(mb, ", \"enabled\": %s}]}}", enabled ? "true" : "false");
}

static int enabled_set(struct odict **resultp, const struct ctl *ctl, bool enabled)
{
	struct mbuf *params = mbuf_alloc(256);
	int code, err;

	err = params ? document_write(params, ctl->argv[1], enabled) : ENOMEM;
	code = err ? ctl_error("%m", err) : rpc_call(resultp, ctl, "apply", params, RPC_APPLY_TIMEOUT_S);
	mem_deref(params);

	return code;
}

int account_hangup(const struct ctl *ctl)
{
	struct odict *result = NULL;
	uint64_t released = 0;
	int code;

	code = rpc_ask(&result, ctl, "hangup", "account", ctl->argv[1]);
	if (code)
		return code;

	(void)odict_get_number(result, &released, "released");
	if (ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	else
		(void)printf("%llu call%s ended\n", (unsigned long long)released, released == 1 ? "" : "s");
	mem_deref(result);

	return code;
}

int account_enable(const struct ctl *ctl)
{
	const bool enabled = !strcmp(ctl->argv[0], "enable");
	const bool hangs_up = ctl->given & CTL_HANGUP;
	struct odict *result = NULL;
	int code;

	code = enabled_set(&result, ctl, enabled);
	if (!code && !ctl->json)
		(void)printf("its calls are %s from now on\n", enabled ? "taken" : "refused");
	else if (!code && !hangs_up)
		code = show_json(result, ODICT_OBJECT, 0);
	mem_deref(result);

	return !code && hangs_up ? account_hangup(ctl) : code;
}

int account_unblock(const struct ctl *ctl)
{
	struct odict *result = NULL;
	bool unblocked = false;
	int code;

	code = rpc_ask(&result, ctl, "unblock", "account", ctl->argv[1]);
	if (code)
		return code;

	(void)odict_get_boolean(result, &unblocked, "unblocked");
	if (ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	else
		(void)printf("%s\n", unblocked ? "its calls pass again" : "it was not blocked");
	mem_deref(result);

	return code;
}

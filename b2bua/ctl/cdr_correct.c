/**
 * @file cdr_correct.c  `cdr correct`: what a call costs, by a new row
 */
#include <string.h>
#include <re.h>
#include "json.h"
#include "amount.h"
#include "rpc.h"
#include "show.h"

static int text_add(struct mbuf *mb, const char *key, const char *value)
{
	int err = mbuf_printf(mb, "%s\"%s\": ", mb->end > 1 ? ", " : "", key);

	return err ? err : json_write_str(mb, value, strlen(value));
}

static int params_write(struct mbuf *mb, const struct ctl *ctl)
{
	int err;

	err = mbuf_write_u8(mb, '{');
	err |= text_add(mb, "id", ctl->argv[1]);
	err |= text_add(mb, "price", ctl->price);
	err |= text_add(mb, "key", ctl->key);
	if (ctl->note)
		err |= text_add(mb, "note", ctl->note);

	return err | mbuf_write_u8(mb, '}');
}

int ctl_cdr_correct(const struct ctl *ctl)
{
	struct odict *result = NULL;
	struct mbuf *params;
	int code, err;

	if (ctl->argc != 2 || !ctl->price || !ctl->key) {
		(void)ctl_error("usage: tandemctl cdr correct ID --price AMOUNT --key KEY [--note TEXT]");
		return CTL_USAGE;
	}

	code = amount_check(ctl->price, "price");
	if (code)
		return code;

	params = mbuf_alloc(256);
	err = params ? params_write(params, ctl) : ENOMEM;
	code = err ? ctl_error("%m", err) : rpc_call(&result, ctl, "correct", params, RPC_TIMEOUT_S);
	if (!code && ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	else if (!code)
		show_object(result);
	mem_deref(params);
	mem_deref(result);

	return code;
}

/**
 * @file trace.c  `trace`: whole calls into capture files
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "json.h"
#include "rpc.h"
#include "show.h"

static int usage(const char *text)
{
	(void)ctl_error("%s", text);

	return CTL_USAGE;
}

/* ---------------------------------------------------------------- start */

static int want_write(struct mbuf *mb, const struct ctl *ctl)
{
	const char *key = ctl->call ? "call" : ctl->trunk ? "trunk" : "number";
	const char *value = ctl->call ? ctl->call : ctl->trunk ? ctl->trunk : ctl->number;
	int err;

	err = mbuf_printf(mb, "{\"%s\": ", key);
	err |= json_write_str(mb, value, strlen(value));
	if (ctl->given & CTL_MINUTES)
		err |= mbuf_printf(mb, ", \"minutes\": %u", ctl->minutes);

	return err | mbuf_write_u8(mb, '}');
}

static int start(struct odict **resultp, const struct ctl *ctl)
{
	struct mbuf *params;
	int code, err;

	if (!ctl->call + !ctl->trunk + !ctl->number != 2)
		return usage("give one of --call ID, --trunk NAME and --number PREFIX");

	params = mbuf_alloc(256);
	err = params ? want_write(params, ctl) : ENOMEM;
	code = err ? ctl_error("%m", err) : rpc_call(resultp, ctl, "trace_start", params, RPC_TIMEOUT_S);
	mem_deref(params);

	return code;
}

static int ctl_trace_start(const struct ctl *ctl)
{
	struct odict *result = NULL;
	int code = start(&result, ctl);

	if (code)
		return code;

	if (ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	else
		show_object(result);
	mem_deref(result);

	return code;
}

/* ---------------------------------------------------------------- list, stop */

static int ctl_trace_list(const struct ctl *ctl)
{
	static const struct show_column columnv[] = {
		{"trace", "trace"},      {"state", "state"}, {"of", "of"},       {"value", ""},
		{"start_us", "started"}, {"end_us", "ends"}, {"calls", "calls"}, {"messages", "messages"},
		{"size_bytes", "size"},  {"lost", "lost"},   {"file", "file"},
	};
	struct odict *result = NULL;
	int code = rpc_call(&result, ctl, "trace_list", NULL, RPC_TIMEOUT_S);

	if (!code)
		code = show_list(ctl, result, "traces", columnv, ARRAY_SIZE(columnv));
	mem_deref(result);

	return code;
}

static int ctl_trace_stop(const struct ctl *ctl)
{
	struct odict *result = NULL;
	struct mbuf *params;
	int code, err;

	if (ctl->argc != 2 || strspn(ctl->argv[1], "0123456789") != strlen(ctl->argv[1]) ||
	    strlen(ctl->argv[1]) > 9)
		return usage("usage: tandemctl trace stop TRACE; trace list shows their numbers");

	params = mbuf_alloc(32);
	err = params ? mbuf_printf(params, "{\"trace\": %lu}", strtoul(ctl->argv[1], NULL, 10)) : ENOMEM;
	code = err ? ctl_error("%m", err) : rpc_call(&result, ctl, "trace_stop", params, RPC_TIMEOUT_S);
	if (!code && ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	mem_deref(params);
	mem_deref(result);

	return code;
}

int ctl_trace(const struct ctl *ctl)
{
	const char *what = ctl->argv[0];
	const bool starts = !strcmp(what, "start");

	if (!starts && ctl->given & (CTL_CALL | CTL_TRUNK | CTL_NUMBER | CTL_MINUTES))
		return usage("--call, --trunk, --number and --minutes are options of trace start");
	if (ctl->argc > 1 && strcmp(what, "stop"))
		return usage("usage: tandemctl trace start|list|stop [TRACE]");

	if (starts)
		return ctl_trace_start(ctl);
	if (!strcmp(what, "list"))
		return ctl_trace_list(ctl);
	if (!strcmp(what, "stop"))
		return ctl_trace_stop(ctl);

	return usage("trace takes start, list or stop");
}

/**
 * @file headers.c  A message before and after a trunk's header rules
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "escape.h"
#include "json.h"
#include "input.h"
#include "rpc.h"
#include "show.h"

enum { READ_SIZE = 4096 };

static void lines_show(const struct odict *result, const char *key, const char *title)
{
	const struct odict_entry *list = odict_lookup(result, key);

	(void)printf("%s\n", title);
	for (const struct le *le = list && list->type == ODICT_ARRAY ? list->u.odict->lst.head : NULL; le;
	     le = le->next) {

		const struct odict_entry *e = le->data;
		struct pl pl;

		pl_set_str(&pl, e->type == ODICT_STRING ? e->u.str : "");
		(void)re_printf("  %H\n", escape_print, &pl);
	}
}

static int params_make(struct mbuf *params, const char *trunk, const struct mbuf *file)
{
	int err = mbuf_write_str(params, "{\"trunk\": ");

	err = err ? err : json_write_str(params, trunk, strlen(trunk));
	if (!err && file) {
		err = mbuf_write_str(params, ", \"message\": ");
		err = err ? err : json_write_str(params, (const char *)file->buf, file->end);
	}

	return err ? err : mbuf_write_str(params, "}");
}

static int headers_show(const struct ctl *ctl, const struct mbuf *file)
{
	struct mbuf *params = mbuf_alloc(READ_SIZE);
	struct odict *result = NULL;
	int code, err;

	err = params ? params_make(params, ctl->argv[1], file) : ENOMEM;
	code = err ? ctl_error("%m", err) : rpc_call(&result, ctl, "headers", params, RPC_TIMEOUT_S);
	mem_deref(params);

	if (!code && ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	else if (!code) {
		lines_show(result, "before", "the message:");
		lines_show(result, "from_it", "coming from it, these cross:");
		lines_show(result, "to_it", "going to it, these cross:");
	}

	mem_deref(result);

	return code;
}

int ctl_trunk(const struct ctl *ctl)
{
	struct mbuf *file = NULL;
	int code = CTL_OK;

	if (strcmp(ctl->argv[0], "headers") != 0) {
		(void)ctl_error("trunk does headers only; write: tandemctl trunk headers NAME [FILE]");
		return CTL_USAGE;
	}

	if (ctl->argc > 2) {
		file = mbuf_alloc(READ_SIZE);
		code = file ? input_read(file, ctl->argv[2]) : ctl_error("out of memory");
	}

	code = code ? code : headers_show(ctl, file);
	mem_deref(file);

	return code;
}

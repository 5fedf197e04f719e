/**
 * @file provision.c  apply and export
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "escape.h"
#include "json.h"
#include "input.h"
#include "rpc.h"
#include "show.h"

enum { READ_SIZE = 64 * 1024 };

/** Checked here, for only here the lines are those of the file. */
static int syntax_check(const struct mbuf *mb, const char *name)
{
	struct json_fault fault = {0, 0, NULL};
	struct odict *json = NULL;

	if (json_read(&json, ODICT_OBJECT, (const char *)mb->buf, mb->end, &fault))
		return ctl_error("%s:%u:%u: %s", name, fault.line, fault.column, fault.what);

	mem_deref(json);

	return CTL_OK;
}

/** A request is one line. Between the values of JSON a line break is a space; inside them there is none. */
static void lines_join(struct mbuf *mb)
{
	size_t i;

	for (i = 0; i < mb->end; i++)
		if (mb->buf[i] == '\n' || mb->buf[i] == '\r')
			mb->buf[i] = ' ';
}

static int params_make(struct mbuf *params, const struct ctl *ctl, const struct mbuf *file)
{
	int err;

	err = mbuf_printf(params, "{\"prune\": %s, \"dry_run\": %s, \"document\": ",
			  ctl->given & CTL_PRUNE ? "true" : "false",
			  ctl->given & CTL_DRY_RUN ? "true" : "false");
	err = err ? err : mbuf_write_mem(params, file->buf, file->end);

	return err ? err : mbuf_write_u8(params, '}');
}

static size_t lines_print(const struct odict *result, const char *key, const char *prefix)
{
	const struct odict_entry *list = odict_lookup(result, key);
	const struct le *le;
	size_t n = 0;

	for (le = list && list->type == ODICT_ARRAY ? list->u.odict->lst.head : NULL; le;
	     le = le->next, n++) {

		const struct odict_entry *e = le->data;
		struct pl pl;

		pl_set_str(&pl, e->type == ODICT_STRING ? e->u.str : "");
		(void)re_printf("%s%H\n", prefix, escape_print, &pl);
	}

	return n;
}

static void changes_show(const struct ctl *ctl, const struct odict *result)
{
	const size_t changes = lines_print(result, "changes", "");

	(void)lines_print(result, "notes", "note: ");

	if (!changes)
		(void)printf("nothing to change\n");
	else if (ctl->given & CTL_DRY_RUN)
		(void)printf("dry run: %zu change%s, nothing was changed\n", changes,
			     changes == 1 ? "" : "s");
	else
		(void)printf("applied: %zu change%s\n", changes, changes == 1 ? "" : "s");
}

static int apply_send(const struct ctl *ctl, const struct mbuf *file)
{
	struct mbuf *params = mbuf_alloc(file->end + 128);
	struct odict *result = NULL;
	int code, err;

	err = params ? params_make(params, ctl, file) : ENOMEM;
	code = err ? ctl_error("%m", err) : rpc_call(&result, ctl, "apply", params, RPC_APPLY_TIMEOUT_S);

	if (!code && ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	else if (!code)
		changes_show(ctl, result);

	mem_deref(params);
	mem_deref(result);

	return code;
}

int ctl_apply(const struct ctl *ctl)
{
	struct mbuf *file = mbuf_alloc(READ_SIZE);
	int code;

	if (!file)
		return ctl_error("out of memory");

	code = input_read(file, ctl->argv[0]);
	code = code ? code : syntax_check(file, ctl->argv[0]);

	if (!code) {
		lines_join(file);
		code = apply_send(ctl, file);
	}

	mem_deref(file);

	return code;
}

int ctl_export(const struct ctl *ctl)
{
	struct odict *result = NULL;
	int code;

	code = rpc_call(&result, ctl, "export", NULL, RPC_APPLY_TIMEOUT_S);
	if (!code)
		code = show_json(result, ODICT_OBJECT, ctl->json ? 0 : 2);

	mem_deref(result);

	return code;
}

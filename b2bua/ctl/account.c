/**
 * @file account.c  `account`: what accounts have, and money that is moved
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "json.h"
#include "account.h"
#include "amount.h"
#include "rows.h"
#include "rpc.h"
#include "show.h"

/* ---------------------------------------------------------------- what they have */

static int account_list(const struct ctl *ctl)
{
	return rows_all_print(ctl, SQL_ACCOUNT_TABLE,
			      "there is no account yet; create one with tandemctl apply");
}

static int account_show(const struct ctl *ctl)
{
	struct sqlite3_stmt *stmt;
	struct database d;
	int code;

	code = database_open(&d, ctl);
	if (!code) {
		stmt = db_stmt(d.db, SQL_ACCOUNT_ROW);
		if (stmt)
			(void)db_bind_str(stmt, 1, ctl->argv[1]);
		code = stmt ? row_print(&d, stmt, ctl->json,
					"there is no such account; tandemctl account list shows them")
			    : database_error(&d, SQLITE_ERROR);
	}
	database_close(&d);

	return code;
}

/* ---------------------------------------------------------------- money that is moved */

static int text_add(struct mbuf *mb, const char *key, const char *value)
{
	int err;

	if (!value)
		return 0;

	err = mbuf_printf(mb, "%s\"%s\": ", mb->end > 1 ? ", " : "", key);

	return err ? err : json_write_str(mb, value, strlen(value));
}

static int params_write(struct mbuf *mb, const struct ctl *ctl)
{
	int err;

	err = mbuf_write_u8(mb, '{');
	err = err ? err : text_add(mb, "account", ctl->argv[1]);
	err = err ? err : text_add(mb, "amount", ctl->argv[2]);
	err = err ? err : text_add(mb, "key", ctl->key);
	err = err ? err : text_add(mb, "note", ctl->note);

	return err ? err : mbuf_write_u8(mb, '}');
}

static int account_move(const struct ctl *ctl)
{
	struct odict *result = NULL;
	struct mbuf *params;
	int code, err;

	code = amount_check(ctl->argv[2], "amount");
	if (code)
		return code;

	params = mbuf_alloc(256);
	err = params ? params_write(params, ctl) : ENOMEM;
	code = err ? ctl_error("%m", err) : rpc_call(&result, ctl, ctl->argv[0], params, RPC_TIMEOUT_S);
	if (!code && ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	else if (!code)
		show_object(result);
	mem_deref(params);
	mem_deref(result);

	return code;
}

#define OPTIONS (CTL_KEY | CTL_NOTE | CTL_HANGUP)

static const struct verb {
	const char *name;
	int argc;
	uint64_t needs, options; /* of OPTIONS */
	ctl_command_h *h;
	const char *usage;
} verbv[] = {
	{"list", 1, 0, 0, account_list, "list"},
	{"show", 2, 0, 0, account_show, "show NAME"},
	{"topup", 3, CTL_KEY, CTL_KEY | CTL_NOTE, account_move, "topup NAME AMOUNT --key KEY [--note TEXT]"},
	{"refund", 3, CTL_KEY, CTL_KEY | CTL_NOTE, account_move,
	 "refund NAME AMOUNT --key KEY [--note TEXT]"},
	{"adjust", 3, CTL_KEY, CTL_KEY | CTL_NOTE, account_move,
	 "adjust NAME AMOUNT --key KEY [--note TEXT]"},
	{"enable", 2, 0, 0, account_enable, "enable NAME"},
	{"disable", 2, 0, CTL_HANGUP, account_enable, "disable NAME [--hangup]"},
	{"hangup", 2, 0, 0, account_hangup, "hangup NAME"},
	{"unblock", 2, 0, 0, account_unblock, "unblock NAME"},
};

int ctl_account(const struct ctl *ctl)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(verbv); i++) {

		const struct verb *v = &verbv[i];

		if (strcmp(v->name, ctl->argv[0]))
			continue;

		if (ctl->argc == v->argc && !(v->needs & ~ctl->given) &&
		    !(ctl->given & OPTIONS & ~v->options))
			return v->h(ctl);

		(void)ctl_error("usage: tandemctl account %s", v->usage);
		return CTL_USAGE;
	}

	(void)ctl_error(
		"usage: tandemctl account list|show|topup|refund|adjust|enable|disable|hangup|unblock [NAME] "
		"[AMOUNT]");

	return CTL_USAGE;
}

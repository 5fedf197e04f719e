/**
 * @file account.c  `account`: what accounts have, and money that is moved
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "json.h"
#include "rows.h"
#include "rpc.h"
#include "show.h"

static int usage(const char *text)
{
	(void)ctl_error("%s", text);

	return CTL_USAGE;
}

/* ---------------------------------------------------------------- what they have */

static int account_list(const struct ctl *ctl)
{
	const struct view v = {ctl->json, 0, NULL, !ctl->json};
	struct sqlite3_stmt *stmt;
	struct database d;
	int code;

	code = database_open(&d, ctl);
	if (!code) {
		stmt = db_stmt(d.db, SQL_ACCOUNT_TABLE);
		code = stmt ? rows_print(&d, stmt, &v) : database_error(&d, SQLITE_ERROR);
	}
	database_close(&d);

	return code;
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
	struct mbuf *params = mbuf_alloc(256);
	struct odict *result = NULL;
	int code, err;

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

int ctl_account(const struct ctl *ctl)
{
	const char *what = ctl->argv[0];
	const bool moves = !strcmp(what, "topup") || !strcmp(what, "refund") || !strcmp(what, "adjust");

	if (moves && (ctl->argc != 3 || !ctl->key))
		return usage(
			"usage: tandemctl account topup|refund|adjust NAME AMOUNT --key KEY [--note TEXT]");
	if (!moves && ctl->given & (CTL_KEY | CTL_NOTE))
		return usage("--key and --note are options of account topup, refund and adjust");

	if (moves)
		return account_move(ctl);
	if (!strcmp(what, "list") && ctl->argc == 1)
		return account_list(ctl);
	if (!strcmp(what, "show") && ctl->argc == 2)
		return account_show(ctl);

	return usage("usage: tandemctl account list|show|topup|refund|adjust [NAME] [AMOUNT]");
}

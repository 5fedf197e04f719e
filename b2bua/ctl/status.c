/**
 * @file status.c  Is all well? Then the counters
 */
#include <stdio.h>
#include <re.h>
#include "rpc.h"
#include "show.h"
#include "table.h"

static void headline_print(const struct odict *problems)
{
	const struct le *le;

	for (le = problems->lst.head; le; le = le->next) {

		const struct odict_entry *e = le->data;

		(void)fputs(le->prev ? "; " : "not well: ", stdout);
		text_print(e->type == ODICT_STRING ? e->u.str : "", stdout);
	}

	(void)fputs(problems->lst.head ? "\n" : "all well\n", stdout);
}

/** Consumes the problems, so that they are not told twice. */
static void status_show(struct odict *result, const struct odict *problems)
{
	headline_print(problems);
	odict_entry_del(result, "problems");
	show_object(result);
}

int ctl_status(const struct ctl *ctl)
{
	const struct odict_entry *problems;
	struct odict *result = NULL;
	bool well;
	int code;

	code = rpc_call(&result, ctl, "status", NULL, RPC_TIMEOUT_S);
	if (code)
		return code;

	problems = odict_get_type(result, ODICT_ARRAY, "problems");
	well = problems && !problems->u.odict->lst.head;

	if (ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	else if (problems)
		status_show(result, problems->u.odict);
	else
		code = ctl_error("the daemon's answer is not understood; are both of the same version?");

	mem_deref(result);

	return !code && ctl->given & CTL_CHECK && !well ? CTL_FAILED : code;
}

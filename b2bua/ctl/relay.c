/**
 * @file relay.c  The relay's statistics in words; in JSON they are as NG names them
 */
#include <stdio.h>
#include <re.h>
#include "human.h"
#include "rpc.h"
#include "show.h"
#include "table.h"

/** What is shown of NG's answer, under a key of ours, whose ending is the unit. */
static const struct line {
	const char *part; /* NULL: it stands at the top */
	const char *name;
	const char *key;
	int64_t scale; /* from NG's unit to ours */
} linev[] = {
	{"totalstatistics", "uptime", "uptime_s", 1},
	{"currentstatistics", "sessionsown", "sessions_now", 1},
	{"totalstatistics", "managedsessions", "sessions_so_far", 1},
	{"totalstatistics", "timeoutsessions", "never_deleted", 1},
	{"totalstatistics", "silenttimeoutsessions", "of_them_silent", 1},
	{"totalstatistics", "relayedpackets", "packets", 1},
	{"totalstatistics", "relayedbytes", "relayed_bytes", 1},
	{NULL, "memory-kb", "memory_bytes", 1024},
	{"control", "requests", "requests", 1},
	{"control", "repeated", "requests_repeated", 1},
	{"control", "malformed", "requests_malformed", 1},
	{"control", "unsent", "replies_unsent", 1},
};

static const struct odict *part_find(const struct odict *o, const char *name, enum odict_type type)
{
	const struct odict_entry *e = o ? odict_get_type(o, type, name) : NULL;

	return e ? e->u.odict : NULL;
}

static void lines_print(const struct odict *statistics)
{
	char key[HUMAN_SIZE], text[HUMAN_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(linev); i++) {

		const struct line *l = &linev[i];
		const struct odict *o = l->part ? part_find(statistics, l->part, ODICT_OBJECT) : statistics;
		const struct odict_entry *e = o ? odict_get_type(o, ODICT_INT, l->name) : NULL;

		if (!e)
			continue;

		human_key(key, l->key);
		human_number(text, l->key, e->u.integer * l->scale);
		show_line(key, text);
	}
}

/* ---------------------------------------------------------------- tables */

static int cell_add(struct table *t, const struct odict_entry *e)
{
	char text[HUMAN_SIZE];

	if (e && e->type == ODICT_STRING)
		return table_add(t, e->u.str, str_len(e->u.str));

	(void)re_snprintf(text, sizeof(text), "%lld",
			  e && e->type == ODICT_INT ? (long long)e->u.integer : 0);

	return table_add(t, text, str_len(text));
}

static int number_add(struct table *t, unsigned n)
{
	char text[HUMAN_SIZE];

	(void)re_snprintf(text, sizeof(text), "%u", n);

	return table_add(t, text, str_len(text));
}

/** A list of objects, a row each, nothing if there are none; a first column that no object has is the row's number. */
static int list_print(const struct odict *list, const char *const *columnv, size_t columnc)
{
	struct table *t = NULL;
	const struct le *le;
	unsigned n = 0;
	size_t i;
	int err;

	err = table_alloc(&t, columnv, columnc);

	for (le = list ? list->lst.head : NULL; le && !err; le = le->next) {

		const struct odict_entry *row = le->data;

		++n;
		for (i = 0; i < columnc && !err && row->type == ODICT_OBJECT; i++) {

			const struct odict_entry *e = odict_lookup(row->u.odict, columnv[i]);

			err = e || i ? cell_add(t, e) : number_add(t, n);
		}
	}

	if (!err && n) {
		(void)fputc('\n', stdout);
		table_print(t, stdout);
	}
	mem_deref(t);

	return err;
}

/** Only what happened: most reasons never do. */
static int drops_print(const struct odict *drops)
{
	static const char *const titlev[] = {"dropped because", "packets"};
	struct table *t = NULL;
	const struct le *le;
	bool any = false;
	int err;

	err = table_alloc(&t, titlev, ARRAY_SIZE(titlev));

	for (le = drops ? drops->lst.head : NULL; le && !err; le = le->next) {

		const struct odict_entry *e = le->data;

		if (e->type != ODICT_INT || !e->u.integer)
			continue;

		err = table_add(t, e->key, str_len(e->key));
		err = err ? err : cell_add(t, e);
		any = true;
	}

	if (!err && any) {
		(void)fputc('\n', stdout);
		table_print(t, stdout);
	}
	mem_deref(t);

	return err;
}

static int statistics_show(const struct odict *statistics)
{
	static const char *const portv[] = {"address", "pairs", "used", "quarantined", "free"};
	static const char *const workerv[] = {"worker", "streams", "packets"};
	int err;

	lines_print(statistics);

	err = list_print(part_find(statistics, "ports", ODICT_ARRAY), portv, ARRAY_SIZE(portv));
	err = err ? err
		  : list_print(part_find(statistics, "workers", ODICT_ARRAY), workerv, ARRAY_SIZE(workerv));
	err = err ? err : drops_print(part_find(statistics, "drops", ODICT_OBJECT));

	return err ? ctl_error("%m", err) : CTL_OK;
}

/** Which relays there are, where there are several. */
static int relays_show(const struct ctl *ctl)
{
	static const char *const columnv[] = {"relay", "state", "weight", "calls", "failovers", "restarts"};
	const struct odict *relays;
	struct odict *status = NULL;
	int code, err = 0;

	code = rpc_call(&status, ctl, "status", NULL, RPC_TIMEOUT_S);
	if (code)
		return code;

	relays = part_find(part_find(status, "relay", ODICT_OBJECT), "relays", ODICT_ARRAY);
	if (relays && list_count(&relays->lst) > 1) {
		err = list_print(relays, columnv, ARRAY_SIZE(columnv));
		(void)fputc('\n', stdout);
	}
	mem_deref(status);

	return err ? ctl_error("%m", err) : CTL_OK;
}

int ctl_relay(const struct ctl *ctl)
{
	const struct odict *statistics;
	struct odict *result = NULL;
	int code = CTL_OK;

	if (!ctl->json && !ctl->argc)
		code = relays_show(ctl);
	if (!code && ctl->argc)
		code = rpc_ask(&result, ctl, "relay", "relay", ctl->argv[0]);
	else if (!code)
		code = rpc_call(&result, ctl, "relay", NULL, RPC_TIMEOUT_S);
	if (code)
		return code;

	statistics = part_find(result, "statistics", ODICT_OBJECT);

	if (ctl->json || !statistics)
		code = show_json(result, ODICT_OBJECT, ctl->json ? 0 : 2);
	else
		code = statistics_show(statistics);

	mem_deref(result);

	return code;
}

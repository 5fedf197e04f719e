/**
 * @file show.c  Commands that ask the daemon and show its answer
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "escape.h"
#include "json.h"
#include "cdr_find.h"
#include "human.h"
#include "rpc.h"
#include "show.h"
#include "table.h"

enum { CALLS_MAX = 5000, INDENT = 2, KEY_WIDTH = 18 };

int show_json(const struct odict *o, enum odict_type root, unsigned expand)
{
	struct mbuf *mb = mbuf_alloc(4096);
	int err;

	if (!mb)
		return ctl_error("out of memory");

	err = json_write(mb, o, root, expand);
	err = err ? err : mbuf_write_u8(mb, '\n');

	if (!err && fwrite(mb->buf, 1, mb->end, stdout) != mb->end)
		err = errno;

	mem_deref(mb);

	return err ? ctl_error("%m", err) : CTL_OK;
}

/** A value as text in a buffer of its own; NULL for null. */
static char *value_text(const struct odict_entry *e)
{
	char buf[HUMAN_SIZE] = "", *str = NULL;

	switch (e->type) {

	case ODICT_STRING:
		(void)str_dup(&str, e->u.str);
		return str;

	case ODICT_INT:
		human_number(buf, e->key, e->u.integer);
		break;

	case ODICT_DOUBLE:
		human_decimal(buf, e->key, e->u.dbl);
		break;

	case ODICT_BOOL:
		str_ncpy(buf, e->u.boolean ? "yes" : "no", sizeof(buf));
		break;

	default:
		return NULL;
	}

	(void)str_dup(&str, buf);

	return str;
}

/* ---------------------------------------------------------------- one object: a line a value */

static void object_show(const struct odict *o, unsigned depth, bool list);

static void entry_show(const struct odict_entry *e, unsigned depth, bool list)
{
	char key[HUMAN_SIZE], safe[4 * HUMAN_SIZE];
	char *text;

	human_key(key, e->key);
	(void)escape_text(safe, sizeof(safe), key, str_len(key));

	if (e->type == ODICT_OBJECT || e->type == ODICT_ARRAY) {
		if (!list)
			(void)printf("%*s%s\n", (int)(depth * INDENT), "", safe);
		object_show(e->u.odict, depth + 1, e->type == ODICT_ARRAY);
		return;
	}

	text = value_text(e);
	(void)printf("%*s%-*s  ", (int)(depth * INDENT), "", KEY_WIDTH - (int)(depth * INDENT), safe);
	text_print(text ? text : "-", stdout);
	(void)fputc('\n', stdout);
	mem_deref(text);
}

static void object_show(const struct odict *o, unsigned depth, bool list)
{
	const struct le *le;

	for (le = o->lst.head; le; le = le->next)
		entry_show(le->data, depth, list);
}

void show_object(const struct odict *o)
{
	object_show(o, 0, false);
}

void show_line(const char *label, const char *text)
{
	(void)printf("%-*s  ", KEY_WIDTH, label);
	text_print(text, stdout);
	(void)fputc('\n', stdout);
}

/* ---------------------------------------------------------------- many objects: a row each */

static int cell_add(struct table *t, const struct odict_entry *e)
{
	char *text = e ? value_text(e) : NULL;
	const int err = table_add(t, text, str_len(text));

	mem_deref(text);

	return err;
}

static int rows_show(const struct odict *rows, const struct show_column *columnv, size_t columnc)
{
	const char *titlev[16];
	struct table *t = NULL;
	const struct le *le;
	size_t i;
	int err;

	for (i = 0; i < columnc; i++)
		titlev[i] = columnv[i].title;

	err = table_alloc(&t, titlev, columnc);

	for (le = rows->lst.head; le && !err; le = le->next) {

		const struct odict_entry *row = le->data;

		for (i = 0; i < columnc && !err; i++)
			err = cell_add(t, odict_lookup(row->u.odict, columnv[i].key));
	}

	if (!err)
		table_print(t, stdout);

	mem_deref(t);

	return err ? ctl_error("%m", err) : CTL_OK;
}

/* ---------------------------------------------------------------- commands */

static int ask(struct odict **resultp, const struct ctl *ctl, const char *method, const char *fmt, ...)
{
	struct mbuf *params = NULL;
	va_list ap;
	int code, err = 0;

	if (fmt) {
		params = mbuf_alloc(256);
		va_start(ap, fmt);
		err = params ? mbuf_vprintf(params, fmt, ap) : ENOMEM;
		va_end(ap);
	}

	code = err ? ctl_error("%m", err) : rpc_call(resultp, ctl, method, params, RPC_TIMEOUT_S);
	mem_deref(params);

	return code;
}

/** Show a whole answer: as JSON, or a line a value. */
static int answer_show(const struct ctl *ctl, struct odict *result)
{
	int code = CTL_OK;

	if (ctl->json)
		code = show_json(result, ODICT_OBJECT, 0);
	else
		object_show(result, 0, false);

	mem_deref(result);

	return code;
}

int ctl_call(const struct ctl *ctl)
{
	struct odict *result = NULL;
	const int code = rpc_ask(&result, ctl, "call", "id", ctl->argv[0]);

	if (code) {
		cdr_hint(ctl, ctl->argv[0]);
		return code;
	}

	return answer_show(ctl, result);
}

int ctl_log(const struct ctl *ctl)
{
	struct odict *result = NULL;
	const int code = ctl->argc ? rpc_ask(&result, ctl, "log", "level", ctl->argv[0])
				   : ask(&result, ctl, "log", NULL);

	return code ? code : answer_show(ctl, result);
}

int ctl_stop(const struct ctl *ctl)
{
	struct odict *result = NULL;
	const int code = ask(&result, ctl, "stop", NULL);

	return code ? code : answer_show(ctl, result);
}

int show_list(const struct ctl *ctl, const struct odict *result, const char *key,
	      const struct show_column *columnv, size_t columnc)
{
	const struct odict_entry *rows = odict_lookup(result, key);

	if (ctl->json)
		return show_json(result, ODICT_OBJECT, 0);

	if (!rows || rows->type != ODICT_ARRAY)
		return ctl_error("the daemon's answer is not understood; are both of the same version?");

	return rows_show(rows->u.odict, columnv, columnc);
}

static int calls_ask(struct odict **resultp, const struct ctl *ctl)
{
	const uint32_t limit = ctl->given & CTL_LAST ? ctl->last : CALLS_MAX;
	struct mbuf *params = mbuf_alloc(128);
	int code, err;

	err = params ? mbuf_printf(params, "{\"limit\": %u", limit) : ENOMEM;
	if (ctl->account && !err) {
		err = mbuf_write_str(params, ", \"account\": ");
		err = err ? err : json_write_str(params, ctl->account, strlen(ctl->account));
	}
	err = err ? err : mbuf_write_u8(params, '}');
	code = err ? ctl_error("%m", err) : rpc_call(resultp, ctl, "calls", params, RPC_TIMEOUT_S);
	mem_deref(params);

	return code;
}

int ctl_calls(const struct ctl *ctl)
{
	static const struct show_column columnv[] = {
		{"id", "id"},         {"state", "state"},   {"src_trunk", "from"}, {"dst_trunk", "to"},
		{"caller", "caller"}, {"callee", "callee"}, {"age_ms", "age"},     {"talk_ms", "talk"},
	};
	struct odict *result = NULL;
	uint64_t total = 0;
	int code;

	code = calls_ask(&result, ctl);
	if (code)
		return code;

	code = show_list(ctl, result, "calls", columnv, ARRAY_SIZE(columnv));

	if (!code && !ctl->json && odict_get_number(result, &total, "total"))
		(void)printf("%llu call%s\n", (unsigned long long)total, total == 1 ? "" : "s");

	mem_deref(result);

	return code;
}

int ctl_subscriptions(const struct ctl *ctl)
{
	static const struct show_column columnv[] = {
		{"state", "state"},   {"src_trunk", "from"},        {"dst_trunk", "to"},
		{"caller", "caller"}, {"callee", "callee"},         {"event", "event"},
		{"age_ms", "age"},    {"expires_s", "expires (s)"},
	};
	struct odict *result = NULL;
	uint64_t total = 0;
	int code;

	code = ask(&result, ctl, "subscriptions", "{\"limit\": %u}",
		   ctl->given & CTL_LAST ? ctl->last : CALLS_MAX);
	if (code)
		return code;

	code = show_list(ctl, result, "subscriptions", columnv, ARRAY_SIZE(columnv));

	if (!code && !ctl->json && odict_get_number(result, &total, "total"))
		(void)printf("%llu subscription%s\n", (unsigned long long)total, total == 1 ? "" : "s");

	mem_deref(result);

	return code;
}

int ctl_trunks(const struct ctl *ctl)
{
	static const struct show_column columnv[] = {
		{"name", "name"},       {"interface", "interface"},    {"target", "target"},
		{"account", "account"}, {"enabled", "enabled"},        {"calls", "calls"},
		{"max_calls", "max"},   {"attempts", "attempts"},      {"answers", "answers"},
		{"failures", "failed"}, {"failed_us", "last failure"}, {"failure", "because"},
	};
	struct odict *result = NULL;
	int code;

	code = ask(&result, ctl, "trunks", NULL);
	if (!code)
		code = show_list(ctl, result, "trunks", columnv, ARRAY_SIZE(columnv));

	mem_deref(result);

	return code;
}

int ctl_hangup(const struct ctl *ctl)
{
	const bool all = ctl->given & CTL_ALL;
	struct odict *result = NULL;
	uint64_t released = 0;
	int code;

	if (all == (ctl->argc > 0)) {
		(void)ctl_error("give the ID of one call, or --all");
		return CTL_USAGE;
	}

	code = all ? ask(&result, ctl, "hangup", "{\"all\": true}")
		   : rpc_ask(&result, ctl, "hangup", "id", ctl->argv[0]);
	if (code)
		return code;

	if (ctl->json)
		return answer_show(ctl, result);

	(void)odict_get_number(result, &released, "released");
	(void)printf("%llu call%s ended\n", (unsigned long long)released, released == 1 ? "" : "s");
	mem_deref(result);

	return CTL_OK;
}

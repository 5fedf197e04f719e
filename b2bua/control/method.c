/**
 * @file method.c  What can be asked on the control socket: the table, and what needs no room of its own
 *
 * docs/control.md describes every method; the table at the end is what `help` answers.
 */
#include <errno.h>
#include <re.h>
#include "escape.h"
#include "log.h"
#include "../door/door.h"
#include "core.h"
#include "method.h"

enum { HASH_SIZE = 16 };

void method_reply(struct control_req *req, int err, struct odict *result)
{
	if (err) {
		mem_deref(result);
		control_error(req, CONTROL_FAILED, "%m", err);
		return;
	}

	control_reply(req, result);
}

int method_code(int err)
{
	switch (err) {

	case ENOENT:
		return CONTROL_NOT_FOUND;

	case EEXIST:
		return CONTROL_CONFLICT;

	default:
		return CONTROL_FAILED;
	}
}

int method_uint_add(struct odict *o, const char *key, uint64_t value)
{
	return odict_entry_add(o, key, ODICT_INT, (int64_t)value);
}

bool control_text_is_plain(const char *text, size_t max)
{
	const size_t len = str_len(text);
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = escape_plain_len(&text[i], len - i);
		if (!n)
			return false;
	}

	return len <= max;
}

static int method_describe(struct odict *array, const struct control_method *m)
{
	struct odict *o = NULL;
	int err;

	err = odict_alloc(&o, HASH_SIZE);
	err = err ? err : odict_entry_add(o, "name", ODICT_STRING, m->name);
	err = err ? err : odict_entry_add(o, "params", ODICT_STRING, m->params);
	err = err ? err : odict_entry_add(o, "help", ODICT_STRING, m->help);
	err = err ? err : odict_entry_add(array, m->name, ODICT_OBJECT, o);
	mem_deref(o);

	return err;
}

static void help_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct odict *result = NULL, *array = NULL;
	size_t i;
	int err;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_alloc(&array, HASH_SIZE);

	for (i = 0; i < control_methodc && !err; i++)
		err = method_describe(array, &control_methodv[i]);

	err = err ? err : odict_entry_add(result, "methods", ODICT_ARRAY, array);
	mem_deref(array);

	method_reply(req, err, result);
}

static void log_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	const char *name = odict_string(params, "level");
	struct odict *result = NULL;
	enum log_level level;
	int err;

	if (odict_lookup(params, "level")) {

		if (!name || !log_level_decode(&level, name)) {
			control_error(req, CONTROL_INVALID_PARAMS,
				      "\"level\" must be \"debug\", \"info\", \"warn\" or \"error\"");
			return;
		}

		log_level_set(level);
		door_trace(e->door, level <= LOG_DEBUG);
	}

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_entry_add(result, "level", ODICT_STRING, log_level_name(log_level_get()));

	method_reply(req, err, result);
}

static void stop_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	control_reply(req, NULL);
	engine_stop(e);
}

const struct control_method control_methodv[] = {
	{"help", help_handler, "", "list the methods"},
	{"status", method_status, "", "the state of the system and its counters"},
	{"calls", method_calls, "[limit], [account]", "calls up now"},
	{"call", method_call, "id", "one call, by CDR id or a Call-ID of either leg"},
	{"ladder", method_ladder, "id, [packets]", "the last SIP messages of a call, up or over"},
	{"trace_start", method_trace_start, "call | trunk | number, [minutes]",
	 "trace whole calls into a capture file"},
	{"trace_list", method_trace_list, "", "traces that run, and the last that ended"},
	{"trace_stop", method_trace_stop, "trace", "end a trace; its file stays"},
	{"hangup", method_hangup, "id | account | all", "end one call, those of an account, or all"},
	{"subscriptions", method_subscriptions, "[limit]", "subscriptions outside any call"},
	{"trunks", method_trunks, "", "trunks and the calls they carry"},
	{"headers", method_headers, "trunk, [message]", "what a trunk's rules make of a message's headers"},
	{"log", log_handler, "[level]", "set the log level: debug, info, warn or error"},
	{"apply", method_apply, "document, [prune], [dry_run]", "change what is provisioned, all or nothing"},
	{"export", method_export, "[kind]", "what is provisioned, as apply takes it"},
	{"fields", method_fields, "", "what can be provisioned, field by field"},
	{"tariff_begin", method_tariff_begin, "tariff", "begin a new price list, which prices nothing yet"},
	{"tariff_rows", method_tariff_rows, "list, rows",
	 "add rows to a list that was begun, as CSV in order"},
	{"tariff_commit", method_tariff_commit, "list, count", "let the list be its tariff's rates at once"},
	{"tariff_cancel", method_tariff_cancel, "list", "forget a list that was begun"},
	{"rate", method_rate, "number, account | tariff, [at], [duration_s]", "what a call costs, and why"},
	{"topup", method_topup, "account, amount, key, [note], [currency]",
	 "book what a customer paid, once by its key"},
	{"refund", method_refund, "account, amount, key, [note], [currency]",
	 "give back of what was charged, once by its key"},
	{"adjust", method_adjust, "account, amount, key, [note], [currency]",
	 "correct an account's balance, up or down, once by its key"},
	{"unblock", method_unblock, "account",
	 "let an account's dear calls pass again after a burst of them"},
	{"correct", method_correct, "id, price, key, [note]", "correct what a call costs, once by its key"},
	{"rerate", method_rerate, "tariff, from_us, until_us, run, [account], [note], [after_us, after_seq]",
	 "correct a period's calls to another tariff's prices, a part at a time"},
	{"day_close", method_day_close, "", "close the days of records that are over, for their files"},
	{"relay", method_relay, "[relay]", "statistics of a media relay; without its name, of the first"},
	{"webhook_report", method_webhook_report, "webhooks",
	 "how delivery to webhooks goes, as tandem-webui tells it"},
	{"stop", stop_handler, "", "refuse new calls, let those up end, and stop"},
};

const size_t control_methodc = ARRAY_SIZE(control_methodv);

const struct control_method *control_method_find(const char *name)
{
	size_t i;

	for (i = 0; i < control_methodc; i++)
		if (!str_cmp(control_methodv[i].name, name))
			return &control_methodv[i];

	return NULL;
}

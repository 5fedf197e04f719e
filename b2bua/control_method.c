/**
 * @file control_method.c  What can be asked on the control socket
 *
 * docs/control.md describes every method; the table at the end is what `help` answers.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "wheel.h"
#include "call/call.h"
#include "call/relay.h"
#include "door/door.h"
#include "control_method.h"
#include "engine.h"

enum { CALLS_SHOWN = 200, CALLS_SHOWN_MAX = 5000, HASH_SIZE = 16 };

static void fail(struct control_req *req, int err)
{
	control_error(req, CONTROL_FAILED, "%m", err);
}

static int int_add(struct odict *o, const char *key, uint64_t value)
{
	return odict_entry_add(o, key, ODICT_INT, (int64_t)value);
}

/** Add an object that a function describes. */
typedef int(describe_h)(struct odict *o, struct engine *e);

static int part_add(struct odict *o, const char *key, describe_h *h, struct engine *e)
{
	struct odict *part = NULL;
	int err;

	err = odict_alloc(&part, HASH_SIZE);
	err = err ? err : h(part, e);
	err = err ? err : odict_entry_add(o, key, ODICT_OBJECT, part);
	mem_deref(part);

	return err;
}

/* ---------------------------------------------------------------- help */

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

	if (err) {
		mem_deref(result);
		fail(req, err);
		return;
	}

	control_reply(req, result);
}

/* ---------------------------------------------------------------- status */

static int calls_describe(struct odict *o, struct engine *e)
{
	struct call_stats stats;
	int err;

	calls_stats(e->calls, &stats);

	err = int_add(o, "active", stats.active);
	err |= int_add(o, "answered", stats.answered);
	err |= int_add(o, "attempts", stats.attempts);
	err |= int_add(o, "answers", stats.answers);
	err |= int_add(o, "failures", stats.failures);
	err |= odict_entry_add(o, "attempts_per_s", ODICT_DOUBLE, control_cps(e->control));

	return err;
}

static int writer_describe(struct odict *o, struct engine *e)
{
	struct writer_stats stats;
	int err;

	writer_stats(e->writer, &stats);

	err = odict_entry_add(o, "state", ODICT_STRING, stats.degraded ? "degraded" : "ok");
	err |= odict_entry_add(o, "ready", ODICT_BOOL, writer_ready(e->writer));
	err |= int_add(o, "records", stats.records);
	err |= int_add(o, "commits", stats.commits);
	err |= int_add(o, "failures", stats.failures);
	err |= int_add(o, "spool_used", stats.spool_used);
	err |= int_add(o, "spool_size", stats.spool_size);
	err |= int_add(o, "recovered", stats.recovered);
	err |= odict_entry_add(o, "last_commit_us", ODICT_INT, stats.last_commit_us);

	return err;
}

static int relay_part(struct odict *o, struct engine *e)
{
	return relay_describe(e->relay, o);
}

static int door_part(struct odict *o, struct engine *e)
{
	return door_describe(e->door, o);
}

static uint64_t rss_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	char line[128] = "", *second;

	if (!f)
		return 0;

	(void)!fgets(line, sizeof(line), f);
	(void)fclose(f);

	/* pages: the whole, then what is resident */
	second = strchr(line, ' ');

	return second ? strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static int process_describe(struct odict *o, struct engine *e)
{
	int err;

	err = int_add(o, "pid", (uint64_t)getpid());
	err |= int_add(o, "rss_bytes", rss_bytes());
	err |= int_add(o, "timers", wheel_pending());
	err |= odict_entry_add(o, "log_level", ODICT_STRING, log_level_name(log_level_get()));

	return err;
}

static int status_describe(struct odict *o, struct engine *e)
{
	int err;

	err = odict_entry_add(o, "version", ODICT_STRING, TANDEM_VERSION);
	err |= odict_entry_add(o, "node", ODICT_STRING, e->cfg->node);
	err |= odict_entry_add(o, "state", ODICT_STRING, e->draining ? "draining" : "running");
	err |= odict_entry_add(o, "started_us", ODICT_INT, e->started_us);
	err |= int_add(o, "uptime_s", (uint64_t)(clock_wall_us() - e->started_us) / 1000000);
	err |= part_add(o, "calls", calls_describe, e);
	err |= part_add(o, "relay", relay_part, e);
	err |= part_add(o, "writer", writer_describe, e);
	err |= part_add(o, "door", door_part, e);
	err |= part_add(o, "process", process_describe, e);

	return err;
}

static void status_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct odict *result = NULL;
	int err;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : status_describe(result, e);
	if (err) {
		mem_deref(result);
		fail(req, err);
		return;
	}

	control_reply(req, result);
}

/* ---------------------------------------------------------------- calls */

struct calls_list {
	struct odict *array;
	uint64_t left; /* how many more are shown */
	int err;
};

static bool call_list_handler(struct call *call, void *arg)
{
	struct calls_list *cl = arg;
	struct odict *o = NULL;

	if (!cl->left)
		return true;

	--cl->left;
	cl->err = odict_alloc(&o, HASH_SIZE);
	cl->err = cl->err ? cl->err : call_describe(call, o, false);
	cl->err = cl->err ? cl->err : odict_entry_add(cl->array, "", ODICT_OBJECT, o);
	mem_deref(o);

	return cl->err;
}

static void calls_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct calls_list cl = {NULL, CALLS_SHOWN, 0};
	struct odict *result = NULL;
	struct call_stats stats;
	int err;

	if (odict_lookup(params, "limit") &&
	    (!odict_get_number(params, &cl.left, "limit") || !cl.left || cl.left > CALLS_SHOWN_MAX)) {
		control_error(req, CONTROL_INVALID_PARAMS, "\"limit\" must be a whole number from 1 to %u",
			      CALLS_SHOWN_MAX);
		return;
	}

	calls_stats(e->calls, &stats);

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_alloc(&cl.array, HASH_SIZE);
	if (!err) {
		(void)calls_apply(e->calls, call_list_handler, &cl);
		err = cl.err;
	}
	err = err ? err : int_add(result, "total", stats.active);
	err = err ? err : odict_entry_add(result, "calls", ODICT_ARRAY, cl.array);
	mem_deref(cl.array);

	if (err) {
		mem_deref(result);
		fail(req, err);
		return;
	}

	control_reply(req, result);
}

/** The call that "id" names, or NULL after the error was answered. */
static struct call *call_param(struct engine *e, struct control_req *req, const struct odict *params)
{
	const char *id = odict_string(params, "id");
	struct call *call;

	if (!id) {
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"id\" is missing; give a CDR id or a Call-ID of either leg");
		return NULL;
	}

	call = calls_find(e->calls, id);
	if (!call)
		control_error(req, CONTROL_NOT_FOUND, "no call has this id now; \"calls\" lists them");

	return call;
}

static void call_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct call *call = call_param(e, req, params);
	struct odict *result = NULL;
	int err;

	if (!call)
		return;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : call_describe(call, result, true);
	if (err) {
		mem_deref(result);
		fail(req, err);
		return;
	}

	control_reply(req, result);
}

static bool release_handler(struct call *call, void *arg)
{
	uint64_t *released = arg;

	++*released;
	call_release(call, "operator");

	return false;
}

static void hangup_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct odict *result = NULL;
	struct call *call;
	bool all = false;
	uint64_t released = 0;
	int err;

	(void)odict_get_boolean(params, &all, "all");

	if (all) {
		(void)calls_apply(e->calls, release_handler, &released);
	}
	else {
		call = call_param(e, req, params);
		if (!call)
			return;
		(void)release_handler(call, &released);
	}

	log_info("control: %llu calls ended by the operator", (unsigned long long)released);

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : int_add(result, "released", released);
	if (err) {
		mem_deref(result);
		fail(req, err);
		return;
	}

	control_reply(req, result);
}

/* ---------------------------------------------------------------- trunks */

static int trunk_describe(struct odict *array, struct engine *e, const struct trunk *t)
{
	struct odict *o = NULL;
	int err;

	err = odict_alloc(&o, HASH_SIZE);
	if (err)
		return err;

	err = odict_entry_add(o, "name", ODICT_STRING, t->name);
	err |= odict_entry_add(o, "interface", ODICT_STRING, t->interface->name);
	err |= odict_entry_add(o, "enabled", ODICT_BOOL, t->enabled);
	err |= int_add(o, "calls", calls_on_trunk(e->calls, t->name));
	err |= int_add(o, "max_calls", t->max_calls);
	if (t->target)
		err |= odict_entry_add(o, "target", ODICT_STRING, t->target);
	if (t->account)
		err |= odict_entry_add(o, "account", ODICT_STRING, t->account->name);
	err = err ? err : odict_entry_add(array, t->name, ODICT_OBJECT, o);
	mem_deref(o);

	return err;
}

static void trunks_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct odict *result = NULL, *array = NULL;
	const struct le *le;
	int err;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_alloc(&array, HASH_SIZE);

	for (le = store_model(e->store)->trunkl.head; le && !err; le = le->next)
		err = trunk_describe(array, e, le->data);

	err = err ? err : odict_entry_add(result, "trunks", ODICT_ARRAY, array);
	mem_deref(array);

	if (err) {
		mem_deref(result);
		fail(req, err);
		return;
	}

	control_reply(req, result);
}

/* ---------------------------------------------------------------- log */

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
	}

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_entry_add(result, "level", ODICT_STRING, log_level_name(log_level_get()));
	if (err) {
		mem_deref(result);
		fail(req, err);
		return;
	}

	control_reply(req, result);
}

/* ---------------------------------------------------------------- apply and export */

static void applied_handler(int err, const char *errstr, struct odict *result, void *arg)
{
	struct control_req *req = arg;
	bool applied = false;

	if (err) {
		control_error(req, CONTROL_FAILED, "%s", errstr);
		return;
	}

	if (odict_get_boolean(result, &applied, "applied") && applied)
		log_info("control: provisioning applied, %zu changes",
			 odict_count(odict_lookup(result, "changes")->u.odict, false));

	control_reply(req, mem_ref(result));
}

static void apply_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	const struct odict_entry *document = odict_lookup(params, "document");
	bool prune = false, dry_run = false;
	int err;

	if (!document || document->type != ODICT_OBJECT) {
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"document\" is missing; give the objects to apply");
		return;
	}

	(void)odict_get_boolean(params, &prune, "prune");
	(void)odict_get_boolean(params, &dry_run, "dry_run");

	err = store_apply(e->store, document->u.odict, prune, dry_run, applied_handler, req);
	if (err)
		fail(req, err);
}

static void exported_handler(int err, struct mbuf *json, void *arg)
{
	struct control_req *req = arg;

	if (err)
		fail(req, err);
	else
		control_reply_text(req, json);
}

static void export_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	const int err = store_export(e->store, exported_handler, req);

	if (err)
		fail(req, err);
}

/* ---------------------------------------------------------------- relay */

static int bval_convert(struct odict *o, const struct bval *v, unsigned depth);

static int bval_add(struct odict *o, const char *key, const struct bval *v, unsigned depth)
{
	struct odict *sub = NULL;
	char *str = NULL;
	int err;

	switch (v->type) {

	case BVAL_INT:
		return odict_entry_add(o, key, ODICT_INT, v->num);

	case BVAL_STR:
		err = pl_strdup(&str, &v->str);
		err = err ? err : odict_entry_add(o, key, ODICT_STRING, str);
		mem_deref(str);
		return err;

	default:
		err = odict_alloc(&sub, HASH_SIZE);
		err = err ? err : bval_convert(sub, v, depth);
		err = err ? err
			  : odict_entry_add(o, key, v->type == BVAL_DICT ? ODICT_OBJECT : ODICT_ARRAY, sub);
		mem_deref(sub);
		return err;
	}
}

static int bval_convert(struct odict *o, const struct bval *v, unsigned depth)
{
	const struct bval *entry;
	int err = 0;

	if (depth > BENCODE_DEPTH_MAX)
		return EOVERFLOW;

	for (entry = v->child; entry && !err; entry = entry->next) {

		char *key = NULL;

		err = entry->key.p ? pl_strdup(&key, &entry->key) : str_dup(&key, "");
		err = err ? err : bval_add(o, key, entry, depth + 1);
		mem_deref(key);
	}

	return err;
}

static void statistics_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct control_req *req = arg;
	struct odict *result = NULL;

	if (err) {
		control_error(req, CONTROL_FAILED,
			      "the relay does not answer (%m); start tandem-rtprelay, or see "
			      "its log",
			      err);
		return;
	}

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : bval_convert(result, reply->dict, 0);
	if (err) {
		mem_deref(result);
		fail(req, err);
		return;
	}

	control_reply(req, result);
}

static void relay_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	(void)relay_request(e->relay, "statistics");
	if (relay_request_send(e->relay, NULL, statistics_handler, req))
		fail(req, ENOMEM);
}

/* ---------------------------------------------------------------- stop */

static void stop_handler(struct engine *e, struct control_req *req, const struct odict *params)
{
	control_reply(req, NULL);
	engine_stop(e);
}

const struct control_method control_methodv[] = {
	{"help", help_handler, "", "list the methods"},
	{"status", status_handler, "", "the state of the system and its counters"},
	{"calls", calls_handler, "[limit]", "calls up now"},
	{"call", call_handler, "id", "one call, by CDR id or a Call-ID of either leg"},
	{"hangup", hangup_handler, "id | all", "end one call, or all"},
	{"trunks", trunks_handler, "", "trunks and the calls they carry"},
	{"log", log_handler, "[level]", "set the log level: debug, info, warn or error"},
	{"apply", apply_handler, "document, [prune], [dry_run]",
	 "change what is provisioned, all or nothing"},
	{"export", export_handler, "", "what is provisioned, as apply takes it"},
	{"relay", relay_handler, "", "statistics of the media relay"},
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

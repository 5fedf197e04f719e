/**
 * @file trace.c  Whole calls into capture files: start, list, stop
 */
#include <string.h>
#include <re.h>
#include "call/call.h"
#include "door/door.h"
#include "door/trace.h"
#include "store/model.h"
#include "core.h"

enum { HASH_SIZE = 16, DIGITS_MAX = 63 };

static int figures_describe(struct odict *o, const struct trace_session_figures *f)
{
	int err;

	err = method_uint_add(o, "trace", f->id);
	err |= odict_entry_add(o, "state", ODICT_STRING, f->state);
	err |= odict_entry_add(o, "of", ODICT_STRING, trace_kind_name(f->kind));
	err |= odict_entry_add(o, "value", ODICT_STRING, f->value);
	err |= odict_entry_add(o, "file", ODICT_STRING, f->path);
	err |= odict_entry_add(o, "start_us", ODICT_INT, f->start_us);
	err |= odict_entry_add(o, "end_us", ODICT_INT, f->end_us);
	err |= method_uint_add(o, "calls", f->calls);
	err |= method_uint_add(o, "messages", f->file.messages);
	err |= method_uint_add(o, "lost", f->file.lost);
	err |= method_uint_add(o, "size_bytes", f->file.bytes);

	return err;
}

/** The sessions, or NULL after the error was answered. */
static struct trace_sessions *sessions_of(const struct engine *e, struct control_req *req)
{
	struct trace_sessions *ts = trace_sessions(door_tracer(e->door));

	if (!ts)
		control_error(req, CONTROL_FAILED,
			      "nothing is traced without trace_ring_mb; set it in tandem.conf and restart");

	return ts;
}

/* ---------------------------------------------------------------- start */

struct start {
	struct engine *e;
	struct control_req *req;
};

static void started_reply(struct control_req *req, const struct trace_session *s)
{
	struct trace_session_figures figures;
	struct odict *result = NULL;
	int err;

	trace_session_figures(s, &figures);
	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : figures_describe(result, &figures);
	method_reply(req, err, result);
}

static void started_handler(int err, struct trace_session *s, void *arg)
{
	struct trace_session_figures figures;
	struct start *start = arg;
	const struct call *call;

	trace_session_figures(s, &figures);

	if (err == EDQUOT) {
		control_error(start->req, CONTROL_FAILED,
			      "%s: there are trace_files traces already; remove those that nobody needs",
			      figures.path);
	}
	else if (err) {
		control_error(start->req, CONTROL_FAILED,
			      "%s: %m; trace_dir of tandem.conf says where traces "
			      "are written",
			      figures.path, err);
	}
	else {
		call = figures.kind == TRACE_CALL ? calls_find(start->e->calls, figures.value) : NULL;
		if (call)
			call_trace(call);
		started_reply(start->req, s);
	}

	mem_deref(start);
}

static void start(struct engine *e, struct control_req *req, struct trace_sessions *ts,
		  const struct trace_want *want)
{
	struct start *start = mem_zalloc(sizeof(*start), NULL);
	int err = ENOMEM;

	if (start) {
		*start = (struct start){e, req};
		err = trace_sessions_start(ts, want, started_handler, start);
	}
	if (!err)
		return;

	mem_deref(start);
	if (err == EBUSY)
		control_error(req, CONTROL_FAILED, "%u traces run already; stop one of them",
			      TRACE_RUNNING_MAX);
	else
		method_reply(req, err, NULL);
}

static bool is_number(const char *text)
{
	size_t len;

	text += *text == '+';
	len = strspn(text, "0123456789*#");

	return len && len <= DIGITS_MAX && !text[len];
}

/** Why nothing can be traced by this value; NULL: it can, and is what `want` says. */
static const char *value_fault(struct trace_want *want, const struct engine *e)
{
	const struct call *call;

	switch (want->kind) {

	case TRACE_CALL:
		call = calls_find(e->calls, want->value);
		want->value = call ? call_id(call) : NULL;
		return call ? NULL : "no call has this id now; \"ladder\" has those that are over";

	case TRACE_TRUNK:
		return model_trunk(store_model(e->store), want->value)
			       ? NULL
			       : "no trunk has this name; \"trunks\" lists them";

	default:
		return is_number(want->value) ? NULL : "\"number\" must be the digits a number begins with";
	}
}

/** One of call, trunk and number. */
static bool want_read(struct trace_want *want, const struct odict *params)
{
	unsigned given = 0;

	for (enum trace_kind kind = 0; kind < TRACE_KINDC; kind++) {

		const char *value = odict_string(params, trace_kind_name(kind));

		if (!value)
			continue;

		want->kind = kind;
		want->value = value;
		++given;
	}

	return given == 1;
}

static bool minutes_read(struct trace_want *want, const struct odict *params)
{
	uint64_t minutes = TRACE_MINUTES;

	if (odict_lookup(params, "minutes") &&
	    (!odict_get_number(params, &minutes, "minutes") || !minutes || minutes > TRACE_MINUTES_MAX))
		return false;

	want->minutes = (uint32_t)minutes;

	return true;
}

void method_trace_start(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct trace_sessions *ts = sessions_of(e, req);
	struct trace_want want;
	const char *fault;

	if (!ts)
		return;

	if (!want_read(&want, params)) {
		control_error(req, CONTROL_INVALID_PARAMS, "give one of \"call\", \"trunk\" and \"number\"");
		return;
	}
	if (!minutes_read(&want, params)) {
		control_error(req, CONTROL_INVALID_PARAMS, "\"minutes\" must be a whole number from 1 to %u",
			      TRACE_MINUTES_MAX);
		return;
	}

	fault = value_fault(&want, e);
	if (fault)
		control_error(req, want.kind == TRACE_NUMBER ? CONTROL_INVALID_PARAMS : CONTROL_NOT_FOUND,
			      "%s", fault);
	else
		start(e, req, ts, &want);
}

/* ---------------------------------------------------------------- list, stop */

static int list_handler(const struct trace_session_figures *figures, void *arg)
{
	struct odict *array = arg, *o = NULL;
	int err;

	err = odict_alloc(&o, HASH_SIZE);
	err = err ? err : figures_describe(o, figures);
	err = err ? err : odict_entry_add(array, "", ODICT_OBJECT, o);
	mem_deref(o);

	return err;
}

void method_trace_list(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct trace_sessions *ts = sessions_of(e, req);
	struct odict *result = NULL, *array = NULL;
	int err;

	if (!ts)
		return;

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : odict_alloc(&array, HASH_SIZE);
	err = err ? err : trace_sessions_apply(ts, list_handler, array);
	err = err ? err : odict_entry_add(result, "traces", ODICT_ARRAY, array);
	mem_deref(array);

	method_reply(req, err, result);
}

void method_trace_stop(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct trace_sessions *ts = sessions_of(e, req);
	uint64_t id;

	if (!ts)
		return;

	if (!odict_get_number(params, &id, "trace") || id > UINT32_MAX)
		control_error(req, CONTROL_INVALID_PARAMS, "\"trace\" is missing; \"trace_list\" has them");
	else if (trace_sessions_stop(ts, (uint32_t)id))
		control_error(req, CONTROL_NOT_FOUND, "no such trace runs; \"trace_list\" has them");
	else
		control_reply(req, NULL);
}

/**
 * @file request.c  A line of a client becomes a request: it is decoded, and dispatched to its method
 */
#include <re.h>
#include "background.h"
#include "json.h"
#include "nearest.h"
#include "core.h"
#include "method.h"

enum {
	LINE_LARGE = 16 * 1024, /* decoded beside the loop */
	PARSE_ERROR = -32700,
	INVALID_REQUEST = -32600,
	METHOD_NOT_FOUND = -32601,
};

/** A large line on its way through the background. */
struct reading {
	struct control_req *req;
	struct mbuf *line;
	struct odict *json;
	struct json_fault fault;
	int err;
};

static void req_destructor(void *arg)
{
	struct control_req *req = arg;

	list_unlink(&req->le);
	mem_deref(req->id);

	if (req->background)
		background_free(req->background, req->json);
	else
		mem_deref(req->json);
}

static struct control_req *req_alloc(struct engine *e, struct client *c)
{
	struct control_req *req;

	req = mem_zalloc(sizeof(*req), req_destructor);
	if (!req)
		return NULL;

	req->e = e;
	req->client = c;
	list_append(client_requests(c), &req->le, req);

	return req;
}

void requests_orphan(struct list *reql)
{
	struct le *le;

	while ((le = reql->head)) {
		struct control_req *req = le->data;

		list_unlink(le);
		req->client = NULL;
	}
}

/** A fault found before an id was: it is answered in any case, with id null. */
static void req_refuse(struct control_req *req, int code, const char *what)
{
	if (!req->id && odict_alloc(&req->id, 1)) {
		mem_deref(req);
		return;
	}

	control_error(req, code, "%s", what);
}

void request_reject(struct engine *e, struct client *c, const char *why)
{
	struct control_req *req = req_alloc(e, c);

	if (req)
		req_refuse(req, INVALID_REQUEST, why);
}

/* ---------------------------------------------------------------- dispatch */

/** Keep the id to answer with. EINVAL: JSON-RPC allows text, a number or null. */
static int id_keep(struct control_req *req, const struct odict *json)
{
	const struct odict_entry *e = odict_lookup(json, "id");
	int err;

	if (!e)
		return 0;

	err = odict_alloc(&req->id, 1);
	if (err)
		return err;

	switch (e->type) {

	case ODICT_STRING:
		return odict_entry_add(req->id, "id", ODICT_STRING, e->u.str);
	case ODICT_INT:
		return odict_entry_add(req->id, "id", ODICT_INT, e->u.integer);
	case ODICT_NULL:
		return odict_entry_add(req->id, "id", ODICT_NULL);
	default:
		return EINVAL;
	}
}

static void unknown_method(struct control_req *req, const char *name)
{
	struct nearest n;
	size_t i;

	nearest_init(&n, name);
	for (i = 0; i < control_methodc; i++)
		nearest_offer(&n, control_methodv[i].name);

	if (n.name)
		control_error(req, METHOD_NOT_FOUND, "no such method; did you mean \"%s\"?", n.name);
	else
		control_error(req, METHOD_NOT_FOUND, "no such method; \"help\" lists them");
}

static void req_dispatch(struct control_req *req)
{
	const struct odict_entry *params = odict_lookup(req->json, "params");
	const char *name = odict_string(req->json, "method");
	const struct control_method *method;
	int err;

	err = id_keep(req, req->json);
	if (err || !name) {
		req_refuse(req, INVALID_REQUEST,
			   err ? "\"id\" must be text, a whole number or null"
			       : "\"method\" is missing; \"help\" lists them");
		return;
	}

	method = control_method_find(name);
	if (!method) {
		unknown_method(req, name);
		return;
	}

	if (params && params->type != ODICT_OBJECT) {
		control_error(req, CONTROL_INVALID_PARAMS, "\"params\" must be an object { }");
		return;
	}

	method->h(req->e, req, params ? params->u.odict : NULL);
}

/** Go on with a line that was decoded, or refused with a fault. */
static void line_decoded(struct control_req *req, int err, const struct json_fault *fault)
{
	char message[256];

	if (!err) {
		req_dispatch(req);
		return;
	}

	(void)re_snprintf(message, sizeof(message), "not JSON: line %u, column %u: %s", fault->line,
			  fault->column, fault->what);
	req_refuse(req, PARSE_ERROR, message);
}

/* ---------------------------------------------------------------- decoding */

static void reading_destructor(void *arg)
{
	struct reading *r = arg;

	mem_deref(r->line);
}

static void reading_job(void *arg)
{
	struct reading *r = arg;

	r->err = json_read(&r->json, ODICT_OBJECT, (const char *)r->line->buf, r->line->end, &r->fault);
}

static void reading_done(int err, void *arg)
{
	struct reading *r = arg;
	struct control_req *req = r->req;
	struct client *c = mem_ref(req->client);

	req->json = r->json;

	if (!c || err) {
		mem_deref(req); /* nobody waits for the answer */
	}
	else {
		line_decoded(req, r->err, &r->fault);
		client_resume(c);
	}

	mem_deref(r);
	mem_deref(c);
}

/** A large line would hold the loop up: it is decoded, and its values are freed, beside it. */
static int line_read_aside(struct control_req *req, const char *line, size_t len)
{
	struct reading *r;
	int err;

	r = mem_zalloc(sizeof(*r), reading_destructor);
	if (!r)
		return ENOMEM;

	r->req = req;
	r->line = mbuf_alloc(len);

	err = r->line ? mbuf_write_mem(r->line, (const uint8_t *)line, len) : ENOMEM;
	req->background = store_background(req->e->store);
	err = err ? err : background_run(req->background, reading_job, reading_done, r);
	if (err)
		mem_deref(r);
	else
		client_pause(req->client);

	return err;
}

void request_begin(struct engine *e, struct client *c, const char *line, size_t len)
{
	struct json_fault fault = {0, 0, NULL};
	struct control_req *req;
	int err;

	req = req_alloc(e, c);
	if (!req) {
		client_finish(c);
		return;
	}

	if (len > LINE_LARGE) {
		if (line_read_aside(req, line, len))
			control_error(req, CONTROL_FAILED, "out of memory");
		return;
	}

	err = json_read(&req->json, ODICT_OBJECT, line, len, &fault);
	line_decoded(req, err, &fault);
}

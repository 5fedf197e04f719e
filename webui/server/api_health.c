/**
 * @file api_health.c  Endpoints for monitors: alive, ready, figures, description
 */
#include <re.h>
#include "api.h"
#include "asset.h"
#include "metrics.h"
#include "request.h"
#include "watch.h"
#include "web.h"

void api_health(struct web *w, struct request *req)
{
	static const struct answer answer = {.status = 200, .body = "ok\n", .size = 3};

	request_answer(req, &answer);
}

static int ready_describe(struct odict *o, const struct web *w, bool *ready)
{
	const char *b2bua_why, *database_why;
	const bool b2bua = watch_status(w->watch, &b2bua_why) != NULL;
	const bool database = watch_database(w->watch, &database_why);
	int err;

	*ready = b2bua && database;

	err = odict_entry_add(o, "ready", ODICT_BOOL, *ready);
	err |= odict_entry_add(o, "b2bua", ODICT_STRING, b2bua ? "ok" : b2bua_why);
	err |= odict_entry_add(o, "database", ODICT_STRING, database ? "ok" : database_why);

	return err;
}

void api_ready(struct web *w, struct request *req)
{
	struct odict *o = NULL;
	bool ready = false;

	if (odict_alloc(&o, 4) || ready_describe(o, w, &ready))
		request_error(req, 500, "no_memory", "out of memory");
	else
		request_json(req, ready ? 200 : 503, o);

	mem_deref(o);
}

void api_metrics(struct web *w, struct request *req)
{
	struct answer answer = {.status = 200, .type = "text/plain; version=0.0.4; charset=utf-8"};
	struct mbuf *mb = mbuf_alloc(8192);
	const char *why;

	if (!mb || metrics_print(mb, watch_status(w->watch, &why), watch_database(w->watch, &why))) {
		request_error(req, 500, "no_memory", "out of memory");
	}
	else {
		answer.body = mb->buf;
		answer.size = mb->end;
		request_answer(req, &answer);
	}

	mem_deref(mb);
}

void api_openapi(struct web *w, struct request *req)
{
	asset_answer(req, "/openapi.yaml");
}

/**
 * @file answer.c  The answer to a request: one JSON-RPC line behind what waits already
 */
#include <re.h>
#include "json.h"
#include "core.h"

static int id_write(struct mbuf *mb, const struct odict *id)
{
	const struct odict_entry *e = id ? odict_lookup(id, "id") : NULL;

	return e ? json_write_value(mb, e) : mbuf_write_str(mb, "null");
}

/** Append one answer line; `pos` stays where the sending is. */
static int answer_write(struct mbuf *mb, const struct odict *id, const char *key, const struct odict *value,
			const struct mbuf *text)
{
	const size_t pos = mb->pos;
	int err;

	mbuf_skip_to_end(mb);

	err = mbuf_write_str(mb, "{\"jsonrpc\": \"2.0\", \"id\": ");
	err |= id_write(mb, id);
	err |= mbuf_printf(mb, ", \"%s\": ", key);
	err |= text ? mbuf_write_mem(mb, text->buf, text->end) : json_write(mb, value, ODICT_OBJECT, 0);
	err |= mbuf_write_str(mb, "}\n");

	mb->pos = pos;

	return err;
}

static void answer(struct control_req *req, const char *key, const struct odict *value,
		   const struct mbuf *text)
{
	struct client *c = req->client;

	if (c && req->id && (answer_write(client_answers(c), req->id, key, value, text) || client_flush(c)))
		client_finish(c);

	mem_deref(req);

	if (c)
		client_poll(c);
}

void control_reply(struct control_req *req, struct odict *result)
{
	struct odict *empty = NULL;

	if (!result && odict_alloc(&empty, 1)) {
		control_error(req, CONTROL_FAILED, "out of memory");
		return;
	}

	answer(req, "result", result ? result : empty, NULL);
	mem_deref(empty);
	mem_deref(result);
}

void control_reply_text(struct control_req *req, const struct mbuf *json)
{
	answer(req, "result", NULL, json);
}

static int error_make(struct odict **op, int code, const char *fmt, va_list ap)
{
	char *message = NULL;
	struct odict *o = NULL;
	int err;

	err = odict_alloc(&o, 4);
	err = err ? err : re_vsdprintf(&message, fmt, ap);
	err = err ? err : odict_entry_add(o, "code", ODICT_INT, (int64_t)code);
	err = err ? err : odict_entry_add(o, "message", ODICT_STRING, message);
	mem_deref(message);

	if (err)
		mem_deref(o);
	else
		*op = o;

	return err;
}

void control_error(struct control_req *req, int code, const char *fmt, ...)
{
	struct odict *error = NULL;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = error_make(&error, code, fmt, ap);
	va_end(ap);

	if (err) {
		if (req->client)
			client_finish(req->client);
		mem_deref(req);
		return;
	}

	answer(req, "error", error, NULL);
	mem_deref(error);
}

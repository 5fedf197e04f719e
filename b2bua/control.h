/**
 * @file control.h  The control socket: JSON-RPC 2.0, one object a line; methods are rows of a table
 */
#ifndef TANDEM_CONTROL_H
#define TANDEM_CONTROL_H

#include <re.h>

struct control;
struct control_req; /* one pending request; answered exactly once, at once or later */
struct engine;

/** Answers with control_reply or control_error, before it returns or later. */
typedef void(control_h)(struct engine *e, struct control_req *req, const struct odict *params);

struct control_method {
	const char *name;
	control_h *h;
	const char *params; /* "call, [drain]" */
	const char *help;   /* one line */
};

/** Listen on a unix stream socket (mode 0660); a stale socket file is replaced, a live one refused. */
int control_alloc(struct control **cp, struct engine *e, const char *path);

/** `result` is consumed. */
void control_reply(struct control_req *req, struct odict *result);
/** The same from JSON text of an object without line breaks. */
void control_reply_text(struct control_req *req, const struct mbuf *json);
void control_error(struct control_req *req, int code, const char *fmt, ...);

enum {
	CONTROL_INVALID_PARAMS = -32602,
	CONTROL_FAILED = -32000, /* the request was understood and could not be done */
	CONTROL_NOT_FOUND = -32001,
	CONTROL_CONFLICT = -32002, /* its key stands for something else */
};

#endif

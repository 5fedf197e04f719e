/**
 * @file request.h  One HTTP request and its answer
 */
#ifndef TANDEM_WEBUI_REQUEST_H
#define TANDEM_WEBUI_REQUEST_H

#include <re.h>
#include "param.h"

struct endpoint;

/** Read-only for handlers. Answering it releases it. */
struct request {
	void *holder;               /* server.c's: the connection it is under way on */
	struct http_conn *conn;     /* referenced: it may close before the answer */
	const struct http_msg *msg; /* referenced */
	const struct endpoint *endpoint;
	char id[PARAM_PATH_ID_SIZE]; /* what stood at {id} in the path */
	void *web;                   /* struct web, for the handlers */
	struct odict *body;          /* of a change; NULL: none */
	bool head;                   /* HEAD: the answer has no body */
	bool close;                  /* the connection ends with the answer */
	void (*done)(struct request *req);
};

/** An answer without a body that says more than its status. */
struct answer {
	unsigned status;
	const char *type;   /* Content-Type */
	const char *header; /* further lines, each with its CRLF; NULL = none */
	const void *body;
	size_t size;
};

/** Decode the JSON object in the body into req->body. EBADMSG: `why` says what is wrong and where. */
int request_body_read(struct request *req, char *why, size_t size);

/** Answer, and release the request. Security headers are added. */
void request_answer(struct request *req, const struct answer *answer);

/** Answer with JSON; `o` is not consumed. */
void request_json(struct request *req, unsigned status, const struct odict *o);

/** Answer with {"error": {"code": CODE, "message": …}}. */
void request_error(struct request *req, unsigned status, const char *code, const char *fmt, ...);

/** The same with further header lines. */
void request_error_header(struct request *req, unsigned status, const char *code, const char *header,
			  const char *fmt, ...);

#endif

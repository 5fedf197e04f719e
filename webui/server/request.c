/**
 * @file request.c  One HTTP request and its answer
 */
#include <stdarg.h>
#include <re.h>
#include "json.h"
#include "log.h"
#include "request.h"

/* Nothing from elsewhere runs, is framed or is told where the operator came from. */
static const char security_headers[] = "Content-Security-Policy: default-src 'self'; base-uri 'none'; "
				       "form-action 'self'; frame-ancestors 'none'\r\n"
				       "X-Content-Type-Options: nosniff\r\n"
				       "X-Frame-Options: DENY\r\n"
				       "Referrer-Policy: no-referrer\r\n"
				       "Cross-Origin-Opener-Policy: same-origin\r\n"
				       "Cross-Origin-Resource-Policy: same-origin\r\n";

static const char no_store[] = "Cache-Control: no-store\r\n";

/* clang-format off */
static const struct {
	unsigned status;
	const char *reason;
} reasonv[] = {
	{200, "OK"},                    {204, "No Content"},             {304, "Not Modified"},
	{400, "Bad Request"},           {401, "Unauthorized"},           {403, "Forbidden"},
	{404, "Not Found"},             {405, "Method Not Allowed"},     {409, "Conflict"},
	{411, "Length Required"},       {414, "URI Too Long"},           {415, "Unsupported Media Type"},
	{422, "Unprocessable Content"}, {429, "Too Many Requests"},      {431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"}, {502, "Bad Gateway"},            {503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
};
/* clang-format on */

static const char *reason_of(unsigned status)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasonv); i++)
		if (reasonv[i].status == status)
			return reasonv[i].reason;

	return "Unknown";
}

int request_body_read(struct request *req, char *why, size_t size)
{
	const struct mbuf *mb = req->msg->mb;
	struct json_fault fault;
	int err;

	err = json_read(&req->body, ODICT_OBJECT, (const char *)mbuf_buf(mb), mbuf_get_left(mb), &fault);
	if (err == EBADMSG || err == EOVERFLOW)
		(void)re_snprintf(why, size, "line %u, column %u: %s", fault.line, fault.column, fault.what);
	else if (err)
		(void)re_snprintf(why, size, "%m", err);

	return err;
}

/* Print handler. 204 and 304 have no body, and no length of one (RFC 9110 section 8.6). */
static int content_print(struct re_printf *pf, const struct answer *a)
{
	if (a->status == 204 || a->status == 304)
		return 0;

	return re_hprintf(pf, "Content-Type: %s\r\nContent-Length: %zu\r\n",
			  a->type ? a->type : "text/plain; charset=utf-8", a->size);
}

void request_answer(struct request *req, const struct answer *a)
{
	const size_t size = req->head ? 0 : a->size;
	const char *body = a->body ? a->body : "";
	int err;

	err = http_reply(req->conn, (uint16_t)a->status, reason_of(a->status), "%H%s%s%s\r\n%b",
			 content_print, a, security_headers, a->header ? a->header : no_store,
			 req->close ? "Connection: close\r\n" : "", body, size);
	if (err) {
		log_debug("%J: %u cannot be sent: %m", http_conn_peer(req->conn), a->status, err);
		req->close = true;
	}

	req->done(req);
}

static void answer_mbuf(struct request *req, unsigned status, const char *header, const struct mbuf *mb)
{
	const struct answer answer = {
		.status = status,
		.type = "application/json",
		.header = header,
		.body = mb->buf,
		.size = mb->end,
	};

	request_answer(req, &answer);
}

static void answer_no_memory(struct request *req)
{
	static const struct answer answer = {.status = 500};

	request_answer(req, &answer);
}

void request_json(struct request *req, unsigned status, const struct odict *o)
{
	struct mbuf *mb = mbuf_alloc(1024);

	if (mb && !json_write(mb, o, ODICT_OBJECT, 0) && !mbuf_write_str(mb, "\n"))
		answer_mbuf(req, status, NULL, mb);
	else
		answer_no_memory(req);

	mem_deref(mb);
}

static void error_answer(struct request *req, unsigned status, const char *code, const char *header,
			 const char *fmt, va_list ap)
{
	struct mbuf *mb = mbuf_alloc(256);
	char *message = NULL;
	int err;

	err = mb ? re_vsdprintf(&message, fmt, ap) : ENOMEM;
	err = err ? err : mbuf_printf(mb, "{\"error\": {\"code\": \"%s\", \"message\": ", code);
	err = err ? err : json_write_str(mb, message, str_len(message));
	err = err ? err : mbuf_write_str(mb, "}}\n");

	if (err)
		answer_no_memory(req);
	else
		answer_mbuf(req, status, header, mb);

	mem_deref(message);
	mem_deref(mb);
}

void request_error(struct request *req, unsigned status, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_answer(req, status, code, NULL, fmt, ap);
	va_end(ap);
}

void request_error_header(struct request *req, unsigned status, const char *code, const char *header,
			  const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	error_answer(req, status, code, header, fmt, ap);
	va_end(ap);
}

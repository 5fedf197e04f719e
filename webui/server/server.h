/**
 * @file server.h  The HTTP listener: who is connected, which requests are well-formed
 *
 * libre decodes requests and holds the connections. What it does not do is done here: requests whose
 * length is in doubt are refused (RFC 9112 section 6.3), a connection has one request under way, idle
 * and finished ones are closed, and there are never more than SERVER_CONN_MAX.
 */
#ifndef TANDEM_WEBUI_SERVER_H
#define TANDEM_WEBUI_SERVER_H

#include <re.h>

struct server;
struct request;

enum {
	SERVER_CONN_MAX = 256,
	SERVER_IDLE_MS = 60000,     /* between requests, and to take an answer */
	SERVER_IDLE_FULL_MS = 2000, /* the same while three quarters of the connections are in use */
	SERVER_HEADERS_MAX = 100,
	SERVER_PATH_MAX = 2048,
	SERVER_ANSWER_MAX = 64 * 1024 * 1024, /* bytes queued for a client that reads slowly */
};

/** A request is handed over; it is answered exactly once, at once or later (request.h). */
typedef void(server_request_h)(struct request *req, void *arg);

/** Listen on ADDR:PORT. */
int server_alloc(struct server **sp, const char *address, server_request_h *h, void *arg);

/** The port that is listened on. */
uint16_t server_port(const struct server *s);

#endif

/**
 * @file server.c  The HTTP listener
 */
#include <sys/socket.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "param.h"
#include "request.h"
#include "server.h"

enum {
	JANITOR_MS = 500,
	BACKLOG = 128,
	FD_LOOKED_AT = 256, /* the listener is opened at the start: its number is low */
};

struct server {
	struct http_sock *sock;
	struct list connl; /* struct conn */
	server_request_h *h;
	void *arg;
	struct tmr tmr;
};

/* A connection that has sent a whole request; before that, libre gives it 10 s. */
struct conn {
	struct le le;
	struct http_conn *http; /* referenced; it has no TCP connection any more once libre closed it */
	struct request *req;    /* the one under way */
	uint64_t used_ms;       /* last request, last answer */
	bool closing;           /* nothing more is read from it */
};

/* ---------------------------------------------------------------- connections */

static void conn_destructor(void *arg)
{
	struct conn *conn = arg;

	list_unlink(&conn->le);
	mem_deref(conn->http);
}

static struct conn *conn_find(const struct server *s, const struct http_conn *http)
{
	struct le *le;

	for (le = s->connl.head; le; le = le->next) {

		struct conn *conn = le->data;

		if (conn->http == http)
			return conn;
	}

	return NULL;
}

static struct conn *conn_get(struct server *s, struct http_conn *http)
{
	struct conn *conn = conn_find(s, http);

	if (conn)
		return conn;

	conn = mem_zalloc(sizeof(*conn), conn_destructor);
	if (!conn)
		return NULL;

	conn->http = mem_ref(http);
	list_append(&s->connl, &conn->le, conn);
	tcp_conn_txqsz_set(http_conn_tcp(http), SERVER_ANSWER_MAX);

	return conn;
}

/* libre frees what belongs to a connection when its socket ends: so the socket is ended. */
static void conn_shutdown(const struct conn *conn, int how)
{
	(void)shutdown(tcp_conn_fd(http_conn_tcp(conn->http)), how);
}

/* When the last answer has left, say that no more will come. */
static void conn_finish(const struct conn *conn)
{
	if (!tcp_conn_txqsz(http_conn_tcp(conn->http)))
		conn_shutdown(conn, SHUT_WR);
}

static void conn_sweep(struct conn *conn, uint64_t now_ms, uint64_t idle_max_ms)
{
	const uint64_t idle_ms = now_ms - conn->used_ms;

	if (conn->req)
		return;

	if (!http_conn_tcp(conn->http))
		mem_deref(conn);
	else if (idle_ms > idle_max_ms || (conn->closing && idle_ms > SERVER_IDLE_FULL_MS))
		conn_shutdown(conn, SHUT_RDWR);
	else if (conn->closing)
		conn_finish(conn);
}

static void janitor(void *arg)
{
	struct server *s = arg;
	const bool full = list_count(&s->connl) > SERVER_CONN_MAX * 3 / 4;
	const uint64_t idle_max_ms = full ? SERVER_IDLE_FULL_MS : SERVER_IDLE_MS;
	const uint64_t now_ms = clock_mono_ms();
	struct le *le;

	tmr_start(&s->tmr, JANITOR_MS, janitor, s);

	for (le = s->connl.head; le;) {

		struct conn *conn = le->data;

		le = le->next;
		conn_sweep(conn, now_ms, idle_max_ms);
	}
}

/* ---------------------------------------------------------------- requests */

static void request_destructor(void *arg)
{
	struct request *req = arg;

	mem_deref(req->conn);
	mem_deref((void *)req->msg);
	mem_deref(req->body);
}

static void request_done(struct request *req)
{
	struct conn *conn = req->holder;

	conn->req = NULL;
	conn->used_ms = clock_mono_ms();
	conn->closing = req->close;

	if (conn->closing)
		conn_finish(conn);

	mem_deref(req);
}

static bool wants_close(const struct http_msg *msg)
{
	return http_msg_hdr_has_value(msg, HTTP_HDR_CONNECTION, "close") || pl_strcmp(&msg->ver, "1.1");
}

static struct request *request_alloc(struct conn *conn, const struct http_msg *msg)
{
	struct request *req;

	req = mem_zalloc(sizeof(*req), request_destructor);
	if (!req)
		return NULL;

	req->holder = conn;
	req->conn = mem_ref(conn->http);
	req->msg = mem_ref((void *)msg);
	req->head = !pl_strcmp(&msg->met, "HEAD");
	req->close = wants_close(msg);
	req->done = request_done;
	conn->req = req;

	return req;
}

/* libre takes the last of several lengths, wraps a huge one, and takes a chunked body for a request. */
static bool length_certain(const struct http_msg *msg)
{
	const struct http_hdr *length = http_msg_hdr(msg, HTTP_HDR_CONTENT_LENGTH);
	uint64_t value;

	if (http_msg_hdr(msg, HTTP_HDR_TRANSFER_ENCODING))
		return false;

	if (!length)
		return true;

	return http_msg_hdr_count(msg, HTTP_HDR_CONTENT_LENGTH) == 1 && param_digits(&value, &length->val) &&
	       value == msg->clen;
}

/* The status that refuses a request which no endpoint shall see; 0 = well-formed. */
static unsigned fault_of(const struct http_msg *msg)
{
	if (!length_certain(msg))
		return 411;

	if (list_count(&msg->hdrl) > SERVER_HEADERS_MAX)
		return 431;

	if (msg->path.l + msg->prm.l > SERVER_PATH_MAX)
		return 414;

	if (!msg->ver.l || msg->ver.p[0] != '1')
		return 505;

	return 0;
}

static void refuse(struct request *req, unsigned status)
{
	req->close = true;
	request_error(req, status, "malformed",
		      "send one plain Content-Length, at most %u headers and %u bytes of path",
		      SERVER_HEADERS_MAX, SERVER_PATH_MAX);
}

static void http_handler(struct http_conn *http, const struct http_msg *msg, void *arg)
{
	struct server *s = arg;
	struct conn *conn = conn_get(s, http);
	struct request *req;
	unsigned fault;

	if (!conn || conn->closing)
		return;

	/* the answers would have to wait for each other: nobody who means well sends this */
	if (conn->req) {
		conn_shutdown(conn, SHUT_RDWR);
		return;
	}

	req = request_alloc(conn, msg);
	if (!req)
		return;

	conn->used_ms = clock_mono_ms();
	fault = fault_of(msg);
	if (fault)
		refuse(req, fault);
	else
		s->h(req, s->arg);
}

static bool listens_at(int fd, const struct sa *local)
{
	int listening = 0;
	socklen_t size = sizeof(listening);
	struct sa sa;

	sa_init(&sa, AF_UNSPEC);
	sa.len = sizeof(sa.u);

	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) && listening &&
	       !getsockname(fd, &sa.u.sa, &sa.len) && sa_cmp(&sa, local, SA_ALL);
}

/* libre lets 5 connections wait and hides its socket: the sixth of a page's files would come a second late. */
static void backlog_raise(const struct server *s)
{
	struct sa local;
	int fd;

	if (tcp_sock_local_get(http_sock_tcp(s->sock), &local))
		return;

	for (fd = 0; fd < FD_LOOKED_AT; fd++)
		if (listens_at(fd, &local))
			(void)listen(fd, BACKLOG);
}

static void server_destructor(void *arg)
{
	struct server *s = arg;

	tmr_cancel(&s->tmr);
	mem_deref(s->sock);
	list_flush(&s->connl);
}

int server_alloc(struct server **sp, const char *address, server_request_h *h, void *arg)
{
	struct server *s;
	struct sa laddr;
	int err;

	err = sa_decode(&laddr, address, str_len(address));
	if (err)
		return err;

	s = mem_zalloc(sizeof(*s), server_destructor);
	if (!s)
		return ENOMEM;

	tmr_init(&s->tmr);
	s->h = h;
	s->arg = arg;

	err = http_listen(&s->sock, &laddr, http_handler, s);
	if (err) {
		mem_deref(s);
		return err;
	}

	backlog_raise(s);
	tmr_start(&s->tmr, JANITOR_MS, janitor, s);
	*sp = s;

	return 0;
}

uint16_t server_port(const struct server *s)
{
	struct sa local;

	return tcp_sock_local_get(http_sock_tcp(s->sock), &local) ? 0 : sa_port(&local);
}

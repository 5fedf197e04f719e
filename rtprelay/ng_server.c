/**
 * @file ng_server.c  The sockets on which NG requests come in, and the replies that go back
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "network.h"
#include "ng_cookie.h"
#include "ng_replies.h"
#include "ng_server.h"
#include "wheel.h"

enum {
	LISTENER_MAX = 2,
	REQUESTS_PER_TURN = 64,       /* then the loop's timers and signals have their turn */
	SOCKET_BUFFER_SIZE = 4 << 20, /* a burst of set-ups */
	REPLIES_KEPT_BYTES = 32 << 20,
};

struct listener {
	struct ng_server *server;
	int fd;
	char *path; /* unix: to be removed */
	bool open;  /* whoever reaches it may send */
};

struct ng_server {
	struct listener listenerv[LISTENER_MAX];
	unsigned listenerc;
	struct networks allow; /* who may send by UDP */
	struct ng_cookies *cookies;
	ng_request_h *h;
	ng_foreign_h *foreignh;
	void *arg;
	struct ng_replies *replies;
	struct ng_server_stats stats;
	uint8_t buf[NG_DATAGRAM_MAX];
};

static void server_destructor(void *arg)
{
	struct ng_server *ns = arg;
	unsigned i;

	for (i = 0; i < ns->listenerc; i++) {

		struct listener *l = &ns->listenerv[i];

		fd_close(l->fd);
		(void)close(l->fd);
		if (l->path)
			(void)unlink(l->path);
		mem_deref(l->path);
	}

	mem_deref(ns->cookies);
	mem_deref(ns->replies);
}

int ng_server_alloc(struct ng_server **nsp, ng_request_h *h, ng_foreign_h *foreignh, void *arg)
{
	struct ng_server *ns;
	int err;

	ns = mem_zalloc(sizeof(*ns), server_destructor);
	if (!ns)
		return ENOMEM;

	ns->h = h;
	ns->foreignh = foreignh;
	ns->arg = arg;
	err = ng_replies_alloc(&ns->replies);
	err = err ? err : ng_cookies_alloc(&ns->cookies, REPLIES_KEPT_BYTES);

	if (err)
		mem_deref(ns);
	else
		*nsp = ns;

	return err;
}

void ng_server_send(struct ng_server *ns, const struct ng_peer *to, const struct mbuf *mb)
{
	ng_replies_send(ns->replies, to, mb->buf, mb->end);
}

static void malformed_reply(struct ng_server *ns, const struct ng_msg *msg, const struct ng_peer *from,
			    int err)
{
	const char *reason = err == EOVERFLOW
				     ? "Request exceeds a limit of nesting or of the number of values"
				     : "Request is not a cookie, a space and a dictionary";

	++ns->stats.malformed;
	if (!msg->cookie.l)
		return;

	if (!ng_error(ng_replies_next(ns->replies), &msg->cookie, msg->json, reason))
		ng_replies_add(ns->replies, from);
}

static void request_handle(struct ng_server *ns, const struct ng_peer *from, const struct pl *request)
{
	struct mbuf *reply;
	struct ng_msg msg;
	struct pl kept;
	int err;

	++ns->stats.requests;
	err = ng_decode(&msg, request);
	if (err) {
		malformed_reply(ns, &msg, from, err);
		return;
	}

	if (ng_cookies_find(ns->cookies, from, &msg.cookie, &kept)) {
		++ns->stats.repeated;
		ng_replies_send(ns->replies, from, kept.p, kept.l);
		goto out;
	}

	reply = ng_replies_next(ns->replies);
	if (ns->h(&msg, from, reply, ns->arg))
		ng_cookies_add(ns->cookies, from, &msg.cookie, reply, clock_mono_ms());
	ng_replies_add(ns->replies, from);

out:
	ng_msg_reset(&msg);
}

static bool may_send(struct ng_server *ns, const struct listener *l, const struct ng_peer *from)
{
	struct sa sa;

	if (l->open)
		return true;

	sa_init(&sa, AF_UNSPEC);
	if (!sa_set_sa(&sa, &from->u.sa) && networks_have(&ns->allow, &sa) && !ns->foreignh(&sa, ns->arg))
		return true;

	++ns->stats.forbidden;
	log_peer(LOG_WARN, "NG from %J dropped: if it may send, add it to ng_allow", &sa);

	return false;
}

static void read_handler(int flags, void *arg)
{
	struct listener *l = arg;
	struct ng_server *ns = l->server;
	int i;

	for (i = 0; i < REQUESTS_PER_TURN; i++) {

		struct ng_peer from = {.fd = l->fd, .len = sizeof(from.u)};
		struct pl request;
		ssize_t n;

		n = recvfrom(l->fd, ns->buf, sizeof(ns->buf), MSG_DONTWAIT, &from.u.sa, &from.len);
		if (n < 0)
			break;

		if (!may_send(ns, l, &from))
			continue;

		request.p = (const char *)ns->buf;
		request.l = (size_t)n;
		request_handle(ns, &from, &request);
	}

	ng_replies_flush(ns->replies);
}

static int listener_add(struct ng_server *ns, int fd, const char *path)
{
	struct listener *l = &ns->listenerv[ns->listenerc];
	const int size = SOCKET_BUFFER_SIZE;
	int err;

	if (ns->listenerc >= LISTENER_MAX)
		return EOVERFLOW;

	if (path) {
		err = str_dup(&l->path, path);
		if (err)
			return err;
	}

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	l->server = ns;
	l->fd = fd;
	l->open = path != NULL;
	++ns->listenerc;

	return fd_listen(fd, FD_READ, read_handler, l);
}

/* A socket file whose process is gone refuses the connection. */
static bool someone_answers(int fd, const struct sockaddr_un *un)
{
	return !connect(fd, (const struct sockaddr *)un, sizeof(*un));
}

static int unix_bind(int *fdp, const struct sockaddr_un *un)
{
	mode_t mask;
	int fd, err = 0;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;

	if (someone_answers(fd, un)) {
		(void)close(fd);
		return EADDRINUSE;
	}

	(void)unlink(un->sun_path);
	mask = umask(0117);
	if (bind(fd, (const struct sockaddr *)un, sizeof(*un)))
		err = errno;
	(void)umask(mask);

	if (err)
		(void)close(fd);
	else
		*fdp = fd;

	return err;
}

int ng_server_listen_unix(struct ng_server *ns, const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = -1, err;

	if (strlen(path) >= sizeof(un.sun_path)) {
		log_error("ng_socket %s is longer than %zu bytes: choose a shorter path", path,
			  sizeof(un.sun_path) - 1);
		return ENAMETOOLONG;
	}

	(void)memcpy(un.sun_path, path, strlen(path));
	err = unix_bind(&fd, &un);

	if (err == EADDRINUSE)
		log_error("another tandem-rtprelay answers on %s: stop it, or set another ng_socket", path);
	else if (err)
		log_error("cannot bind ng_socket %s: %m; check that its folder exists and may be written to",
			  path, err);

	return err ? err : listener_add(ns, fd, path);
}

int ng_server_listen_udp(struct ng_server *ns, const char *addr, const char *allow)
{
	struct pl list, bad;
	struct sa sa;
	int fd, err;

	err = sa_decode(&sa, addr, strlen(addr));
	if (err) {
		log_error("ng_udp %s is not ADDRESS:PORT", addr);
		return err;
	}

	pl_set_str(&list, allow);
	err = networks_decode(&ns->allow, &list, &bad);
	if (err) {
		log_error("ng_allow: %r is not an address or network", &bad);
		return err;
	}

	fd = socket(sa_af(&sa), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, &sa.u.sa, sa.len)) {

		err = errno;
		log_error("cannot bind ng_udp %s: %m; stop who uses it, or set another", addr, err);
		if (fd >= 0)
			(void)close(fd);
		return err;
	}

	return listener_add(ns, fd, NULL);
}

void ng_server_tick(struct ng_server *ns)
{
	ng_cookies_expire(ns->cookies, clock_mono_ms());
}

void ng_server_stats(const struct ng_server *ns, struct ng_server_stats *stats)
{
	*stats = ns->stats;
	stats->unsent = ng_replies_unsent(ns->replies);
}

/**
 * @file relay.c  NG client of the b2bua
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <re.h>
#include "log.h"
#include "wheel.h"
#include "relay.h"

enum {
	RETRY_FIRST_MS = 200,
	RETRIES = 3,
	PING_INTERVAL_MS = 500,
	SILENCE_MAX_MS = 1500, /* no answer to anything for so long: it is down */
	OP_HASH_SIZE = 1024,
	BATCH = 64, /* datagrams read a turn of the loop */
	REPLY_MAX = 65535,
	SOCKBUF = 4 * 1024 * 1024,
	WINDOW = 8, /* requests sent and not answered: a unix socket holds ten datagrams either way
		     * (net.unix.max_dgram_qlen), and what does not fit is lost until it is repeated */
	GIVE_UP_MS = 3000,
};

struct relay_client {
	int fd;
	char own_path[108]; /* our address, unlinked at the end; "" for UDP */
	union {
		struct sockaddr_un un;
		struct sockaddr_storage ss;
	} dst;
	socklen_t dst_len;
	struct hash *ht_op;
	struct list waitl; /* struct relay_op: not sent yet, the window is full */
	unsigned inflight; /* sent and not ended */
	struct tmr tmr_ping;
	struct mbuf *mb; /* the request being written */
	struct bwriter w;
	char *rx;
	char prefix[9]; /* of our cookies: another process's replies never match */
	uint64_t seq;
	uint64_t heard_ms;
	bool up;
	relay_timeout_h *timeouth;
	void *arg;
	uint64_t requests, retries, timeouts, refusals;
};

struct relay_op {
	struct le he;
	struct le le; /* rc->waitl */
	struct relay_op **opp;
	struct relay_client *rc;
	struct tmr tmr;
	struct mbuf *mb;
	char cookie[32];
	unsigned tries;
	bool sent;
	int err; /* why it is over before it was sent */
	relay_reply_h *h;
	void *arg;
};

static void window_fill(struct relay_client *rc);

static void op_destructor(void *arg)
{
	struct relay_op *op = arg;

	if (op->opp)
		*op->opp = NULL;

	hash_unlink(&op->he);
	list_unlink(&op->le);
	tmr_cancel(&op->tmr);
	mem_deref(op->mb);

	if (op->sent) {
		--op->rc->inflight;
		window_fill(op->rc);
	}
}

static void op_end(struct relay_op *op, int err, const struct ng_msg *reply)
{
	relay_reply_h *h = op->h;
	void *arg = op->arg;

	if (op->opp)
		*op->opp = NULL;
	op->opp = NULL;
	mem_deref(op);

	if (h)
		h(err, reply, arg);
}

static void up_set(struct relay_client *rc, bool up)
{
	if (rc->up == up)
		return;

	rc->up = up;
	if (up)
		log_info("relay: answers; calls are anchored");
	else
		log_error("relay: no answer; calls that need it get 503. Is tandem-rtprelay running?");
}

static int op_transmit(struct relay_op *op)
{
	struct relay_client *rc = op->rc;
	ssize_t n;

	n = sendto(rc->fd, op->mb->buf, op->mb->end, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&rc->dst,
		   rc->dst_len);
	if (n >= 0)
		return 0;

	/* a full socket buffer: the next try will find room */
	if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
		return 0;

	/* one request that fits no datagram says nothing of the relay */
	return errno == EMSGSIZE ? EMSGSIZE : ENOTCONN;
}

static void op_timeout(void *arg)
{
	struct relay_op *op = arg;
	struct relay_client *rc = op->rc;

	if (op->err) {
		op_end(op, op->err, NULL);
		return;
	}

	if (!op->sent || op->tries >= RETRIES) {
		++rc->timeouts;
		op_end(op, ETIMEDOUT, NULL);
		return;
	}

	++rc->retries;
	tmr_start(&op->tmr, (uint64_t)RETRY_FIRST_MS << ++op->tries, op_timeout, op);
	op->err = op_transmit(op);
	if (op->err)
		tmr_start(&op->tmr, 0, op_timeout, op);
}

static void op_send(struct relay_op *op)
{
	struct relay_client *rc = op->rc;

	list_unlink(&op->le);
	op->sent = true;
	++rc->inflight;

	op->err = op_transmit(op);
	if (op->err == ENOTCONN)
		up_set(rc, false);

	tmr_start(&op->tmr, op->err ? 0 : RETRY_FIRST_MS, op_timeout, op);
}

static void window_fill(struct relay_client *rc)
{
	while (rc->fd >= 0 && rc->inflight < WINDOW && rc->waitl.head)
		op_send(rc->waitl.head->data);
}

struct bwriter *relay_request(struct relay_client *rc, const char *command)
{
	char cookie[32];
	struct pl pl;

	(void)re_snprintf(cookie, sizeof(cookie), "%s%llx", rc->prefix, ++rc->seq);
	pl_set_str(&pl, cookie);

	mbuf_rewind(rc->mb);
	ng_begin(&rc->w, rc->mb, &pl, false);
	bwrite_str(&rc->w, "command", command);

	return &rc->w;
}

static int op_alloc(struct relay_op **opp, struct relay_client *rc, relay_reply_h *h, void *arg)
{
	struct relay_op *op;

	op = mem_zalloc(sizeof(*op), op_destructor);
	if (!op)
		return ENOMEM;

	op->rc = rc;
	op->h = h;
	op->arg = arg;
	(void)re_snprintf(op->cookie, sizeof(op->cookie), "%s%llx", rc->prefix, rc->seq);

	op->mb = mbuf_alloc(rc->mb->end ? rc->mb->end : 1);
	if (!op->mb || mbuf_write_mem(op->mb, rc->mb->buf, rc->mb->end)) {
		mem_deref(op);
		return ENOMEM;
	}

	hash_append(rc->ht_op, hash_joaat_str(op->cookie), &op->he, op);
	*opp = op;

	return 0;
}

int relay_request_send(struct relay_client *rc, struct relay_op **opp, relay_reply_h *h, void *arg)
{
	struct relay_op *op;
	int err = ng_end(&rc->w);

	if (op_alloc(&op, rc, h, arg)) {
		log_peer(LOG_ERROR, "relay: out of memory; a call goes without it");
		return ENOMEM;
	}

	++rc->requests;
	op->opp = opp;
	if (opp)
		*opp = op;

	op->err = err;
	tmr_start(&op->tmr, err ? 0 : GIVE_UP_MS, op_timeout, op);
	if (!err) {
		list_append(&rc->waitl, &op->le, op);
		window_fill(rc);
	}

	return 0;
}

static bool cookie_handler(struct le *le, void *arg)
{
	const struct relay_op *op = le->data;

	return !pl_strcmp(arg, op->cookie);
}

static void notify(struct relay_client *rc, const struct ng_msg *msg)
{
	struct pl command, event, call_id;

	if (bval_str(msg->dict, "command", &command) || pl_strcmp(&command, "notify"))
		return;

	if (bval_str(msg->dict, "event", &event) || bval_str(msg->dict, "call-id", &call_id))
		return;

	if (!pl_strcmp(&event, "media-timeout") && rc->timeouth)
		rc->timeouth(&call_id, rc->arg);
}

static void receive(struct relay_client *rc, const struct pl *pl)
{
	struct relay_op *op;
	struct ng_msg msg;
	int err;

	memset(&msg, 0, sizeof(msg));
	err = ng_decode(&msg, pl);
	if (err) {
		log_peer(LOG_WARN, "relay: a datagram could not be understood (%m)", err);
		goto out;
	}

	op = list_ledata(hash_lookup(rc->ht_op, hash_joaat_pl(&msg.cookie), cookie_handler, &msg.cookie));
	if (!op) {
		notify(rc, &msg);
		goto out;
	}

	rc->heard_ms = clock_mono_ms();
	up_set(rc, true);

	err = ng_result(&msg, NULL);
	if (err)
		++rc->refusals;
	op_end(op, err, err == EBADMSG ? NULL : &msg);

out:
	ng_msg_reset(&msg);
}

static void read_handler(int flags, void *arg)
{
	struct relay_client *rc = arg;

	(void)flags;

	for (int i = 0; i < BATCH; i++) {
		ssize_t n = recv(rc->fd, rc->rx, REPLY_MAX, MSG_DONTWAIT);
		struct pl pl;

		if (n < 0)
			return;

		pl.p = rc->rx;
		pl.l = (size_t)n;
		receive(rc, &pl);
	}
}

static void ping(void *arg)
{
	struct relay_client *rc = arg;

	tmr_start(&rc->tmr_ping, PING_INTERVAL_MS, ping, rc);

	if (rc->up && clock_mono_ms() - rc->heard_ms > SILENCE_MAX_MS)
		up_set(rc, false);

	(void)relay_request(rc, "ping");
	(void)relay_request_send(rc, NULL, NULL, NULL);
}

static void destructor(void *arg)
{
	struct relay_client *rc = arg;

	tmr_cancel(&rc->tmr_ping);
	if (rc->fd >= 0) {
		fd_close(rc->fd);
		(void)close(rc->fd);
		rc->fd = -1;
	}
	hash_flush(rc->ht_op);
	mem_deref(rc->ht_op);
	if (rc->own_path[0])
		(void)unlink(rc->own_path);
	mem_deref(rc->mb);
	mem_deref(rc->rx);
}

static int unix_open(struct relay_client *rc, const struct config *cfg, char *errstr, size_t errsize)
{
	struct sockaddr_un own = {.sun_family = AF_UNIX};
	int n;

	n = snprintf(rc->own_path, sizeof(rc->own_path), "%s/b2bua-ng.sock", cfg->run_dir);
	if (n < 0 || (size_t)n >= sizeof(own.sun_path) ||
	    strlen(cfg->ng_socket) >= sizeof(rc->dst.un.sun_path)) {
		(void)re_snprintf(errstr, errsize,
				  "run_dir %s: too long for a unix socket; choose a shorter folder",
				  cfg->run_dir);
		rc->own_path[0] = '\0';
		return ENAMETOOLONG;
	}

	str_ncpy(own.sun_path, rc->own_path, sizeof(own.sun_path));
	rc->dst.un.sun_family = AF_UNIX;
	str_ncpy(rc->dst.un.sun_path, cfg->ng_socket, sizeof(rc->dst.un.sun_path));
	rc->dst_len = sizeof(rc->dst.un);

	(void)unlink(rc->own_path);
	rc->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (rc->fd >= 0 && !bind(rc->fd, (struct sockaddr *)&own, sizeof(own)))
		return 0;

	(void)re_snprintf(errstr, errsize, "%s: %m; can this user write to the folder?", rc->own_path, errno);

	return errno;
}

static int udp_open(struct relay_client *rc, const char *target, char *errstr, size_t errsize)
{
	const char *addr = strncmp(target, "udp:", 4) ? target : target + 4;
	struct sa sa;

	if (sa_decode(&sa, addr, strlen(addr)) || !sa_port(&sa)) {
		(void)re_snprintf(errstr, errsize, "ng_target %s: not udp:ADDRESS:PORT", target);
		return EINVAL;
	}

	memcpy(&rc->dst.ss, &sa.u, sa.len);
	rc->dst_len = sa.len;
	rc->fd = socket(sa_af(&sa), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (rc->fd < 0)
		return errno;

	/* nobody else's datagrams: they could end calls */
	return connect(rc->fd, &sa.u.sa, sa.len) ? errno : 0;
}

int relay_client_alloc(struct relay_client **rcp, const struct config *cfg, char *errstr, size_t errsize)
{
	struct relay_client *rc;
	int size = SOCKBUF;
	int err;

	rc = mem_zalloc(sizeof(*rc), destructor);
	if (!rc)
		return ENOMEM;

	rc->fd = -1;
	rc->mb = mbuf_alloc(4096);
	rc->rx = mem_alloc(REPLY_MAX, NULL);
	err = hash_alloc(&rc->ht_op, OP_HASH_SIZE);
	if (err || !rc->mb || !rc->rx) {
		err = ENOMEM;
		goto out;
	}

	(void)re_snprintf(rc->prefix, sizeof(rc->prefix), "%08x", rand_u32());

	if (str_isset(cfg->ng_target))
		err = udp_open(rc, cfg->ng_target, errstr, errsize);
	else
		err = unix_open(rc, cfg, errstr, errsize);
	if (err)
		goto out;

	(void)setsockopt(rc->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(rc->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));

	err = fd_listen(rc->fd, FD_READ, read_handler, rc);
	if (err)
		goto out;

	ping(rc);

out:
	if (err)
		mem_deref(rc);
	else
		*rcp = rc;

	return err;
}

void relay_timeout_handler(struct relay_client *rc, relay_timeout_h *h, void *arg)
{
	rc->timeouth = h;
	rc->arg = arg;
}

bool relay_up(const struct relay_client *rc)
{
	return rc && rc->up;
}

int relay_describe(const struct relay_client *rc, struct odict *od)
{
	int err;

	err = odict_entry_add(od, "state", ODICT_STRING, rc->up ? "up" : "down");
	err |= odict_entry_add(od, "requests", ODICT_INT, (int64_t)rc->requests);
	err |= odict_entry_add(od, "retries", ODICT_INT, (int64_t)rc->retries);
	err |= odict_entry_add(od, "timeouts", ODICT_INT, (int64_t)rc->timeouts);
	err |= odict_entry_add(od, "refusals", ODICT_INT, (int64_t)rc->refusals);

	return err;
}

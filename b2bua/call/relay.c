/**
 * @file relay.c  NG client of the b2bua
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <re.h>
#include "log.h"
#include "wheel.h"
#include "relay.h"
#include "relay_socket.h"

enum {
	RETRY_FIRST_MS = 200,
	RETRIES = 3,
	PING_INTERVAL_MS = 500,
	PING_DOWN_MS = 100,    /* its return is awaited */
	SILENCE_MAX_MS = 1500, /* no answer to anything for so long: it is down */
	OP_HASH_SIZE = 1024,
	BATCH = 64, /* datagrams read a turn of the loop */
	REPLY_MAX = 65535,
	WINDOW = 8, /* requests sent and not answered: a unix socket holds ten datagrams either way
		     * (net.unix.max_dgram_qlen), and what does not fit is lost until it is repeated */
	GIVE_UP_MS = 3000,
	INSTANCE_SIZE = 40,
};

struct relay_client {
	struct ng_target target;
	unsigned index;
	struct relay_socket socket;
	struct hash *ht_op;
	struct list waitl; /* struct relay_op: not sent yet, the window is full */
	unsigned inflight; /* sent and not ended */
	struct tmr tmr_ping;
	struct mbuf *mb; /* the request being written */
	struct bwriter w;
	bool is_ping; /* what is being written */
	char *rx;
	char prefix[9]; /* of our cookies: another process's replies never match */
	uint64_t seq;
	uint64_t heard_ms, down_ms;
	bool up, ever_up;
	char instance[INSTANCE_SIZE]; /* the relay's run; "": it names none */
	uint32_t generation;
	uint32_t calls;
	relay_notify_h *notifyh;
	relay_news_h *newsh;
	void *arg;
	struct relay_counters c;
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
	bool is_ping;
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

static void op_timeout(void *arg);

/* Nobody will answer it; a ping goes on asking. */
static bool fail_handler(struct le *le, void *arg)
{
	struct relay_op *op = le->data;

	if (!op->is_ping) {
		list_unlink(&op->le);
		op->err = ENOTCONN;
		tmr_start(&op->tmr, 0, op_timeout, op);
	}

	return false;
}

static void news_tell(struct relay_client *rc, enum relay_news news)
{
	if (rc->newsh)
		rc->newsh(rc, news, rc->arg);
}

static void down_set(struct relay_client *rc)
{
	if (!rc->up)
		return;

	rc->up = false;
	rc->down_ms = clock_mono_ms();
	log_error("relay %s: no answer; calls that need it go to another one, or get 503. Is it running?",
		  rc->target.name);
	(void)hash_apply(rc->ht_op, fail_handler, NULL);
	news_tell(rc, RELAY_DOWN);
}

/* Its first words tell whether it still is who it was. */
static bool is_restarted(struct relay_client *rc, const struct bval *dict)
{
	bool restarted;
	struct pl pl;

	if (bval_str(dict, "tandem-instance", &pl))
		return false;

	restarted = rc->instance[0] && pl_strcmp(&pl, rc->instance);
	(void)pl_strcpy(&pl, rc->instance, sizeof(rc->instance));

	return restarted;
}

static void heard(struct relay_client *rc, const struct bval *dict)
{
	const bool restarted = is_restarted(rc, dict), back = !rc->up && rc->ever_up;

	rc->heard_ms = clock_mono_ms();

	if (!rc->up)
		log_info("relay %s: answers; calls are anchored", rc->target.name);
	rc->up = rc->ever_up = true;
	rc->down_ms = 0;

	if (restarted) {
		++rc->generation;
		++rc->c.restarts;
		log_warn("relay %s: was started anew and has forgotten its calls", rc->target.name);
		news_tell(rc, RELAY_RESTARTED);
	}
	else if (back) {
		news_tell(rc, RELAY_BACK);
	}
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
		rc->c.timeouts += !op->is_ping;
		op_end(op, ETIMEDOUT, NULL);
		return;
	}

	++rc->c.retries;
	tmr_start(&op->tmr, (uint64_t)RETRY_FIRST_MS << ++op->tries, op_timeout, op);
	op->err = relay_socket_send(&rc->socket, op->mb);
	if (op->err)
		tmr_start(&op->tmr, 0, op_timeout, op);
}

static void op_send(struct relay_op *op)
{
	struct relay_client *rc = op->rc;

	list_unlink(&op->le);
	op->sent = true;
	++rc->inflight;

	op->err = relay_socket_send(&rc->socket, op->mb);
	tmr_start(&op->tmr, op->err ? 0 : RETRY_FIRST_MS, op_timeout, op);

	if (op->err == ENOTCONN)
		down_set(rc);
}

/* Outside the window, which may be full of what a relay that hangs does not answer, and once: the next one
 * follows soon. */
static void ping_send(struct relay_op *op)
{
	struct relay_client *rc = op->rc;

	op->err = relay_socket_send(&rc->socket, op->mb);
	tmr_start(&op->tmr, op->err ? 0 : SILENCE_MAX_MS, op_timeout, op);

	if (op->err == ENOTCONN)
		down_set(rc);
}

static void window_fill(struct relay_client *rc)
{
	while (rc->socket.fd >= 0 && rc->inflight < WINDOW && rc->waitl.head)
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
	rc->is_ping = !strcmp(command, "ping");

	/* rtpengine warns of every key it does not know, but of those of a ping */
	if (rc->is_ping || rc->instance[0])
		bwrite_int(&rc->w, "tandem-instance", 1);

	return &rc->w;
}

static int op_alloc(struct relay_op **opp, struct relay_client *rc, relay_reply_h *h, void *arg)
{
	struct relay_op *op;

	op = mem_zalloc(sizeof(*op), op_destructor);
	if (!op)
		return ENOMEM;

	op->rc = rc;
	op->is_ping = rc->is_ping;
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

	if (!err && !rc->up && !rc->is_ping)
		err = ENOTCONN;

	if (op_alloc(&op, rc, h, arg)) {
		log_peer(LOG_ERROR, "relay: out of memory; a call goes without it");
		return ENOMEM;
	}

	++rc->c.requests;
	op->opp = opp;
	if (opp)
		*opp = op;

	op->err = err;
	tmr_start(&op->tmr, err ? 0 : GIVE_UP_MS, op_timeout, op);
	if (!err && op->is_ping) {
		ping_send(op);
	}
	else if (!err) {
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

	if (rc->notifyh)
		rc->notifyh(rc, &event, &call_id, msg->dict, rc->arg);
}

static void receive(struct relay_client *rc, const struct pl *pl)
{
	struct relay_op *op;
	struct ng_msg msg;
	int err;

	memset(&msg, 0, sizeof(msg));
	err = ng_decode(&msg, pl);
	if (err) {
		log_peer(LOG_WARN, "relay %s: a datagram could not be understood (%m)", rc->target.name, err);
		goto out;
	}

	op = list_ledata(hash_lookup(rc->ht_op, hash_joaat_pl(&msg.cookie), cookie_handler, &msg.cookie));
	if (!op) {
		notify(rc, &msg);
		goto out;
	}

	heard(rc, msg.dict);

	err = ng_result(&msg, NULL);
	if (err)
		++rc->c.refusals;
	op_end(op, err, err == EBADMSG ? NULL : &msg);

out:
	ng_msg_reset(&msg);
}

static void read_handler(int flags, void *arg)
{
	struct relay_client *rc = arg;

	(void)flags;

	for (int i = 0; i < BATCH; i++) {
		ssize_t n = recv(rc->socket.fd, rc->rx, REPLY_MAX, MSG_DONTWAIT);
		struct pl pl;

		if (n < 0 && errno == ECONNREFUSED) { /* by UDP: its machine says that nobody listens */
			down_set(rc);
			continue;
		}

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

	tmr_start(&rc->tmr_ping, rc->up ? PING_INTERVAL_MS : PING_DOWN_MS, ping, rc);

	if (clock_mono_ms() - rc->heard_ms > SILENCE_MAX_MS)
		down_set(rc);

	(void)relay_request(rc, "ping");
	(void)relay_request_send(rc, NULL, NULL, NULL);
}

static void destructor(void *arg)
{
	struct relay_client *rc = arg;

	tmr_cancel(&rc->tmr_ping);
	if (rc->socket.fd >= 0)
		fd_close(rc->socket.fd);
	relay_socket_close(&rc->socket);
	hash_flush(rc->ht_op);
	mem_deref(rc->ht_op);
	mem_deref(rc->mb);
	mem_deref(rc->rx);
}

int relay_client_alloc(struct relay_client **rcp, const struct ng_target *target, const char *run_dir,
		       unsigned index, char *errstr, size_t errsize)
{
	struct relay_client *rc;
	int err;

	rc = mem_zalloc(sizeof(*rc), destructor);
	if (!rc)
		return ENOMEM;

	rc->target = *target;
	rc->index = index;
	rc->socket.fd = -1;
	rc->generation = 1;
	rc->mb = mbuf_alloc(4096);
	rc->rx = mem_alloc(REPLY_MAX, NULL);
	err = hash_alloc(&rc->ht_op, OP_HASH_SIZE);
	if (err || !rc->mb || !rc->rx) {
		err = ENOMEM;
		goto out;
	}

	(void)re_snprintf(rc->prefix, sizeof(rc->prefix), "%08x", rand_u32());

	err = relay_socket_open(&rc->socket, target, run_dir, index, errstr, errsize);
	err = err ? err : fd_listen(rc->socket.fd, FD_READ, read_handler, rc);
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

void relay_handlers_set(struct relay_client *rc, relay_notify_h *notifyh, relay_news_h *newsh, void *arg)
{
	rc->notifyh = notifyh;
	rc->newsh = newsh;
	rc->arg = arg;
}

bool relay_up(const struct relay_client *rc)
{
	return rc && rc->up;
}

uint64_t relay_down_ms(const struct relay_client *rc)
{
	return rc->down_ms;
}

const char *relay_name(const struct relay_client *rc)
{
	return rc->target.name;
}

unsigned relay_index(const struct relay_client *rc)
{
	return rc->index;
}

uint32_t relay_weight(const struct relay_client *rc)
{
	return rc->target.weight;
}

bool relay_is_tandem(const struct relay_client *rc)
{
	return rc->instance[0] != '\0';
}

bool relay_is_here(const struct relay_client *rc)
{
	return rc->socket.here;
}

uint32_t relay_generation(const struct relay_client *rc)
{
	return rc->generation;
}

void relay_call_add(struct relay_client *rc, int n)
{
	rc->calls += (uint32_t)n;
}

void relay_failover_add(struct relay_client *rc)
{
	++rc->c.failovers;
}

/* ------------------------------------------------------------------ for the operator */

int relay_counters_describe(const struct relay_counters *c, struct odict *od)
{
	int err;

	err = odict_entry_add(od, "requests", ODICT_INT, (int64_t)c->requests);
	err |= odict_entry_add(od, "retries", ODICT_INT, (int64_t)c->retries);
	err |= odict_entry_add(od, "timeouts", ODICT_INT, (int64_t)c->timeouts);
	err |= odict_entry_add(od, "refusals", ODICT_INT, (int64_t)c->refusals);
	err |= odict_entry_add(od, "restarts", ODICT_INT, (int64_t)c->restarts);
	err |= odict_entry_add(od, "failovers", ODICT_INT, (int64_t)c->failovers);

	return err;
}

void relay_counters_add(const struct relay_client *rc, struct relay_counters *sum)
{
	sum->requests += rc->c.requests;
	sum->retries += rc->c.retries;
	sum->timeouts += rc->c.timeouts;
	sum->refusals += rc->c.refusals;
	sum->restarts += rc->c.restarts;
	sum->failovers += rc->c.failovers;
}

int relay_describe(const struct relay_client *rc, struct odict *od)
{
	int err;

	err = odict_entry_add(od, "relay", ODICT_STRING, rc->target.name);
	err |= odict_entry_add(od, "state", ODICT_STRING, rc->up ? "up" : "down");
	err |= odict_entry_add(od, "weight", ODICT_INT, (int64_t)rc->target.weight);
	err |= odict_entry_add(od, "calls", ODICT_INT, (int64_t)rc->calls);

	return err | relay_counters_describe(&rc->c, od);
}

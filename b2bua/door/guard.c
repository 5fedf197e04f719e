/**
 * @file guard.c  Connections counted, framed and cut
 */
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <re.h>
#include "log.h"
#include "frame.h"
#include "guard.h"

enum {
	HASH_SIZE = 4096,
	LAYER = 1,           /* TLS is 0: we see what it has decrypted */
	CONNECT_MS = 2500,   /* until the kernel gives up a SYN that nobody answers */
	HANDSHAKE_MS = 8000, /* until TLS is up */
	MESSAGE_MS = 10000,  /* from its first byte to its last */
	UNREAD_MS = 15000,   /* what we sent, and the peer does not take */
	KEEP_IDLE_S = 60,    /* the kernel asks whether who is silent is there still */
	KEEP_EVERY_S = 10,
	QUEUE_MAX = 256 * 1024,  /* bytes that wait for the socket */
	DESCRIPTORS_OTHER = 256, /* that are no connections */
};

/** One connection. libre's descriptor is what it is known by, and its end is ours. */
struct guarded {
	struct le he;
	struct guard *guard; /* referenced */
	struct source *source;
	int fd;
	struct tcp_helper *th; /* its connection's */
	struct mbuf *rest;     /* the beginning of a message; NULL */
	struct frame frame;
	struct tmr tmr;
};

/** An address that connects to us. */
struct source {
	struct le he;
	struct sa addr;
	uint32_t openc;
};

struct guard {
	struct hash *ht_conn;   /* by descriptor */
	struct hash *ht_source; /* by address */
	uint32_t max, source_max;
	struct guard_counts counts;
};

static _Thread_local struct guard *guard;

/* ------------------------------------------------------------------ sources */

static void source_destructor(void *arg)
{
	struct source *s = arg;

	hash_unlink(&s->he);
}

static struct sa source_addr(const struct sa *peer)
{
	struct sa sa = *peer;

	sa_set_port(&sa, 0);
	if (sa_af(&sa) == AF_INET6)
		for (size_t i = 8; i < 16; i++)
			sa.u.in6.sin6_addr.s6_addr[i] = 0;

	return sa;
}

static bool source_cmp(struct le *le, void *arg)
{
	const struct source *s = le->data;

	return sa_cmp(&s->addr, arg, SA_ADDR);
}

static struct source *source_get(struct guard *g, const struct sa *peer)
{
	struct sa addr = source_addr(peer);
	struct source *s;

	s = list_ledata(hash_lookup(g->ht_source, sa_hash(&addr, SA_ADDR), source_cmp, &addr));
	if (s)
		return mem_ref(s);

	s = mem_zalloc(sizeof(*s), source_destructor);
	if (s) {
		s->addr = addr;
		hash_append(g->ht_source, sa_hash(&addr, SA_ADDR), &s->he, s);
	}

	return s;
}

/* ------------------------------------------------------------------ one connection */

static void guarded_destructor(void *arg)
{
	struct guarded *c = arg;

	hash_unlink(&c->he);
	tmr_cancel(&c->tmr);
	mem_deref(c->rest);
	if (c->source)
		--c->source->openc;
	mem_deref(c->source);
	if (c->guard)
		--c->guard->counts.open;
	mem_deref(c->guard);
}

static void cut(struct guarded *c, const char *why)
{
	struct sa peer;

	peer.len = sizeof(peer.u);
	if (getpeername(c->fd, &peer.u.sa, &peer.len))
		sa_init(&peer, AF_INET);
	log_peer(LOG_INFO, "connection of %J cut: %s", &peer, why);

	++c->guard->counts.cut;
	(void)shutdown(c->fd, SHUT_RDWR);
}

static void handshake_timeout(void *arg)
{
	cut(arg, "no TLS in time");
}

static void message_timeout(void *arg)
{
	cut(arg, "its message did not end in time");
}

static void option(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libre's type of it */
static bool estab_handler(int *err, bool active, void *arg)
{
	struct guarded *c = arg;

	(void)err;
	(void)active;
	tmr_cancel(&c->tmr);
	option(c->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNREAD_MS);

	return false;
}

/* How many bytes are whole messages. Those before junk are good, and it is found again behind them. */
static int whole_len(size_t *whole, struct frame *f, const uint8_t *buf, size_t size)
{
	enum frame_kind kind = FRAME_MESSAGE;

	*whole = 0;
	while (*whole < size && kind != FRAME_PART && kind != FRAME_JUNK) {
		size_t n;

		kind = frame_find(&n, f, buf + *whole, size - *whole);
		*whole += n;
	}

	return kind == FRAME_JUNK && !*whole ? EBADMSG : 0;
}

/* What is whole goes on in `mb`; the rest is kept, and must be completed in time. */
static int rest_keep(struct guarded *c, struct mbuf *mb, const uint8_t *buf, size_t size, size_t whole)
{
	struct mbuf *rest = NULL;
	int err = 0;

	if (whole < size) {
		rest = mbuf_alloc(size - whole);
		if (!rest)
			return ENOMEM;
		err = mbuf_write_mem(rest, buf + whole, size - whole);
		if (!tmr_isrunning(&c->tmr) || whole)
			tmr_start(&c->tmr, MESSAGE_MS, message_timeout, c);
	}
	else {
		tmr_cancel(&c->tmr);
	}

	if (c->rest) {
		mb->pos = mb->end = 0;
		err = err ? err : mbuf_write_mem(mb, buf, whole);
		mb->pos = 0;
	}
	else {
		mb->end = mb->pos + whole;
	}

	mem_deref(c->rest);
	c->rest = rest;

	return err;
}

static int rest_append(struct guarded *c, struct mbuf *mb)
{
	c->rest->pos = c->rest->end;

	return mbuf_write_mem(c->rest, mbuf_buf(mb), mbuf_get_left(mb));
}

static int frames_pass(struct guarded *c, struct mbuf *mb)
{
	const uint8_t *buf = mbuf_buf(mb);
	size_t size = mbuf_get_left(mb), whole;
	int err;

	if (c->rest) {
		err = rest_append(c, mb);
		if (err)
			return err;
		buf = c->rest->buf;
		size = c->rest->end;
	}

	err = whole_len(&whole, &c->frame, buf, size);
	if (err)
		return err;

	if (c->rest && !whole) {
		mb->pos = mb->end;
		return 0;
	}

	return rest_keep(c, mb, buf, size, whole);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libre's type of it */
static bool recv_handler(int *err, struct mbuf *mb, bool *estab, void *arg)
{
	struct guarded *c = arg;

	(void)estab;
	*err = frames_pass(c, mb);
	if (*err)
		++c->guard->counts.cut;

	return *err != 0;
}

static int guarded_open(struct tcp_conn *tc, struct source *source, uint32_t ms)
{
	struct guarded *c = mem_zalloc(sizeof(*c), guarded_destructor);
	int err;

	if (!c)
		return ENOMEM;

	c->fd = tcp_conn_fd(tc);
	err = tcp_register_helper(&c->th, tc, LAYER, estab_handler, NULL, recv_handler, c);
	if (err) {
		mem_deref(c);
		return err;
	}

	c->guard = mem_ref(guard);
	c->source = mem_ref(source);
	if (source)
		++source->openc;
	++guard->counts.open;
	hash_append(guard->ht_conn, (uint32_t)c->fd, &c->he, c);

	tcp_conn_txqsz_set(tc, QUEUE_MAX);
	option(c->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	option(c->fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
	option(c->fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_EVERY_S);
	option(c->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)ms);
	tmr_start(&c->tmr, HANDSHAKE_MS, handshake_timeout, c);

	return 0;
}

static bool fd_cmp(struct le *le, void *arg)
{
	const struct guarded *c = le->data;
	const int *fd = arg;

	return c->fd == *fd;
}

/* ------------------------------------------------------------------ in libre's place */

static void *libre(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static int refuse(const struct sa *peer, const char *key)
{
	++guard->counts.refused;
	log_peer(LOG_WARN, "connection from %J refused: there are as many as %s allows", peer, key);

	return ENFILE;
}

/* ENFILE leaves it to libre to close it. */
static int admit(struct tcp_conn *tc)
{
	struct source *source;
	struct sa peer;
	int err;

	err = tcp_conn_peer_get(tc, &peer);
	if (err)
		return err;

	if (guard->counts.open >= guard->max)
		return refuse(&peer, "sip_connections");

	source = source_get(guard, &peer);
	if (!source)
		return ENOMEM;

	err = source->openc >= guard->source_max ? refuse(&peer, "sip_connections_source")
						 : guarded_open(tc, source, UNREAD_MS);
	mem_deref(source);

	return err;
}

int tcp_accept(struct tcp_conn **tcp, struct tcp_sock *ts, tcp_estab_h *eh, tcp_recv_h *rh, tcp_close_h *ch,
	       void *arg)
{
	static _Thread_local int (*next)(struct tcp_conn **, struct tcp_sock *, tcp_estab_h *, tcp_recv_h *,
					 tcp_close_h *, void *);
	struct tcp_conn *tc = NULL;
	int err;

	if (!next)
		*(void **)&next = libre("tcp_accept");

	err = next(&tc, ts, eh, rh, ch, arg);
	if (!err && guard)
		err = admit(tc);

	if (err)
		mem_deref(tc);
	else
		*tcp = tc;

	return err;
}

int guard_connected(struct tcp_conn *tc)
{
	return guard ? guarded_open(tc, NULL, CONNECT_MS) : 0;
}

/* The connection goes, or its socket: nothing of it comes any more. */
void fd_close(int fd)
{
	static _Thread_local void (*next)(int);

	if (!next)
		*(void **)&next = libre("fd_close");

	if (guard)
		mem_deref(list_ledata(hash_lookup(guard->ht_conn, (uint32_t)fd, fd_cmp, &fd)));

	next(fd);
}

/* ------------------------------------------------------------------ the guard */

static void destructor(void *arg)
{
	struct guard *g = arg;

	mem_deref(g->ht_conn);
	mem_deref(g->ht_source);
	if (guard == g)
		guard = NULL;
}

static uint32_t descriptors(uint32_t max)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) || rl.rlim_cur >= (rlim_t)max + DESCRIPTORS_OTHER)
		return max;

	return rl.rlim_cur > (rlim_t)2 * DESCRIPTORS_OTHER ? (uint32_t)rl.rlim_cur - DESCRIPTORS_OTHER
							   : (uint32_t)rl.rlim_cur / 2;
}

int guard_alloc(struct guard **gp, uint32_t max, uint32_t source_max)
{
	struct guard *g = mem_zalloc(sizeof(*g), destructor);
	int err;

	if (!g)
		return ENOMEM;

	g->max = descriptors(max);
	g->source_max = source_max;
	err = hash_alloc(&g->ht_conn, HASH_SIZE);
	err = err ? err : hash_alloc(&g->ht_source, HASH_SIZE);

	if (err) {
		mem_deref(g);
		return err;
	}

	guard = g;
	*gp = g;

	return 0;
}

const struct guard_counts *guard_counts(const struct guard *g)
{
	return &g->counts;
}

/**
 * @file ask.c  A question under way
 */
#include <re.h>
#include "ask.h"

enum {
	TRIES = 4,
	TRY_MS = 600, /* the first round; a second one waits longer */
	TRY_LONG_MS = 1000,
	TCP_TRY_MS = 2000,
	MESSAGE_SIZE = 512,
};

struct dns_ask {
	const struct dns_servers *servers;
	struct udp_sock *us;
	struct tcp_conn *tc;
	struct mbuf *rx; /* TCP: length and answer, as far as they came */
	struct tmr tmr;
	char *name;
	struct dns_question q;
	unsigned tries;
	dns_ask_h *askh;
	void *arg;
};

static void try_next(struct dns_ask *ask);

static void sockets_drop(struct dns_ask *ask)
{
	tmr_cancel(&ask->tmr);
	ask->us = mem_deref(ask->us);
	ask->tc = mem_deref(ask->tc);
	ask->rx = mem_deref(ask->rx);
}

static void destructor(void *arg)
{
	struct dns_ask *ask = arg;

	sockets_drop(ask);
	mem_deref(ask->name);
}

static void finish(struct dns_ask *ask, int err, struct dns_answer *a)
{
	sockets_drop(ask);
	ask->askh(err, a, ask->arg);
}

static void timeout_handler(void *arg)
{
	try_next(arg);
}

static const struct sa *server(const struct dns_ask *ask)
{
	return &ask->servers->v[(ask->tries - 1) % ask->servers->n];
}

/* ------------------------------------------------------------------ TCP (RFC 7766) */

static void answer_take(struct dns_ask *ask, struct mbuf *mb, bool tcp);

static void tcp_established(void *arg)
{
	struct dns_ask *ask = arg;
	struct mbuf *mb = mbuf_alloc(MESSAGE_SIZE);
	int err;

	if (!mb)
		return;

	mb->pos = 2;
	mb->end = 2;
	err = dns_question_encode(mb, &ask->q);
	mb->pos = 0;
	err = err ? err : mbuf_write_u16(mb, htons((uint16_t)(mb->end - 2)));
	mb->pos = 0;
	if (!err)
		(void)tcp_send(ask->tc, mb);
	mem_deref(mb);
}

static void tcp_received(struct mbuf *mb, void *arg)
{
	struct dns_ask *ask = arg;
	struct mbuf *whole;
	size_t len;

	ask->rx->pos = ask->rx->end;
	if (mbuf_write_mem(ask->rx, mbuf_buf(mb), mbuf_get_left(mb)))
		return;

	if (ask->rx->end < 2)
		return;

	len = (size_t)ask->rx->buf[0] << 8 | ask->rx->buf[1];
	if (ask->rx->end < 2 + len)
		return;

	whole = mbuf_alloc(len ? len : 1);
	if (!whole)
		return;

	(void)mbuf_write_mem(whole, ask->rx->buf + 2, len);
	whole->pos = 0;
	answer_take(ask, whole, true);
	mem_deref(whole);
}

static void tcp_closed(int err, void *arg)
{
	(void)err;
	try_next(arg);
}

static void ask_by_tcp(struct dns_ask *ask)
{
	const struct sa *srv = server(ask);
	int err;

	sockets_drop(ask);
	ask->rx = mbuf_alloc(MESSAGE_SIZE);
	err = ask->rx ? tcp_conn_alloc(&ask->tc, srv, tcp_established, tcp_received, tcp_closed, ask)
		      : ENOMEM;
	err = err ? err : tcp_conn_connect(ask->tc, srv);
	tmr_start(&ask->tmr, err ? 0 : TCP_TRY_MS, timeout_handler, ask);
}

/* ------------------------------------------------------------------ UDP */

/* What does not fit the question is none of ours: the right answer may still come. */
static void answer_take(struct dns_ask *ask, struct mbuf *mb, bool tcp)
{
	struct dns_answer a;
	int err = dns_answer_decode(&a, mb, &ask->q);

	if (err == EPROTO || (tcp && (err || a.truncated)))
		try_next(ask);
	else if (!err && a.truncated)
		ask_by_tcp(ask);
	else if (!err)
		finish(ask, 0, &a);

	/* the question may be gone by now, its answer is ours */
	list_flush(&a.rrl);
}

static void udp_received(const struct sa *src, struct mbuf *mb, void *arg)
{
	(void)src;
	answer_take(arg, mb, false);
}

static void udp_failed(int err, void *arg)
{
	(void)err;
	try_next(arg);
}

static int ask_by_udp(struct dns_ask *ask)
{
	const struct sa *srv = server(ask);
	struct mbuf *mb = mbuf_alloc(MESSAGE_SIZE);
	struct sa any;
	int err;

	if (!mb)
		return ENOMEM;

	err = sa_set_str(&any, sa_af(srv) == AF_INET6 ? "::" : "0.0.0.0", 0);
	err = err ? err : udp_listen(&ask->us, &any, udp_received, ask);
	err = err ? err : udp_connect(ask->us, srv);
	if (err)
		goto out;

	udp_error_handler_set(ask->us, udp_failed);
	err = dns_question_encode(mb, &ask->q);
	mb->pos = 0;
	err = err ? err : udp_send(ask->us, srv, mb);

out:
	mem_deref(mb);

	return err;
}

static void try_next(struct dns_ask *ask)
{
	struct dns_answer none = {.ttl_s = 0};

	sockets_drop(ask);

	if (ask->tries == TRIES || !ask->servers->n) {
		finish(ask, ETIMEDOUT, &none);
		return;
	}

	++ask->tries;
	ask->q.id = rand_u16();
	tmr_start(&ask->tmr,
		  ask_by_udp(ask)                 ? 0
		  : ask->tries <= ask->servers->n ? TRY_MS
						  : TRY_LONG_MS,
		  timeout_handler, ask);
}

int dns_ask(struct dns_ask **askp, const struct dns_servers *servers, const char *name, uint16_t type,
	    dns_ask_h *askh, void *arg)
{
	struct dns_ask *ask = mem_zalloc(sizeof(*ask), destructor);
	int err;

	if (!ask)
		return ENOMEM;

	err = str_dup(&ask->name, name);
	if (err) {
		mem_deref(ask);
		return err;
	}

	ask->servers = servers;
	ask->q.name = ask->name;
	ask->q.type = type;
	ask->askh = askh;
	ask->arg = arg;
	tmr_start(&ask->tmr, 0, timeout_handler, ask);
	*askp = ask;

	return 0;
}

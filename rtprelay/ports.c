/**
 * @file ports.c  Pairs of UDP ports, even for RTP and odd for RTCP, on each local address
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "ports.h"
#include "wheel.h"

enum {
	SOCKET_BUFFER_SIZE = 128 * 1024, /* each way; over a second of video, bounded for a flood */
	BIND_TRIES = 64,                 /* pairs that other programs hold, before we give up */
	READY_SHARE = 8,                 /* at most one pair in so many waits, bound */
	READY_STEP = 4,                  /* pairs to bind before other work has its turn */
	READY_DELAY_MS = 1,
	STALE_MAX = 4096, /* datagrams to a waiting pair; more than its buffer holds */
};

/* A pair at rest, waiting in the ring in the order in which it may be used again. */
struct resting {
	uint16_t index;
	uint64_t free_at_ms; /* 0: never used */
};

/*
 * One local address. The ring holds every pair that is not bound: head is the next to be given out,
 * pairs given back join at the tail, so the quarantine of a pair ends no later than that of the next.
 * Pairs bound beforehand have left the ring and wait in readyl.
 */
struct pool {
	struct sa local;
	struct resting *ringv;
	uint32_t head;
	uint32_t restc;
	struct list readyl;
	atomic_bool *usedv;
};

struct ports {
	struct ports_config cfg;
	uint16_t first; /* the lowest even port */
	uint32_t pairc;
	struct pool *poolv[PORTS_ADDR_MAX];
	atomic_uint poolc;
	struct tmr tmr; /* until the next step towards pairs that are ready */
};

static void pool_destructor(void *arg)
{
	struct pool *pool = arg;

	list_flush(&pool->readyl);
	mem_deref(pool->ringv);
	mem_deref(pool->usedv);
}

static void ports_destructor(void *arg)
{
	struct ports *ports = arg;
	unsigned i;

	tmr_cancel(&ports->tmr);
	for (i = 0; i < ports->poolc; i++)
		mem_deref(ports->poolv[i]);
}

static void rest(struct pool *pool, uint32_t pairc, uint16_t index, uint64_t free_at_ms)
{
	const uint32_t tail = pool->head + pool->restc++;
	struct resting *r = &pool->ringv[tail < pairc ? tail : tail - pairc];

	r->index = index;
	r->free_at_ms = free_at_ms;
}

static void pair_destructor(void *arg)
{
	struct port_pair *pair = arg;
	struct ports *ports = pair->ports;
	unsigned i;

	list_unlink(&pair->le);
	for (i = 0; i < ARRAY_SIZE(pair->fdv); i++)
		if (pair->fdv[i] >= 0)
			(void)close(pair->fdv[i]);

	if (!ports)
		return;

	atomic_store_explicit(&pair->pool->usedv[pair->index], false, memory_order_relaxed);
	rest(pair->pool, ports->pairc, pair->index, clock_mono_ms() + ports->cfg.quarantine_s * 1000ULL);
	mem_deref(ports);
}

/*
 * In random order, so that a port in use cannot be guessed from another. All random numbers are drawn at once: one
 * at a time would cost the first call on an address a twentieth of a second.
 */
static int pool_fill(struct pool *pool, uint32_t pairc)
{
	uint32_t *randomv = mem_alloc(pairc * sizeof(*randomv), NULL);
	uint32_t i;

	if (!randomv)
		return ENOMEM;

	rand_bytes((uint8_t *)randomv, pairc * sizeof(*randomv));

	for (i = 0; i < pairc; i++)
		rest(pool, pairc, (uint16_t)i, 0);

	for (i = pairc; i > 1; i--) {

		const uint32_t j = randomv[i - 1] % i;
		const uint16_t index = pool->ringv[i - 1].index;

		pool->ringv[i - 1].index = pool->ringv[j].index;
		pool->ringv[j].index = index;
	}

	mem_deref(randomv);

	return 0;
}

/* Options a socket can live without are asked for, not insisted on. */
static void socket_tune(int fd, int af, int tos)
{
	const int size = SOCKET_BUFFER_SIZE;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));

	if (tos && af == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	else if (tos)
		(void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
}

static int socket_bind(int *fdp, const struct sa *local, int tos)
{
	const int on = 1, af = sa_af(local);
	int fd, err;

	fd = socket(af, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;

	if ((af == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on))) ||
	    bind(fd, &local->u.sa, local->len)) {
		err = errno;
		(void)close(fd);
		return err;
	}

	socket_tune(fd, af, tos);
	*fdp = fd;

	return 0;
}

/* Only an address of this machine gets a pool. */
static int address_check(const struct sa *local)
{
	struct sa any_port = *local;
	int fd = -1, err;

	sa_set_port(&any_port, 0);
	err = socket_bind(&fd, &any_port, 0);
	if (!err)
		(void)close(fd);

	return err;
}

static int pool_add(struct pool **poolp, struct ports *ports, const struct sa *local)
{
	struct pool *pool;
	int err;

	if (ports->poolc >= PORTS_ADDR_MAX)
		return ENOSPC;

	err = address_check(local);
	if (err)
		return err;

	pool = mem_zalloc(sizeof(*pool), pool_destructor);
	if (!pool)
		return ENOMEM;

	pool->local = *local;
	sa_set_port(&pool->local, 0);
	pool->ringv = mem_zalloc(ports->pairc * sizeof(*pool->ringv), NULL);
	pool->usedv = mem_zalloc(ports->pairc * sizeof(*pool->usedv), NULL);
	if (!pool->ringv || !pool->usedv) {
		err = ENOMEM;
		goto out;
	}

	err = pool_fill(pool, ports->pairc);
	if (err)
		goto out;

	ports->poolv[ports->poolc] = pool;
	++ports->poolc; /* publishes the pool to ports_is_ours */

out:
	if (err)
		mem_deref(pool);
	else
		*poolp = pool;

	return err;
}

static struct pool *pool_find(const struct ports *ports, const struct sa *local)
{
	const unsigned n = ports->poolc;
	unsigned i;

	for (i = 0; i < n; i++)
		if (sa_cmp(&ports->poolv[i]->local, local, SA_ADDR))
			return ports->poolv[i];

	return NULL;
}

int ports_alloc(struct ports **portsp, const struct ports_config *cfg)
{
	struct ports *ports;
	const uint32_t first = (cfg->port_min + 1U) & ~1U;

	if (!portsp || first + 1 > cfg->port_max)
		return EINVAL;

	ports = mem_zalloc(sizeof(*ports), ports_destructor);
	if (!ports)
		return ENOMEM;

	ports->cfg = *cfg;
	ports->first = (uint16_t)first;
	ports->pairc = (cfg->port_max - first + 1) / 2;
	*portsp = ports;

	return 0;
}

static int pair_open(struct port_pair *pair, const struct ports *ports)
{
	struct sa odd = pair->local;
	int err;

	sa_set_port(&odd, (uint16_t)(sa_port(&odd) + 1));

	err = socket_bind(&pair->fdv[0], &pair->local, ports->cfg.tos);
	if (!err)
		err = socket_bind(&pair->fdv[1], &odd, ports->cfg.tos);

	return err;
}

/* Bind the pair at the head of the ring; when its ports are held by others it rests like one used. */
static int pair_take(struct port_pair **pairp, struct ports *ports, struct pool *pool)
{
	const struct resting head = pool->ringv[pool->head];
	const uint64_t now_ms = clock_mono_ms();
	struct port_pair *pair;
	int err;

	if (!pool->restc || head.free_at_ms > now_ms)
		return ENOSPC;

	pair = mem_zalloc(sizeof(*pair), pair_destructor);
	if (!pair)
		return ENOMEM;

	pool->head = (pool->head + 1) % ports->pairc;
	--pool->restc;

	pair->fdv[0] = pair->fdv[1] = -1;
	pair->pool = pool;
	pair->index = head.index;
	pair->local = pool->local;
	sa_set_port(&pair->local, (uint16_t)(ports->first + 2 * head.index));

	err = pair_open(pair, ports);
	if (err) {
		rest(pool, ports->pairc, head.index, now_ms + ports->cfg.quarantine_s * 1000ULL);
		mem_deref(pair);
		return err;
	}

	*pairp = pair;

	return 0;
}

static int pair_search(struct port_pair **pairp, struct ports *ports, struct pool *pool)
{
	int i, err;

	for (i = 0, err = EADDRINUSE; i < BIND_TRIES && err == EADDRINUSE; i++)
		err = pair_take(pairp, ports, pool);

	return err == EADDRINUSE ? ENOSPC : err;
}

/* ------------------------------------------------------------------ pairs that are ready */

static uint32_t ready_wanted(const struct ports *ports)
{
	return MIN(ports->pairc / READY_SHARE, (uint32_t)PORTS_READY_MAX);
}

/* One pool's step; true if it wants another. Where nothing can be bound, the next call says why. */
static bool ready_step(struct ports *ports, struct pool *pool)
{
	const uint32_t wanted = ready_wanted(ports);
	struct port_pair *pair;
	uint32_t i;

	for (i = 0; i < READY_STEP && list_count(&pool->readyl) < wanted; i++) {

		if (pair_search(&pair, ports, pool))
			return false;

		list_append(&pool->readyl, &pair->le, pair);
	}

	return list_count(&pool->readyl) < wanted;
}

static void ready_handler(void *arg)
{
	struct ports *ports = arg;
	bool more = false;
	unsigned i;

	for (i = 0; i < ports->poolc; i++)
		more |= ready_step(ports, ports->poolv[i]);

	if (more)
		tmr_start(&ports->tmr, READY_DELAY_MS, ready_handler, ports);
}

/* What strangers sent to its ports meanwhile is no packet of the call that gets them. */
static void stale_drop(const struct port_pair *pair)
{
	unsigned part, i;
	uint8_t byte;

	for (part = 0; part < ARRAY_SIZE(pair->fdv); part++)
		for (i = 0; i < STALE_MAX && recv(pair->fdv[part], &byte, sizeof(byte), 0) >= 0; i++)
			;
}

static struct port_pair *ready_take(struct pool *pool)
{
	struct port_pair *pair = list_ledata(pool->readyl.head);

	if (!pair)
		return NULL;

	list_unlink(&pair->le);
	stale_drop(pair);

	return pair;
}

int ports_bind(struct port_pair **pairp, struct ports *ports, const struct sa *local)
{
	struct port_pair *pair;
	struct pool *pool;
	int err;

	if (!pairp || !ports || !sa_isset(local, SA_ADDR))
		return EINVAL;

	pool = pool_find(ports, local);
	err = pool ? 0 : pool_add(&pool, ports, local);
	if (err)
		return err;

	pair = ready_take(pool);
	err = pair ? 0 : pair_search(&pair, ports, pool);
	if (err)
		return err;

	pair->ports = mem_ref(ports);
	atomic_store_explicit(&pool->usedv[pair->index], true, memory_order_relaxed);
	*pairp = pair;

	if (!tmr_isrunning(&ports->tmr))
		tmr_start(&ports->tmr, READY_DELAY_MS, ready_handler, ports);

	return 0;
}

int ports_tos(const struct ports *ports)
{
	return ports->cfg.tos;
}

bool ports_is_ours(const struct ports *ports, const struct sa *sa)
{
	const struct pool *pool = pool_find(ports, sa);
	const uint32_t port = sa_port(sa);

	if (!pool || port < ports->first || (port - ports->first) / 2 >= ports->pairc)
		return false;

	return atomic_load_explicit(&pool->usedv[(port - ports->first) / 2], memory_order_relaxed);
}

static uint32_t quarantined_count(const struct pool *pool, uint32_t pairc, uint64_t now_ms)
{
	uint32_t n = 0;

	while (n < pool->restc && pool->ringv[(pool->head + pool->restc - 1 - n) % pairc].free_at_ms > now_ms)
		++n;

	return n;
}

size_t ports_count(const struct ports *ports, struct ports_count *countv, size_t n)
{
	const uint64_t now_ms = clock_mono_ms();
	size_t i;

	for (i = 0; i < n && i < ports->poolc; i++) {

		const struct pool *pool = ports->poolv[i];

		countv[i].local = pool->local;
		countv[i].total = ports->pairc;
		countv[i].used = ports->pairc - pool->restc - list_count(&pool->readyl);
		countv[i].quarantined = quarantined_count(pool, ports->pairc, now_ms);
	}

	return ports->poolc;
}

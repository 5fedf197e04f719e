/**
 * @file load.c  RTP load: streams sent at an even pace over a few sockets, and what comes of them
 *
 * Two threads. The sender wakes every millisecond and sends the streams whose turn it is, so that the
 * load is even; the receiver looks as often, and reads in batches. Each packet carries the time it was sent and the
 * window it belongs to, so loss and delay are exact for the window.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <re.h>
#include "load.h"

enum { SIDES = 2, BATCH = 64, SOCKET_BUFFER_SIZE = 16 << 20, PORT_FIRST = 2000, DRAIN_MS = 500 };
enum { RECEIVE_PERIOD_NS = 1000000, CONTROL_WORDS = 8 };

/** What a packet carries behind its RTP header. */
struct stamp {
	uint64_t sent_ns;
	uint32_t window;
};

struct load {
	int fdv[SIDES][LOAD_SOCKETS];
	struct sa localv[SIDES][LOAD_SOCKETS];
	unsigned streams;
	struct sa *targetv;
	uint16_t *seqv;
	atomic_uint window; /* 0: warming up */
	atomic_bool stop;
	uint64_t sent;     /* the sender's, in window 1 */
	uint64_t received; /* the receiver's */
	uint32_t delayv[LOAD_DELAY_MAX_US];
};

static uint64_t timespec_ns(const struct timespec *ts)
{
	return (uint64_t)ts->tv_sec * 1000000000 + (uint64_t)ts->tv_nsec;
}

/* The kernel stamps packets by this clock. */
static uint64_t now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);

	return timespec_ns(&ts);
}

static void load_destructor(void *arg)
{
	struct load *l = arg;
	unsigned side, i;

	for (side = 0; side < SIDES; side++)
		for (i = 0; i < LOAD_SOCKETS; i++)
			if (l->fdv[side][i] > 0)
				(void)close(l->fdv[side][i]);

	mem_deref(l->targetv);
	mem_deref(l->seqv);
}

static int socket_open(int *fdp, struct sa *local, uint16_t *port)
{
	const int size = SOCKET_BUFFER_SIZE, on = 1;
	int fd;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;

	for (; *port < 10000; *port += 2) {

		(void)sa_set_str(local, "127.0.0.1", *port);
		if (!bind(fd, &local->u.sa, local->len))
			break;
	}

	*port += 2;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	*fdp = fd;

	return 0;
}

int load_alloc(struct load **lp, unsigned streams)
{
	uint16_t port = PORT_FIRST;
	struct load *l;
	unsigned side, i;
	int err = 0;

	l = mem_zalloc(sizeof(*l), load_destructor);
	if (!l)
		return ENOMEM;

	l->streams = streams;
	l->targetv = mem_zalloc(streams * sizeof(*l->targetv), NULL);
	l->seqv = mem_zalloc(streams * sizeof(*l->seqv), NULL);

	for (side = 0; side < SIDES; side++)
		for (i = 0; i < LOAD_SOCKETS && !err; i++)
			err = socket_open(&l->fdv[side][i], &l->localv[side][i], &port);

	if (err)
		mem_deref(l);
	else
		*lp = l;

	return err;
}

/* Streams 2n and 2n+1 are the two directions of call n. */
static unsigned socket_of(unsigned stream)
{
	return stream / 2 % LOAD_SOCKETS;
}

const struct sa *load_local(const struct load *l, unsigned stream)
{
	return &l->localv[stream % 2][socket_of(stream)];
}

void load_target_set(struct load *l, unsigned stream, uint16_t port)
{
	(void)sa_set_str(&l->targetv[stream], "127.0.0.1", port);
}

/** Packets of one socket, sent in one call. */
struct batch {
	uint8_t bytev[BATCH][LOAD_PACKET_SIZE];
	struct iovec iovv[BATCH];
	struct mmsghdr msgv[BATCH];
	uint64_t controlv[BATCH][CONTROL_WORDS];
	unsigned n;
};

static void packet_fill(struct load *l, struct batch *b, unsigned stream, const struct stamp *stamp)
{
	uint8_t *p = b->bytev[b->n];
	const uint16_t seq = htons(l->seqv[stream]);
	const uint32_t timestamp = htonl(l->seqv[stream] * 160u), ssrc = htonl(stream + 1);

	++l->seqv[stream];
	p[0] = 0x80;
	p[1] = 0;
	memcpy(p + 2, &seq, 2);
	memcpy(p + 4, &timestamp, 4);
	memcpy(p + 8, &ssrc, 4);
	memcpy(p + 12, stamp, sizeof(*stamp));

	b->iovv[b->n].iov_base = p;
	b->iovv[b->n].iov_len = LOAD_PACKET_SIZE;
	b->msgv[b->n].msg_hdr.msg_iov = &b->iovv[b->n];
	b->msgv[b->n].msg_hdr.msg_iovlen = 1;
	b->msgv[b->n].msg_hdr.msg_name = &l->targetv[stream].u;
	b->msgv[b->n].msg_hdr.msg_namelen = l->targetv[stream].len;
	++b->n;
}

static void batch_send(struct load *l, struct batch *b, int fd, const struct stamp *stamp)
{
	unsigned from = 0;

	while (from < b->n) {

		const int n = sendmmsg(fd, b->msgv + from, b->n - from, 0);

		from += n > 0 ? (unsigned)n : 1;
	}

	if (stamp->window == 1)
		l->sent += b->n;
	b->n = 0;
}

/* The streams of one socket whose turn is this millisecond. */
static void slot_send(struct load *l, struct batch *b, unsigned side, unsigned sock, unsigned slot)
{
	struct stamp stamp = {.sent_ns = now_ns(), .window = l->window};
	unsigned call;

	for (call = sock + LOAD_SOCKETS * slot; call * 2 < l->streams;
	     call += LOAD_SOCKETS * LOAD_PERIOD_MS) {

		packet_fill(l, b, call * 2 + side, &stamp);
		if (b->n == BATCH) {
			batch_send(l, b, l->fdv[side][sock], &stamp);
			stamp.sent_ns = now_ns();
		}
	}

	batch_send(l, b, l->fdv[side][sock], &stamp);
}

static void millisecond_add(struct timespec *ts)
{
	ts->tv_nsec += 1000000;
	if (ts->tv_nsec >= 1000000000) {
		ts->tv_nsec -= 1000000000;
		++ts->tv_sec;
	}
}

static void *sender(void *arg)
{
	struct load *l = arg;
	struct batch *b = mem_zalloc(sizeof(*b), NULL);
	struct timespec due;
	unsigned slot, side, sock;

	(void)clock_gettime(CLOCK_MONOTONIC, &due);

	for (slot = 0; !l->stop; slot = (slot + 1) % LOAD_PERIOD_MS) {

		for (side = 0; side < SIDES; side++)
			for (sock = 0; sock < LOAD_SOCKETS; sock++)
				slot_send(l, b, side, sock, slot);

		millisecond_add(&due);
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
	}

	mem_deref(b);

	return NULL;
}

static void packet_count(struct load *l, const uint8_t *p, uint64_t at_ns)
{
	struct stamp stamp;
	uint64_t delay_us;

	memcpy(&stamp, p + 12, sizeof(stamp));
	if (stamp.window != 1)
		return;

	delay_us = at_ns > stamp.sent_ns ? (at_ns - stamp.sent_ns) / 1000 : 0;
	++l->delayv[MIN(delay_us, (uint64_t)LOAD_DELAY_MAX_US - 1)];
	++l->received;
}

/* When the kernel took the packet in; the time of reading where it does not say. */
static uint64_t arrival_ns(struct msghdr *hdr)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(hdr);
	struct timespec ts;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
		return now_ns();

	memcpy(&ts, CMSG_DATA(c), sizeof(ts));

	return timespec_ns(&ts);
}

static void socket_drain(struct load *l, struct batch *b, int fd)
{
	int i, n;

	do {
		for (i = 0; i < BATCH; i++)
			b->msgv[i].msg_hdr.msg_controllen = sizeof(b->controlv[i]);

		n = recvmmsg(fd, b->msgv, BATCH, MSG_DONTWAIT, NULL);
		for (i = 0; i < n; i++)
			if (b->msgv[i].msg_len == LOAD_PACKET_SIZE)
				packet_count(l, b->bytev[i], arrival_ns(&b->msgv[i].msg_hdr));
	} while (n == BATCH);
}

static void receive_init(struct batch *b)
{
	unsigned i;

	for (i = 0; i < BATCH; i++) {
		b->iovv[i].iov_base = b->bytev[i];
		b->iovv[i].iov_len = LOAD_PACKET_SIZE;
		b->msgv[i].msg_hdr.msg_iov = &b->iovv[i];
		b->msgv[i].msg_hdr.msg_iovlen = 1;
		b->msgv[i].msg_hdr.msg_control = b->controlv[i];
	}
}

/* Looks once a period instead of being woken: a wake-up by each packet would be the relay's CPU time. */
static void *receiver(void *arg)
{
	struct load *l = arg;
	struct batch *b = mem_zalloc(sizeof(*b), NULL);
	unsigned side, i;

	receive_init(b);

	while (!l->stop) {

		const struct timespec period = {.tv_nsec = RECEIVE_PERIOD_NS};

		(void)nanosleep(&period, NULL);

		for (side = 0; side < SIDES; side++)
			for (i = 0; i < LOAD_SOCKETS; i++)
				socket_drain(l, b, l->fdv[side][i]);
	}

	mem_deref(b);

	return NULL;
}

static uint32_t quantile_us(const struct load *l, unsigned percent)
{
	const uint64_t rank = l->received * percent / 100;
	uint64_t seen = 0;
	uint32_t us;

	for (us = 0; us < LOAD_DELAY_MAX_US; us++) {
		seen += l->delayv[us];
		if (seen > rank)
			return us;
	}

	return LOAD_DELAY_MAX_US;
}

int load_run(struct load *l, unsigned warm_s, unsigned measure_s, void (*h)(void *arg), void *arg,
	     struct load_result *result)
{
	pthread_t send_thread, receive_thread;
	int err;

	err = pthread_create(&receive_thread, NULL, receiver, l);
	if (err)
		return err;

	err = pthread_create(&send_thread, NULL, sender, l);
	if (!err) {
		sys_msleep(warm_s * 1000);
		h(arg);
		l->window = 1;
		sys_msleep(measure_s * 1000);
		l->window = 2;
		h(arg);
		sys_msleep(DRAIN_MS);
	}

	l->stop = true;
	if (!err)
		(void)pthread_join(send_thread, NULL);
	(void)pthread_join(receive_thread, NULL);

	result->sent = l->sent;
	result->received = l->received;
	result->p50_us = quantile_us(l, 50);
	result->p99_us = quantile_us(l, 99);

	return err;
}

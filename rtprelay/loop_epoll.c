/**
 * @file loop_epoll.c  The I/O engine of epoll, recvmmsg and sendmmsg
 *
 * One round: wait; read each readable socket once, one packet or, where a queue has formed, a batch;
 * hand the packets on; send what they became. Level-triggered: what was left unread shows in the next
 * round, so one busy socket cannot starve the others.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <re.h>
#include "io.h"
#include "wheel.h"

enum {
	BATCH = 16,
	BUFFER_SIZE = 4096, /* over twice an Ethernet frame */
	EVENT_MAX = 256,
};

struct io {
	int epoll_fd;
	struct io_handlers h;
	stat64_t *failed;
	bool removed; /* a socket, in this round */
	uint32_t round;

	uint8_t bufv[BATCH][BUFFER_SIZE + IO_TAIL_ROOM];
	struct io_packet packetv[BATCH];
	struct mmsghdr recvv[BATCH];
	struct iovec recv_iovv[BATCH];

	/* packets to send, in order; a run of the same socket goes out in one call */
	struct mmsghdr sendv[BATCH];
	struct iovec send_iovv[BATCH];
	struct sa dstv[BATCH];
	int send_fdv[BATCH];
	unsigned sendc;
};

static void io_destructor(void *arg)
{
	struct io *io = arg;

	if (io->epoll_fd >= 0)
		(void)close(io->epoll_fd);
}

static void buffers_init(struct io *io)
{
	unsigned i;

	for (i = 0; i < BATCH; i++) {

		io->recv_iovv[i].iov_base = io->bufv[i];
		io->recv_iovv[i].iov_len = BUFFER_SIZE;
		io->recvv[i].msg_hdr.msg_iov = &io->recv_iovv[i];
		io->recvv[i].msg_hdr.msg_iovlen = 1;
		io->recvv[i].msg_hdr.msg_name = &io->packetv[i].src.u;

		io->sendv[i].msg_hdr.msg_iov = &io->send_iovv[i];
		io->sendv[i].msg_hdr.msg_iovlen = 1;
		io->sendv[i].msg_hdr.msg_name = &io->dstv[i].u;
	}
}

static int watch(struct io *io, int fd, uint32_t events, void *ptr)
{
	struct epoll_event ev = {.events = events, .data.ptr = ptr};

	return epoll_ctl(io->epoll_fd, EPOLL_CTL_ADD, fd, &ev) ? errno : 0;
}

static int epoll_alloc(struct io **iop, const struct io_handlers *h, int wake_fd, stat64_t *failed)
{
	struct io *io;
	int err;

	io = mem_zalloc(sizeof(*io), io_destructor);
	if (!io)
		return ENOMEM;

	io->h = *h;
	io->failed = failed;
	buffers_init(io);

	io->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	err = io->epoll_fd < 0 ? errno : watch(io, wake_fd, EPOLLIN | EPOLLET, NULL);

	if (err)
		mem_deref(io);
	else
		*iop = io;

	return err;
}

/* A packet that is there before the worker knows of the socket keeps it going in circles until it does. */
static int epoll_add(struct io *io, struct io_sock *sock, int fd)
{
	return watch(io, fd, EPOLLIN, sock);
}

/* One packet costs less by sendto than by sendmmsg. */
static int some_send(struct io *io, unsigned from, unsigned to)
{
	const struct mmsghdr *m = &io->sendv[from];

	if (to - from > 1)
		return sendmmsg(io->send_fdv[from], &io->sendv[from], to - from, MSG_DONTWAIT);

	return sendto(io->send_fdv[from], io->send_iovv[from].iov_base, io->send_iovv[from].iov_len,
		      MSG_DONTWAIT, m->msg_hdr.msg_name, m->msg_hdr.msg_namelen) < 0
		       ? -1
		       : 1;
}

/* Send the run of packets of one socket that begins at `from`; returns where the next run begins. */
static unsigned run_send(struct io *io, unsigned from)
{
	unsigned to = from + 1;
	int n;

	while (to < io->sendc && io->send_fdv[to] == io->send_fdv[from])
		++to;

	while (from < to) {

		n = some_send(io, from, to);
		if (n > 0) {
			from += (unsigned)n;
			continue;
		}

		if (n < 0 && errno == EINTR)
			continue;

		/* this one the kernel refuses; the others may pass */
		stat_add(io->failed, 1);
		++from;
	}

	return to;
}

static void flush(struct io *io)
{
	unsigned i = 0;

	while (i < io->sendc)
		i = run_send(io, i);

	io->sendc = 0;
}

static void epoll_remove(struct io *io, struct io_sock *sock)
{
	/* the descriptor may soon be another's */
	flush(io);

	io->removed = true;
	if (sock->fd >= 0)
		(void)epoll_ctl(io->epoll_fd, EPOLL_CTL_DEL, sock->fd, NULL);
}

static void epoll_send(struct io *io, const struct io_sock *sock, const struct io_packet *pkt,
		       const struct sa *dst)
{
	unsigned i;

	if (io->sendc == BATCH)
		flush(io);

	i = io->sendc++;
	io->dstv[i] = *dst;
	io->send_fdv[i] = sock->fd;
	io->send_iovv[i].iov_base = pkt->p;
	io->send_iovv[i].iov_len = pkt->len;
	io->sendv[i].msg_hdr.msg_namelen = dst->len;
}

/* A lone packet costs a third less by recvfrom than by recvmmsg, which looks for a second one. */
static int one_read(struct io *io, const struct io_sock *sock)
{
	struct msghdr *hdr = &io->recvv[0].msg_hdr;
	const ssize_t n = recvfrom(sock->fd, io->bufv[0], BUFFER_SIZE, MSG_DONTWAIT | MSG_TRUNC,
				   hdr->msg_name, &hdr->msg_namelen);

	if (n < 0)
		return -1;

	hdr->msg_flags = n > BUFFER_SIZE ? MSG_TRUNC : 0;
	io->recvv[0].msg_len = (unsigned)MIN(n, (ssize_t)BUFFER_SIZE);

	return 1;
}

static int batch_read(struct io *io, const struct io_sock *sock)
{
	int i;

	for (i = 1; i < BATCH; i++)
		io->recvv[i].msg_hdr.msg_namelen = sizeof(io->packetv[i].src.u);

	return recvmmsg(sock->fd, io->recvv, BATCH, MSG_DONTWAIT, NULL);
}

/* A socket that is readable in two rounds running has a queue. */
static void sock_read(struct io *io, struct io_sock *sock)
{
	const uint64_t now_us = clock_mono_us();
	const bool queued = sock->round + 1 == io->round;
	int i, n;

	sock->round = io->round;
	io->recvv[0].msg_hdr.msg_namelen = sizeof(io->packetv[0].src.u);
	n = queued ? batch_read(io, sock) : one_read(io, sock);

	for (i = 0; i < n; i++) {

		struct io_packet *pkt = &io->packetv[i];

		pkt->p = io->bufv[i];
		pkt->len = io->recvv[i].msg_len;
		pkt->src.len = io->recvv[i].msg_hdr.msg_namelen;
		pkt->truncated = io->recvv[i].msg_hdr.msg_flags & MSG_TRUNC;
		pkt->now_us = now_us;

		io->h.packeth(sock, pkt, io->h.arg);
	}

	flush(io);
}

/*
 * Jobs come before packets: a client that has its reply may send at once, and must find its stream
 * ready. When a job removes sockets, this round's events may point to them: the round is given up,
 * and what is still unread shows in the next.
 */
static int epoll_run(struct io *io, int timeout_ms)
{
	struct epoll_event eventv[EVENT_MAX];
	int i, n;

	n = epoll_wait(io->epoll_fd, eventv, EVENT_MAX, timeout_ms);
	if (n < 0)
		return errno == EINTR ? 0 : errno;

	++io->round;
	io->removed = false;
	io->h.roundh(io->h.arg);
	flush(io);

	for (i = 0; i < n && !io->removed; i++)
		if (eventv[i].data.ptr)
			sock_read(io, eventv[i].data.ptr);

	return 0;
}

const struct io_engine io_epoll = {
	.name = "epoll",
	.alloc = epoll_alloc,
	.add = epoll_add,
	.remove = epoll_remove,
	.send = epoll_send,
	.run = epoll_run,
};

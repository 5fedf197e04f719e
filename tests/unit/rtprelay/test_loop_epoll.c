/**
 * @file test_loop_epoll.c  The epoll engine on real sockets: rounds, order, batches, what is refused
 */
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "io.h"
#include "unit.h"

enum { SOCKETS = 2, HANDED_MAX = 64, PATIENCE_MS = 2000, LONGEST = 4096 };

/** An engine with two sockets of its own, a third that stands for the network, and what was handed on. */
struct fixture {
	struct io *io;
	struct io_sock sockv[SOCKETS];
	int fdv[SOCKETS];
	struct sa localv[SOCKETS];
	int net_fd;
	struct sa net;
	int wake_fd;
	stat64_t failed;

	unsigned rounds;
	struct io_sock *victim; /* to be removed when the next round begins */
	unsigned handed;
	unsigned handed_round; /* in which round the last was */
	uint8_t firstv[HANDED_MAX];
	struct io_packet last;
	bool echo;
};

static void round_handler(void *arg)
{
	struct fixture *f = arg;

	++f->rounds;
	if (f->victim)
		io_epoll.remove(f->io, f->victim);
	f->victim = NULL;
}

static void packet_handler(struct io_sock *sock, struct io_packet *pkt, void *arg)
{
	struct fixture *f = arg;

	CU_ASSERT_FATAL(f->handed < HANDED_MAX);
	f->firstv[f->handed++] = pkt->p[0];
	f->handed_round = f->rounds;
	f->last = *pkt;
	memset(pkt->p + pkt->len, 0xee, IO_TAIL_ROOM); /* must be ours: the sanitizer sees */

	if (f->echo)
		io_epoll.send(f->io, sock, pkt, &f->net);
}

static int socket_open(struct sa *local)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	(void)sa_set_str(local, "127.0.0.1", 0);
	CU_ASSERT_EQUAL_FATAL(bind(fd, &local->u.sa, local->len), 0);
	local->len = sizeof(local->u);
	CU_ASSERT_EQUAL_FATAL(getsockname(fd, &local->u.sa, &local->len), 0);

	return fd;
}

static void fixture_init(struct fixture *f)
{
	struct io_handlers h = {.packeth = packet_handler, .roundh = round_handler};
	unsigned i;

	memset(f, 0, sizeof(*f));
	h.arg = f;
	f->wake_fd = eventfd(0, EFD_NONBLOCK);
	f->net_fd = socket_open(&f->net);
	CU_ASSERT_EQUAL_FATAL(io_epoll.alloc(&f->io, &h, f->wake_fd, &f->failed), 0);

	for (i = 0; i < SOCKETS; i++) {
		f->fdv[i] = f->sockv[i].fd = socket_open(&f->localv[i]);
		CU_ASSERT_EQUAL_FATAL(io_epoll.add(f->io, &f->sockv[i], f->fdv[i]), 0);
	}
}

static void fixture_close(struct fixture *f)
{
	unsigned i;

	mem_deref(f->io);
	for (i = 0; i < SOCKETS; i++)
		(void)close(f->fdv[i]);
	(void)close(f->net_fd);
	(void)close(f->wake_fd);
}

static void net_send(const struct fixture *f, unsigned i, uint8_t first, size_t len)
{
	uint8_t bytes[LONGEST + 100] = {0};

	bytes[0] = first;
	CU_ASSERT_EQUAL_FATAL(sendto(f->net_fd, bytes, len, 0, &f->localv[i].u.sa, f->localv[i].len),
			      (ssize_t)len);
}

/* Rounds until so many packets were handed on, or none comes any more. */
static void rounds_run(struct fixture *f, unsigned handed)
{
	unsigned i;

	for (i = 0; i < HANDED_MAX && f->handed < handed; i++)
		CU_ASSERT_EQUAL(io_epoll.run(f->io, PATIENCE_MS), 0);
}

static void a_packet_comes_with_its_source_and_time(void)
{
	struct fixture f;

	fixture_init(&f);
	net_send(&f, 0, 7, 172);
	rounds_run(&f, 1);
	CU_ASSERT_EQUAL(f.handed, 1);
	CU_ASSERT_EQUAL(f.firstv[0], 7);
	CU_ASSERT_EQUAL(f.last.len, 172);
	CU_ASSERT(sa_cmp(&f.last.src, &f.net, SA_ALL));
	CU_ASSERT(f.last.now_us > 0);
	CU_ASSERT(!f.last.truncated);
	fixture_close(&f);
}

static void the_longest_packet_is_whole_and_a_longer_one_marked(void)
{
	struct fixture f;

	fixture_init(&f);
	net_send(&f, 0, 1, LONGEST);
	rounds_run(&f, 1);
	CU_ASSERT_EQUAL(f.last.len, LONGEST);
	CU_ASSERT(!f.last.truncated);

	net_send(&f, 0, 2, LONGEST + 1);
	rounds_run(&f, 2);
	CU_ASSERT(f.last.truncated);
	CU_ASSERT_EQUAL(f.last.len, LONGEST);
	fixture_close(&f);
}

static void a_queue_is_read_in_batches_and_in_order(void)
{
	enum { QUEUED = 40 };
	struct fixture f;
	unsigned i;

	fixture_init(&f);
	for (i = 0; i < QUEUED; i++)
		net_send(&f, 0, (uint8_t)i, 100);

	rounds_run(&f, QUEUED);
	CU_ASSERT_EQUAL_FATAL(f.handed, QUEUED);
	for (i = 0; i < QUEUED; i++)
		CU_ASSERT_EQUAL(f.firstv[i], i);
	CU_ASSERT(f.rounds <= 4); /* one alone, then sixteen at a time */
	fixture_close(&f);
}

static void a_busy_socket_does_not_starve_the_other(void)
{
	struct fixture f;
	unsigned i;

	fixture_init(&f);
	for (i = 0; i < 32; i++)
		net_send(&f, 0, 0, 100);
	net_send(&f, 1, 99, 100);

	rounds_run(&f, 2);
	CU_ASSERT(memchr(f.firstv, 99, f.handed) != NULL);
	fixture_close(&f);
}

static void a_socket_removed_as_the_round_begins_hands_on_nothing(void)
{
	struct fixture f;

	fixture_init(&f);
	net_send(&f, 0, 1, 100);
	f.victim = &f.sockv[0];
	CU_ASSERT_EQUAL(io_epoll.run(f.io, PATIENCE_MS), 0);
	CU_ASSERT_EQUAL(f.handed, 0);

	/* the other one goes on */
	net_send(&f, 1, 2, 100);
	rounds_run(&f, 1);
	CU_ASSERT_EQUAL(f.handed, 1);
	CU_ASSERT_EQUAL(f.firstv[0], 2);
	fixture_close(&f);
}

static void a_packet_before_its_socket_is_known_waits(void)
{
	struct fixture f;

	fixture_init(&f);
	f.sockv[0].fd = -1;
	net_send(&f, 0, 5, 100);
	CU_ASSERT_EQUAL(io_epoll.run(f.io, PATIENCE_MS), 0);
	CU_ASSERT_EQUAL(f.handed, 0);

	f.sockv[0].fd = f.fdv[0];
	rounds_run(&f, 1);
	CU_ASSERT_EQUAL(f.handed, 1);
	fixture_close(&f);
}

static void each_write_to_the_wake_descriptor_ends_one_wait(void)
{
	struct fixture f;
	unsigned i;

	fixture_init(&f);
	for (i = 1; i <= 2; i++) {
		CU_ASSERT_EQUAL(eventfd_write(f.wake_fd, 1), 0);
		CU_ASSERT_EQUAL(io_epoll.run(f.io, -1), 0);
		CU_ASSERT_EQUAL(f.rounds, i);
	}
	CU_ASSERT_EQUAL(f.handed, 0);
	fixture_close(&f);
}

static void what_is_sent_arrives_in_order(void)
{
	struct fixture f;
	uint8_t bytes[200];
	unsigned i;

	fixture_init(&f);
	f.echo = true;
	for (i = 0; i < 20; i++)
		net_send(&f, 0, (uint8_t)i, 100);
	rounds_run(&f, 20);

	for (i = 0; i < 20; i++) {
		CU_ASSERT_EQUAL_FATAL(recv(f.net_fd, bytes, sizeof(bytes), MSG_DONTWAIT), 100);
		CU_ASSERT_EQUAL(bytes[0], i);
	}
	CU_ASSERT_EQUAL(stat_get(&f.failed), 0);
	fixture_close(&f);
}

static void what_the_kernel_refuses_is_counted_and_the_next_passes(void)
{
	struct fixture f;
	struct sa net;
	uint8_t bytes[200];

	fixture_init(&f);
	f.echo = true;
	net = f.net;
	sa_set_port(&f.net, 0);
	net_send(&f, 0, 1, 100);
	rounds_run(&f, 1);
	CU_ASSERT_EQUAL(stat_get(&f.failed), 1);

	f.net = net;
	net_send(&f, 0, 2, 100);
	rounds_run(&f, 2);
	CU_ASSERT_EQUAL(recv(f.net_fd, bytes, sizeof(bytes), MSG_DONTWAIT), 100);
	CU_ASSERT_EQUAL(stat_get(&f.failed), 1);
	fixture_close(&f);
}

static const struct unit_test testv[] = {
	{"a packet comes with its source and its time", a_packet_comes_with_its_source_and_time},
	{"the longest packet is whole, a longer one is marked",
	 the_longest_packet_is_whole_and_a_longer_one_marked},
	{"a queue is read in batches and in order", a_queue_is_read_in_batches_and_in_order},
	{"a busy socket does not starve the other", a_busy_socket_does_not_starve_the_other},
	{"a socket removed as the round begins hands on nothing",
	 a_socket_removed_as_the_round_begins_hands_on_nothing},
	{"a packet that comes before its socket is known waits", a_packet_before_its_socket_is_known_waits},
	{"each write to the wake descriptor ends one wait", each_write_to_the_wake_descriptor_ends_one_wait},
	{"what is sent arrives in order", what_is_sent_arrives_in_order},
	{"what the kernel refuses is counted, and the next passes",
	 what_the_kernel_refuses_is_counted_and_the_next_passes},
	{NULL, NULL},
};

const struct unit_suite loop_epoll_suite = {"loop_epoll", testv};

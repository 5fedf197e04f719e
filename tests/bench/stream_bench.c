/**
 * @file stream_bench.c  What a relayed packet costs beside the kernel's work: judged, counted, addressed
 *
 * usage: stream_bench
 * One thread, no sockets: the engine only notes what it is given. CPU time, so that other work on the
 * machine disturbs little.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <re.h>
#include "stream.h"

enum { SIDES = 2, ROUNDS_WARM = 20, PACKETS = 4000000, HEADER_SIZE = 12, PACKET_SIZE = 172, RATE_MS = 20 };

struct io {
	struct io_sock *last; /* the last socket added */
	uint64_t sent;
};

/** One party's stream, and where its packets come in. */
struct party {
	struct stream *stream;
	struct io_sock *sock;
	struct port_pair pair;
	struct sa addr;
};

static int bench_add(struct io *io, struct io_sock *sock, int fd)
{
	(void)fd;
	if (!io->last)
		io->last = sock;

	return 0;
}

static void bench_remove(struct io *io, struct io_sock *sock)
{
	(void)io;
	(void)sock;
}

static void bench_send(struct io *io, const struct io_sock *sock, const struct io_packet *pkt,
		       const struct sa *dst)
{
	(void)sock;
	(void)pkt;
	(void)dst;
	++io->sent;
}

static const struct io_engine bench_engine = {
	.name = "bench",
	.add = bench_add,
	.remove = bench_remove,
	.send = bench_send,
};

static void party_init(struct party *p, struct stream_env *env, uint32_t n)
{
	struct stream_announce ann;

	if (stream_alloc(&p->stream))
		exit(1);

	(void)sa_set_str(&p->addr, "10.0.0.1", (uint16_t)(1024 + n % 60000));
	p->pair.fdv[0] = p->pair.fdv[1] = 1;
	env->io->last = NULL;
	(void)stream_watch(p->stream, env, &p->pair);
	(void)stream_bind(p->stream, env, &p->pair);
	p->sock = env->io->last;

	memset(&ann, 0, sizeof(ann));
	ann.rtp = ann.final = true;
	ann.payloads.ptv[0] = 0x101;
	ann.addrv[STREAM_RTP] = ann.addrv[STREAM_RTCP] = p->addr;
	stream_announce(p->stream, env, &ann);
}

static struct party *parties_init(struct stream_env *env, uint32_t calls)
{
	struct party *partyv = calloc((size_t)calls * SIDES, sizeof(*partyv));
	uint32_t i;

	if (!partyv)
		exit(1);

	for (i = 0; i < calls * SIDES; i++)
		party_init(&partyv[i], env, i);

	for (i = 0; i < calls * SIDES; i++)
		stream_link(partyv[i].stream, partyv[i ^ 1].stream);

	return partyv;
}

static void parties_close(struct party *partyv, struct stream_env *env, uint32_t calls)
{
	uint32_t i;

	for (i = 0; i < calls * SIDES; i++)
		(void)stream_detach(partyv[i].stream, env);
	for (i = 0; i < calls * SIDES; i++)
		mem_deref(partyv[i].stream);

	free(partyv);
}

/* Each party sends its packet of this 20 ms. */
static void round_run(struct party *partyv, struct stream_env *env, uint32_t calls, uint32_t round)
{
	const uint16_t seq = htons((uint16_t)round);
	const uint32_t timestamp = htonl(round * 160);
	uint8_t bytes[PACKET_SIZE + IO_TAIL_ROOM] = {0x80};
	uint32_t i;

	memset(bytes + HEADER_SIZE, 0x55, PACKET_SIZE - HEADER_SIZE);
	memcpy(bytes + 2, &seq, sizeof(seq));
	memcpy(bytes + 4, &timestamp, sizeof(timestamp));

	for (i = 0; i < calls * SIDES; i++) {

		struct io_packet pkt = {.p = bytes, .len = PACKET_SIZE};

		pkt.src = partyv[i].addr;
		pkt.now_us = 1000000 + (uint64_t)round * RATE_MS * 1000;
		memcpy(bytes + 8, &i, sizeof(i));
		stream_receive(partyv[i].sock, &pkt, env);
	}
}

static double cpu_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void measure(uint32_t calls)
{
	const struct ports_config cfg = {.port_min = 20000, .port_max = 29999};
	struct stats_worker stats = {0};
	struct io io = {0};
	struct stream_env env = {.engine = &bench_engine, .io = &io, .stats = &stats};
	struct ports *ports;
	struct party *partyv;
	uint32_t round;
	double begin_ns;

	if (ports_alloc(&ports, &cfg))
		exit(1);

	env.ports = ports;
	partyv = parties_init(&env, calls);

	for (round = 0; round < ROUNDS_WARM; round++)
		round_run(partyv, &env, calls, round);

	io.sent = 0;
	begin_ns = cpu_ns();
	for (; io.sent < PACKETS && round < 1 << 24; round++)
		round_run(partyv, &env, calls, round);

	(void)printf("%6u calls: %5.0f ns CPU per packet\n", calls,
		     (cpu_ns() - begin_ns) / (double)(io.sent ? io.sent : 1));

	parties_close(partyv, &env, calls);
	mem_deref(ports);
}

int main(void)
{
	static const uint32_t callv[] = {100, 1000, 5000, 20000};
	size_t i;

	if (libre_init())
		return 1;

	for (i = 0; i < ARRAY_SIZE(callv); i++)
		measure(callv[i]);

	libre_close();

	return 0;
}

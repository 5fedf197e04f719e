/**
 * @file fuzz_rtp.c  Datagrams from the network through a whole stream: demultiplexing, latch, statistics, RTCP
 *
 * The input is a row of datagrams: one byte tells socket and source, one the length, then its bytes.
 */
#include <string.h>
#include <re.h>
#include "stream.h"

enum { SIDES = 2 };

struct io {
	struct io_sock *sockv[SIDES * STREAM_PARTS];
	unsigned sockc;
};

static int fuzz_add(struct io *io, struct io_sock *sock, int fd)
{
	io->sockv[io->sockc++] = sock;

	return 0;
}

static void fuzz_remove(struct io *io, struct io_sock *sock)
{
}

static void fuzz_send(struct io *io, const struct io_sock *sock, const struct io_packet *pkt,
		      const struct sa *dst)
{
}

static const struct io_engine fuzz_engine = {.name = "fuzz",
					     .add = fuzz_add,
					     .remove = fuzz_remove,
					     .send = fuzz_send};

static const struct ice_credentials ice = {.ufrag = "8hhYxxxx", .pwd = "asd88fgpdd777uzjYhagZabc"}, no_ice;

/* The first byte of the input says what was agreed upon. */
static void announce(struct stream *st, struct stream_env *env, unsigned side, uint8_t how)
{
	struct stream_announce ann;

	memset(&ann, 0, sizeof(ann));
	ann.rtp = how & 1;
	ann.secure = how & 2;
	ann.final = true;
	ann.payloads.ptv[0] = 0x101;
	(void)sa_set_str(&ann.addrv[STREAM_RTP], "10.0.0.1", (uint16_t)(4000 + 10 * side));
	(void)sa_set_str(&ann.addrv[STREAM_RTCP], "10.0.0.1", (uint16_t)(4001 + 10 * side));
	ann.rules.asymmetric = how & 8;
	ann.rules.strict = how & 16;
	ann.rules.handover = how & 32;
	stream_announce(st, env, &ann);
	stream_ice(st, how & 64 ? &ice : &no_ice);
}

enum { RESPONSE_ROOM = 64 }; /* a STUN response is written over its request */

/* The datagram is copied, so that a sanitizer sees every read behind its end. */
static void receive(struct stream_env *env, uint8_t how, const uint8_t *p, size_t len)
{
	struct io_packet pkt = {.len = len, .now_us = 1000000};
	const size_t room = len && p[0] <= 3 ? RESPONSE_ROOM : 0;
	uint8_t *copy = mem_alloc(len + room ? len + room : 1, NULL);
	char addr[32];

	memcpy(copy, p, len);
	pkt.p = copy;
	pkt.truncated = how & 0x80;
	(void)re_snprintf(addr, sizeof(addr), "10.0.0.%u", 1 + (how >> 2 & 1));
	(void)sa_set_str(&pkt.src, addr, (uint16_t)(4000 + (how >> 3 & 0xf)));
	stream_receive(env->io->sockv[how & 3], &pkt, env);
	mem_deref(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ports_config cfg = {.port_min = 20000, .port_max = 20001};
	static struct ports *ports;
	struct port_pair pairv[SIDES] = {{.fdv = {1, 2}}, {.fdv = {3, 4}}};
	struct stats_worker stats;
	struct io io = {.sockc = 0};
	struct stream_env env = {.engine = &fuzz_engine, .io = &io, .stats = &stats};
	struct stream *stv[SIDES] = {NULL, NULL};
	size_t pos = 1;
	unsigned i;

	if (!size || (!ports && ports_alloc(&ports, &cfg)))
		return 0;

	memset(&stats, 0, sizeof(stats));
	env.ports = ports;

	for (i = 0; i < SIDES; i++) {
		if (stream_alloc(&stv[i]))
			goto out;
		(void)stream_watch(stv[i], &env, &pairv[i]);
		(void)stream_bind(stv[i], &env, &pairv[i]);
		announce(stv[i], &env, i, data[0]);
	}

	stream_link(stv[0], stv[1]);
	if (!(data[0] & 4))
		stream_link(stv[1], stv[0]);

	while (pos + 2 <= size) {

		const size_t len = MIN((size_t)data[pos + 1], size - pos - 2);

		receive(&env, data[pos], data + pos + 2, len);
		pos += 2 + len;
	}

out:
	for (i = 0; i < SIDES; i++) {

		struct stream_view view;

		if (stv[i]) {
			stream_view(stv[i], &view);
			(void)stream_detach(stv[i], &env);
		}
		mem_deref(stv[i]);
	}

	return 0;
}

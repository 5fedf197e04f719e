/**
 * @file io.h  Datagram input and output of one worker; an engine is a row of functions
 *
 * Everything here runs in the worker's thread, but for `add`. A packet handed to the handler may be changed and
 * sent on in place; its bytes stay valid until the handler's engine flushes, after the handler returns.
 */
#ifndef TANDEM_IO_H
#define TANDEM_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <re.h>
#include "stats.h"

enum { IO_TAIL_ROOM = 64 }; /* behind each packet: what SRTP may add to it in place */

struct io;

/** A socket as the engine knows it, embedded in its owner's struct. */
struct io_sock {
	int fd;         /* -1: none */
	uint32_t round; /* the engine's: when it was last read */
};

struct io_packet {
	uint8_t *p;
	size_t len;
	struct sa src;
	bool truncated;  /* longer than the engine's buffers */
	uint64_t now_us; /* when it was read, monotonic */
};

typedef void(io_packet_h)(struct io_sock *sock, struct io_packet *pkt, void *arg);
typedef void(io_round_h)(void *arg);

struct io_handlers {
	io_packet_h *packeth;
	io_round_h *roundh; /* the wait is over: called before the packets it brought */
	void *arg;
};

struct io_engine {
	const char *name;

	/** A write to the eventfd `wake_fd` ends a wait; `failed` counts packets the kernel would not send. */
	int (*alloc)(struct io **iop, const struct io_handlers *h, int wake_fd, stat64_t *failed);

	/** Watch `fd` for `sock`, whose own fd the worker sets with the next jobs. Any thread. */
	int (*add)(struct io *io, struct io_sock *sock, int fd);

	void (*remove)(struct io *io, struct io_sock *sock);

	/** Queue a packet for sending; it goes out before its socket is removed, or when the handler returns. */
	void (*send)(struct io *io, const struct io_sock *sock, const struct io_packet *pkt,
		     const struct sa *dst);

	/** One round: wait at most `timeout_ms`, -1 for ever; then the round handler, then packets. */
	int (*run)(struct io *io, int timeout_ms);
};

extern const struct io_engine io_epoll;

#endif

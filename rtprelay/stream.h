/**
 * @file stream.h  One m-line being relayed: two sides, each with an RTP and an RTCP socket
 *
 *        side 0 (who offered the session first)          side 1
 *   peer <--> [RTP  socket, latch]  <--------->  [RTP  socket, latch] <--> peer
 *   peer <--> [RTCP socket, latch]  <--------->  [RTCP socket, latch] <--> peer
 *
 * A stream belongs to one worker's thread from the first stream_bind on until stream_detach; only
 * the functions marked "any thread" may be called from elsewhere.
 */
#ifndef TANDEM_STREAM_H
#define TANDEM_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>
#include "io.h"
#include "ports.h"
#include "sdp.h"
#include "stats.h"

enum { SIDES = 2 };
enum stream_part { STREAM_RTP, STREAM_RTCP, STREAM_PARTS };

struct stream;

/** What a stream needs of the worker it runs in. */
struct stream_env {
	const struct io_engine *engine;
	struct io *io;
	const struct ports *ports;
	struct stats_worker *stats;
};

/** What an SDP says of one side, and of the stream. */
struct stream_announce {
	bool rtp;                      /* RTP and RTCP, else plain datagrams */
	bool secure;                   /* SRTP */
	bool final;                    /* an answer: an offer alone only loosens what may pass */
	struct sa addrv[STREAM_PARTS]; /* where its party receives */
	bool mux;                      /* RTCP on the RTP port */
	bool anew;                     /* another party: forget who was latched */
	struct rsdp_payloads payloads;
};

/** mem_deref it after stream_detach. */
int stream_alloc(struct stream **stp);

/** Give a side its sockets; returns those it had, or NULL. */
struct port_pair *stream_bind(struct stream *st, struct stream_env *env, unsigned side,
			      struct port_pair *pair);

/** Tell where a side's party is. */
void stream_announce(struct stream *st, struct stream_env *env, unsigned side,
		     const struct stream_announce *ann);

/** Stop relaying; hands both sides' sockets back. */
void stream_detach(struct stream *st, struct stream_env *env, struct port_pair *pairv[SIDES]);

/** A packet has come in on one of a stream's sockets. */
void stream_receive(struct io_sock *sock, struct io_packet *pkt, struct stream_env *env);

/** One socket's peer and counts, as last published by the worker. */
struct stream_part_view {
	struct sa peer; /* no family: not known */
	bool latched;   /* learnt from packets, not only announced */
	uint64_t packets;
	uint64_t bytes;
	uint64_t errors;
};

struct stream_side_view {
	struct stream_part_view partv[STREAM_PARTS];
	uint64_t last_us; /* when its last packet came, monotonic; 0: none yet */
	uint64_t strangers;
	uint32_t ssrc;
	uint64_t lost; /* measured by us on RTP from this side */
	uint64_t jitter_us;
	uint64_t rtcp_lost; /* reported by this side's party about what we sent it */
	uint64_t rtcp_jitter_us;
	uint64_t round_trip_us;
};

/** What is known of a side. Any thread. */
void stream_view(const struct stream *st, unsigned side, struct stream_side_view *view);

/** When the last packet came from a side, monotonic us; 0: none yet. Any thread. */
uint64_t stream_last_us(const struct stream *st, unsigned side);

#endif

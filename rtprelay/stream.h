/**
 * @file stream.h  One party's m-line being relayed: its RTP and RTCP socket, and whose media goes where
 *
 *        the caller's stream                                a callee's stream
 *   peer <--> [RTP  socket, latch]  -------- to ------->  [RTP  socket, latch] <--> peer
 *   peer <--> [RTCP socket, latch]  <------- to --------  [RTCP socket, latch] <--> peer
 *
 * What comes in from a party goes out on the sockets of the stream `to`. Where a call was forked, the
 * streams of several callees lead to the caller's, which leads to one of them; the others' packets are
 * dropped until they are the one.
 *
 * A stream belongs to one worker's thread from the first stream_bind on until stream_detach; only
 * the functions marked "any thread" may be called from elsewhere.
 */
#ifndef TANDEM_STREAM_H
#define TANDEM_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <re.h>
#include "ice.h"
#include "io.h"
#include "latch.h"
#include "ports.h"
#include "sdp.h"
#include "srtp.h"
#include "stats.h"

enum stream_part { STREAM_RTP, STREAM_RTCP, STREAM_PARTS };

struct stream;

/** What a stream needs of the worker it runs in. */
struct stream_env {
	const struct io_engine *engine;
	struct io *io;
	const struct ports *ports;
	struct stats_worker *stats;
};

/** What an SDP says of the party. */
struct stream_announce {
	bool rtp;                      /* RTP and RTCP, else plain datagrams */
	bool secure;                   /* SRTP between the parties, which we have no keys for */
	bool final;                    /* an answer: an offer alone only loosens what may pass */
	struct sa addrv[STREAM_PARTS]; /* where it receives */
	bool mux;                      /* RTCP on the RTP port */
	bool anew;                     /* another party: forget who was latched */
	struct latch_rules rules;
	bool hairpin; /* it may be one of our own ports, which then sends to us, too */
	struct rsdp_payloads payloads;
};

/** SRTP between a party and us; plain RTP is what goes on. */
struct stream_keys {
	bool srtp; /* packets from it that do not prove authentic are dropped, also while there is no key */
	struct rsrtp *rx; /* of what it sends; NULL: as before, or none yet */
	struct rsrtp *tx; /* of what it is sent */
};

/** What an operator asked to be done to the media of a party. */
struct stream_control {
	bool block;   /* drop RTP but telephone-events */
	bool silence; /* put silence in its place; drop what is not G.711 */
	bool no_dtmf; /* drop telephone-events (RFC 4733) */
};

/** mem_deref it after stream_detach. */
int stream_alloc(struct stream **stp);

/** Have the sockets watched that stream_bind gives it next. Any thread; after an error they are to be closed. */
int stream_watch(struct stream *st, const struct stream_env *env, const struct port_pair *pair);

/** Give it its sockets; returns those it had, or NULL. */
struct port_pair *stream_bind(struct stream *st, struct stream_env *env, struct port_pair *pair);

/** Tell where its party is. */
void stream_announce(struct stream *st, struct stream_env *env, const struct stream_announce *ann);

/** What comes in from its party goes out on the sockets of `to`; NULL: nowhere. */
void stream_link(struct stream *st, struct stream *to);

void stream_control(struct stream *st, const struct stream_control *control);

/**
 * Switch SRTP on, to other keys, or off. Takes over the references in `keys`, and leaves there those it has
 * no more use for. A new key for what comes in follows the old one: both are taken until it is used.
 */
void stream_secure(struct stream *st, struct stream_keys *keys);

/** Answer connectivity checks made with these credentials; none any more where `own` is empty. */
void stream_ice(struct stream *st, const struct ice_credentials *own);

/**
 * Nothing has gone to its party for a while: send something that keeps a NAT's binding and is no media.
 *
 * Of what RFC 6263 lists, an empty datagram (4.1): it needs no SSRC of ours, no payload type and no key, and
 * receivers pass over it. Where there is ICE a STUN Binding indication (RFC 8445 section 11).
 *
 * @param before_us  to each socket's peer that nothing was sent to since then
 * @param now_us     monotonic
 */
void stream_keepalive(struct stream *st, struct stream_env *env, uint64_t before_us, uint64_t now_us);

/** Stop relaying, in both directions; hands the sockets back. mem_deref then frees the rest. */
struct port_pair *stream_detach(struct stream *st, struct stream_env *env);

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

struct stream_view {
	struct stream_part_view partv[STREAM_PARTS];
	uint64_t last_us; /* when its last packet came, monotonic; 0: none yet */
	uint64_t strangers;
	struct stats_figures source; /* measured by us on RTP from its party */
	uint64_t rtcp_lost;          /* reported by its party about what we sent it */
	uint64_t rtcp_jitter_us;
	uint64_t round_trip_us;
};

/**
 * What was measured on RTP from its party, and the round-trip time between it and us in us, 0 where RTCP
 * told none. Any thread.
 */
void stream_figures(const struct stream *st, struct stats_figures *figures, uint32_t *round_trip_us);

/** What is known of its party. Any thread. */
void stream_view(const struct stream *st, struct stream_view *view);

/** When the last packet came, monotonic us; 0: none yet. Any thread. */
uint64_t stream_last_us(const struct stream *st);

/** When its party was last sent anything on this socket, monotonic us; 0: never. Any thread. */
uint64_t stream_sent_us(const struct stream *st, enum stream_part part);

#endif

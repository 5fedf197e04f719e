/**
 * @file stream_core.h  A stream from inside: what stream.c (what it is told) and passage.c (its packets) share
 */
#ifndef TANDEM_STREAM_CORE_H
#define TANDEM_STREAM_CORE_H

#include <re.h>
#include "ice.h"
#include "latch.h"
#include "packet.h"
#include "peer.h"
#include "rtcp.h"
#include "stream.h"

struct stream_sock {
	struct io_sock io; /* first: the engine knows this part */
	struct stream *stream;
	uint8_t part;
};

/** What is published for other threads about one socket. */
struct part_shared {
	struct peer peer;
	_Atomic(bool) latched;
	struct stats_count count;
	stat64_t sent_us; /* when its peer was last sent anything, or there was none to keep alive */
};

struct stream {
	struct stream *to;
	struct le le;      /* to->froml */
	struct list froml; /* streams that lead here */

	struct stream_sock sockv[STREAM_PARTS];
	struct latch latchv[STREAM_PARTS];
	struct ice ice;
	struct port_pair *pair;
	bool rtp;
	bool secure;
	bool mux;
	bool hairpin;
	struct stream_control control;
	bool controlled; /* any of it */
	struct stream_keys keys;
	struct rsdp_payloads payloads; /* which its party takes */
	uint8_t pt;                    /* of its last packet */
	uint32_t rate_hz;              /* of that payload type */
	struct rtcp_passed passed;     /* sender reports sent on to it */

	struct part_shared sharedv[STREAM_PARTS];
	struct stats_source source;
	stat64_t last_us;
	stat64_t strangers;
	stat64_t rtcp_lost;
	stat64_t rtcp_jitter_us;
	stat64_t round_trip_us;
};

/** Let other threads see whom a socket sends to. */
void stream_publish(struct stream *st, unsigned part);

/** Send to a party, from the socket it knows us by. */
void stream_send(struct stream *st, struct stream_env *env, unsigned part, const struct io_packet *pkt,
		 const struct sa *dst);

#endif

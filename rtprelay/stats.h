/**
 * @file stats.h  What the relay counts: plain counters, and loss and jitter as RFC 3550 measures them
 *
 * Every counter has one writer, the worker that owns the stream, and is read at any time by the
 * control thread: relaxed atomics, no lock, no read-modify-write.
 */
#ifndef TANDEM_STATS_H
#define TANDEM_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "packet.h"

typedef _Atomic(uint64_t) stat64_t;

static inline uint64_t stat_get(const stat64_t *stat)
{
	return atomic_load_explicit(stat, memory_order_relaxed);
}

static inline void stat_set(stat64_t *stat, uint64_t val)
{
	atomic_store_explicit(stat, val, memory_order_relaxed);
}

static inline void stat_add(stat64_t *stat, uint64_t val)
{
	stat_set(stat, stat_get(stat) + val);
}

/** What came in on one socket from its peer. */
struct stats_count {
	stat64_t packets;
	stat64_t bytes;  /* of UDP payload */
	stat64_t errors; /* malformed, or could not be sent on */
};

/** Why a packet was not passed on. */
enum stats_drop {
	DROP_NONE,
	DROP_STRANGER,  /* not from the peer, nor from one who could be */
	DROP_OWN,       /* from one of our own media ports: a loop */
	DROP_MALFORMED, /* RTP or RTCP that is not */
	DROP_NOT_MEDIA, /* STUN, DTLS and other bytes where only RTP belongs */
	DROP_TRUNCATED, /* longer than any sane packet */
	DROP_NO_TARGET, /* the other side's address is not known yet, or it is on hold */
	DROP_INACTIVE,  /* from a fork that is not the one the caller hears */
	DROP_BLOCKED,   /* because a client asked for it */
	DROP_REASONC,
};

/** What one worker has done, in all its streams. */
struct stats_worker {
	stat64_t packets; /* passed on */
	stat64_t bytes;
	stat64_t failed; /* the kernel would not send */
	stat64_t dropv[DROP_REASONC];
};

const char *stats_drop_name(enum stats_drop reason);

/** One RTP source as its receiver sees it (RFC 3550 appendix A.1, A.3, A.8). */
struct stats_source {
	stat64_t ssrc;
	stat64_t lost; /* never below 0: duplicates do not make good for losses elsewhere */
	stat64_t jitter_us;

	/* the rest belongs to the worker alone */
	bool seen;
	uint16_t max_seq;
	uint32_t cycles; /* sequence number wraps, in units of 65536 */
	uint32_t base_seq;
	uint32_t bad_seq; /* the sequence number that would prove that the sender restarted */
	uint32_t received;
	uint64_t lost_before; /* by earlier sources of this stream */
	uint32_t transit;
	bool transit_known;
	uint32_t timestamp;
	uint32_t jitter16; /* timestamp units, times 16 */
	uint8_t pt;
};

/**
 * Take account of a packet.
 *
 * @param rate_hz  RTP clock rate of its payload type; 0: unknown or not to be measured (telephone-event)
 * @param now_us   when it arrived, monotonic
 */
void stats_source_update(struct stats_source *src, const struct packet_rtp *rtp, uint32_t rate_hz,
			 uint64_t now_us);

#endif

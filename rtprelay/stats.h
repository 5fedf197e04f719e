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
	DROP_STRANGER,      /* not from the peer, nor from one who could be */
	DROP_OWN,           /* from one of our own media ports: a loop */
	DROP_MALFORMED,     /* RTP or RTCP that is not */
	DROP_NOT_MEDIA,     /* STUN, DTLS and other bytes where only RTP belongs */
	DROP_TRUNCATED,     /* longer than any sane packet */
	DROP_NOT_AUTHENTIC, /* SRTP that is forged, or under another key */
	DROP_REPLAYED,      /* SRTP that was seen before */
	DROP_NO_KEY,        /* SRTP whose key is not known yet, or worn out */
	DROP_UNPROVEN,      /* the first packet of an unknown host: its second will tell */
	DROP_CHECK,         /* a STUN check of ICE: answered, not relayed */
	DROP_KEEPALIVE,     /* an empty datagram (RFC 6263 section 4.1) */
	DROP_NO_TARGET,     /* the other side's address is not known yet, or it is on hold */
	DROP_INACTIVE,      /* from a fork that is not the one the caller hears */
	DROP_BLOCKED,       /* because a client asked for it */
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

/**
 * RTP from one party, as its receiver would see it. Sums go on over a new SSRC or a restart of the sender.
 *
 * `window` remembers which of the newest 64 packets have come, the newest at bit 0. What is still missing
 * when it leaves the window counts into bursts; `lost` counts it at once and takes it back when it comes.
 *
 *       lost for good |<------------- window, 64 packets ------------->|
 *       .. 1 0 0 1 1 1  1 1 1 1 0 1 1 ...                    1 1 0 1 1 1  <- max_seq
 */
struct stats_source {
	stat64_t ssrc;
	stat64_t expected; /* by sequence numbers */
	stat64_t received; /* of these; duplicates do not make good for losses */
	stat64_t duplicates;
	stat64_t reordered; /* came after one that was sent later */
	stat64_t silent;    /* carried silence */
	stat64_t heard_us;  /* when the last one came, monotonic */
	stat64_t sound_us;  /* when one last carried anything else, monotonic */
	stat64_t window;
	stat64_t bursts;     /* runs of lost packets, of one packet or more, that have left the window */
	stat64_t burst_lost; /* packets lost in them */
	stat64_t burst_max;  /* the longest */
	stat64_t burst_open; /* packets missing in a row where the window begins; 0: the last one came */
	stat64_t jitter16;   /* RFC 3550 A.8, in timestamp units, times 16 */
	stat64_t format;     /* payload type, clock rate and packet time: stats_figures */

	/* the rest belongs to the worker alone */
	bool seen;
	bool transit_known;
	uint16_t max_seq;
	uint8_t pt;
	uint8_t step_votes; /* for `step` as the usual one, by majority of the recent ones */
	uint32_t bad_seq;   /* the sequence number that would prove that the sender restarted */
	uint32_t span;      /* packets from the first of this source to the newest */
	uint32_t transit;
	uint32_t timestamp; /* of max_seq */
	uint32_t step;      /* timestamp units from one packet to the next */
};

/** A packet as it counts. */
struct stats_packet {
	const struct packet_rtp *rtp;
	uint32_t rate_hz; /* clock of its payload type; 0: unknown, or not to be measured (telephone-event) */
	bool silent;      /* it carries silence: packet_is_silence */
	uint64_t now_us;  /* when it arrived, monotonic */
};

/** Take account of a packet. The worker that owns the source. */
void stats_source_update(struct stats_source *src, const struct stats_packet *pkt);

/** What a source has come to. */
struct stats_figures {
	uint32_t ssrc;
	uint64_t expected;
	uint64_t received;
	uint64_t lost;
	uint64_t duplicates;
	uint64_t reordered;
	uint64_t silent;
	uint64_t bursts;     /* also those inside the window */
	uint64_t burst_lost; /* over bursts: how long they were on average */
	uint64_t burst_max;
	uint64_t heard_us; /* when its last packet came, monotonic; 0: never */
	uint64_t sound_us; /* when it was last heard to be more than silence, monotonic; 0: never */
	uint32_t jitter_us;
	uint32_t rate_hz;  /* clock of its last packet with a known one; 0: none yet */
	uint32_t ptime_us; /* what most of its packets carry; 0: not known */
	uint8_t pt;        /* of the last packet with a known clock */
};

/** Any thread. */
void stats_source_read(const struct stats_source *src, struct stats_figures *figures);

#endif

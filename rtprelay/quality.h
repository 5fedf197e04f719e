/**
 * @file quality.h  How a party's media sounded: rated every ten seconds, and over the whole call
 *
 * Fed with a stream's figures once a second; of fixed size, whatever the call's length: the progression
 * has at most QUALITY_ENTRIES entries, and when it is full each two become one that is twice as long.
 * Control thread only.
 */
#ifndef TANDEM_QUALITY_H
#define TANDEM_QUALITY_H

#include <stdbool.h>
#include <stdint.h>
#include "emodel.h"
#include "stats.h"

enum {
	QUALITY_INTERVAL_MS = 10000,
	QUALITY_ENTRIES = 24,
	QUALITY_PACKETS_MIN = 25, /* fewer say nothing of a quality */
};

/** What is known when a stream is looked at. */
struct quality_input {
	const struct stats_figures *figures;
	const struct emodel_codec *codec; /* NULL: not known, so not rated */
	uint32_t round_trip_us;           /* of both halves of the way, as far as RTCP told; 0: nothing */
	uint64_t now_ms;                  /* monotonic */
};

/** A stretch of a call. */
struct quality_entry {
	uint16_t mos_x100;   /* 0: not rated: nothing was sent, or in no known codec */
	uint16_t loss_x100;  /* percent times 100 */
	uint16_t jitter_x10; /* milliseconds times 10 */
	uint16_t round_trip_ms;
};

/** An interval worth remembering, and when it ended. */
struct quality_mark {
	struct quality_entry entry;
	uint64_t at_ms;
};

struct quality {
	uint64_t start_ms; /* when the first packet was seen; 0: none yet */
	struct {
		uint64_t start_ms;
		uint64_t expected, lost, bursts, burst_lost; /* at its start */
		uint64_t jitter_sum_us;
		uint32_t jitterc;
	} open;            /* the interval under way */
	double rating_sum; /* of rated intervals, by packets */
	double packets;
	uint64_t jitter_sum_us;
	uint32_t jitterc;
	uint32_t jitter_max_us;
	uint32_t ratedc;
	struct quality_mark lowest, highest;
	uint16_t span;   /* intervals an entry stands for */
	uint16_t filled; /* of them in the last entry */
	uint16_t entryc;
	struct quality_entry entryv[QUALITY_ENTRIES];
};

/** Look at the stream. True if an interval ended with this look: it is in `ended`. */
bool quality_sample(struct quality *q, const struct quality_input *in, struct quality_entry *ended);

/** The whole call so far, the interval under way included. */
struct quality_report {
	unsigned mos_x100;   /* of the mean rating; 0: not rated */
	unsigned rating_x10; /* R of 0 to 100, times 10 */
	unsigned samples;    /* intervals it is the mean of */
	unsigned loss_x100;
	unsigned burst_ratio_x100;
	uint32_t jitter_us; /* mean */
	uint32_t jitter_max_us;
	struct quality_mark lowest, highest;
	const struct quality_entry *entryv; /* progression */
	unsigned entryc;
	unsigned entry_s; /* length of an entry */
	uint64_t start_ms;
};

void quality_read(const struct quality *q, const struct quality_input *in, struct quality_report *report);

#endif

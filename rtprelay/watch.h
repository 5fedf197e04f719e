/**
 * @file watch.h  Looks at every audio m-line once a second: rates it, and tells when it goes wrong
 *
 * - One-way: packets come from the other party, and none from this one, though it may send and the other
 *   one listens; or this one's packets never carried anything but silence, while the other one's did.
 *   A party whose last packet was a silence descriptor or comfort noise may be silent (DTX).
 * - Bad quality: the MOS of an interval (quality.h) is under the limit. It ends with a better interval.
 *
 * Control thread only.
 */
#ifndef TANDEM_WATCH_H
#define TANDEM_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include "codec.h"
#include "quality.h"

struct party;
struct session;

struct watch_config {
	uint32_t mos_min_x100; /* 0: bad quality is not told */
	uint32_t one_way_s;    /* 0: one-way audio is not told */
	bool plc;              /* receivers conceal losses of G.711 */
};

/** What is known of an m-line, in struct media. */
struct watch {
	struct quality quality;
	const char *one_way; /* why nobody hears the party; NULL: all is well */
	bool bad;
};

/** An m-line of a party went wrong, or is well again. */
struct watch_event {
	const char *event; /* "one-way", "bad-quality" */
	bool began;
	const char *cause; /* of one-way: "no packets", "silence" */
	const struct party *party;
	unsigned index;               /* of the m-line, from 0 */
	struct quality_entry quality; /* of the last interval */
};

/** Once a second. Calls sessions_config.watchh. */
void watch_session(struct session *s, uint64_t now_ms);

/** What to say of an m-line now. */
struct watch_report {
	struct stats_figures figures;
	struct quality_report quality;
	enum codec codec;
	uint32_t round_trip_us; /* of the whole way; 0: not known */
};

void watch_read(const struct session *s, const struct party *p, unsigned index, uint64_t now_ms,
		struct watch_report *report);

#endif

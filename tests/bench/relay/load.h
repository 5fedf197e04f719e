/**
 * @file load.h  RTP load: streams sent at an even pace over a few sockets, and what comes of them
 */
#ifndef TANDEM_BENCH_LOAD_H
#define TANDEM_BENCH_LOAD_H

#include <stdint.h>
#include <re.h>

enum { LOAD_SOCKETS = 8, LOAD_PACKET_SIZE = 172, LOAD_PERIOD_MS = 20, LOAD_DELAY_MAX_US = 1000000 };

struct load;

/** What happened in a measured window. */
struct load_result {
	uint64_t sent;
	uint64_t received;
	uint32_t p50_us; /* from just before send(2) to just after receive(2) */
	uint32_t p99_us;
};

/** Open the sockets, on even loopback ports. */
int load_alloc(struct load **lp, unsigned streams);

/** The address a stream's packets come from, and to which its call's other stream should be sent. */
const struct sa *load_local(const struct load *l, unsigned stream);

/** Where a stream's packets go. */
void load_target_set(struct load *l, unsigned stream, uint16_t port);

/** Send and receive for `warm_s`, then for `measure_s`; the handlers run as the window opens and closes. */
int load_run(struct load *l, unsigned warm_s, unsigned measure_s, void (*h)(void *arg), void *arg,
	     struct load_result *result);

#endif

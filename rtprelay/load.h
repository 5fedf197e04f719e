/**
 * @file load.h  How busy the machine and the relay are, and whether that is too much for new calls
 */
#ifndef TANDEM_LOAD_H
#define TANDEM_LOAD_H

#include <stdint.h>
#include <re.h>
#include "config.h"

/** What has been relayed so far. */
struct load_total {
	uint64_t packets;
	uint64_t bytes;
	uint64_t errors;
};

struct load {
	uint32_t cpu_percent;   /* of all processors, over the last tick */
	double average;         /* of the last minute */
	struct load_total rate; /* a second, over the last tick */

	/* at the last tick */
	uint64_t at_ms;
	uint64_t busy;
	uint64_t idle;
	struct load_total total;
};

/** Measure; about once a second. */
void load_tick(struct load *load, const struct load_total *total, uint64_t now_ms);

/** Which limit of the configuration is exceeded, in rtpengine's words; NULL: none. */
const char *load_exceeds(const struct load *load, const struct config *cfg);

/** Processor time in the first line of /proc/stat, in ticks: spent, and idle. 0 or EBADMSG. */
int load_cpu_decode(const char *line, uint64_t *busy, uint64_t *idle);

#endif

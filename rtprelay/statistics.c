/**
 * @file statistics.c  The reply to NG statistics
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "relay.h"
#include "statistics.h"
#include "wheel.h"

struct sum {
	uint64_t packets;
	uint64_t bytes;
	uint64_t failed;
	uint64_t dropv[DROP_REASONC];
};

static void workers_sum(const struct relay *relay, struct sum *sum)
{
	unsigned i, reason;

	for (i = 0; i < relay->workerc; i++) {

		const struct stats_worker *stats = worker_stats(relay->workerv[i]);

		sum->packets += stat_get(&stats->packets);
		sum->bytes += stat_get(&stats->bytes);
		sum->failed += stat_get(&stats->failed);
		for (reason = 0; reason < DROP_REASONC; reason++)
			sum->dropv[reason] += stat_get(&stats->dropv[reason]);
	}
}

static void drops_write(struct bwriter *w, const struct sum *sum)
{
	unsigned reason;

	bwrite_dict(w, "drops");
	for (reason = DROP_NONE + 1; reason < DROP_REASONC; reason++)
		bwrite_int(w, stats_drop_name(reason), (int64_t)sum->dropv[reason]);
	bwrite_int(w, "send failed", (int64_t)sum->failed);
	bwrite_end_dict(w);
}

/* In pairs, for each address in use. */
static void ports_write(struct bwriter *w, const struct ports *ports)
{
	struct ports_count countv[PORTS_ADDR_MAX];
	const size_t n = ports_count(ports, countv, ARRAY_SIZE(countv));
	size_t i;

	bwrite_list(w, "ports");

	for (i = 0; i < n; i++) {

		char addr[64];

		(void)re_snprintf(addr, sizeof(addr), "%j", &countv[i].local);
		bwrite_dict(w, NULL);
		bwrite_str(w, "address", addr);
		bwrite_int(w, "pairs", countv[i].total);
		bwrite_int(w, "used", countv[i].used);
		bwrite_int(w, "quarantined", countv[i].quarantined);
		bwrite_int(w, "free", countv[i].total - countv[i].used - countv[i].quarantined);
		bwrite_end_dict(w);
	}

	bwrite_end_list(w);
}

static void workers_write(struct bwriter *w, const struct relay *relay)
{
	unsigned i;

	bwrite_list(w, "workers");

	for (i = 0; i < relay->workerc; i++) {

		bwrite_dict(w, NULL);
		bwrite_int(w, "streams", worker_load(relay->workerv[i]));
		bwrite_int(w, "packets", (int64_t)stat_get(&worker_stats(relay->workerv[i])->packets));
		bwrite_end_dict(w);
	}

	bwrite_end_list(w);
}

/* The second number of statm: resident pages. */
static int64_t memory_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	char line[128], *end = line;
	int64_t pages = 0;

	if (!f)
		return 0;

	if (fgets(line, sizeof(line), f)) {
		(void)strtoll(line, &end, 10);
		pages = strtoll(end, NULL, 10);
	}
	(void)fclose(f);

	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void control_write(struct bwriter *w, const struct relay *relay)
{
	struct ng_server_stats ng;

	ng_server_stats(relay->ng, &ng);

	bwrite_dict(w, "control");
	bwrite_int(w, "requests", (int64_t)ng.requests);
	bwrite_int(w, "repeated", (int64_t)ng.repeated);
	bwrite_int(w, "malformed", (int64_t)ng.malformed);
	bwrite_int(w, "unsent", (int64_t)ng.unsent);
	bwrite_end_dict(w);
}

void statistics_write(const struct relay *relay, struct bwriter *w)
{
	struct sessions_count sessions;
	struct sum sum = {.packets = 0};

	sessions_count(relay->sessions, &sessions);
	workers_sum(relay, &sum);

	bwrite_dict(w, "statistics");

	bwrite_dict(w, "currentstatistics");
	bwrite_int(w, "sessionsown", sessions.now);
	bwrite_int(w, "sessionstotal", sessions.now);
	bwrite_end_dict(w);

	bwrite_dict(w, "totalstatistics");
	bwrite_int(w, "uptime", (int64_t)((clock_mono_us() - relay->start_us) / 1000000));
	bwrite_int(w, "managedsessions", (int64_t)sessions.total);
	bwrite_int(w, "timeoutsessions", (int64_t)sessions.expired);
	bwrite_int(w, "silenttimeoutsessions", (int64_t)sessions.silent);
	bwrite_int(w, "relayedpackets", (int64_t)sum.packets);
	bwrite_int(w, "relayedbytes", (int64_t)sum.bytes);
	bwrite_end_dict(w);

	drops_write(w, &sum);
	ports_write(w, relay->ports);
	workers_write(w, relay);
	control_write(w, relay);
	bwrite_int(w, "memory-kb", memory_kb());

	bwrite_end_dict(w);
}

/**
 * @file statistics.c  The reply to NG statistics
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "ng_command.h"
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

void statistics_total(const struct relay *relay, struct load_total *total)
{
	struct sum sum = {.packets = 0};

	workers_sum(relay, &sum);
	total->packets = sum.packets;
	total->bytes = sum.bytes;
	total->errors = sum.failed + sum.dropv[DROP_MALFORMED] + sum.dropv[DROP_TRUNCATED] +
			sum.dropv[DROP_NOT_AUTHENTIC];
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

/* The same in rtpengine's keys: in ports. */
static void interface_write(struct bwriter *w, const struct ports_count *count, const struct config *cfg)
{
	const uint32_t used = 2 * (count->used + count->quarantined), total = 2 * count->total;
	const uint32_t per_mille = total ? (uint32_t)(used * 1000ULL / total) : 0;
	char text[64];

	(void)re_snprintf(text, sizeof(text), "%j", &count->local);
	bwrite_dict(w, NULL);
	bwrite_str(w, "name", text);
	bwrite_str(w, "address", text);
	bwrite_dict(w, "ports");
	bwrite_int(w, "min", cfg->rtp_port_min);
	bwrite_int(w, "max", cfg->rtp_port_max);
	bwrite_int(w, "used", used);
	(void)re_snprintf(text, sizeof(text), "%u.%u0", per_mille / 10, per_mille % 10);
	bwrite_str(w, "used_pct", text);
	bwrite_int(w, "free", total - used);
	bwrite_int(w, "totals", total);
	bwrite_end_dict(w);
	bwrite_end_dict(w);
}

static void interfaces_write(struct bwriter *w, const struct relay *relay)
{
	struct ports_count countv[PORTS_ADDR_MAX];
	const size_t n = ports_count(relay->ports, countv, ARRAY_SIZE(countv));
	size_t i;

	bwrite_list(w, "interfaces");
	for (i = 0; i < n; i++)
		interface_write(w, &countv[i], relay->cfg);
	bwrite_end_list(w);
}

static void control_write(struct bwriter *w, const struct relay *relay)
{
	struct ng_server_stats ng;

	ng_server_stats(relay->ng, &ng);

	bwrite_dict(w, "control");
	bwrite_int(w, "requests", (int64_t)ng.requests);
	bwrite_int(w, "repeated", (int64_t)ng.repeated);
	bwrite_int(w, "malformed", (int64_t)ng.malformed);
	bwrite_int(w, "forbidden", (int64_t)ng.forbidden);
	bwrite_int(w, "unknown", (int64_t)relay->unknown_flags);
	bwrite_int(w, "unsent", (int64_t)ng.unsent);
	bwrite_end_dict(w);
}

static void current_write(struct bwriter *w, const struct relay *relay, const struct sessions_count *sessions)
{
	bwrite_dict(w, "currentstatistics");
	bwrite_int(w, "sessionsown", sessions->now);
	bwrite_int(w, "sessionsforeign", 0);
	bwrite_int(w, "sessionstotal", sessions->now);
	bwrite_int(w, "transcodedmedia", 0);
	bwrite_int(w, "packetrate", (int64_t)relay->load.rate.packets);
	bwrite_int(w, "byterate", (int64_t)relay->load.rate.bytes);
	bwrite_int(w, "errorrate", (int64_t)relay->load.rate.errors);
	bwrite_int(w, "cpu-percent", relay->load.cpu_percent);
	bwrite_end_dict(w);
}

static void seconds_write(struct bwriter *w, const char *key, uint64_t ms)
{
	char text[32];

	(void)re_snprintf(text, sizeof(text), "%llu.%03llu000", ms / 1000, ms % 1000);
	bwrite_str(w, key, text);
}

static void total_write(struct bwriter *w, const struct relay *relay, const struct sessions_count *sessions)
{
	const uint64_t ended = sessions->total - sessions->now;
	struct load_total total;

	statistics_total(relay, &total);

	bwrite_dict(w, "totalstatistics");
	bwrite_int(w, "uptime", (int64_t)((clock_mono_us() - relay->start_us) / 1000000));
	bwrite_int(w, "managedsessions", (int64_t)sessions->total);
	bwrite_int(w, "rejectedsessions", (int64_t)relay->rejected);
	bwrite_int(w, "timeoutsessions", (int64_t)sessions->expired);
	bwrite_int(w, "silenttimeoutsessions", (int64_t)sessions->silent);
	bwrite_int(w, "finaltimeoutsessions", 0);
	bwrite_int(w, "offertimeoutsessions", (int64_t)sessions->unanswered);
	bwrite_int(w, "regularterminatedsessions", (int64_t)sessions->deleted);
	bwrite_int(w, "forcedterminatedsessions", 0);
	bwrite_int(w, "relayedpackets", (int64_t)total.packets);
	bwrite_int(w, "relayedpacketerrors", (int64_t)total.errors);
	bwrite_int(w, "relayedbytes", (int64_t)total.bytes);
	bwrite_int(w, "zerowaystreams", (int64_t)sessions->zeroway);
	bwrite_int(w, "onewaystreams", (int64_t)sessions->oneway);
	seconds_write(w, "avgcallduration", ended ? sessions->lasted_ms / ended : 0);
	seconds_write(w, "totalcallsduration", sessions->lasted_ms);
	bwrite_end_dict(w);
}

static void real_write(struct bwriter *w, const char *key, double value)
{
	char text[32];

	(void)re_snprintf(text, sizeof(text), "%.6f", value);
	bwrite_str(w, key, text);
}

static void mos_write(struct bwriter *w, const struct sessions_count *sessions)
{
	const double n = sessions->mosc ? (double)sessions->mosc : 1;
	const double sum = (double)sessions->mos_x100 / 100, sum2 = (double)sessions->mos2_x10000 / 10000;
	const double variance = sum2 / n - sum / n * (sum / n);

	bwrite_dict(w, "mos");
	real_write(w, "mos_total", sum);
	real_write(w, "mos2_total", sum2);
	bwrite_int(w, "mos_samples_total", (int64_t)sessions->mosc);
	real_write(w, "mos_average", sum / n);
	real_write(w, "mos_stddev", variance > 0 ? sqrt(variance) : 0);
	bwrite_end_dict(w);
}

void statistics_write(const struct relay *relay, struct bwriter *w)
{
	struct sessions_count sessions;
	struct sum sum = {.packets = 0};

	sessions_count(relay->sessions, &sessions);
	workers_sum(relay, &sum);

	bwrite_dict(w, "statistics");
	current_write(w, relay, &sessions);
	total_write(w, relay, &sessions);
	mos_write(w, &sessions);
	ng_command_statistics(relay, w);
	interfaces_write(w, relay);

	drops_write(w, &sum);
	ports_write(w, relay->ports);
	workers_write(w, relay);
	control_write(w, relay);
	bwrite_int(w, "memory-kb", memory_kb());

	bwrite_end_dict(w);
}

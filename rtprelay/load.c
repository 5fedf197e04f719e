/**
 * @file load.c  How busy the machine and the relay are, and whether that is too much for new calls
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "load.h"

enum { FIELDS = 8, FIELD_IDLE = 3, FIELD_IOWAIT = 4 }; /* user nice system idle iowait irq softirq steal */

int load_cpu_decode(const char *line, uint64_t *busy, uint64_t *idle)
{
	unsigned i;

	if (strncmp(line, "cpu ", 4))
		return EBADMSG;

	line += 4;
	*busy = *idle = 0;

	for (i = 0; i < FIELDS; i++) {

		char *end;
		const uint64_t ticks = strtoull(line, &end, 10);

		if (end == line)
			return i > FIELD_IDLE ? 0 : EBADMSG;

		*(i == FIELD_IDLE || i == FIELD_IOWAIT ? idle : busy) += ticks;
		line = end;
	}

	return 0;
}

static int cpu_read(uint64_t *busy, uint64_t *idle)
{
	FILE *f = fopen("/proc/stat", "re");
	char line[256];
	int err = ENOENT;

	if (!f)
		return err;

	if (fgets(line, sizeof(line), f))
		err = load_cpu_decode(line, busy, idle);
	(void)fclose(f);

	return err;
}

static void cpu_measure(struct load *load)
{
	uint64_t busy, idle, spent;

	if (cpu_read(&busy, &idle))
		return;

	spent = busy - load->busy + (idle - load->idle);
	if (spent && busy >= load->busy && idle >= load->idle)
		load->cpu_percent = (uint32_t)((busy - load->busy) * 100 / spent);

	load->busy = busy;
	load->idle = idle;
}

static uint64_t rate(uint64_t now, uint64_t before, uint64_t ms)
{
	return now > before ? (now - before) * 1000 / ms : 0;
}

void load_tick(struct load *load, const struct load_total *total, uint64_t now_ms)
{
	const uint64_t ms = now_ms - load->at_ms;

	if (load->at_ms && ms) {
		load->rate.packets = rate(total->packets, load->total.packets, ms);
		load->rate.bytes = rate(total->bytes, load->total.bytes, ms);
		load->rate.errors = rate(total->errors, load->total.errors, ms);
	}

	load->at_ms = now_ms;
	load->total = *total;
	cpu_measure(load);
	if (getloadavg(&load->average, 1) != 1)
		load->average = 0;
}

const char *load_exceeds(const struct load *load, const struct config *cfg)
{
	if (cfg->max_load && load->average > cfg->max_load)
		return "Load limit exceeded";

	if (cfg->max_cpu_percent && load->cpu_percent > cfg->max_cpu_percent)
		return "CPU usage limit exceeded";

	if (cfg->max_bandwidth_mbit && load->rate.bytes * 8 > cfg->max_bandwidth_mbit * 1000000ULL)
		return "Bandwidth limit exceeded";

	return NULL;
}

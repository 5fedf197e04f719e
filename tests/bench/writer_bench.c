/**
 * @file writer_bench.c  What a call's records cost: CPU of the loop's side and of the writer thread
 *
 * usage: writer_bench [--quick] [--json] [--rows N]   (N rows are written first, to give the indexes depth)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "store/writer.h"

enum {
	RATE = 1000, /* calls/s */
	TICK_MS = 10,
	HELD_MS = 200, /* a call that outlives its batch */
	RING = 4096,   /* calls up at once, at most */
};

struct bench {
	struct writer *writer;
	char dir[64];
	bool json;
	unsigned calls;
};

struct cpu {
	double loop_us, all_us;
};

static double usage_us(int who)
{
	struct rusage ru;

	(void)getrusage(who, &ru);

	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1e6 +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
}

static struct cpu cpu_now(void)
{
	return (struct cpu){usage_us(RUSAGE_THREAD), usage_us(RUSAGE_SELF)};
}

static void report(const struct bench *b, const char *metric, double value, const char *unit,
		   const char *what)
{
	if (b->json)
		(void)printf("{\"bench\":\"writer\",\"metric\":\"%s\",\"value\":%.2f,\"unit\":\"%s\","
			     "\"at\":{\"calls\":\"%s\",\"cps\":%d}}\n",
			     metric, value, unit, what, RATE);
	else
		(void)printf("%-28s %-24s %10.2f %s\n", what, metric, value, unit);
}

static void must(int err, const char *what)
{
	if (!err)
		return;

	(void)re_fprintf(stderr, "writer_bench: %s: %m\n", what, err);
	exit(1);
}

static void set(char **field, const char *fmt, unsigned n)
{
	char text[128];

	(void)re_snprintf(text, sizeof(text), fmt, n);
	must(cdr_set_str(field, text), "cdr_set");
}

static struct cdr *cdr_make(unsigned n)
{
	struct cdr *cdr;

	must(cdr_alloc(&cdr, "bench-node"), "cdr_alloc");
	set(&cdr->a_call_id, "%08x-3f1c8a90-12345@192.0.2.10", n * 2654435761u);
	set(&cdr->src_trunk, "pbx", n);
	set(&cdr->account, "account-%u", n % 100);
	set(&cdr->caller, "8621%07u", n % 10000);
	set(&cdr->callee, "86138%08u", n * 7919u % 100000000);
	set(&cdr->caller_in, "+8621%07u", n % 10000);
	set(&cdr->callee_in, "0138%08u", n * 7919u % 100000000);
	set(&cdr->a_src, "udp:192.0.2.10:%u", 5060);
	set(&cdr->a_user_agent, "Example PBX 4.%u", n % 10);
	cdr->start_us = clock_wall_us();

	return cdr;
}

static void cdr_finish(struct cdr *cdr, unsigned n)
{
	cdr->ring_us = cdr->start_us + 1000;
	cdr->answer_us = cdr->start_us + 2000;
	cdr->pdd_ms = cdr->ring_ms = 1;
	cdr->sip_code = 200;
	set(&cdr->b_call_id, "%08x-b1e9-54321@198.51.100.1", n * 2654435761u);
	set(&cdr->dst_trunk, "ims-%u", n % 4);
	set(&cdr->attempts, "[{\"trunk\":\"ims-a\",\"code\":200,\"ms\":3}]", n);
	set(&cdr->a_codec, "PCMA/8000", n);
	set(&cdr->b_codec, "PCMA/8000", n);
	set(&cdr->b_dst, "udp:198.51.100.7:5060", n);
	set(&cdr->release_tag, "bye", n);
	set(&cdr->reason, "OK", n);
	cdr->disposition = CDR_ANSWERED;
	cdr->released_by = CDR_CALLER;
	cdr->end_us = cdr->answer_us + 200000;
	cdr->duration_ms = 200;
	cdr->a = cdr->b =
		(struct cdr_media){.rx_packets = 10, .rx_bytes = 1720, .jitter_us = 300, .mos_x100 = 430};
}

static void wait_written(struct bench *b)
{
	struct writer_stats stats;

	do {
		sys_msleep(1);
		writer_stats(b->writer, &stats);
	} while (stats.spool_used);
}

/* Calls at a steady rate, each up for `held_ms`; all CDRs are made before, so that only records cost. */
static void bench_rate(struct bench *b, unsigned held_ms, const char *what)
{
	const unsigned n = b->calls, per_tick = RATE * TICK_MS / 1000, lag = held_ms / TICK_MS * per_tick;
	struct cdr **cdrv = calloc(n, sizeof(*cdrv));
	struct writer_stats before, after;
	struct cpu start, end;
	unsigned i, tick;

	for (i = 0; i < n; i++) {
		cdrv[i] = cdr_make(i);
		cdr_finish(cdrv[i], i);
	}

	writer_stats(b->writer, &before);
	start = cpu_now();

	for (tick = 0; tick * per_tick < n + lag; tick++) {

		for (i = tick * per_tick; i < (tick + 1) * per_tick; i++) {
			if (i < n) {
				must(writer_call_open(b->writer, cdrv[i]), "open");
				must(writer_call_answer(b->writer, cdrv[i]), "answer");
			}
			if (i >= lag && i - lag < n)
				must(writer_call_close(b->writer, cdrv[i - lag]), "close");
		}
		sys_msleep(TICK_MS);
	}

	wait_written(b);
	end = cpu_now();
	writer_stats(b->writer, &after);

	report(b, "cpu_us_per_call", (end.all_us - start.all_us) / n, "us", what);
	report(b, "cpu_us_per_call_loop", (end.loop_us - start.loop_us) / n, "us", what);
	report(b, "records_per_commit",
	       (double)(after.records - before.records) / (double)(after.commits - before.commits), "records",
	       what);

	for (i = 0; i < n; i++)
		mem_deref(cdrv[i]);
	free(cdrv);
}

/* Short calls as fast as the spool takes them. */
static void bench_flat_out(struct bench *b, unsigned n, const char *what)
{
	const struct cpu cpu = cpu_now();
	const uint64_t start_us = clock_mono_us();
	struct cdr *cdr;
	double us;
	unsigned i;

	for (i = 0; i < n; i++) {

		cdr = cdr_make(i);
		while (!writer_ready(b->writer))
			sys_msleep(1);
		must(writer_call_open(b->writer, cdr), "open");
		cdr_finish(cdr, i);
		must(writer_call_answer(b->writer, cdr), "answer");
		must(writer_call_close(b->writer, cdr), "close");
		mem_deref(cdr);
	}

	wait_written(b);
	us = (double)(clock_mono_us() - start_us);

	if (!what)
		return;

	report(b, "rows_per_second", n / us * 1e6, "rows/s", what);
	report(b, "cpu_us_per_call", (cpu_now().all_us - cpu.all_us) / n, "us", what);
}

static void bench_run(struct bench *b, unsigned rows)
{
	char errstr[512];

	must(mkdtemp(b->dir) ? 0 : errno, "mkdtemp");
	if (writer_alloc(&b->writer, b->dir, "bench-node", errstr, sizeof(errstr))) {
		(void)fprintf(stderr, "writer_bench: %s\n", errstr);
		exit(1);
	}

	if (rows)
		bench_flat_out(b, rows, NULL);
	bench_rate(b, 0, "short calls");
	bench_rate(b, HELD_MS, "calls held 200 ms");
	bench_flat_out(b, 4 * b->calls, "short calls, flat out");

	mem_deref(b->writer);
}

int main(int argc, char *argv[])
{
	struct bench b = {.dir = "writer-bench-XXXXXX", .calls = 10 * RATE};
	char command[128];
	unsigned rows = 0;
	int i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--quick"))
			b.calls = 3 * RATE;
		else if (!strcmp(argv[i], "--json"))
			b.json = true;
		else if (!strcmp(argv[i], "--rows") && i + 1 < argc)
			rows = (unsigned)strtoul(argv[++i], NULL, 10);
		else
			return fprintf(stderr, "usage: writer_bench [--quick] [--json] [--rows N]\n"), 2;
	}

	must(libre_init(), "libre_init");
	log_init("writer_bench", LOG_TEXT, LOG_WARN);
	bench_run(&b, rows);
	libre_close();

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", b.dir);

	return system(command) ? 1 : 0;
}

/**
 * @file write_load.c  Charged calls through the writer: at a steady rate, or as many as it takes
 *
 * usage: write_load DIR CPS SECONDS      0 calls/s: as fast as it goes
 *
 * Each call is four records (opening, hold, answer, end) and outlives a group commit, so that it leaves a CDR, three
 * events and three entries in the ledger, and a row that comes and goes in open_call and in hold. What is queued is
 * looked at a hundred times a second: records handed over that are in no commit yet, in seconds of calls.
 */
#include <string.h>
#include "clock.h"
#include "log.h"
#include "store/writer.h"
#include "load.h"

enum {
	TICK_MS = 10,
	HELD_MS = 500,
	HELD_US = 1000 * HELD_MS,
	RECORDS = 4,      /* a call's */
	FLAT_HELD = 4000, /* calls up at once when they go as fast as they can */
	FLAT_CPS = 20000, /* more than that nobody asks for */
	ACCOUNTS = 1000,
	RING = 1 << 15, /* calls up at once, at most */
};

struct load {
	struct writer *writer;
	struct cdr *ringv[RING]; /* those up */
	uint64_t begun, ended, put;
	uint64_t taken_before; /* records of an earlier life */
	uint64_t queued_max;
};

static void set(char **field, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)re_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	load_must(cdr_set_str(field, text), "cdr_set_str");
}

static struct cdr *cdr_begun(unsigned n)
{
	struct cdr *cdr;

	load_must(cdr_alloc(&cdr, "bench"), "cdr_alloc");
	set(&cdr->a_call_id, "%08x-3f1c8a90-%u@192.0.2.10", n * 2654435761u ^ (unsigned)clock_mono_us(), n);
	set(&cdr->src_trunk, "pbx-%u", n % 10);
	set(&cdr->account, "account-%u", n * 7u % ACCOUNTS);
	set(&cdr->tariff, "t0");
	set(&cdr->currency, "CNY");
	set(&cdr->rate, "{\"prefix\":\"86138\",\"per_minute\":\"0.300000000\",\"first\":1,\"next\":1}");
	set(&cdr->caller, "8621%07u", n % 10000);
	set(&cdr->callee, "86138%08u", n * 2654435761u % 100000000);
	set(&cdr->caller_in, "+8621%07u", n % 10000);
	set(&cdr->callee_in, "0138%08u", n * 2654435761u % 100000000);
	set(&cdr->a_src, "udp:192.0.2.10:5060");
	set(&cdr->a_user_agent, "Example PBX 4.%u", n % 10);
	cdr->start_us = clock_wall_us();

	return cdr;
}

static void cdr_answered(struct cdr *cdr, unsigned n)
{
	cdr->ring_us = cdr->start_us + 1000;
	cdr->answer_us = cdr->start_us + 2000;
	cdr->pdd_ms = cdr->ring_ms = 1;
	cdr->sip_code = 200;
	set(&cdr->b_call_id, "%08x-b1e9-54321@198.51.100.1", n * 2654435761u);
	set(&cdr->dst_trunk, "ims-%u", n % 4);
	set(&cdr->a_codec, "PCMA/8000");
	set(&cdr->b_codec, "PCMA/8000");
	set(&cdr->b_dst, "udp:198.51.100.7:5060");
}

static void cdr_ended(struct cdr *cdr)
{
	set(&cdr->attempts, "[{\"trunk\":\"ims-a\",\"code\":200,\"ms\":3,\"reason\":\"OK\"}]");
	set(&cdr->why, "{\"route\":\"86\",\"price\":{\"tariff\":\"t0\",\"prefix\":\"86138\"}}");
	set(&cdr->release_tag, "caller");
	set(&cdr->reason, "Normal call clearing");
	cdr->q850_cause = 16;
	cdr->disposition = CDR_ANSWERED;
	cdr->released_by = CDR_CALLER;
	cdr->end_us = cdr->answer_us + HELD_US;
	cdr->duration_ms = HELD_MS;
	cdr->billed_s = 1;
	cdr->price_nano = 5000000;
	cdr->a = cdr->b =
		(struct cdr_media){.rx_packets = 25, .rx_bytes = 4300, .jitter_us = 300, .mos_x100 = 430};
}

static void call_begin(struct load *l)
{
	const unsigned n = (unsigned)l->begun;
	struct cdr *cdr = cdr_begun(n);

	load_must(writer_call_open(l->writer, cdr), "open");
	load_must(writer_hold(l->writer, cdr, 300000000), "hold");
	cdr_answered(cdr, n);
	load_must(writer_call_answer(l->writer, cdr), "answer");
	l->ringv[l->begun++ % RING] = cdr;
	l->put += RECORDS - 1;
}

static void call_end(struct load *l)
{
	struct cdr *cdr = l->ringv[l->ended++ % RING];

	cdr_ended(cdr);
	load_must(writer_call_close(l->writer, cdr), "close");
	mem_deref(cdr);
	++l->put;
}

static uint64_t queued(struct load *l)
{
	struct writer_stats stats;

	writer_stats(l->writer, &stats);

	return l->put - (stats.records - l->taken_before);
}

static void drain(struct load *l)
{
	while (l->ended < l->begun)
		call_end(l);
	while (queued(l))
		sys_msleep(1);
}

static void tick_wait(uint64_t until_us)
{
	const uint64_t now_us = clock_mono_us();

	if (now_us < until_us)
		sys_usleep((unsigned)(until_us - now_us));
}

static void run_steady(struct load *l, unsigned cps, unsigned seconds)
{
	const uint64_t start_us = clock_mono_us(), calls = (uint64_t)cps * seconds;
	const uint64_t lag = (uint64_t)cps * HELD_MS / 1000;
	uint64_t tick, due, late_us = 0;

	for (tick = 1; l->ended < calls; tick++) {

		tick_wait(start_us + tick * TICK_MS * 1000);
		due = tick * TICK_MS * cps / 1000;
		while (l->begun < MIN(due, calls) && writer_ready(l->writer))
			call_begin(l);
		while (l->ended + lag < due && l->ended < l->begun)
			call_end(l);
		l->queued_max = MAX(l->queued_max, queued(l));
		late_us = MAX(late_us, clock_mono_us() - start_us - tick * TICK_MS * 1000);
	}

	load_figure("queued_s", (double)l->queued_max / RECORDS / cps);
	load_figure("load_late_s", (double)late_us / 1e6);
}

static void run_flat(struct load *l, unsigned seconds)
{
	const uint64_t start_us = clock_mono_us(), end_us = start_us + (uint64_t)seconds * 1000000;

	while (clock_mono_us() < end_us) {
		if (!writer_ready(l->writer) || queued(l) > (uint64_t)RECORDS * FLAT_CPS / 2) {
			sys_msleep(1);
			continue;
		}
		call_begin(l);
		if (l->begun - l->ended > FLAT_HELD)
			call_end(l);
	}
}

static double written_kb(void)
{
	struct rusage ru;

	(void)getrusage(RUSAGE_SELF, &ru);

	return (double)ru.ru_oublock / 2;
}

static void run(struct load *l, unsigned cps, unsigned seconds)
{
	const double before_kb = written_kb();
	const double all_us = load_cpu_us(RUSAGE_SELF), loop_us = load_cpu_us(RUSAGE_THREAD);
	const uint64_t start_us = clock_mono_us();
	struct writer_stats before, after;

	writer_stats(l->writer, &before);
	l->taken_before = before.records;
	if (cps)
		run_steady(l, cps, seconds);
	else
		run_flat(l, seconds);
	drain(l);
	writer_stats(l->writer, &after);

	load_figure("cps", (double)l->begun / (double)(clock_mono_us() - start_us) * 1e6);
	load_figure("cpu_us", (load_cpu_us(RUSAGE_SELF) - all_us) / (double)l->begun);
	load_figure("loop_cpu_us", (load_cpu_us(RUSAGE_THREAD) - loop_us) / (double)l->begun);
	load_figure("written_kb", (written_kb() - before_kb) / (double)l->begun);
	load_figure("calls_per_commit", (double)l->begun / (double)(after.commits - before.commits));
}

int main(int argc, char *argv[])
{
	struct load *l = calloc(1, sizeof(*l));
	char errstr[512] = "";

	if (argc != 4 || !l)
		return fprintf(stderr, "usage: write_load DIR CPS SECONDS\n"), 2;

	load_must(libre_init(), "libre_init");
	log_init("write_load", LOG_TEXT, LOG_WARN);
	if (writer_alloc(&l->writer, argv[1], "bench", errstr, sizeof(errstr)))
		return fprintf(stderr, "write_load: %s\n", errstr), 1;

	run(l, (unsigned)strtoul(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10));
	mem_deref(l->writer);
	free(l);
	libre_close();

	return 0;
}

/**
 * @file main.c  relay_load: media or set-ups through a relay that speaks NG, measured; run by bench_relay.py
 *
 * usage: relay_load media NG CALLS WARM_S MEASURE_S PID    (PID 0 and NG "direct": no relay at all)
 *        relay_load setups NG SECONDS WINDOW    (WINDOW set-ups under way at a time)
 * Prints one JSON object.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "load.h"
#include "ng_call.h"

enum { WINDOW_MAX = 256 };

/** The relay's process, read as the window opens and closes. */
struct watch {
	int pid;
	unsigned n;
	double cpu_usv[2];
	double own_cpu_usv[2]; /* the load's */
	uint64_t rss_kb;
};

static double process_cpu_us(int pid)
{
	unsigned long user = 0, system = 0;
	char path[64];
	FILE *f;

	(void)re_snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;

	if (fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) !=
	    2)
		user = system = 0;
	(void)fclose(f);

	return (double)(user + system) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static uint64_t process_rss_kb(int pid)
{
	unsigned long long size, resident = 0;
	char path[64];
	FILE *f;

	(void)re_snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;

	if (fscanf(f, "%llu %llu", &size, &resident) != 2)
		resident = 0;
	(void)fclose(f);

	return resident * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static double timeval_us(const struct timeval *tv)
{
	return (double)tv->tv_sec * 1e6 + (double)tv->tv_usec;
}

static void window_handler(void *arg)
{
	struct watch *w = arg;
	struct rusage own;

	if (w->n >= ARRAY_SIZE(w->cpu_usv))
		return;

	(void)getrusage(RUSAGE_SELF, &own);
	w->own_cpu_usv[w->n] = timeval_us(&own.ru_utime) + timeval_us(&own.ru_stime);
	w->cpu_usv[w->n++] = w->pid ? process_cpu_us(w->pid) : 0;
}

static int calls_setup(struct load *l, struct ng_client *nc, unsigned calls)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < calls && !err; i++) {

		uint16_t a_port, b_port;

		err = ng_call_setup(nc, i, load_local(l, 2 * i), load_local(l, 2 * i + 1), &a_port, &b_port);
		if (!err) {
			load_target_set(l, 2 * i, a_port);
			load_target_set(l, 2 * i + 1, b_port);
		}
	}

	return err;
}

/* Without a relay each stream goes straight to the socket of its call's other side. */
static void calls_join(struct load *l, unsigned calls)
{
	unsigned i;

	for (i = 0; i < calls; i++) {
		load_target_set(l, 2 * i, sa_port(load_local(l, 2 * i + 1)));
		load_target_set(l, 2 * i + 1, sa_port(load_local(l, 2 * i)));
	}
}

static int media_run(const char *ng, unsigned calls, unsigned warm_s, unsigned measure_s, int pid)
{
	struct watch watch = {.pid = pid};
	struct ng_client *nc = NULL;
	struct load_result result;
	struct load *l = NULL;
	uint64_t rss_kb;
	int err;

	err = load_alloc(&l, 2 * calls);
	if (!err && pid)
		err = ng_client_alloc(&nc, ng);
	if (err)
		goto out;

	rss_kb = process_rss_kb(pid);
	if (pid)
		err = calls_setup(l, nc, calls);
	else
		calls_join(l, calls);
	if (err)
		goto out;

	watch.rss_kb = process_rss_kb(pid) - rss_kb;
	err = load_run(l, warm_s, measure_s, window_handler, &watch, &result);
	if (err)
		goto out;

	(void)printf("{\"sent\":%llu,\"received\":%llu,\"p50_us\":%u,\"p99_us\":%u,\"cpu_us\":%.0f,"
		     "\"load_cpu_us\":%.0f,\"rss_growth_kb\":%llu}\n",
		     (unsigned long long)result.sent, (unsigned long long)result.received, result.p50_us,
		     result.p99_us, watch.cpu_usv[1] - watch.cpu_usv[0],
		     watch.own_cpu_usv[1] - watch.own_cpu_usv[0], (unsigned long long)watch.rss_kb);

out:
	mem_deref(l);
	mem_deref(nc);

	return err;
}

/** Set-ups under way: call `id` is in place `id` modulo `window`, and another follows it there. */
struct setups {
	struct ng_client *nc;
	struct sa addr;
	unsigned window;
	enum ng_step stepv[WINDOW_MAX];
	unsigned done;
};

static int setup_begin(struct setups *s, unsigned id)
{
	s->stepv[id % s->window] = NG_OFFER;

	return ng_step_send(s->nc, NG_OFFER, id, &s->addr);
}

static int setup_go_on(struct setups *s)
{
	enum ng_step *step;
	uint16_t port;
	unsigned id;
	int err;

	err = ng_step_receive(s->nc, &id, &port);
	if (err)
		return err;

	step = &s->stepv[id % s->window];
	if (++*step < NG_STEPC)
		return ng_step_send(s->nc, *step, id, &s->addr);

	++s->done;

	return setup_begin(s, id + s->window);
}

static int setups_run(const char *ng, unsigned seconds, unsigned window)
{
	const uint64_t start_us = clock_mono_us(), end_us = start_us + seconds * 1000000ULL;
	struct setups s = {.window = MAX(1, MIN(window, (unsigned)WINDOW_MAX))};
	unsigned i;
	int err;

	(void)sa_set_str(&s.addr, "127.0.0.1", 4000);
	err = ng_client_alloc(&s.nc, ng);

	for (i = 0; i < s.window && !err; i++)
		err = setup_begin(&s, i);

	while (!err && clock_mono_us() < end_us)
		err = setup_go_on(&s);

	(void)printf("{\"setups_per_s\":%.0f}\n", s.done * 1e6 / (double)(clock_mono_us() - start_us));
	mem_deref(s.nc);

	return err;
}

int main(int argc, char *argv[])
{
	const struct rlimit files = {.rlim_cur = 65536, .rlim_max = 65536};
	int err = EINVAL;

	(void)setrlimit(RLIMIT_NOFILE, &files);
	if (libre_init())
		return 1;

	if (argc == 7 && !strcmp(argv[1], "media"))
		err = media_run(argv[2], (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]),
				(unsigned)atoi(argv[5]), atoi(argv[6]));
	else if (argc == 5 && !strcmp(argv[1], "setups"))
		err = setups_run(argv[2], (unsigned)atoi(argv[3]), (unsigned)atoi(argv[4]));

	if (err)
		(void)re_fprintf(stderr, "relay_load: %m\n", err);
	libre_close();

	return err ? 1 : 0;
}

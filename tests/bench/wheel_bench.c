/**
 * @file wheel_bench.c  What starting and cancelling a timer costs while others are pending
 *
 * usage: wheel_bench [--json]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <re.h>
#include "wheel.h"

enum { SCATTER_BYTES = 512 };

static void ignore(void *arg)
{
	(void)arg;
}

/* Timers as a server has them: in transactions, far apart in memory, due at all times up to 32 s. */
static struct tmr **timers_start(uint32_t count)
{
	struct tmr **timerv = calloc(count ? count : 1, sizeof(*timerv));
	uint32_t i;

	if (!timerv)
		exit(1);

	for (i = 0; i < count; i++) {
		timerv[i] = calloc(1, SCATTER_BYTES);
		if (!timerv[i])
			exit(1);
		tmr_start(timerv[i], 10000 + i * UINT64_C(7919) % 32000, ignore, NULL);
	}

	return timerv;
}

static void timers_stop(struct tmr **timerv, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		tmr_cancel(timerv[i]);
		free(timerv[i]);
	}

	free(timerv);
}

/* Transactions start a 500 ms timer and mostly cancel it. */
static double measure_ns(uint32_t rounds)
{
	const uint64_t begin_us = clock_mono_us();
	struct tmr tmr;
	uint32_t i;

	tmr_init(&tmr);
	for (i = 0; i < rounds; i++) {
		tmr_start(&tmr, 500 + i % 64, ignore, NULL);
		tmr_cancel(&tmr);
	}

	return (double)(clock_mono_us() - begin_us) * 1000 / rounds;
}

static void report(const char *who, uint32_t pending, double ns, bool json)
{
	if (json)
		(void)printf("{\"bench\":\"wheel\",\"metric\":\"%s_start_cancel_ns\",\"value\":%.1f,"
			     "\"unit\":\"ns\",\"at\":{\"pending\":%u}}\n",
			     who, ns, pending);
	else
		(void)printf("%-8s %10u %14.1f\n", who, pending, ns);
}

static void run(const char *who, uint32_t rounds, uint32_t pending_max, bool json)
{
	static const uint32_t pendingv[] = {0, 1000, 10000, 100000};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pendingv) && pendingv[i] <= pending_max; i++) {

		struct tmr **timerv = timers_start(pendingv[i]);

		report(who, pendingv[i], measure_ns(rounds), json);
		timers_stop(timerv, pendingv[i]);
	}
}

int main(int argc, char *argv[])
{
	const bool json = argc > 1 && 0 == strcmp(argv[1], "--json");

	if (libre_init())
		return 1;

	if (!json)
		(void)printf("%-8s %10s %14s\n", "timers", "pending", "start+cancel ns");

	run("wheel", 1000000, 100000, json);

	/* The list needs tenths of a millisecond a timer when it is long. */
	wheel_bypass(true);
	run("libre", 2000, 10000, json);
	libre_close();

	return 0;
}

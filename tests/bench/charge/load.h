/**
 * @file load.h  What the loads of bench_charge.py share: CPU so far, and figures as lines of JSON
 */
#ifndef TANDEM_BENCH_LOAD_H
#define TANDEM_BENCH_LOAD_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <re.h>

static inline double load_cpu_us(int who)
{
	struct rusage ru;

	(void)getrusage(who, &ru);

	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1e6 +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
}

static inline void load_figure(const char *metric, double value)
{
	(void)printf("{\"metric\": \"%s\", \"value\": %.3f}\n", metric, value);
	(void)fflush(stdout);
}

static inline void load_must(int err, const char *what)
{
	if (!err)
		return;

	(void)re_fprintf(stderr, "%s: %m\n", what, err);
	exit(1);
}

#endif

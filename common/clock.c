/**
 * @file clock.c  The process's clocks
 */
#include <stddef.h>
#include <time.h>
#include "clock.h"

static _Thread_local uint64_t (*clock_mono_test)(void);

static uint64_t clock_read_us(clockid_t id)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(id, &ts);

	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t clock_mono_ms(void)
{
	if (clock_mono_test)
		return clock_mono_test();

	return clock_read_us(CLOCK_MONOTONIC) / 1000;
}

uint64_t clock_mono_us(void)
{
	return clock_read_us(CLOCK_MONOTONIC);
}

int64_t clock_wall_us(void)
{
	return (int64_t)clock_read_us(CLOCK_REALTIME);
}

void clock_mono_set(uint64_t (*now_ms)(void))
{
	clock_mono_test = now_ms;
}

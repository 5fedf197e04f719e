/**
 * @file loop.c  libre's loop on a clock of our own
 */
#include <sys/eventfd.h>
#include <unistd.h>
#include <re.h>
#include "wheel.h"
#include "loop.h"

static uint64_t clock_ms; /* of the one test that runs */
static uint64_t step_ms = 1;
static int tick_fd = -1; /* always readable: the loop never waits */

static uint64_t now(void)
{
	return clock_ms;
}

static void tick(int flags, void *arg)
{
	clock_ms += step_ms;
}

static void stop(void *arg)
{
	re_cancel();
}

void loop_open(void)
{
	clock_ms = clock_mono_ms();
	wheel_clock_set(now);
	tick_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	(void)fd_listen(tick_fd, FD_READ, tick, NULL);
}

void loop_run(uint64_t ms)
{
	struct tmr tmr = {.th = NULL};

	tmr_start(&tmr, ms, stop, NULL);
	(void)re_main(NULL);
	tmr_cancel(&tmr);
}

void loop_skip(uint64_t ms)
{
	step_ms = 50;
	loop_run(ms);
	step_ms = 1;
}

void loop_close(void)
{
	fd_close(tick_fd);
	(void)close(tick_fd);
	tick_fd = -1;
	wheel_clock_set(NULL);
}

/**
 * @file wheel.h  One hierarchical timer wheel on CLOCK_MONOTONIC under every struct tmr
 *
 * libre keeps timers in one sorted list on the wall clock. This file's object defines tmr_start,
 * tmr_cancel, tmr_poll, tmr_next_timeout, tmr_get_expire and tmr_jiffies itself, so that libre's own
 * calls arrive here too (docs/decisions says how that works and what happens where it does not).
 * One wheel per thread; start and cancel are O(1).
 */
#ifndef TANDEM_WHEEL_H
#define TANDEM_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

/** True if libre's calls arrive in this wheel (checked by starting a timer through libre). */
bool wheel_replaces_libre(void);

/** Timers pending in this thread's wheel. */
uint32_t wheel_pending(void);

/** Monotonic clock. */
uint64_t clock_mono_ms(void);
uint64_t clock_mono_us(void);

/** Wall clock, UTC microseconds since 1970. */
int64_t clock_wall_us(void);

/** Test hook: when not NULL, replaces the monotonic millisecond clock of this thread. */
void wheel_clock_set(uint64_t (*now_ms)(void));

#endif

/**
 * @file wheel.h  One hierarchical timer wheel on CLOCK_MONOTONIC under every struct tmr
 *
 * libre keeps timers in one sorted list on the wall clock. This file's object defines tmr_start,
 * tmr_cancel, tmr_poll, tmr_next_timeout, tmr_get_expire and tmr_jiffies itself, so that libre's own
 * calls arrive here too (docs/decisions/0001-timer-wheel.md says how that works and what happens
 * where it does not). One wheel per thread: a timer belongs to the thread that started it. Start and
 * cancel are O(1).
 */
#ifndef TANDEM_WHEEL_H
#define TANDEM_WHEEL_H

#include <stdbool.h>
#include <stdint.h>
#include "clock.h"

/**
 * True if libre's calls arrive in this wheel (checked by starting a timer through libre). If they
 * do not, every timer goes to libre's own list from here on, which works, slower. Call it first in
 * main: no timer may be pending yet.
 */
bool wheel_replaces_libre(void);

/** Timers pending in this thread's wheel. */
uint32_t wheel_pending(void);

/** Test hook: when not NULL, replaces the monotonic millisecond clock of this thread. */
void wheel_clock_set(uint64_t (*now_ms)(void));

/** Test hook: hand every timer of the process to libre's own list, or take them back. */
void wheel_bypass(bool on);

#endif

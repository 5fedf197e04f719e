/**
 * @file clock.h  The process's clocks: monotonic for durations, wall for what is written down
 */
#ifndef TANDEM_CLOCK_H
#define TANDEM_CLOCK_H

#include <stdint.h>

/** Monotonic clock; the base of every struct tmr. */
uint64_t clock_mono_ms(void);
uint64_t clock_mono_us(void);

/** Wall clock, UTC microseconds since 1970. */
int64_t clock_wall_us(void);

/** Test hook: when not NULL, stands in for clock_mono_ms in this thread. */
void clock_mono_set(uint64_t (*now_ms)(void));

#endif

/**
 * @file memory_short.h  One allocation of this thread fails, by its number
 *
 * Debian's libre is built without its own hook (mem_threshold_set). The program defines mem_alloc,
 * mem_zalloc and mem_realloc instead, and libre's own calls arrive there, too, as timers do (wheel.h).
 */
#ifndef TANDEM_TEST_MEMORY_SHORT_H
#define TANDEM_TEST_MEMORY_SHORT_H

#include <stdbool.h>
#include <stdint.h>

/** Let the allocation after `n` others fail, once; those outside memory_count are not counted. */
void memory_short(uint32_t n);
void memory_count(bool on);

/** All succeed again; true if the one had failed. */
bool memory_enough(void);

#endif

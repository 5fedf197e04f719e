/**
 * @file time_text.h  Moments as text (ISO 8601), to the second
 */
#ifndef TANDEM_TIME_TEXT_H
#define TANDEM_TIME_TEXT_H

#include <stdint.h>
#include <re.h>

enum { TIME_TEXT_SIZE = 24 };

/**
 * "2026-07-01" (its begin), "2026-07-01T08:30", "2026-07-01T08:30:00Z", "2026-07-01 08:30:00+08:00" to UTC
 * microseconds; UTC where no offset is given. EINVAL: no such day or time, or a year before 1970.
 */
int time_text_decode(int64_t *us, const struct pl *text);

/** "2026-07-01T08:30:00Z"; parts of a second are left out. */
void time_text_encode(char text[TIME_TEXT_SIZE], int64_t us);

#endif

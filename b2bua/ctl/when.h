/**
 * @file when.h  Times as operators write them, in UTC
 */
#ifndef TANDEM_CTL_WHEN_H
#define TANDEM_CTL_WHEN_H

#include <stdint.h>

/** "2026-08-31", "2026-08-31T14:05" or "2026-08-31 14:05:09", UTC, to microseconds since 1970. EINVAL. */
int when_decode(int64_t *us, const char *text);

#endif

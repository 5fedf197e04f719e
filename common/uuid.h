/**
 * @file uuid.h  UUIDv7 (RFC 9562 section 5.7), the id of every row
 */
#ifndef TANDEM_UUID_H
#define TANDEM_UUID_H

#include <stdint.h>

enum { UUID_STRSIZE = 37 };

/** Write a new UUIDv7 in text form; ids made by one process sort in the order they were made. */
void uuid7(char str[UUID_STRSIZE]);

/** The same from a given time (UTC ms) and 10 random bytes: for tests. */
void uuid7_from(char str[UUID_STRSIZE], uint64_t unix_ms, const uint8_t rnd[10]);

/**
 * Ids to come sort behind this one of an earlier process, also where the clock was set back between the two.
 *
 * EINVAL: no UUIDv7; nothing is done
 */
int uuid7_follow(const char *id);

#endif

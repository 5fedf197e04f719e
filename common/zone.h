/**
 * @file zone.h  Local time anywhere, from the system's time zone files (RFC 9636), for any thread
 *
 * The C library knows one zone at a time, for the whole process; tariffs have each their own.
 */
#ifndef TANDEM_ZONE_H
#define TANDEM_ZONE_H

#include <stddef.h>
#include <stdint.h>

struct zone;

/**
 * Read a zone by its name: "Asia/Shanghai", "UTC". mem_deref frees it.
 *
 * EINVAL: no name of a zone; ENOENT: this system has none such (package tzdata); EBADMSG: its file is damaged.
 */
int zone_load(struct zone **zp, const char *name);

/** From the bytes of its file. EBADMSG: not such a file. */
int zone_decode(struct zone **zp, const uint8_t *p, size_t size);

/**
 * What local time is ahead of UTC at a moment, in seconds (behind: below zero).
 *
 * @param at_s    UTC, seconds since 1970
 * @param until_s when that changes next, INT64_MAX never; may be NULL
 */
int32_t zone_offset(const struct zone *z, int64_t at_s, int64_t *until_s);

#endif

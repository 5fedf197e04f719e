/**
 * @file sdp_told.h  What a party has been told in o= and s=, so that its session goes on as one
 */
#ifndef TANDEM_RELAY_SDP_TOLD_H
#define TANDEM_RELAY_SDP_TOLD_H

#include "sdp.h"
#include "sdp_write.h"

/** What to write: the field as the party knows it if it shall stay, else as it came. */
struct pl rsdp_told_field(const struct rsdp_told *told, enum rsdp_told_field field, unsigned replace,
			  const struct pl *came);

/** The version to write first; false: as it came. */
bool rsdp_told_version(uint64_t *num, const struct rsdp_told *told, unsigned replace, const struct pl *came);

/** Note what has been written from `start` on, with a higher version if it differs from the last. ENOMEM. */
int rsdp_told_update(struct rsdp_told *told, struct rsdp_writer *w, size_t start);

#endif

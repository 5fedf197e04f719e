/**
 * @file load.h  How many calls a trunk or an account carries now
 */
#ifndef TANDEM_LOAD_H
#define TANDEM_LOAD_H

#include <re.h>

struct load;

/**
 * Take one place; mem_deref gives it back. The count belongs to the name, so it outlives changes of
 * the model.
 *
 * @param max  limit, 0 = none; ENOSPC when it is reached
 */
int load_take(struct load **loadp, struct hash *ht, const char *kind, const char *name, uint32_t max);

/** Calls on a name now. */
uint32_t load_count(const struct hash *ht, const char *kind, const char *name);

#endif

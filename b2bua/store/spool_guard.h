/**
 * @file spool_guard.h  What a mapped file has left when its disk or file system goes (SIGBUS)
 *
 * A page that the file can no longer give or take is replaced, where it was touched, by memory with what the kernel still
 * had of it; zeros, if it had nothing. So whoever touched it goes on, and nothing that was in memory is lost as long as the
 * process lives. The file gets nothing of it any more: spool_guard_lost() tells.
 */
#ifndef TANDEM_SPOOL_GUARD_H
#define TANDEM_SPOOL_GUARD_H

#include <re.h>

struct spool_guard;

/**
 * Guard a mapping; mem_deref before it is unmapped. From the first guard on SIGBUS is handled in this process: elsewhere
 * than in guarded mappings it ends it, with a line on stderr. Threads that touch the mapping must not block it.
 *
 * @param map  begins at a page
 */
int spool_guard_alloc(struct spool_guard **gp, void *map, size_t len);

/** Whether any page was replaced. Of any thread. */
bool spool_guard_lost(const struct spool_guard *g);

#endif

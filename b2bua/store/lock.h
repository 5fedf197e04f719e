/**
 * @file lock.h  One process a data folder
 */
#ifndef TANDEM_LOCK_H
#define TANDEM_LOCK_H

#include <re.h>

struct lock;

/**
 * Hold the data folder until mem_deref or the end of the process; makes the folder when it is not there.
 *
 * @param errstr says what is wrong and the remedy: EALREADY (another process holds it), EACCES, …
 */
int lock_take(struct lock **lp, const char *data_dir, char *errstr, size_t errsize);

#endif

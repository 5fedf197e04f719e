/**
 * @file recovery.h  The CDR of a call that a crash left open
 */
#ifndef TANDEM_RECOVERY_H
#define TANDEM_RECOVERY_H

#include "cdr.h"

/**
 * Close an open call's record at the last mark of life.
 *
 * @param mb        where the closed record is packed, from its start
 * @param id        the call's id; all that is left of it when `packed` cannot be read
 * @param alive_us  last mark of life, UTC microseconds
 */
int recovery_close(struct mbuf *mb, const char *id, const char *node, const struct pl *packed,
		   int64_t alive_us);

#endif

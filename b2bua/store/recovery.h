/**
 * @file recovery.h  The CDR of a call that a crash left open
 */
#ifndef TANDEM_RECOVERY_H
#define TANDEM_RECOVERY_H

#include "cdr.h"
#include "mark.h"

/** What is known of the time before the crash. */
struct last_life {
	struct mark markv[2]; /* the last in the database, and in the spool */
	int64_t now_us;
};

/**
 * Close an open call's record at the last mark of life of its run. Of another run, as after a backup was restored, it
 * is known to have lasted no time.
 *
 * @param mb      where the closed record is packed, from its start
 * @param id      the call's id; all that is left of it when `packed` cannot be read
 * @param packed  its opening or answer, and the mark of that
 */
int recovery_close(struct mbuf *mb, const char *id, const char *node, const struct pl *packed,
		   const struct last_life *life);

#endif

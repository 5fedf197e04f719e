/**
 * @file recorder.h  Takes the spool's records into the database, one transaction a batch
 *
 * A batch's rows and the number of its last record are committed together, so each record is taken
 * exactly once whatever dies in between. Belongs to the thread that owns the database connection.
 */
#ifndef TANDEM_RECORDER_H
#define TANDEM_RECORDER_H

#include "db.h"
#include "spool.h"

struct recorder;

/** Go on where the database stands. `node` is stamped on what the recorder writes of itself. */
int recorder_alloc(struct recorder **rp, struct db *db, const char *node);

/** Number of the last record the database has. */
uint64_t recorder_last(const struct recorder *r);

/** Last mark of life the database has. */
const struct mark *recorder_marked(const struct recorder *r);

/**
 * Commit the spool's oldest records, at most BATCH_MAX, and release them. A record that cannot
 * be read, or whose row is there already, is logged and passed over.
 *
 * @param mark   of life, stored along
 * @param taken  how many records were taken
 *
 * @return 0, or db_errno(): nothing was changed, the records are still in the spool
 */
int recorder_take(struct recorder *r, struct spool *s, const struct mark *mark, size_t *taken);

/** Store a mark of life alone. */
int recorder_mark(struct recorder *r, const struct mark *mark);

/**
 * Write the CDR of every call that a crash left open, ended at the last mark of life of its run: the database's,
 * or `mark` where that is later.
 *
 * @param now_us  wall clock: an end of unknown run is not in the future
 * @param closed  how many
 */
int recorder_close_open(struct recorder *r, const struct mark *mark, int64_t now_us, size_t *closed);

#endif

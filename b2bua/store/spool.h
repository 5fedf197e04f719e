/**
 * @file spool.h  A ring of records in a file mapped into memory: what the loop hands to the writer
 *
 *   file:  | header, one page | ring .................................. |
 *   ring:  | taken | record record record | free                        |
 *                  ^ tail                 ^ head
 *
 * Head and tail are offsets that only grow; the place in the ring is the offset modulo its size. A
 * record lies in one piece: where it would cross the end, the rest of the ring is skipped. All room is
 * allocated when the file is made, so putting a record needs no system call and no room on the disk,
 * and what was put survives the death of the process. After a power cut, a record whose CRC or number
 * does not follow ends the scan.
 *
 * One thread puts (the loop), one takes (the writer); they share head and tail as atomics.
 */
#ifndef TANDEM_SPOOL_H
#define TANDEM_SPOOL_H

#include <re.h>
#include "mark.h"

enum {
	SPOOL_SIZE = 64 * 1024 * 1024, /* bytes of ring, unless told otherwise */
	SPOOL_SIZE_MIN = 64 * 1024,
	SPOOL_RECORD_MAX = 1024 * 1024,
};

struct spool;

struct spool_record {
	uint64_t number; /* counts up by one, over restarts too */
	uint8_t kind;
	const uint8_t *data; /* in the ring; good until the record is released */
	size_t len;
};

/**
 * Open or make the spool file.
 *
 * @param db_id        database the records are for (32 hex digits)
 * @param last_record  number of the last record that database has; later ones are kept for replay
 * @param errstr       says what is wrong and the remedy: ENOSPC, EACCES, EBADMSG (not a spool), EIO …
 */
int spool_open(struct spool **sp, const char *path, size_t size, const char *db_id, uint64_t last_record,
	       char *errstr, size_t errsize);

/* The thread that puts. */

/** ENOSPC when it does not fit. */
int spool_put(struct spool *s, uint8_t kind, const void *data, size_t len);
/** Bytes a record of `len` takes in the ring at worst. */
size_t spool_cost(size_t len);
size_t spool_free(const struct spool *s);
/** Mark of life: how far a call that a crash cut off is known to have run. */
void spool_mark_set(struct spool *s, const struct mark *m);

/* The thread that takes. */

/** Offset of the oldest record not yet released. */
uint64_t spool_tail(const struct spool *s);
/** Read the record at *cursor and move the cursor behind it; false at the head. */
bool spool_next(const struct spool *s, uint64_t *cursor, struct spool_record *rec);
/** Everything before `cursor` is in the database: its room is free. */
void spool_release(struct spool *s, uint64_t cursor);
/** Force what is not released onto the disk; after an error the next one writes all of it again. */
int spool_sync(struct spool *s);

/* Either. */

/** Whether the file's disk or file system went: records are in memory alone from then on, and spool_sync() fails. */
bool spool_lost(const struct spool *s);
/** Write the file from memory where it could not be synced: its folder may be another by now. Nobody puts or takes. */
int spool_save(const struct spool *s);
size_t spool_used(const struct spool *s);
size_t spool_size(const struct spool *s);
/** Number of the newest record put. */
uint64_t spool_last(const struct spool *s);
struct mark spool_mark(const struct spool *s);

#endif

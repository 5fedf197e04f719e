/**
 * @file writer.h  The one thread that writes tandem.db, and the spool that feeds it
 *
 * A record handed over here is in the spool before the call returns: a file in the data folder,
 * mapped into memory and laid out in advance, so that it survives the death of this process without
 * a system call and needs no room when the disk is full. The writer thread moves records from the
 * spool into SQLite in group commits (one at most every WRITER_GATHER_MS); each commit also stores
 * the number of the last record it took, so a replay after a crash takes each exactly once.
 *
 * All functions but writer_alloc and the destructor belong to the loop's thread and never block.
 */
#ifndef TANDEM_WRITER_H
#define TANDEM_WRITER_H

#include <re.h>
#include "cdr.h"

enum { WRITER_GATHER_MS = 20 };

struct writer;
struct sqlite3;

struct writer_stats {
	uint64_t records; /* taken from the spool since start */
	uint64_t commits;
	uint64_t failures;               /* commits that failed and are being retried */
	uint64_t spool_used, spool_size; /* bytes */
	uint64_t recovered;              /* calls closed from their last mark at start */
	int64_t last_commit_us;          /* how long the last commit took */
	bool degraded;                   /* SQLite cannot be written; records stay in the (synced) spool */
	bool spool_lost; /* its file cannot be reached any more: until they are in SQLite records are in memory alone */
};

/**
 * Open the data folder for writing: lock it, migrate the database, replay the spool, close the calls
 * that a crash left open (recovered=1, released_by=tandem, release_tag=crash, ended at the last mark
 * of life), then start the thread.
 *
 * @param errstr says in full what is wrong and the remedy when the return is not 0: EALREADY (another
 *               process holds the folder), EACCES, ENOSPC, EPROTONOSUPPORT (newer database), EIO …
 */
int writer_alloc(struct writer **wp, const char *data_dir, const char *node, char *errstr, size_t errsize);

/** The same with a spool of `spool_size` bytes, when none is there yet: for tests and small disks. */
int writer_alloc_sized(struct writer **wp, const char *data_dir, const char *node, size_t spool_size,
		       char *errstr, size_t errsize);

/* mem_deref(writer): writes what is left, checkpoints, unlocks. */

/** A call attempt begins: from here on it leaves a CDR whatever dies. ENOSPC, EIO: refuse the call (503). */
int writer_call_open(struct writer *w, const struct cdr *cdr);
/** The call was answered (answer_us is set): durable within 100 ms. */
int writer_call_answer(struct writer *w, const struct cdr *cdr);
/** The attempt is over: write its row. The spool keeps room for as many of these as calls are open. */
int writer_call_close(struct writer *w, const struct cdr *cdr);

/**
 * So much is set aside for a call under way, in all; its end gives it back. Its account and currency stay the same.
 * ENOSPC: not noted, which a later one makes up for.
 */
int writer_hold(struct writer *w, const struct cdr *cdr, int64_t nano);

/** A row in table `event`; `cdr_id` and `detail` (JSON) may be NULL. */
int writer_event(struct writer *w, const char *kind, const char *cdr_id, const char *detail);

/** True if a new call may be opened: the spool has room for its opening and its closing. */
bool writer_ready(const struct writer *w);
void writer_stats(const struct writer *w, struct writer_stats *stats);

/**
 * Run a job on the writer thread inside a transaction of its own: rolled back when it returns an
 * error. `doneh` runs on the loop's thread afterwards.
 */
typedef int(writer_job_h)(struct sqlite3 *db, void *arg);
typedef void(writer_done_h)(int err, void *arg);
int writer_submit(struct writer *w, writer_job_h *jobh, writer_done_h *doneh, void *arg);

/**
 * How many jobs the loop has been told of, counted before their `doneh`: nothing but a job changes what is provisioned,
 * so what was read of it stays true until this is another number. A writer that is NULL changes nothing.
 */
uint64_t writer_changes(const struct writer *w);

#endif

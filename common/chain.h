/**
 * @file chain.h  The hash chain over table `cdr`: a deleted or edited record shows
 *
 * Each row carries the previous row's hash and its own: SHA-256, in hex, of its canonical text. That
 * text is one line for each column that is not NULL, in the table's order and without `hash` itself:
 *
 *     NAME=LENGTH:VALUE\n
 *
 * with numbers in decimal and LENGTH in bytes. Columns added later are NULL in older rows, so these
 * keep their hashes. Rows follow each other by `seq` without a gap; the first row of all has an empty
 * prev_hash.
 */
#ifndef TANDEM_CHAIN_H
#define TANDEM_CHAIN_H

#include "cdr.h"

enum { CHAIN_HASH_SIZE = 65 };

struct sqlite3;
struct sqlite3_stmt;
struct chain;

/** The chain goes on behind row `seq` with hash `hash` (0 and "" to begin). */
int chain_alloc(struct chain **cp, int64_t seq, const char *hash);

/** Move to the next row: bind seq, the columns and both hashes to cdr_insert. */
int chain_append(struct chain *c, struct sqlite3_stmt *insert, const struct cdr_value valuev[CDR_FIELDC]);

int64_t chain_seq(const struct chain *c);
const char *chain_hash(const struct chain *c);

/** Go back to a row, when the transaction that appended behind it was rolled back. */
void chain_reset(struct chain *c, int64_t seq, const char *hash);

/** What a walk over the table found. */
struct chain_report {
	uint64_t rows;
	int64_t first_seq, last_seq;
	uint64_t broken;    /* rows that do not fit: edited, or the one before was deleted */
	int64_t broken_seq; /* the first of them */
	char broken_why[64];
};

/** Told of each row when it was checked. Anything but 0 ends the walk with that error. */
typedef int(chain_row_h)(struct sqlite3_stmt *row, int64_t seq, const char *hash, void *arg);

/**
 * Walk the chain in table `cdr` of `db`, in pieces, so that it does not hold a state of the database for long. 0 also
 * when rows are broken; an errno when it cannot be read.
 *
 * @param rowh may be NULL
 */
int chain_walk(struct sqlite3 *db, struct chain_report *report, chain_row_h *rowh, void *arg);

/** The same without a handler. */
int chain_verify(struct sqlite3 *db, struct chain_report *report);

#endif

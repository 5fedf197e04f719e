/**
 * @file day.h  Which records are of which day's file
 *
 * A day (UTC) is closed when it is over: its records are those behind the day before up to the first that ended on
 * a later day, in the order they were written. What a crash or a clock brings late is of a later day's file.
 */
#ifndef TANDEM_DAY_H
#define TANDEM_DAY_H

#include "chain.h"
#include "db.h"

enum { DAY_SIZE = 11 }; /* "2026-08-31" */

struct cdr_day {
	char day[DAY_SIZE];
	int64_t number;
	int64_t first_seq, last_seq; /* last before first: none */
	char hash[CHAIN_HASH_SIZE];
	int64_t columns; /* of the records that its file has */
};

/** What closing came to: how many days, and up to which record. */
struct days_closed {
	unsigned days;
	int64_t last_seq;
	char hash[CHAIN_HASH_SIZE]; /* of that record, and thereby of all before it */
};

/** Close every day that was over at `now_us`; for the writer's thread, within a transaction. */
int days_close(struct sqlite3 *db, int64_t now_us, struct days_closed *closed);

/** The file of a closed day. ENOENT: it is not closed, or no day of ours. */
int day_find(struct cdr_day *d, struct db *db, const char *day);

/** The oldest that the daily export has not had. ENOENT: it has had all. */
int day_unexported(struct cdr_day *d, struct db *db);

/** Note that it has; for the writer's thread. */
int day_exported(struct sqlite3 *db, const char *day, int64_t at_us);

#endif

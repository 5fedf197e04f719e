/**
 * @file store_fixture.h  A data folder of one's own, calls to fill it, and questions to its database
 */
#ifndef TANDEM_STORE_FIXTURE_H
#define TANDEM_STORE_FIXTURE_H

#include "store/writer.h"
#include "db.h"

enum { FIXTURE_SPOOL = 1024 * 1024 };

struct fixture {
	char dir[64];
	char errstr[512];
	struct writer *writer;
};

/** A fresh folder under $TMPDIR. */
void fixture_init(struct fixture *f);
/** Stop the writer and remove the folder. */
void fixture_close(struct fixture *f);

int fixture_start(struct fixture *f);
/** Stop the writer, which writes what is left. */
void fixture_stop(struct fixture *f);

/** A call attempt with most columns filled; `n` makes it its own. */
struct cdr *fixture_cdr(unsigned n);
/** Fill in what its answer and its end add. */
void fixture_answer(struct cdr *cdr);
void fixture_end(struct cdr *cdr, enum cdr_disposition disposition);

/** First column of the first row that `sql` gives; -1 when there is none or the SQL is wrong. */
int64_t fixture_number(const struct fixture *f, const char *sql);
/** The same as text in a buffer of its own, good until the next call. */
const char *fixture_text(const struct fixture *f, const char *sql);
/** Run SQL that changes the database, with the writer stopped. */
int fixture_exec(const struct fixture *f, const char *sql);

/** Wait (at most 10 s) until `sql` gives `want`. */
bool fixture_wait(const struct fixture *f, const char *sql, int64_t want);

/** DIR/name in a buffer of its own, good until the next call. */
const char *fixture_path(const struct fixture *f, const char *name);

#endif

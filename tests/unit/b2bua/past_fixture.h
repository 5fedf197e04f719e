/**
 * @file past_fixture.h  Three months of calls, and questions whose answers stay the same wherever they are kept
 */
#ifndef TANDEM_PAST_FIXTURE_H
#define TANDEM_PAST_FIXTURE_H

#include "store_fixture.h"

enum { PAST_CALLS = 360 };

/** When that is looked at: behind the last of the three months. */
extern const int64_t past_now_us;

/** fixture_init(), the calls, and their days closed. */
void past_books(struct fixture *f);
struct db *past_open(struct fixture *f, enum db_mode mode);

/** All answers one after the other, as text. */
struct mbuf *past_answers(struct fixture *f);
/** Ask again; `when` stands before the first line that differs. */
void past_same_answers(struct fixture *f, const struct mbuf *wanted, const char *when);
/** Chain and books are proved. */
void past_whole(struct fixture *f);

#endif

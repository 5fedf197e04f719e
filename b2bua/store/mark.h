/**
 * @file mark.h  A mark of life: how long the engine has run, by the monotonic clock
 *
 * A crash leaves of a call that is open the mark of its opening or its answer, and of the engine the last mark of
 * its life. What lies between is what the call is known to have lasted, wherever the wall clock was set meanwhile.
 */
#ifndef TANDEM_MARK_H
#define TANDEM_MARK_H

#include <re.h>

struct mark {
	int64_t at_us;    /* wall clock, UTC */
	int64_t run_us;   /* when this run of the engine began, which is its name; 0: not known */
	int64_t lived_ms; /* since then, monotonic */
};

enum { MARK_SIZE = 16 }; /* packed: run_us and lived_ms */

/** Append it to a record. */
int mark_pack(struct mbuf *mb, const struct mark *m);
/** Read what mark_pack() appended; without that, as in records of older versions, run_us is 0. */
void mark_unpack(struct mark *m, struct mbuf *mb);

/** Milliseconds from `m` to `later`; -1: they are of different runs, or of no known one. */
int64_t mark_span(const struct mark *m, const struct mark *later);

#endif

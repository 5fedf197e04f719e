/**
 * @file srtp_window.h  Packet indices: from 16 bits to 48, and which have been seen (RFC 3711 section 3.3)
 */
#ifndef TANDEM_RELAY_SRTP_WINDOW_H
#define TANDEM_RELAY_SRTP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum { RSRTP_WINDOW = 128 };

/** The highest index so far, and which of those behind it were there. Zeros: none yet. */
struct rsrtp_window {
	bool started;
	uint64_t top;
	uint64_t seenv[RSRTP_WINDOW / 64]; /* bit index % RSRTP_WINDOW; those beyond top are clear */
};

/**
 * Guess the index of a sequence number: the one nearest to the highest so far (appendix A).
 *
 * @return 0, ESTALE (it lies before index 0), EKEYEXPIRED (it lies beyond 2^48)
 */
int rsrtp_window_guess(const struct rsrtp_window *win, uint16_t seq, uint64_t *index);

/** Is an index new? 0, EALREADY (seen), ESTALE (too old to tell). */
int rsrtp_window_check(const struct rsrtp_window *win, uint64_t index);

/** An index that is new has been seen. */
void rsrtp_window_add(struct rsrtp_window *win, uint64_t index);

#endif

/**
 * @file loop.h  libre's loop on a clock of our own: hours of retransmission pass in milliseconds
 *
 * Every turn of the loop handles what the sockets hold and then advances the clock by 1 ms. Loopback
 * datagrams arrive within the turn that follows their sending, so what happens is the same in each run.
 */
#ifndef TANDEM_TEST_LOOP_H
#define TANDEM_TEST_LOOP_H

#include <stdint.h>

/** Take the clock; no timer may be pending. */
void loop_open(void);

/** Let so much time pass. */
void loop_run(uint64_t ms);

/** The same at 50 ms a turn: quicker, and messages that cross may fall into one turn. */
void loop_skip(uint64_t ms);

/** Give the clock back. */
void loop_close(void);

#endif

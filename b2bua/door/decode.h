/**
 * @file decode.h  What libre could not decode is told, so that it can be answered
 */
#ifndef TANDEM_DECODE_H
#define TANDEM_DECODE_H

#include <re.h>

/** A datagram that is no SIP message by libre's measure; it stands in `mb` from its position on. */
typedef void(decode_failed_h)(struct mbuf *mb, void *arg);

/**
 * Watch the decoding of one datagram, which this thread begins next.
 *
 * Works where libre calls sip_msg_decode through its PLT, as the timers do (docs/decisions/0001-timer-wheel.md);
 * elsewhere nothing is told.
 */
void decode_watch(const struct mbuf *mb, decode_failed_h *failedh, void *arg);

#endif

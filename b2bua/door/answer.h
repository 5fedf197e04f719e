/**
 * @file answer.h  An answer to a request that cannot be decoded
 */
#ifndef TANDEM_ANSWER_H
#define TANDEM_ANSWER_H

#include <stddef.h>
#include <stdint.h>
#include <re.h>

/**
 * Print the 400 that names what is malformed, or the 505, with those of the request's headers that a response
 * must repeat (RFC 3261 8.2.6).
 *
 * @return 0, or ENOENT where nothing is to be answered: a response, an ACK, no Via that could take it back
 */
int answer_print(struct mbuf *mb, const uint8_t *pkt, size_t len);

#endif

/**
 * @file srtp_memory.h  OpenSSL's allocations, counted and made to fail
 */
#ifndef TANDEM_TEST_SRTP_MEMORY_H
#define TANDEM_TEST_SRTP_MEMORY_H

#include <stdbool.h>

/** To be called before OpenSSL has allocated anything. */
bool srtp_memory_hook(void);

#endif

/**
 * @file crc32c.h  CRC-32C (Castagnoli, RFC 3720 appendix B.4)
 */
#ifndef TANDEM_CRC32C_H
#define TANDEM_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/** Continue from `crc` (0 to begin) over `len` bytes. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

#endif

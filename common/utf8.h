/**
 * @file utf8.h  Steps through text that may or may not be UTF-8 (RFC 3629)
 */
#ifndef TANDEM_UTF8_H
#define TANDEM_UTF8_H

#include <stddef.h>
#include <stdint.h>

/**
 * The first character of `p`.
 *
 * @param cp  set to its code point when not NULL
 *
 * @return its length in bytes, or 0 where no well-formed character starts (or len is 0)
 */
size_t utf8_char(const char *p, size_t len, uint32_t *cp);

#endif

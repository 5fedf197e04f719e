/**
 * @file random.h  Random bytes from the kernel, taken 256 at a time
 *
 * This file's object defines libre's rand_u32 itself (and rand_u16 and rand_u64 are made of it), so that libre's own
 * calls arrive here too: it draws two numbers for every message it decodes, and OpenSSL, where it would get them, looks
 * twice by a system call whether the process has forked, and takes 4,000 instructions for four bytes.
 */
#ifndef TANDEM_RANDOM_H
#define TANDEM_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/**
 * Fill `p`; at most 256 bytes. Each thread has its own. Without randomness the process ends: ids could collide, and
 * who forges tags could guess them.
 */
void random_take(void *p, size_t size);

#endif

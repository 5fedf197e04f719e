/**
 * @file input.h  A whole file, or standard input
 */
#ifndef TANDEM_CTL_INPUT_H
#define TANDEM_CTL_INPUT_H

#include <re.h>

/** Append what `name` holds, at most 32 MiB; "-" is standard input. Says on stderr what failed; an exit code. */
int input_read(struct mbuf *mb, const char *name);

/** The same, at most so many MiB. */
int input_read_large(struct mbuf *mb, const char *name, size_t mib);

#endif

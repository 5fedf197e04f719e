/**
 * @file capture.h  What a library prints on stderr goes through the log instead
 *
 * libre prints a line for each packet it cannot decode: a scanner would fill the disk, with bytes of its
 * choosing. The C library's `stderr` can be replaced; our own log writes to the descriptor and is not
 * touched by it.
 */
#ifndef TANDEM_CAPTURE_H
#define TANDEM_CAPTURE_H

/** One line, without its end; the handler decides what becomes of it. */
typedef void(capture_h)(const char *line, void *arg);

/** From now on every line printed on stderr goes to the handler; NULL ends it. ENOMEM. */
int capture_stderr(capture_h *h, void *arg);

#endif

/**
 * @file backlog.h  Whether requests come faster than they are served
 */
#ifndef TANDEM_BACKLOG_H
#define TANDEM_BACKLOG_H

#include <stdbool.h>
#include <stdint.h>

/** So long may much wait before it is too much: a burst is served, and who repeats a request (RFC 3261: after
 *  500 ms) does not do so yet. */
enum { BACKLOG_PATIENCE_MS = 250 };

/** What is remembered of one socket; zeroed at the start. */
struct backlog {
	uint64_t since_ms; /* more than half of its buffer has been full from then on; 0: it is not */
};

/**
 * Look at a UDP socket's buffer, at a moment of the monotonic clock.
 *
 * @return true if more than half of it has been full for longer than our patience. Then new work makes it worse:
 *         soon the kernel drops what comes, responses and BYEs too, and all of it is sent again.
 */
bool backlog_is_long(struct backlog *b, int fd, uint64_t now_ms);

#endif
